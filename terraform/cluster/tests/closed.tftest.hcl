# Closed by default, and possible to take down.
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

run "nobody_comes_in_unasked" {
  command = plan
  assert {
    condition     = google_container_cluster.main.private_cluster_config[0].enable_private_nodes
    error_message = "nodes have no public address"
  }
  assert {
    condition     = google_container_cluster.main.control_plane_endpoints_config[0].ip_endpoints_config[0].enabled == false
    error_message = "the control plane has no address of its own"
  }
  assert {
    condition     = google_container_cluster.main.control_plane_endpoints_config[0].dns_endpoint_config[0].allow_external_traffic
    error_message = "it is reached by its name"
  }
  assert {
    condition     = google_container_cluster.main.master_auth[0].client_certificate_config[0].issue_client_certificate == false
    error_message = "no client certificate, which could not be revoked"
  }
  assert {
    condition     = google_container_cluster.main.anonymous_authentication_config[0].mode == "LIMITED"
    error_message = "no anonymous requests but health checks"
  }
  assert {
    condition     = !google_container_cluster.main.rbac_binding_config[0].enable_insecure_binding_system_authenticated && !google_container_cluster.main.rbac_binding_config[0].enable_insecure_binding_system_unauthenticated
    error_message = "no role for everyone who has a Google account"
  }
  assert {
    condition     = google_container_cluster.main.binary_authorization[0].evaluation_mode == "PROJECT_SINGLETON_POLICY_ENFORCE"
    error_message = "the project's policy on images is enforced"
  }
  assert {
    condition     = google_container_cluster.main.datapath_provider == "ADVANCED_DATAPATH" && google_container_cluster.main.network_policy[0].enabled == false
    error_message = "NetworkPolicies are enforced, by Dataplane V2"
  }
  assert {
    condition     = google_container_cluster.main.workload_identity_config[0].workload_pool == "p-123456.svc.id.goog"
    error_message = "pods have identities of their own"
  }
  assert {
    condition     = google_container_cluster.main.gateway_api_config[0].channel == "CHANNEL_STANDARD"
    error_message = "the overlays' Gateway has a controller"
  }
}

run "only_down_removes_the_cluster" {
  command = plan
  assert {
    condition     = google_container_cluster.main.deletion_protection
    error_message = "protected unless someone says otherwise"
  }
}

run "down_lifts_the_protection" {
  command = plan
  variables { deletion_protection = false }
  assert {
    condition     = !google_container_cluster.main.deletion_protection
    error_message = "it can be lifted"
  }
}

run "the_network_can_be_taken_down_again" {
  command = plan
  assert {
    condition     = google_compute_network.main.timeouts.delete == "20m" && google_compute_subnetwork.nodes.timeouts.delete == "20m"
    error_message = "endpoint groups go some minutes after their Gateway"
  }
  assert {
    condition     = output.network == google_compute_network.main.name
    error_message = "`down` can look for what is left in it"
  }
}

run "the_network_is_our_own" {
  command = plan
  assert {
    condition     = !google_compute_network.main.auto_create_subnetworks && google_compute_subnetwork.nodes.private_ip_google_access
    error_message = "one subnetwork, with a private way to Google's APIs"
  }
  assert {
    condition     = google_compute_router_nat.nat.source_subnetwork_ip_ranges_to_nat == "LIST_OF_SUBNETWORKS"
    error_message = "only the nodes' subnetwork leaves through NAT"
  }
  assert {
    condition     = toset([for range in google_compute_subnetwork.nodes.secondary_ip_range : range.range_name]) == toset([google_container_cluster.main.ip_allocation_policy[0].cluster_secondary_range_name, google_container_cluster.main.ip_allocation_policy[0].services_secondary_range_name])
    error_message = "the cluster takes the ranges that the subnetwork has"
  }
}
