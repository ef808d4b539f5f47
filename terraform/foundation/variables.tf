variable "project_id" {
  description = "The Google Cloud project that holds everything."
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "Give the project's id: 6 to 30 of a-z, 0-9 and '-', not its number and not its title."
  }
}

variable "name" {
  description = "Prefix of every name, and the image's name."
  type        = string
  default     = "hello"
  validation {
    # A service account's id has at most 30 characters, and `-infrastructure` adds 15.
    condition     = can(regex("^[a-z][a-z0-9-]{1,13}[a-z0-9]$", var.name))
    error_message = "3 to 15 of a-z, 0-9 and '-', a letter first: service accounts add up to 15 characters and may have 30."
  }
}

variable "region" {
  description = "Where the registry, the key and the cluster are. Everything named here stays in it for good."
  type        = string
  default     = "us-west1"
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "Give a region such as us-west1, not a zone and not a multi-region."
  }
}

variable "state_bucket" {
  description = "The bucket with the state of both roots. A person makes it once; this root takes it over."
  type        = string
}

variable "domains" {
  description = "Environment => the host name that it serves."
  type        = map(string)
  validation {
    condition     = contains(keys(var.domains), "production")
    error_message = "There must be an environment `production`: the objective and the alerts on copies watch it."
  }
  validation {
    condition     = length(distinct(values(var.domains))) == length(var.domains) && alltrue([for d in values(var.domains) : can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", d))])
    error_message = "Each environment needs a fully qualified, lower-case host name of its own."
  }
  validation {
    condition     = alltrue([for e in keys(var.domains) : can(regex("^[a-z][a-z0-9]{1,13}$", e)) && !contains(["infrastructure", "node", "plan", "release"], e)])
    error_message = "An environment is called by 2 to 14 of a-z and 0-9, and not `infrastructure`, `node`, `plan` or `release`: those are other accounts."
  }
}

variable "alert_emails" {
  description = "Who is told when an alert fires or the budget runs out."
  type        = set(string)
  validation {
    condition     = length(var.alert_emails) > 0 && alltrue([for a in var.alert_emails : can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", a))])
    error_message = "Give at least one mail address: an alert without a channel reaches no one."
  }
}

variable "github" {
  description = "GitHub's numeric ids of the repository and its owner, as strings: a name can belong to someone else after a rename, an id cannot."
  type        = object({ owner_id = string, repository_id = string })
  validation {
    condition     = can(regex("^[0-9]+$", var.github.owner_id)) && can(regex("^[0-9]+$", var.github.repository_id))
    error_message = "Use GitHub's numeric ids, not names: `gh api repos/OWNER/NAME --jq '.owner.id, .id'` prints both."
  }
}

variable "repository_url" {
  description = "Where people read this repository: alert mails link to the runbooks below it."
  type        = string
  validation {
    condition     = can(regex("^https://[^/ ]+/[^/ ]+/[^/ ]+$", var.repository_url))
    error_message = "Write it as https://github.com/OWNER/NAME, without a slash at the end."
  }
}

variable "enforce_attestation" {
  description = "false: Binary Authorization only logs what it would refuse."
  type        = bool
  default     = true
}

variable "budget" {
  description = "Monthly budget of the project; null: none."
  type        = object({ billing_account = string, currency = string, units = number })
  default     = null
  validation {
    condition     = var.budget == null || try(can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.budget.billing_account)) && can(regex("^[A-Z]{3}$", var.budget.currency)) && var.budget.units > 0, false)
    error_message = "Give a billing account such as 000000-000000-000000, its currency such as EUR, and more than 0 units."
  }
}
