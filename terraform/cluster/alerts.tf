# Every alert links to its runbook: the heading of docs/runbooks.md that has the resource's name.
locals {
  runbooks = "${var.foundation.repository_url}/blob/main/docs/runbooks.md"

  # The namespace, the Deployment and the Service of kustomize/overlays/production.
  production = "${local.name}-production"

  opened_and_closed = ["OPENED", "CLOSED"]
}

# Requests from four places every minute, through DNS and the load balancer: what a visitor sees.
resource "google_monitoring_uptime_check_config" "home" {
  for_each           = var.foundation.domains
  display_name       = "${local.name} ${each.key}"
  period             = "60s"
  timeout            = "10s"
  checker_type       = "STATIC_IP_CHECKERS"
  selected_regions   = ["USA_OREGON", "USA_VIRGINIA", "EUROPE", "ASIA_PACIFIC"]
  log_check_failures = true
  http_check {
    path         = "/"
    port         = 443
    use_ssl      = true
    validate_ssl = true
    accepted_response_status_codes { status_class = "STATUS_CLASS_2XX" }
  }
  content_matchers {
    content = "Hello from"
    matcher = "CONTAINS_STRING"
  }
  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.foundation.project_id, host = each.value } # without project_id the check is replaced at each apply
  }
}

locals {
  # By uptime_check_id, the label's value. `id` is a path, which matches no series, and an alert without a series is silent.
  check = { for environment, check in google_monitoring_uptime_check_config.home : environment => join(" AND ", [
    "resource.type=\"uptime_url\"",
    "metric.label.check_id=\"${check.uptime_check_id}\"",
  ]) }
}

resource "google_monitoring_alert_policy" "down" {
  for_each              = google_monitoring_uptime_check_config.home
  display_name          = "${each.value.display_name} is down"
  combiner              = "OR"
  severity              = each.key == "production" ? "CRITICAL" : "WARNING"
  notification_channels = var.foundation.notification_channels
  conditions {
    display_name = "two or more places fail for five minutes"
    condition_threshold {
      # The number of places whose newest result is a failure. A fraction over time stays silent in a short outage, and a
      # grouping without a reducer is refused by the API.
      filter          = "metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\" AND ${local.check[each.key]}"
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "300s"
      trigger { count = 1 }
      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
        group_by_fields      = ["resource.label.*"]
      }
    }
  }
  alert_strategy {
    auto_close           = "1800s"
    notification_prompts = local.opened_and_closed
  }
  documentation {
    subject = "${each.value.display_name} is down"
    content = "Visitors of https://${each.value.monitored_resource[0].labels.host}/ get no page."
    links {
      display_name = "Runbook"
      url          = "${local.runbooks}#down"
    }
  }
}

# The alert above needs results. When none come, this one says so.
resource "google_monitoring_alert_policy" "unwatched" {
  for_each              = google_monitoring_uptime_check_config.home
  display_name          = "${each.value.display_name} is not watched"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = var.foundation.notification_channels
  conditions {
    display_name = "no result of the uptime check for 15 minutes"
    condition_absent {
      filter   = "metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\" AND ${local.check[each.key]}"
      duration = "900s"
      trigger { count = 1 }
      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_COUNT"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["resource.label.host"]
      }
    }
  }
  alert_strategy {
    auto_close           = "1800s"
    notification_prompts = local.opened_and_closed
  }
  documentation {
    subject = "${each.value.display_name} is not watched"
    content = "Nothing would tell if the page were down."
    links {
      display_name = "Runbook"
      url          = "${local.runbooks}#unwatched"
    }
  }
}

# Certificate Manager renews a month ahead. Below 14 days something keeps it from doing so.
resource "google_monitoring_alert_policy" "certificate" {
  for_each              = google_monitoring_uptime_check_config.home
  display_name          = "${each.value.display_name}: certificate ends soon"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = var.foundation.notification_channels
  conditions {
    display_name = "less than 14 days left"
    condition_threshold {
      filter          = "metric.type=\"monitoring.googleapis.com/uptime_check/time_until_ssl_cert_expires\" AND ${local.check[each.key]}"
      comparison      = "COMPARISON_LT"
      threshold_value = 14 # days
      duration        = "600s"
      trigger { count = 1 }
      aggregations {
        alignment_period     = "1200s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_MIN"
        group_by_fields      = ["resource.label.host"]
      }
    }
  }
  alert_strategy {
    auto_close           = "1800s"
    notification_prompts = local.opened_and_closed
  }
  documentation {
    subject = "${each.value.display_name}: certificate ends soon"
    content = "Browsers will refuse https://${each.value.monitored_resource[0].labels.host}/ when it has ended."
    links {
      display_name = "Runbook"
      url          = "${local.runbooks}#certificate"
    }
  }
}

# Production only: a staging environment without a deployment is an ordinary day.
resource "google_monitoring_alert_policy" "copies" {
  display_name          = "${local.name} production has too few copies"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = var.foundation.notification_channels
  conditions {
    # The loss of a zone leaves two thirds. `absent` makes the alert speak when the series is gone, and with it the count.
    display_name = "less than two thirds of the copies are available for five minutes"
    condition_prometheus_query_language {
      query               = <<-EOT
        min(kube_deployment_status_replicas_available{namespace="${local.production}", deployment="${local.name}"})
          / max(kube_deployment_spec_replicas{namespace="${local.production}", deployment="${local.name}"}) < 0.66
        or absent(kube_deployment_status_replicas_available{namespace="${local.production}", deployment="${local.name}"})
      EOT
      duration            = "300s"
      evaluation_interval = "60s"
    }
  }
  alert_strategy {
    auto_close           = "1800s"
    notification_prompts = local.opened_and_closed
  }
  documentation {
    subject = "${local.name} production has too few copies"
    content = "The page may still be there, but the loss of another zone would take it away."
    links {
      display_name = "Runbook"
      url          = "${local.runbooks}#copies"
    }
  }
}
