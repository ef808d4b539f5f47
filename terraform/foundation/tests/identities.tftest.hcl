# Who may do what. Every account has a name of its own here, so that a grant to the wrong one is seen.
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

override_resource {
  target          = google_service_account.robot["release"]
  override_during = plan
  values = {
    name   = "projects/p-123456/serviceAccounts/release"
    email  = "release@p-123456.iam.gserviceaccount.com"
    member = "serviceAccount:release"
  }
}

override_resource {
  target          = google_service_account.robot["plan"]
  override_during = plan
  values = {
    name   = "projects/p-123456/serviceAccounts/plan"
    email  = "plan@p-123456.iam.gserviceaccount.com"
    member = "serviceAccount:plan"
  }
}

override_resource {
  target          = google_service_account.robot["infrastructure"]
  override_during = plan
  values = {
    name   = "projects/p-123456/serviceAccounts/infrastructure"
    email  = "infrastructure@p-123456.iam.gserviceaccount.com"
    member = "serviceAccount:infrastructure"
  }
}

override_resource {
  target          = google_service_account.robot["production"]
  override_during = plan
  values = {
    name   = "projects/p-123456/serviceAccounts/production"
    email  = "production@p-123456.iam.gserviceaccount.com"
    member = "serviceAccount:production"
  }
}

override_resource {
  target          = google_service_account.robot["staging"]
  override_during = plan
  values = {
    name   = "projects/p-123456/serviceAccounts/staging"
    email  = "staging@p-123456.iam.gserviceaccount.com"
    member = "serviceAccount:staging"
  }
}

override_resource {
  target          = google_service_account.node
  override_during = plan
  values = {
    name   = "projects/p-123456/serviceAccounts/node"
    email  = "node@p-123456.iam.gserviceaccount.com"
    member = "serviceAccount:node"
  }
}

run "github_reaches_only_what_its_environment_may" {
  command = plan
  assert {
    condition     = toset(keys(google_service_account.robot)) == toset(["release", "plan", "infrastructure", "production", "staging"])
    error_message = "one robot for each GitHub environment"
  }
  assert {
    condition     = alltrue([for environment, grant in google_service_account_iam_member.robot : grant.member == "principalSet://iam.googleapis.com/projects/123456/locations/global/workloadIdentityPools/github/attribute.environment/${environment}"])
    error_message = "each robot belongs to one GitHub environment, and there is no wildcard principal"
  }
  assert {
    condition     = alltrue([for environment, grant in google_service_account_iam_member.robot : grant.role == "roles/iam.workloadIdentityUser" && grant.service_account_id == "projects/p-123456/serviceAccounts/${environment}"])
    error_message = "an environment becomes its own robot and no other"
  }
  assert {
    condition     = google_iam_workload_identity_pool_provider.github.attribute_condition == "assertion.repository_owner_id == '1342004' && assertion.repository_id == '260064828'"
    error_message = "tokens of other owners and repositories are refused, by ids"
  }
  assert {
    condition     = google_iam_workload_identity_pool_provider.github.attribute_mapping["attribute.environment"] == "assertion.environment"
    error_message = "the environment is the token's"
  }
  assert {
    condition     = google_iam_workload_identity_pool_provider.github.oidc[0].issuer_uri == "https://token.actions.githubusercontent.com"
    error_message = "only GitHub issues tokens"
  }
}

run "the_deployer_may_reach_the_control_plane_and_no_more" {
  command = plan
  assert {
    condition     = google_project_iam_custom_role.connect.permissions == toset(["container.clusters.connect", "container.clusters.get"])
    error_message = "two permissions; Kubernetes RBAC decides the rest"
  }
  assert {
    condition     = tomap({ for environment, grant in google_project_iam_member.connect : environment => grant.member }) == tomap({ production = "serviceAccount:production", staging = "serviceAccount:staging" })
    error_message = "the robots of the environments, and not that of releases"
  }
}

run "the_releaser_pushes_and_signs_and_no_more" {
  command = plan
  assert {
    condition     = google_artifact_registry_repository_iam_member.push.role == "roles/artifactregistry.writer" && google_artifact_registry_repository_iam_member.push.member == "serviceAccount:release"
    error_message = "writer of the one repository"
  }
  assert {
    condition     = google_kms_crypto_key_iam_member.sign.role == "roles/cloudkms.signerVerifier" && google_kms_crypto_key_iam_member.sign.member == "serviceAccount:release"
    error_message = "signs with the one key"
  }
  assert {
    condition     = google_container_analysis_note_iam_member.attach.role == "roles/containeranalysis.notes.attacher" && google_container_analysis_note_iam_member.attach.member == "serviceAccount:release"
    error_message = "attaches to the one note"
  }
  assert {
    condition     = google_binary_authorization_attestor_iam_member.read.role == "roles/binaryauthorization.attestorsViewer" && google_binary_authorization_attestor_iam_member.read.member == "serviceAccount:release"
    error_message = "reads which note and key the attestor has, and does not change them"
  }
  assert {
    condition     = google_project_iam_member.attest.role == "roles/containeranalysis.occurrences.editor" && google_project_iam_member.attest.member == "serviceAccount:release"
    error_message = "writes attestations"
  }
}

run "nodes_pull_and_log_and_no_more" {
  command = plan
  assert {
    condition     = google_project_iam_member.node.role == "roles/container.defaultNodeServiceAccount" && google_project_iam_member.node.member == "serviceAccount:node"
    error_message = "one role of the project: logs and metrics"
  }
  assert {
    condition     = google_artifact_registry_repository_iam_member.pull.role == "roles/artifactregistry.reader" && google_artifact_registry_repository_iam_member.pull.member == "serviceAccount:node"
    error_message = "reader of the one repository"
  }
}

run "no_robot_can_raise_itself" {
  command = plan
  assert {
    condition = toset([for grant in google_project_iam_member.infrastructure : grant.role if grant.member == "serviceAccount:plan"]) == toset([
      "roles/compute.viewer", "roles/container.clusterViewer", "roles/monitoring.viewer", "roles/serviceusage.serviceUsageConsumer",
    ])
    error_message = "the robot that plans reads, and that only what a plan compares"
  }
  assert {
    condition = toset([for grant in google_project_iam_member.infrastructure : grant.role if grant.member == "serviceAccount:infrastructure"]) == toset([
      "roles/compute.networkAdmin", "roles/compute.viewer", "roles/container.clusterAdmin", "roles/monitoring.editor", "roles/serviceusage.serviceUsageConsumer",
    ])
    error_message = "the robot that applies hands out no roles, reads no secrets and silences no log: what is added here is thought about"
  }
  assert {
    condition     = length(google_project_iam_member.infrastructure) == 9
    error_message = "and no other account gets a role this way"
  }
  assert {
    condition     = google_service_account_iam_member.act_as_node.service_account_id == "projects/p-123456/serviceAccounts/node" && google_service_account_iam_member.act_as_node.member == "serviceAccount:infrastructure"
    error_message = "the robot that applies acts as the nodes' account only"
  }
  assert {
    condition     = google_storage_managed_folder.cluster.name == "cluster/" && alltrue([for grant in google_storage_managed_folder_iam_member.state : grant.managed_folder == "cluster/"])
    error_message = "robots reach the cluster's state and not the foundation's"
  }
  assert {
    condition     = tomap({ for robot, grant in google_storage_managed_folder_iam_member.state : grant.member => grant.role }) == tomap({ "serviceAccount:plan" = "roles/storage.objectViewer", "serviceAccount:infrastructure" = "roles/storage.objectUser" })
    error_message = "a plan reads the state, an apply writes it"
  }
  assert {
    condition     = alltrue([for permission in google_project_iam_custom_role.log_alerts.permissions : startswith(permission, "logging.notificationRules.")]) && google_project_iam_member.log_alerts.member == "serviceAccount:infrastructure"
    error_message = "alerts on log lines, and nothing else of Logging"
  }
}
