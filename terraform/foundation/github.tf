resource "google_iam_workload_identity_pool" "github" {
  workload_identity_pool_id = "github"
  display_name              = "GitHub Actions"
  lifecycle { prevent_destroy = true } # a deleted pool's id stays taken for 30 days
  depends_on = [google_project_service.api]
}

# By ids: a renamed owner's or repository's old name can be registered by anyone.
resource "google_iam_workload_identity_pool_provider" "github" {
  #checkov:skip=CKV_GCP_125:it wants the repository by name in the subject; ids are stricter, see above
  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "actions"
  attribute_mapping = {
    "google.subject"          = "assertion.sub"
    "attribute.repository_id" = "assertion.repository_id"
    "attribute.environment"   = "assertion.environment"
    "attribute.workflow_ref"  = "assertion.job_workflow_ref"
  }
  attribute_condition = "assertion.repository_owner_id == '${var.github.owner_id}' && assertion.repository_id == '${var.github.repository_id}'"
  oidc { issuer_uri = "https://token.actions.githubusercontent.com" }
}

locals {
  # One account for each GitHub environment. A job that names no environment reaches none of them.
  robots = merge(
    {
      release        = "pushes and attests images"
      plan           = "reads what a plan of the cluster root compares"
      infrastructure = "applies the cluster root"
    },
    { for environment in keys(var.domains) : environment => "applies manifests to one namespace" },
  )
}

resource "google_service_account" "robot" {
  for_each     = local.robots
  account_id   = "${var.name}-${each.key}"
  display_name = "GitHub ${each.key}: ${each.value}"
  depends_on   = [google_project_service.api]
}

resource "google_service_account_iam_member" "robot" {
  for_each           = local.robots
  service_account_id = google_service_account.robot[each.key].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.github.name}/attribute.environment/${each.key}"
}
