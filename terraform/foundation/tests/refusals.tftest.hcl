# Settings that are refused before anything is planned. Each must be refused by itself: a run fails where one of its
# settings is accepted. There are few runs, because each costs a third of a second.
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

run "refuses_what_is_missing_or_of_another_kind" {
  command = plan
  variables {
    project_id     = "My project"
    name           = "hello-from-here1" # a service account's id would have 31 characters
    region         = "us-west1-a"
    domains        = { staging = "hello.example.com" } # no production
    alert_emails   = []
    github         = { owner_id = "example", repository_id = "260064828" }
    repository_url = "github.com/example/hello"
    budget         = { billing_account = "000000-000000-000000", currency = "EUR", units = 0 }
  }
  expect_failures = [var.project_id, var.name, var.region, var.domains, var.alert_emails, var.github, var.repository_url, var.budget]
}

run "refuses_one_host_for_two_environments" {
  command = plan
  variables {
    domains      = { production = "hello.example.com", staging = "hello.example.com" }
    alert_emails = ["ops"] # no mail address
    github       = { owner_id = "1342004", repository_id = "hello" }
  }
  expect_failures = [var.domains, var.alert_emails, var.github]
}

run "refuses_a_url_for_a_host" {
  command = plan
  variables { domains = { production = "https://hello.example.com/" } }
  expect_failures = [var.domains]
}

run "refuses_an_environment_called_like_another_account" {
  command = plan
  variables { domains = { production = "hello.example.com", release = "release.example.com" } }
  expect_failures = [var.domains]
}
