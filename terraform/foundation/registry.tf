resource "google_artifact_registry_repository" "images" {
  #checkov:skip=CKV_GCP_84:Google's own keys encrypt it; a key of ours could lock every image away, and images are no secret
  repository_id = var.name
  location      = var.region
  format        = "DOCKER"
  description   = "Images of ${var.name}: pushed and attested by the release workflow"
  docker_config { immutable_tags = true } # no tag is ever moved or deleted
  vulnerability_scanning_config { enablement_config = "INHERITED" }
  cleanup_policy_dry_run = false
  # Keeping wins over deleting: a roll-back needs the digest of an old release.
  cleanup_policies {
    id     = "keep-releases"
    action = "KEEP"
    condition {
      tag_state    = "TAGGED"
      tag_prefixes = ["v"]
    }
  }
  cleanup_policies {
    id     = "drop-untagged"
    action = "DELETE"
    condition {
      tag_state  = "UNTAGGED"
      older_than = "2592000s" # 30 days
    }
  }
  lifecycle { prevent_destroy = true }
  depends_on = [google_project_service.api]
}
