# The robot of each environment reaches the control plane, and nothing else of the project. What it may do there is said by
# the Role of its namespace (kustomize/components/tenancy).
resource "google_project_iam_custom_role" "connect" {
  role_id     = "gkeConnect" # a deleted role's id stays taken for up to 37 days
  title       = "Reach a GKE control plane; Kubernetes RBAC decides the rest"
  permissions = ["container.clusters.connect", "container.clusters.get"]
}

resource "google_project_iam_member" "connect" {
  for_each = var.domains
  project  = var.project_id
  role     = google_project_iam_custom_role.connect.name
  member   = google_service_account.robot[each.key].member
}
