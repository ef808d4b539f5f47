resource "google_container_cluster" "main" {
  #checkov:skip=CKV_GCP_20:there is no IP endpoint whose networks could be authorised
  #checkov:skip=CKV_GCP_21:the provider's default_labels label everything
  #checkov:skip=CKV_GCP_61:the subnetwork has flow logs; what pods of one node say to each other, NetworkPolicies deny
  #checkov:skip=CKV_GCP_65:needs a Google Workspace group; robots are named one by one, and people are few
  #checkov:skip=CKV_GCP_68:means the default pool, which is removed; nodes.tf has secure boot
  #checkov:skip=CKV_GCP_69:means the default pool, which is removed; nodes.tf has the metadata server
  name                = local.name
  location            = var.foundation.region # regional: three control planes, and upgrades without an outage of the API
  node_locations      = var.zones
  deletion_protection = var.deletion_protection

  network    = google_compute_network.main.id
  subnetwork = google_compute_subnetwork.nodes.id
  ip_allocation_policy {
    cluster_secondary_range_name  = "pods"
    services_secondary_range_name = "services"
  }

  # Pools that are written inside a cluster cannot be changed later: the default one goes, and nodes.tf has ours. It lives for
  # some minutes, and gets the nodes' account even so, for the project's default account may be disabled.
  remove_default_node_pool = true
  initial_node_count       = 1
  node_config {
    service_account = var.foundation.node_account
  }

  datapath_provider = "ADVANCED_DATAPATH" # Dataplane V2 enforces NetworkPolicies
  network_policy { enabled = false }      # the add-on of before
  gateway_api_config { channel = "CHANNEL_STANDARD" }
  workload_identity_config { workload_pool = "${var.foundation.project_id}.svc.id.goog" }

  private_cluster_config { enable_private_nodes = true }
  control_plane_endpoints_config {
    # Reached by name only. It has no list of allowed addresses: the IAM permission container.clusters.connect, and RBAC after
    # it, are the gate, for robots and people alike, from anywhere and without a bastion.
    dns_endpoint_config { allow_external_traffic = true }
    ip_endpoints_config { enabled = false }
  }
  master_auth {
    client_certificate_config { issue_client_certificate = false }
  }
  anonymous_authentication_config { mode = "LIMITED" } # health checks only
  rbac_binding_config {
    enable_insecure_binding_system_authenticated   = false
    enable_insecure_binding_system_unauthenticated = false
  }
  binary_authorization { evaluation_mode = "PROJECT_SINGLETON_POLICY_ENFORCE" }
  enable_shielded_nodes = true
  security_posture_config {
    mode               = "BASIC"
    vulnerability_mode = "VULNERABILITY_DISABLED" # images are scanned in the registry, and by gate before
  }

  # No version is written anywhere: the channel decides, so that an upgrade is never a diff.
  release_channel { channel = "REGULAR" }
  maintenance_policy {
    recurring_window {
      start_time = var.maintenance.start
      end_time   = var.maintenance.end
      recurrence = var.maintenance.recurrence
    }
    dynamic "maintenance_exclusion" {
      for_each = var.freezes
      content {
        exclusion_name = maintenance_exclusion.key
        start_time     = maintenance_exclusion.value.start
        end_time       = maintenance_exclusion.value.end
        exclusion_options { scope = "NO_MINOR_OR_NODE_UPGRADES" }
      }
    }
  }

  cost_management_config { enabled = true }
  logging_config { enable_components = ["SYSTEM_COMPONENTS", "WORKLOADS"] }
  monitoring_config {
    # DEPLOYMENT and POD have the counts of copies that the alert `copies` and the dashboard read.
    enable_components = ["SYSTEM_COMPONENTS", "DEPLOYMENT", "POD", "HPA", "STORAGE"]
    managed_prometheus { enabled = true }
  }

  # No `timeouts`: the provider's own, 90 minutes, outlast an upgrade that is under way; shorter ones made applies fail.
  lifecycle {
    ignore_changes = [initial_node_count, node_config]
  }
}
