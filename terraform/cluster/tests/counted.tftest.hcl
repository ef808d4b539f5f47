# What the cluster and the load balancer count and log: copies, refused pods, the error budget; and that every alert has a
# reader.
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

run "copies_are_counted_where_they_run" {
  command = plan
  assert {
    condition     = yamldecode(file("../../kustomize/base/deployment.yaml")).metadata.name == local.name && yamldecode(file("../../kustomize/overlays/production/kustomization.yaml")).namespace == local.production
    error_message = "the alert on copies names the Deployment and the namespace of the overlay"
  }
  assert {
    condition     = strcontains(google_monitoring_alert_policy.copies.conditions[0].condition_prometheus_query_language[0].query, "< 0.66\n")
    error_message = "the loss of a zone, which leaves six of nine, is no alert by itself"
  }
}

run "refused_and_bypassed_pods_are_noticed" {
  command = plan
  assert {
    condition     = alltrue([for policy in [google_monitoring_alert_policy.refused, google_monitoring_alert_policy.bypassed, google_monitoring_alert_policy.no_room] : strcontains(policy.conditions[0].condition_matched_log[0].filter, "resource.labels.cluster_name=\"hello\"") && length(policy.alert_strategy[0].notification_rate_limit) == 1])
    error_message = "of this cluster, and at most one mail an hour: the API refuses a log alert without a limit"
  }
  assert {
    condition     = strcontains(google_monitoring_alert_policy.refused.conditions[0].condition_matched_log[0].filter, "protoPayload.response.reason=\"VIOLATES_POLICY\"") && strcontains(google_monitoring_alert_policy.bypassed.conditions[0].condition_matched_log[0].filter, "image-policy.k8s.io/break-glass")
    error_message = "what Binary Authorization refused, and what went past it"
  }
  assert {
    condition     = strcontains(google_monitoring_alert_policy.no_room.conditions[0].condition_matched_log[0].filter, "noScaleUp")
    error_message = "an autoscaler that does nothing says so"
  }
}

run "the_error_budget_is_watched" {
  command = plan
  assert {
    condition     = strcontains(google_monitoring_slo.available.request_based_sli[0].good_total_ratio[0].total_service_filter, "-hello-production-hello-80-") && yamldecode(file("../../kustomize/base/service.yaml")).metadata.name == local.name && yamldecode(file("../../kustomize/base/service.yaml")).spec.ports[0].port == 80
    error_message = "the objective counts production's requests: namespace, Service and port of the manifests"
  }
  assert {
    condition     = google_monitoring_slo.available.goal == 0.999 && google_monitoring_slo.available.request_based_sli[0].good_total_ratio[0].bad_service_filter == "${google_monitoring_slo.available.request_based_sli[0].good_total_ratio[0].total_service_filter} AND metric.label.response_code_class=500"
    error_message = "99.9 % of them without a server error"
  }
  assert {
    condition     = alltrue([for policy in google_monitoring_alert_policy.burn : policy.combiner == "AND" && length(policy.conditions) == 2 && alltrue([for condition in policy.conditions : startswith(condition.condition_threshold[0].filter, "select_slo_burn_rate(\"${google_monitoring_slo.available.name}\"") && length(condition.condition_threshold[0].aggregations) == 0])])
    error_message = "a long and a short window, both; the selector takes no aggregation"
  }
  assert {
    condition     = { for speed, policy in google_monitoring_alert_policy.burn : speed => policy.conditions[0].condition_threshold[0].threshold_value } == { fast = 14, slow = 6 }
    error_message = "a fast burn and a slow one"
  }
}

run "every_alert_reaches_someone_who_knows_what_to_do" {
  command = plan
  assert {
    condition = alltrue([for policy in concat(
      values(google_monitoring_alert_policy.down), values(google_monitoring_alert_policy.unwatched), values(google_monitoring_alert_policy.certificate), values(google_monitoring_alert_policy.burn),
      [google_monitoring_alert_policy.copies, google_monitoring_alert_policy.refused, google_monitoring_alert_policy.bypassed, google_monitoring_alert_policy.no_room],
    ) : policy.notification_channels == tolist(["projects/p-123456/notificationChannels/1"])])
    error_message = "each goes to the foundation's channels"
  }
  assert {
    condition = alltrue([for policy in concat(
      values(google_monitoring_alert_policy.down), values(google_monitoring_alert_policy.unwatched), values(google_monitoring_alert_policy.certificate), values(google_monitoring_alert_policy.burn),
      [google_monitoring_alert_policy.copies, google_monitoring_alert_policy.refused, google_monitoring_alert_policy.bypassed, google_monitoring_alert_policy.no_room],
    ) : policy.enabled != false && startswith(policy.documentation[0].links[0].url, "https://github.com/example/hello/blob/main/docs/runbooks.md#")])
    error_message = "is on, and links to its runbook"
  }
  assert {
    condition = alltrue([for policy in concat(
      values(google_monitoring_alert_policy.down), values(google_monitoring_alert_policy.unwatched), values(google_monitoring_alert_policy.certificate), values(google_monitoring_alert_policy.burn),
      [google_monitoring_alert_policy.copies],
    ) : toset(policy.alert_strategy[0].notification_prompts) == toset(["OPENED", "CLOSED"])])
    error_message = "tells when it is over"
  }
}

run "the_dashboard_shows_what_the_alerts_watch" {
  command = plan
  assert {
    condition     = length(jsondecode(google_monitoring_dashboard.main.dashboard_json).mosaicLayout.tiles) >= 10
    error_message = "it is JSON, with its tiles"
  }
  assert {
    condition     = !strcontains(google_monitoring_dashboard.main.dashboard_json, "$${production}") && !strcontains(google_monitoring_dashboard.main.dashboard_json, "$${slo}") && strcontains(google_monitoring_dashboard.main.dashboard_json, "$${resource.labels.host}")
    error_message = "ours is filled in, and the dashboard's own placeholders are left"
  }
  assert {
    condition     = alltrue([for part in ["uptime_check/check_passed", "gkegw1-.*-hello-production-hello-80-.*", "select_slo_budget_fraction(\\\"${google_monitoring_slo.available.name}\\\")", "kube_deployment_status_replicas_available{namespace=\\\"hello-production\\\", deployment=\\\"hello\\\"}", "time_until_ssl_cert_expires"] : strcontains(google_monitoring_dashboard.main.dashboard_json, part)])
    error_message = "checks, requests, budget, copies and certificate"
  }
  assert {
    condition     = alltrue([for tile in jsondecode(google_monitoring_dashboard.main.dashboard_json).mosaicLayout.tiles : try(tile.xPos, 0) + tile.width <= 48])
    error_message = "no tile sticks out"
  }
}
