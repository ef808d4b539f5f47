resource "google_container_node_pool" "main" {
  name           = "main"
  cluster        = google_container_cluster.main.id
  location       = var.foundation.region
  node_locations = var.zones

  # Per zone, and never total_*: a total says nothing of any one zone, and the API refuses both at once. The floor is never
  # zero: the scheduler knows only the zones of nodes that exist, so an empty zone gets no pod and thus never a node.
  initial_node_count = var.nodes_per_zone.min
  autoscaling {
    min_node_count  = var.nodes_per_zone.min
    max_node_count  = var.nodes_per_zone.max
    location_policy = "BALANCED"
  }
  ignore_node_count_changes = true # what the autoscaler does is no drift

  management {
    auto_repair  = true
    auto_upgrade = true
  }
  upgrade_settings {
    strategy        = "SURGE"
    max_surge       = 1 # in each zone: a new node is there before an old one goes
    max_unavailable = 0
  }
  node_config {
    machine_type    = var.machine_type
    image_type      = "COS_CONTAINERD"
    disk_size_gb    = 50
    disk_type       = "pd-balanced"
    service_account = var.foundation.node_account
    oauth_scopes    = ["https://www.googleapis.com/auth/cloud-platform"] # the account's roles are the limit
    workload_metadata_config { mode = "GKE_METADATA" }                   # pods cannot take the node's identity
    shielded_instance_config {
      enable_secure_boot          = true
      enable_integrity_monitoring = true
    }
    kubelet_config {
      insecure_kubelet_readonly_port_enabled = "FALSE"
      # Together below the container's limit of ephemeral storage, 64 Mi, in kustomize/base: a pod above it is evicted.
      container_log_max_size  = "10Mi"
      container_log_max_files = 3
    }
  }
  # No `timeouts`, as in cluster.tf.
  lifecycle {
    ignore_changes = [initial_node_count]
  }
}
