# Values that only the cloud knows, shaped like the real ones where a test or another resource looks at their shape.
mock_resource "google_kms_crypto_key" {
  defaults = { id = "projects/p-123456/locations/us-west1/keyRings/hello-attest/cryptoKeys/gate" }
}

mock_data "google_project" {
  defaults = { number = "123456" }
}

mock_resource "google_service_account" {
  defaults = {
    name   = "projects/p-123456/serviceAccounts/account@p-123456.iam.gserviceaccount.com"
    email  = "account@p-123456.iam.gserviceaccount.com"
    member = "serviceAccount:account@p-123456.iam.gserviceaccount.com"
  }
}

mock_resource "google_iam_workload_identity_pool" {
  defaults = { name = "projects/123456/locations/global/workloadIdentityPools/github" }
}

mock_resource "google_certificate_manager_dns_authorization" {
  defaults = { dns_resource_record = [{ name = "_acme-challenge.hello.example.com.", type = "CNAME", data = "1.authorize.example.com." }] }
}

# The id is the last part of the path, so that a test can tell which of the two a filter names.
mock_resource "google_monitoring_uptime_check_config" {
  defaults = {
    id              = "projects/p-123456/uptimeCheckConfigs/check-1"
    name            = "projects/p-123456/uptimeCheckConfigs/check-1"
    uptime_check_id = "check-1"
  }
}

mock_resource "google_monitoring_slo" {
  defaults = { name = "projects/123456/services/hello/serviceLevelObjectives/available" }
}
