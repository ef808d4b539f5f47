# What may run: the registry and Binary Authorization.
mock_provider "google" {
  override_during = plan
  source          = "../mocks"
}

variables {
  project_id     = "p-123456"
  state_bucket   = "p-123456-terraform"
  domains        = { production = "hello.example.com", staging = "staging.hello.example.com" }
  alert_emails   = ["ops@example.com"]
  github         = { owner_id = "1342004", repository_id = "260064828" }
  repository_url = "https://github.com/example/hello"
}

run "images_stay_what_they_were" {
  command = plan
  assert {
    condition     = google_artifact_registry_repository.images.docker_config[0].immutable_tags
    error_message = "a tag is never moved or deleted"
  }
  assert {
    condition     = one([for policy in google_artifact_registry_repository.images.cleanup_policies : policy if policy.action == "KEEP"]).condition[0].tag_prefixes == tolist(["v"])
    error_message = "releases are kept, for a roll-back"
  }
  assert {
    condition     = one([for policy in google_artifact_registry_repository.images.cleanup_policies : policy if policy.action == "DELETE"]).condition[0].tag_state == "UNTAGGED"
    error_message = "only what has no tag is deleted"
  }
  assert {
    condition     = google_artifact_registry_repository.images.cleanup_policy_dry_run == false
    error_message = "the clean-up is done and not only logged"
  }
}

run "only_attested_images_run" {
  command = plan
  assert {
    condition     = google_binary_authorization_policy.main.default_admission_rule[0].evaluation_mode == "REQUIRE_ATTESTATION"
    error_message = "an attestation is required"
  }
  assert {
    condition     = google_binary_authorization_policy.main.default_admission_rule[0].enforcement_mode == "ENFORCED_BLOCK_AND_AUDIT_LOG"
    error_message = "and enforced, where nobody says otherwise"
  }
  assert {
    condition     = google_binary_authorization_policy.main.default_admission_rule[0].require_attestations_by == toset([google_binary_authorization_attestor.gate.name])
    error_message = "gate's attestor must have attested"
  }
  assert {
    condition     = google_binary_authorization_policy.main.global_policy_evaluation_mode == "ENABLE" && length(google_binary_authorization_policy.main.admission_whitelist_patterns) == 0
    error_message = "Google's system images run, and there is no list of exceptions"
  }
  assert {
    condition     = google_kms_crypto_key.attest.purpose == "ASYMMETRIC_SIGN" && google_kms_crypto_key.attest.version_template[0].algorithm == "EC_SIGN_P256_SHA256"
    error_message = "a key with which Binary Authorization can verify"
  }
}

run "the_release_learns_how_to_sign" {
  command = plan
  assert {
    condition     = output.attestor.key_version == "projects/p-123456/locations/us-west1/keyRings/hello-attest/cryptoKeys/gate/cryptoKeyVersions/1" && output.attestor.name == "hello-gate"
    error_message = "names as gcloud takes them"
  }
}

run "enforcement_can_be_tried_dry" {
  command = plan
  variables { enforce_attestation = false }
  assert {
    condition     = google_binary_authorization_policy.main.default_admission_rule[0].enforcement_mode == "DRYRUN_AUDIT_LOG_ONLY"
    error_message = "only logged"
  }
}
