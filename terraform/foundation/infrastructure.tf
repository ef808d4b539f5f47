# Two robots for Terraform in CI, for the cluster root only. This root hands out power, so no robot applies it: none of them
# may change IAM, read the foundation's state, or act as another account than the nodes'.
locals {
  robot_roles = {
    plan = toset([
      "roles/compute.viewer", # networks, and the instance groups that the provider reads for a node pool
      "roles/container.clusterViewer",
      "roles/monitoring.viewer",
      "roles/serviceusage.serviceUsageConsumer", # requests are counted on this project
    ])
    infrastructure = toset([
      "roles/compute.networkAdmin", # without firewalls and certificates
      "roles/compute.viewer",
      "roles/container.clusterAdmin", # clusters and pools, without the objects inside: no secrets, no pods
      "roles/monitoring.editor",
      "roles/serviceusage.serviceUsageConsumer",
    ])
  }
  robot_grants = merge([for robot, roles in local.robot_roles : { for role in roles : "${robot} ${role}" => { robot = robot, role = role } }]...)
}

resource "google_project_iam_member" "infrastructure" {
  for_each = local.robot_grants
  project  = var.project_id
  role     = each.value.role
  member   = google_service_account.robot[each.value.robot].member
}

# An alert on a log line makes a notification rule of Logging. The predefined role that may do so could also delete the sinks
# that keep the audit log.
resource "google_project_iam_custom_role" "log_alerts" {
  role_id = "logAlerts"
  title   = "Make alerts on log lines"
  permissions = [
    "logging.notificationRules.create", "logging.notificationRules.delete", "logging.notificationRules.get",
    "logging.notificationRules.list", "logging.notificationRules.update",
  ]
}

resource "google_project_iam_member" "log_alerts" {
  project = var.project_id
  role    = google_project_iam_custom_role.log_alerts.name
  member  = google_service_account.robot["infrastructure"].member
}

# Whoever makes nodes must be allowed to act as their account.
resource "google_service_account_iam_member" "act_as_node" {
  service_account_id = google_service_account.node.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.robot["infrastructure"].member
}

resource "google_storage_managed_folder_iam_member" "state" {
  for_each       = { plan = "roles/storage.objectViewer", infrastructure = "roles/storage.objectUser" }
  bucket         = google_storage_managed_folder.cluster.bucket
  managed_folder = google_storage_managed_folder.cluster.name
  role           = each.value
  member         = google_service_account.robot[each.key].member
}
