# Key rings and keys can never be deleted, so they are here and not beside the cluster.
resource "google_kms_key_ring" "attest" {
  name       = "${var.name}-attest"
  location   = var.region
  depends_on = [google_project_service.api]
}

resource "google_kms_crypto_key" "attest" {
  #checkov:skip=CKV_GCP_43:a key that signs cannot rotate by itself; a new version goes into the attestor beside the old one
  name     = "gate"
  key_ring = google_kms_key_ring.attest.id
  purpose  = "ASYMMETRIC_SIGN"
  version_template { algorithm = "EC_SIGN_P256_SHA256" }
  lifecycle { prevent_destroy = true }
}

# Made together with the key. A second version would be a second entry in the attestor.
data "google_kms_crypto_key_version" "attest" {
  crypto_key = google_kms_crypto_key.attest.id
  version    = 1
}

resource "google_container_analysis_note" "gate" {
  name = "${var.name}-gate"
  attestation_authority {
    hint { human_readable_name = "passed gate: dependencies, manifests, image" }
  }
  depends_on = [google_project_service.api]
}

resource "google_binary_authorization_attestor" "gate" {
  name = "${var.name}-gate"
  attestation_authority_note {
    note_reference = google_container_analysis_note.gate.name
    public_keys {
      id = data.google_kms_crypto_key_version.attest.id
      pkix_public_key {
        public_key_pem      = data.google_kms_crypto_key_version.attest.public_key[0].pem
        signature_algorithm = data.google_kms_crypto_key_version.attest.public_key[0].algorithm
      }
    }
  }
}

# One policy for the project: every cluster in it that evaluates policies obeys this one.
resource "google_binary_authorization_policy" "main" {
  global_policy_evaluation_mode = "ENABLE" # Google's own system images stay allowed
  default_admission_rule {
    evaluation_mode         = "REQUIRE_ATTESTATION"
    enforcement_mode        = var.enforce_attestation ? "ENFORCED_BLOCK_AND_AUDIT_LOG" : "DRYRUN_AUDIT_LOG_ONLY"
    require_attestations_by = [google_binary_authorization_attestor.gate.name]
  }
}
