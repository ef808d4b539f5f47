# Alerts on single log lines: events that are few, and of which each one counts. The audit log of the Kubernetes API has what
# admission refused, which shows nowhere else: no pod appears, so none is listed.
locals {
  pods_written = join(" AND ", [
    "resource.type=\"k8s_cluster\"",
    "resource.labels.cluster_name=\"${google_container_cluster.main.name}\"",
    "logName=\"projects/${var.foundation.project_id}/logs/cloudaudit.googleapis.com%2Factivity\"",
    "(protoPayload.methodName=\"io.k8s.core.v1.pods.create\" OR protoPayload.methodName=\"io.k8s.core.v1.pods.update\")",
  ])
}

resource "google_monitoring_alert_policy" "refused" {
  display_name          = "${local.name}: a pod was refused"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = var.foundation.notification_channels
  conditions {
    display_name = "Binary Authorization or Pod Security refused a pod"
    condition_matched_log {
      filter = join(" AND ", [
        local.pods_written,
        "protoPayload.response.status=\"Failure\"",
        "(protoPayload.response.reason=\"VIOLATES_POLICY\" OR protoPayload.response.reason=\"Forbidden\")",
      ])
    }
  }
  alert_strategy {
    auto_close = "1800s"
    notification_rate_limit { period = "3600s" } # the controller tries again and again; one mail an hour will do
  }
  documentation {
    subject = "${local.name}: a pod was refused"
    content = "A release, or someone else's image, did not get into the cluster."
    links {
      display_name = "Runbook"
      url          = "${local.runbooks}#refused"
    }
  }
}

resource "google_monitoring_alert_policy" "bypassed" {
  display_name          = "${local.name}: Binary Authorization was bypassed"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = var.foundation.notification_channels
  conditions {
    display_name = "a pod came in by break-glass, or while the check could not be asked"
    condition_matched_log {
      filter = join(" AND ", [
        local.pods_written,
        "(\"image-policy.k8s.io/break-glass\" OR \"image-policy.k8s.io/failed-open\")",
      ])
    }
  }
  alert_strategy {
    auto_close = "1800s"
    notification_rate_limit { period = "3600s" }
  }
  documentation {
    subject = "${local.name}: Binary Authorization was bypassed"
    content = "An image runs that nobody attested."
    links {
      display_name = "Runbook"
      url          = "${local.runbooks}#bypassed"
    }
  }
}

resource "google_monitoring_alert_policy" "no_room" {
  display_name          = "${local.name}: no room for a pod"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = var.foundation.notification_channels
  conditions {
    display_name = "the autoscaler cannot, or did not manage to, add a node"
    condition_matched_log {
      filter = join(" AND ", [
        "resource.type=\"k8s_cluster\"",
        "resource.labels.cluster_name=\"${google_container_cluster.main.name}\"",
        "logName=\"projects/${var.foundation.project_id}/logs/container.googleapis.com%2Fcluster-autoscaler-visibility\"",
        "(jsonPayload.noDecisionStatus.noScaleUp:* OR jsonPayload.resultInfo.results.errorMsg.messageId:\"scale.up.error\")",
      ])
    }
  }
  alert_strategy {
    auto_close = "1800s"
    notification_rate_limit { period = "3600s" }
  }
  documentation {
    subject = "${local.name}: no room for a pod"
    content = "A pod waits, and the autoscaler made no node for it."
    links {
      display_name = "Runbook"
      url          = "${local.runbooks}#no-room"
    }
  }
}
