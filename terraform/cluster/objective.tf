# 99.9 % of production's requests in 28 days are answered without a server error: 40 minutes of outage use the budget up.
locals {
  # The controller of the Gateway names its backend services after namespace, Service and port.
  production_requests = join(" AND ", [
    "metric.type=\"loadbalancing.googleapis.com/https/request_count\"",
    "resource.type=\"https_lb_rule\"",
    "resource.label.backend_target_name=monitoring.regex.full_match(\"gkegw1-.*-${local.production}-${local.name}-80-.*\")",
  ])

  # How many times too fast the budget goes, over a long window and still in a short one, so that the alert ends soon after its
  # cause. At 14 times an hour takes 2 % of the budget, at 6 times six hours take 5 %: the rates of Google's workbook.
  burn_rates = {
    fast = { rate = 14, long = "3600s", short = "300s", severity = "CRITICAL" }
    slow = { rate = 6, long = "21600s", short = "1800s", severity = "WARNING" }
  }
}

resource "google_monitoring_custom_service" "site" {
  service_id   = local.name
  display_name = local.name
}

resource "google_monitoring_slo" "available" {
  service             = google_monitoring_custom_service.site.service_id
  slo_id              = "available"
  display_name        = "requests end without a server error"
  goal                = 0.999
  rolling_period_days = 28
  request_based_sli {
    good_total_ratio {
      total_service_filter = local.production_requests
      bad_service_filter   = "${local.production_requests} AND metric.label.response_code_class=500"
    }
  }
}

resource "google_monitoring_alert_policy" "burn" {
  for_each              = local.burn_rates
  display_name          = "${local.name} production burns its error budget, ${each.key}"
  combiner              = "AND"
  severity              = each.value.severity
  notification_channels = var.foundation.notification_channels
  dynamic "conditions" {
    for_each = { long = each.value.long, short = each.value.short }
    content {
      display_name = "more than ${each.value.rate} times too fast over ${conditions.value}"
      condition_threshold {
        # The selector takes no aggregation: the API refuses one beside it.
        filter          = "select_slo_burn_rate(\"${google_monitoring_slo.available.name}\", \"${conditions.value}\")"
        comparison      = "COMPARISON_GT"
        threshold_value = each.value.rate
        duration        = "0s"
        trigger { count = 1 }
      }
    }
  }
  alert_strategy {
    auto_close           = "1800s"
    notification_prompts = local.opened_and_closed
  }
  documentation {
    subject = "${local.name} production burns its error budget, ${each.key}"
    content = "More requests end with a server error than the objective allows."
    links {
      display_name = "Runbook"
      url          = "${local.runbooks}#burn"
    }
  }
}
