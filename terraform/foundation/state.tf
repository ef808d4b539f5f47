# The bucket must be there before this root has a backend. A person makes it and hands it over (docs/terraform.md). An
# `import` block would do the second half, but then ../cluster's tests could not use this root as a module.
resource "google_storage_bucket" "state" {
  #checkov:skip=CKV_GCP_62:access logs need a second bucket; who changes the state shows in its versions
  name                        = var.state_bucket
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  versioning { enabled = true }
  lifecycle_rule {
    action { type = "Delete" }
    condition {
      num_newer_versions = 50
      with_state         = "ARCHIVED"
    }
  }
  lifecycle { prevent_destroy = true }
}

# Robots get the cluster's part of the bucket. Whoever can write the foundation's part decides what a person applies next.
resource "google_storage_managed_folder" "cluster" {
  bucket = google_storage_bucket.state.name
  name   = "cluster/"
}
