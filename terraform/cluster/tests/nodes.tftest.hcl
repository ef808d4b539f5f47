# Three nodes in each of three zones, that nobody reaches from outside and no upgrade takes away.
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

run "three_nodes_in_each_of_three_zones" {
  command = plan
  assert {
    condition     = length(google_container_node_pool.main.node_locations) * google_container_node_pool.main.autoscaling[0].min_node_count == 9
    error_message = "nine nodes at least"
  }
  assert {
    condition     = google_container_cluster.main.node_locations == google_container_node_pool.main.node_locations
    error_message = "cluster and pool name the same zones"
  }
  assert {
    condition     = google_container_cluster.main.location == "us-west1" && google_container_node_pool.main.location == "us-west1"
    error_message = "regional and not zonal"
  }
  assert {
    condition     = google_container_node_pool.main.autoscaling[0].total_min_node_count == null && google_container_node_pool.main.autoscaling[0].total_max_node_count == null
    error_message = "limits are per zone: the API refuses a mixture, and a total says nothing of any one zone"
  }
  assert {
    condition     = google_container_node_pool.main.autoscaling[0].location_policy == "BALANCED"
    error_message = "zones grow evenly"
  }
  assert {
    condition     = google_container_node_pool.main.autoscaling[0].max_node_count > google_container_node_pool.main.autoscaling[0].min_node_count
    error_message = "room to grow while a zone is away"
  }
  assert {
    condition     = google_container_node_pool.main.ignore_node_count_changes
    error_message = "what the autoscaler does is no drift"
  }
  assert {
    condition     = google_container_cluster.main.remove_default_node_pool
    error_message = "the default pool goes"
  }
}

run "nodes_are_hardened" {
  command = plan
  assert {
    condition     = google_container_node_pool.main.node_config[0].service_account == var.foundation.node_account && google_container_cluster.main.node_config[0].service_account == var.foundation.node_account
    error_message = "never the default account"
  }
  assert {
    condition     = google_container_node_pool.main.node_config[0].workload_metadata_config[0].mode == "GKE_METADATA"
    error_message = "pods cannot take the node's identity"
  }
  assert {
    condition     = google_container_node_pool.main.node_config[0].shielded_instance_config[0].enable_secure_boot && google_container_node_pool.main.node_config[0].shielded_instance_config[0].enable_integrity_monitoring
    error_message = "nodes boot what Google signed"
  }
  assert {
    condition     = google_container_node_pool.main.node_config[0].kubelet_config[0].insecure_kubelet_readonly_port_enabled == "FALSE"
    error_message = "no read-only kubelet port"
  }
  assert {
    condition     = tonumber(trimsuffix(google_container_node_pool.main.node_config[0].kubelet_config[0].container_log_max_size, "Mi")) * google_container_node_pool.main.node_config[0].kubelet_config[0].container_log_max_files < tonumber(trimsuffix(yamldecode(file("../../kustomize/base/deployment.yaml")).spec.template.spec.containers[0].resources.limits["ephemeral-storage"], "Mi"))
    error_message = "rotated logs stay below the container's limit of ephemeral storage, or the kubelet evicts it for its logs"
  }
}

run "upgrades_break_neither_an_apply_nor_the_page" {
  command = plan
  assert {
    condition     = google_container_cluster.main.release_channel[0].channel == "REGULAR" && google_container_cluster.main.min_master_version == null
    error_message = "the channel decides the version"
  }
  assert {
    condition     = google_container_cluster.main.timeouts == null && google_container_node_pool.main.timeouts == null
    error_message = "the provider's own timeouts are longer than any of ours"
  }
  assert {
    condition     = google_container_node_pool.main.management[0].auto_upgrade && google_container_node_pool.main.management[0].auto_repair
    error_message = "nodes follow, and broken ones are replaced"
  }
  assert {
    condition     = google_container_node_pool.main.upgrade_settings[0].strategy == "SURGE" && google_container_node_pool.main.upgrade_settings[0].max_surge == 1 && google_container_node_pool.main.upgrade_settings[0].max_unavailable == 0
    error_message = "a new node is there before an old one goes"
  }
  assert {
    condition     = google_container_cluster.main.maintenance_policy[0].recurring_window[0].recurrence == "FREQ=WEEKLY;BYDAY=SA,SU"
    error_message = "at weekends"
  }
  assert {
    condition     = length(google_container_cluster.main.maintenance_policy[0].maintenance_exclusion) == 0
    error_message = "no freeze that nobody asked for"
  }
}

run "a_freeze_keeps_minor_versions_and_nodes_as_they_are" {
  command = plan
  variables { freezes = { holidays = { start = "2026-12-18T00:00:00Z", end = "2027-01-04T00:00:00Z" } } }
  assert {
    condition     = one(google_container_cluster.main.maintenance_policy[0].maintenance_exclusion).exclusion_options[0].scope == "NO_MINOR_OR_NODE_UPGRADES"
    error_message = "patches of the control plane still come"
  }
}
