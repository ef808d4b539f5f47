# The settings as they are committed (terraform.tfvars, else the example) and the overlays must mean the same names: the
# Gateway finds its address and certificate, the image its registry, the Role its robot by them.
mock_provider "google" {
  override_during = plan
  source          = "../mocks"
}

run "overlays_name_what_terraform_makes" {
  command = plan
  assert {
    condition     = alltrue([for e in keys(var.domains) : yamldecode(file("../../kustomize/overlays/${e}/kustomization.yaml")).images[0].newName == output.image])
    error_message = "`newName` of each overlay is the image's name in the registry: ${output.image}"
  }
  assert {
    condition     = alltrue([for e in keys(var.domains) : yamldecode(file("../../kustomize/overlays/${e}/kustomization.yaml")).namespace == "${var.name}-${e}"])
    error_message = "the namespace of each environment, which the objective, the alerts and the dashboard filter by"
  }
  assert {
    condition = alltrue([for e in keys(var.domains) : contains(flatten([for patch in yamldecode(file("../../kustomize/overlays/${e}/kustomization.yaml")).patches : [
      for operation in yamldecode(patch.patch) : operation.value if operation.op == "replace" && operation.path == "/metadata/annotations/networking.gke.io~1certmap"
    ]]), google_certificate_manager_certificate_map.edge[e].name)])
    error_message = "each Gateway names the certificate map of its environment"
  }
  assert {
    condition = alltrue([for e in keys(var.domains) : contains(flatten([for patch in yamldecode(file("../../kustomize/overlays/${e}/kustomization.yaml")).patches : [
      for operation in yamldecode(patch.patch) : operation.value if operation.op == "replace" && operation.path == "/spec/addresses/0/value"
    ]]), google_compute_global_address.edge[e].name)])
    error_message = "each Gateway names the address of its environment"
  }
  assert {
    condition = alltrue([for e, domain in var.domains : contains(flatten([for patch in yamldecode(file("../../kustomize/overlays/${e}/kustomization.yaml")).patches : [
      for operation in yamldecode(patch.patch) : operation.value if operation.op == "replace" && operation.path == "/spec/hostnames/0"
    ]]), domain)])
    error_message = "each route serves the host of its environment"
  }
  assert {
    condition = alltrue([for e in keys(var.domains) : contains(flatten([for patch in yamldecode(file("../../kustomize/overlays/${e}/tenancy/kustomization.yaml")).patches : [
      for operation in yamldecode(patch.patch) : operation.value if operation.op == "replace" && operation.path == "/subjects/0/name"
    ]]), "${google_service_account.robot[e].account_id}@${var.project_id}.iam.gserviceaccount.com")])
    error_message = "the RoleBinding of each environment names its robot"
  }
  assert {
    condition     = strcontains(file("../../kustomize/components/edge/policies.yaml"), "sslPolicy: ${google_compute_ssl_policy.edge.name}\n")
    error_message = "the Gateway's policy names the SSL policy"
  }
  assert {
    condition     = toset([for path in fileset("../../kustomize/overlays", "*/tenancy/kustomization.yaml") : split("/", path)[0]]) == toset(keys(var.domains))
    error_message = "an environment for each overlay that a robot applies, and the other way round"
  }
}
