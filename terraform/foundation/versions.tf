terraform {
  # `override_during = plan`, on which the tests rest, came with 1.11.
  required_version = ">= 1.11, < 2.0"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 8.7"
    }
  }
  backend "gcs" { prefix = "foundation" } # its bucket: terraform init -backend-config=bucket=BUCKET
}

# The quota and the enabled APIs of this project count, not those of the project that somebody's gcloud came from.
provider "google" {
  project               = var.project_id
  region                = var.region
  billing_project       = var.project_id
  user_project_override = true
  default_labels        = { app = var.name, managed-by = "terraform" }
}
