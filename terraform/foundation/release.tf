# The robot of the environment `release`: one repository, one key, one note. It has no way to a cluster.
resource "google_artifact_registry_repository_iam_member" "push" {
  location   = google_artifact_registry_repository.images.location
  repository = google_artifact_registry_repository.images.name
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.robot["release"].member
}

resource "google_kms_crypto_key_iam_member" "sign" {
  crypto_key_id = google_kms_crypto_key.attest.id
  role          = "roles/cloudkms.signerVerifier"
  member        = google_service_account.robot["release"].member
}

resource "google_container_analysis_note_iam_member" "attach" {
  note   = google_container_analysis_note.gate.name
  role   = "roles/containeranalysis.notes.attacher"
  member = google_service_account.robot["release"].member
}

# gcloud reads the attestor to learn which note and which key it has.
resource "google_binary_authorization_attestor_iam_member" "read" {
  attestor = google_binary_authorization_attestor.gate.name
  role     = "roles/binaryauthorization.attestorsViewer"
  member   = google_service_account.robot["release"].member
}

# An occurrence is a record of the project; there is no narrower place for this role.
resource "google_project_iam_member" "attest" {
  project = var.project_id
  role    = "roles/containeranalysis.occurrences.editor"
  member  = google_service_account.robot["release"].member
}
