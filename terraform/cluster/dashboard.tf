# A template, and valid JSON as it stands: what is filled in stands inside its texts.
resource "google_monitoring_dashboard" "main" {
  dashboard_json = templatefile("${path.module}/dashboards/main.json", {
    name       = local.name
    project    = var.foundation.project_id
    production = local.production
    slo        = google_monitoring_slo.available.name
  })
}
