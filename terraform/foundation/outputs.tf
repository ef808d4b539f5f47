# Kept in ../cluster/foundation.auto.tfvars.json as {"foundation": …}: typed there, and tested together.
output "for_cluster" {
  description = "What the cluster root takes as its variable `foundation`. Holds no secret."
  value = {
    project_id            = var.project_id
    name                  = var.name
    region                = var.region
    domains               = var.domains
    node_account          = google_service_account.node.email
    notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]
    repository_url        = var.repository_url
  }
}

output "image" {
  description = "The image's name without tag and digest, as the overlays' `newName`."
  value       = "${var.region}-docker.pkg.dev/${var.project_id}/${google_artifact_registry_repository.images.repository_id}/${var.name}"
}

output "addresses" {
  description = "Environment => the address of its load balancer."
  value       = { for environment, address in google_compute_global_address.edge : environment => address.address }
}

output "dns_records" {
  description = "To be set once at the DNS of each domain: the address, and the proof for the certificate."
  value = { for environment, domain in var.domains : environment => [
    { name = "${domain}.", type = "A", data = google_compute_global_address.edge[environment].address },
    google_certificate_manager_dns_authorization.edge[environment].dns_resource_record[0],
  ] }
}

output "robots" {
  description = "For the workflows: the provider, and the account of each GitHub environment."
  value = {
    provider = google_iam_workload_identity_pool_provider.github.name
    accounts = { for environment, robot in google_service_account.robot : environment => robot.email }
  }
}

output "attestor" {
  description = "For the release workflow: who attests, and with which version of the key."
  value = {
    name = google_binary_authorization_attestor.gate.name
    # The id of the data source is an URL, which gcloud's --keyversion does not take.
    key_version = "${google_kms_crypto_key.attest.id}/cryptoKeyVersions/${data.google_kms_crypto_key_version.attest.version}"
  }
}
