# An outage is noticed. The old alert was silent: a filter that matched no series, an aligner that smoothed an outage
# away, and a channel that nobody had set.
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

run "every_environment_is_watched_from_outside" {
  command = plan
  assert {
    condition     = tomap({ for e, check in google_monitoring_uptime_check_config.home : e => check.monitored_resource[0].labels.host }) == tomap(var.foundation.domains)
    error_message = "a check for each host"
  }
  assert {
    condition     = alltrue([for check in google_monitoring_uptime_check_config.home : check.monitored_resource[0].labels.project_id == "p-123456"])
    error_message = "with its project, or it is replaced at each apply and its series ends"
  }
  assert {
    condition     = alltrue([for check in google_monitoring_uptime_check_config.home : length(check.selected_regions) >= 3 && check.period == "60s"])
    error_message = "from three places at least, every minute"
  }
  assert {
    condition     = alltrue([for check in google_monitoring_uptime_check_config.home : check.http_check[0].use_ssl && check.http_check[0].validate_ssl && check.http_check[0].port == 443 && check.http_check[0].path == "/"])
    error_message = "as a browser would: the page, by HTTPS, with a certificate that holds"
  }
  assert {
    condition     = alltrue([for check in google_monitoring_uptime_check_config.home : check.http_check[0].accepted_response_status_codes[0].status_class == "STATUS_CLASS_2XX" && strcontains(file("../../app/src/page.html"), check.content_matchers[0].content) && check.content_matchers[0].matcher == "CONTAINS_STRING"])
    error_message = "it is our page that comes, and not somebody's error page"
  }
}

run "an_outage_raises_an_alert" {
  command = plan
  assert {
    condition     = toset(keys(google_monitoring_alert_policy.down)) == toset(keys(var.foundation.domains))
    error_message = "for each environment"
  }
  assert {
    condition     = alltrue([for e, policy in google_monitoring_alert_policy.down : policy.conditions[0].condition_threshold[0].filter == "metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\" AND resource.type=\"uptime_url\" AND metric.label.check_id=\"check-1\""])
    error_message = "the filter names the series of the environment's check by uptime_check_id; the id is a path and matches none"
  }
  assert {
    condition     = alltrue([for policy in google_monitoring_alert_policy.down : policy.conditions[0].condition_threshold[0].aggregations[0].per_series_aligner == "ALIGN_NEXT_OLDER" && policy.conditions[0].condition_threshold[0].aggregations[0].alignment_period == "300s"])
    error_message = "the newest result counts: a fraction over time hides an outage"
  }
  assert {
    condition     = alltrue([for policy in google_monitoring_alert_policy.down : policy.conditions[0].condition_threshold[0].aggregations[0].cross_series_reducer == "REDUCE_COUNT_FALSE" && policy.conditions[0].condition_threshold[0].aggregations[0].group_by_fields == tolist(["resource.label.*"])])
    error_message = "the places that fail are counted, for each host; a grouping needs a reducer"
  }
  assert {
    condition     = alltrue([for policy in google_monitoring_alert_policy.down : policy.conditions[0].condition_threshold[0].comparison == "COMPARISON_GT" && policy.conditions[0].condition_threshold[0].threshold_value == 1 && policy.conditions[0].condition_threshold[0].duration == "300s" && policy.conditions[0].condition_threshold[0].trigger[0].count == 1])
    error_message = "two places, for five minutes"
  }
  assert {
    condition     = google_monitoring_alert_policy.down["production"].severity == "CRITICAL"
    error_message = "production is critical"
  }
}

run "missing_results_raise_an_alert_too" {
  command = plan
  assert {
    condition     = toset(keys(google_monitoring_alert_policy.unwatched)) == toset(keys(var.foundation.domains)) && alltrue([for policy in google_monitoring_alert_policy.unwatched : policy.conditions[0].condition_absent[0].filter == google_monitoring_alert_policy.down["production"].conditions[0].condition_threshold[0].filter && policy.conditions[0].condition_absent[0].duration == "900s"])
    error_message = "the very series of the other alert"
  }
  assert {
    condition     = strcontains(google_monitoring_alert_policy.copies.conditions[0].condition_prometheus_query_language[0].query, "or absent(kube_deployment_status_replicas_available{namespace=\"hello-production\", deployment=\"hello\"})")
    error_message = "no count of copies is an alert as well"
  }
  assert {
    condition     = contains(google_container_cluster.main.monitoring_config[0].enable_components, "DEPLOYMENT") && google_container_cluster.main.monitoring_config[0].managed_prometheus[0].enabled
    error_message = "the cluster sends the counts of copies"
  }
}

run "a_certificate_that_is_not_renewed_is_noticed" {
  command = plan
  assert {
    condition     = toset(keys(google_monitoring_alert_policy.certificate)) == toset(keys(var.foundation.domains)) && alltrue([for policy in google_monitoring_alert_policy.certificate : policy.conditions[0].condition_threshold[0].comparison == "COMPARISON_LT" && policy.conditions[0].condition_threshold[0].threshold_value == 14 && strcontains(policy.conditions[0].condition_threshold[0].filter, "uptime_check/time_until_ssl_cert_expires") && strcontains(policy.conditions[0].condition_threshold[0].filter, "metric.label.check_id=\"check-1\"")])
    error_message = "two weeks ahead"
  }
}
