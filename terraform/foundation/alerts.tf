# Here and not beside the alerts: a channel that is made anew has to be confirmed anew where confirmation is asked for.
resource "google_monitoring_notification_channel" "email" {
  for_each     = var.alert_emails
  display_name = each.key
  type         = "email"
  labels       = { email_address = each.key }
  depends_on   = [google_project_service.api]
}

# A budget names its project by number: with the id, which the API takes as well, every plan would show a change.
data "google_project" "own" {
  count      = var.budget == null ? 0 : 1
  project_id = var.project_id
}

resource "google_billing_budget" "month" {
  count           = var.budget == null ? 0 : 1
  billing_account = var.budget.billing_account
  display_name    = var.name
  budget_filter { projects = ["projects/${data.google_project.own[0].number}"] }
  amount {
    specified_amount {
      currency_code = var.budget.currency
      units         = tostring(var.budget.units)
    }
  }
  threshold_rules { threshold_percent = 0.5 }
  threshold_rules { threshold_percent = 0.9 }
  threshold_rules {
    threshold_percent = 1.0
    spend_basis       = "FORECASTED_SPEND" # days before the money is gone
  }
  all_updates_rule {
    # A budget takes five channels at most.
    monitoring_notification_channels = slice([for channel in google_monitoring_notification_channel.email : channel.id], 0, min(5, length(var.alert_emails)))
  }
  depends_on = [google_project_service.api]
}
