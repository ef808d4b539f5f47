resource "google_project_service" "api" {
  for_each = toset(concat([
    "artifactregistry", "binaryauthorization", "certificatemanager", "cloudkms", "cloudresourcemanager", "compute",
    "container", "containeranalysis", "containerscanning", "iam", "iamcredentials", "logging", "monitoring",
    "serviceusage", "storage", "sts",
  ], var.budget == null ? [] : ["billingbudgets"]))
  service = "${each.key}.googleapis.com"
  # Turning an API off deletes what other people of the project made with it.
  disable_on_destroy = false
}
