output "cluster" {
  description = "For `gcloud container clusters get-credentials NAME --location LOCATION --project PROJECT --dns-endpoint`."
  value = {
    name     = google_container_cluster.main.name
    location = google_container_cluster.main.location
    project  = var.foundation.project_id
  }
}

output "network" {
  description = "It can be destroyed when no network endpoint group names it any more."
  value       = google_compute_network.main.name
}
