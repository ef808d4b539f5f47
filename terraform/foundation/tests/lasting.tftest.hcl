# What outlives a cluster: addresses, certificates, state, the people who are told.
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

run "each_environment_has_its_own_edge" {
  command = plan
  assert {
    condition     = tomap({ for environment, entry in google_certificate_manager_certificate_map_entry.edge : environment => entry.hostname }) == var.domains
    error_message = "a certificate for each host name"
  }
  assert {
    condition     = alltrue([for environment, certificate in google_certificate_manager_certificate.edge : certificate.managed[0].domains == tolist([var.domains[environment]]) && length(certificate.managed[0].dns_authorizations) == 1])
    error_message = "certificates are authorised by DNS, before traffic arrives"
  }
  assert {
    condition     = toset(keys(google_compute_global_address.edge)) == toset(keys(var.domains))
    error_message = "an address for each environment"
  }
  assert {
    condition     = google_compute_ssl_policy.edge.min_tls_version == "TLS_1_2" && google_compute_ssl_policy.edge.profile == "MODERN"
    error_message = "TLS 1.2 at least"
  }
}

run "state_is_private_and_versioned" {
  command = plan
  assert {
    condition     = google_storage_bucket.state.public_access_prevention == "enforced" && google_storage_bucket.state.uniform_bucket_level_access
    error_message = "no public access, and no rights on single objects"
  }
  assert {
    condition     = google_storage_bucket.state.versioning[0].enabled
    error_message = "a lost state can be brought back"
  }
  assert {
    condition     = alltrue([for condition in google_storage_bucket.state.lifecycle_rule[0].condition : condition.num_newer_versions >= 10 && condition.with_state == "ARCHIVED"])
    error_message = "only versions that many newer ones have replaced are deleted"
  }
}

run "someone_is_told" {
  command = plan
  assert {
    condition     = google_monitoring_notification_channel.email["ops@example.com"].type == "email" && google_monitoring_notification_channel.email["ops@example.com"].labels.email_address == "ops@example.com"
    error_message = "a channel for each address"
  }
  assert {
    condition     = length(output.for_cluster.notification_channels) == length(var.alert_emails)
    error_message = "every channel is handed to the cluster root"
  }
  assert {
    condition     = length(google_billing_budget.month) == 0 && !contains(keys(google_project_service.api), "billingbudgets")
    error_message = "no budget unless asked for"
  }
}

run "a_budget_warns_before_the_month_ends" {
  command = plan
  variables { budget = { billing_account = "000000-000000-000000", currency = "EUR", units = 400 } }
  assert {
    condition     = contains([for rule in google_billing_budget.month[0].threshold_rules : rule.spend_basis], "FORECASTED_SPEND")
    error_message = "a forecast counts"
  }
  assert {
    condition     = google_billing_budget.month[0].budget_filter[0].projects == toset(["projects/123456"]) && google_billing_budget.month[0].amount[0].specified_amount[0].units == "400"
    error_message = "of this project, by its number, as much as was said"
  }
  assert {
    condition     = length(google_billing_budget.month[0].all_updates_rule[0].monitoring_notification_channels) == 1
    error_message = "and mails come"
  }
}

run "apis_that_others_use_stay_on" {
  command = plan
  assert {
    condition     = alltrue([for api in google_project_service.api : api.disable_on_destroy == false])
    error_message = "no API is turned off"
  }
}
