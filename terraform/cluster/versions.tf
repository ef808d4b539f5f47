terraform {
  # `override_during = plan`, on which the tests rest, came with 1.11.
  required_version = ">= 1.11, < 2.0"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 8.7"
    }
  }
  backend "gcs" { prefix = "cluster" } # its bucket: terraform init -backend-config=bucket=BUCKET
}

provider "google" {
  project               = var.foundation.project_id
  region                = var.foundation.region
  billing_project       = var.foundation.project_id
  user_project_override = true
  default_labels        = { app = var.foundation.name, managed-by = "terraform" }
}
