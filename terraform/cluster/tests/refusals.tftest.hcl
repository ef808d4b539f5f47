# Settings that are refused before anything is planned. Each must be refused by itself: a run fails where one of its
# settings is accepted. There are few runs, because each costs a third of a second.
mock_provider "google" {
  override_during = plan
  source          = "../mocks"
}

variables {
  foundation = {
    project_id            = "p-123456"
    name                  = "hello"
    region                = "us-west1"
    domains               = { production = "hello.example.com", staging = "staging.hello.example.com" }
    node_account          = "hello-node@p-123456.iam.gserviceaccount.com"
    notification_channels = ["projects/p-123456/notificationChannels/1"]
    repository_url        = "https://github.com/example/hello"
  }
}

run "refuses_to_alert_no_one" {
  command = plan
  variables {
    foundation = {
      project_id            = "p-123456"
      name                  = "hello"
      region                = "us-west1"
      domains               = { production = "hello.example.com" }
      node_account          = "hello-node@p-123456.iam.gserviceaccount.com"
      notification_channels = []
      repository_url        = "https://github.com/example/hello"
    }
  }
  expect_failures = [var.foundation]
}

run "refuses_what_a_lost_zone_would_take_away" {
  command = plan
  variables {
    zones          = ["us-west1-a", "us-west1-b"]
    nodes_per_zone = { min = 0, max = 3 }
    maintenance    = { start = "2026-01-03T09:00:00+01:00", end = "2026-01-03T17:00:00Z", recurrence = "FREQ=DAILY" }
    freezes        = { holidays = { start = "2026-12-18", end = "2027-01-04T00:00:00Z" } }
  }
  expect_failures = [var.zones, var.nodes_per_zone, var.maintenance, var.freezes]
}

run "refuses_a_zone_twice_and_no_room_to_grow" {
  command = plan
  variables {
    zones          = ["us-west1-a", "us-west1-b", "us-west1-b"]
    nodes_per_zone = { min = 3, max = 3 }
  }
  expect_failures = [var.zones, var.nodes_per_zone]
}

run "refuses_a_zone_of_another_region" {
  command = plan
  variables { zones = ["us-west1-a", "us-west1-b", "us-east1-b"] }
  expect_failures = [var.zones]
}
