# The foundation is planned first and its output handed over: what one root gives is what the other takes.
mock_provider "google" {
  override_during = plan
  source          = "../mocks"
}

run "foundation" {
  command = plan
  module { source = "../foundation" }
  variables {
    project_id     = "p-123456"
    state_bucket   = "p-123456-terraform"
    domains        = { production = "hello.example.com", staging = "staging.hello.example.com" }
    alert_emails   = ["ops@example.com"]
    github         = { owner_id = "1342004", repository_id = "260064828" }
    repository_url = "https://github.com/example/hello"
  }
  assert {
    condition     = output.for_cluster.project_id == "p-123456"
    error_message = "the output is there"
  }
}

run "the_cluster_root_takes_what_the_foundation_gives" {
  command = plan
  variables { foundation = run.foundation.for_cluster }
  assert {
    condition     = toset(keys(run.foundation.for_cluster)) == toset(keys(var.foundation))
    error_message = "nothing is given that is not taken"
  }
  assert {
    condition     = output.cluster == { name = "hello", location = "us-west1", project = "p-123456" }
    error_message = "what get-credentials needs"
  }
}
