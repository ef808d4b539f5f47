variable "foundation" {
  description = "What the foundation made: its output `for_cluster`, kept in foundation.auto.tfvars.json."
  type = object({
    project_id            = string
    name                  = string
    region                = string
    domains               = map(string)
    node_account          = string
    notification_channels = list(string)
    repository_url        = string
  })
  validation {
    condition     = length(var.foundation.notification_channels) > 0
    error_message = "An alert without a channel reaches no one: apply the foundation, then write foundation.auto.tfvars.json anew."
  }
}

variable "zones" {
  description = "Three zones or more, so that two are left when one is lost."
  type        = list(string)
  default     = ["us-west1-a", "us-west1-b", "us-west1-c"]
  validation {
    condition     = length(distinct(var.zones)) == length(var.zones) && length(var.zones) >= 3 && alltrue([for zone in var.zones : startswith(zone, "${var.foundation.region}-")])
    error_message = "Give three or more different zones of the foundation's region: `gcloud compute zones list` names them."
  }
}

variable "nodes_per_zone" {
  description = "Floor and ceiling of the autoscaler in each zone."
  type        = object({ min = number, max = number })
  # Nine pods of the production overlay find room on the six nodes that the loss of a zone leaves: no scale-up, which could
  # meet a stock-out, stands between the outage and nine copies.
  default = {
    min = 3
    max = 6
  }
  validation {
    condition     = var.nodes_per_zone.min >= 1 && var.nodes_per_zone.max > var.nodes_per_zone.min
    error_message = "min must be 1 or more, for a pool at zero hides its zones from the scheduler, and max above min: two zones must be able to carry what three did."
  }
}

variable "machine_type" {
  description = "A common type: its zones seldom run out."
  type        = string
  default     = "e2-standard-2"
}

variable "maintenance" {
  description = "Weekly window for upgrades. Zulu times only: the API answers in them, and another form would be a diff at every plan."
  type        = object({ start = string, end = string, recurrence = string })
  default = {
    start      = "2026-01-03T09:00:00Z"
    end        = "2026-01-03T17:00:00Z"
    recurrence = "FREQ=WEEKLY;BYDAY=SA,SU"
  }
  validation {
    condition     = alltrue([for time in [var.maintenance.start, var.maintenance.end] : can(regex("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$", time))])
    error_message = "Write the times as 2026-01-03T09:00:00Z."
  }
}

variable "freezes" {
  description = "Name => the days on which neither the minor version nor nodes are upgraded, at most 90. Patches of the control plane still come."
  type        = map(object({ start = string, end = string }))
  default     = {}
  validation {
    condition     = alltrue(flatten([for freeze in values(var.freezes) : [for time in [freeze.start, freeze.end] : can(regex("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$", time))]]))
    error_message = "Write the times as 2026-12-18T00:00:00Z."
  }
}

variable "deletion_protection" {
  description = "false lets `terraform destroy` remove the cluster."
  type        = bool
  default     = true
}
