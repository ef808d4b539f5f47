locals { name = var.foundation.name }

resource "google_compute_network" "main" {
  #checkov:skip=CKV2_GCP_18:GKE makes the firewall rules that its nodes and load balancers need; a network without rules of ours denies all other ways in
  name                    = local.name
  auto_create_subnetworks = false
  # GKE removes endpoint groups some minutes after their Gateway, and a network that they name cannot be deleted.
  timeouts { delete = "20m" }
}

resource "google_compute_subnetwork" "nodes" {
  #checkov:skip=CKV_GCP_76:the network has IPv4 only
  name                     = "${local.name}-nodes"
  network                  = google_compute_network.main.id
  region                   = var.foundation.region
  ip_cidr_range            = "10.0.0.0/22"
  private_ip_google_access = true
  secondary_ip_range {
    range_name    = "pods"
    ip_cidr_range = "10.4.0.0/16" # a node takes a /24: 256 nodes
  }
  secondary_ip_range {
    range_name    = "services"
    ip_cidr_range = "10.8.0.0/20"
  }
  log_config {
    aggregation_interval = "INTERVAL_10_MIN"
    flow_sampling        = 0.1
    metadata             = "INCLUDE_ALL_METADATA"
  }
  timeouts { delete = "20m" }
}

resource "google_compute_router" "nat" {
  name    = "${local.name}-nat"
  network = google_compute_network.main.id
  region  = var.foundation.region
}

# The way out for nodes without an address. Pods have none: their NetworkPolicy denies it.
resource "google_compute_router_nat" "nat" {
  name                               = "${local.name}-nat"
  router                             = google_compute_router.nat.name
  region                             = var.foundation.region
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"
  subnetwork {
    name                    = google_compute_subnetwork.nodes.id
    source_ip_ranges_to_nat = ["ALL_IP_RANGES"]
  }
  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}
