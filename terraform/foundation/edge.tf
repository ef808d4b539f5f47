# What the Gateway of each environment names. They outlive every cluster, so that DNS and certificates stay as they are.
resource "google_compute_global_address" "edge" {
  for_each   = var.domains
  name       = "${var.name}-${each.key}"
  depends_on = [google_project_service.api]
}

resource "google_compute_ssl_policy" "edge" {
  name            = var.name
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"
  depends_on      = [google_project_service.api]
}

# Authorised by a DNS record: the certificate is issued, and renewed, whatever the host name points to.
resource "google_certificate_manager_dns_authorization" "edge" {
  for_each   = var.domains
  name       = "${var.name}-${each.key}"
  domain     = each.value
  depends_on = [google_project_service.api]
}

resource "google_certificate_manager_certificate" "edge" {
  for_each = var.domains
  name     = "${var.name}-${each.key}"
  managed {
    domains            = [each.value]
    dns_authorizations = [google_certificate_manager_dns_authorization.edge[each.key].id]
  }
}

resource "google_certificate_manager_certificate_map" "edge" {
  for_each   = var.domains
  name       = "${var.name}-${each.key}"
  depends_on = [google_project_service.api]
}

resource "google_certificate_manager_certificate_map_entry" "edge" {
  for_each     = var.domains
  name         = "${var.name}-${each.key}"
  map          = google_certificate_manager_certificate_map.edge[each.key].name
  certificates = [google_certificate_manager_certificate.edge[each.key].id]
  hostname     = each.value
}
