//! The manifests of this repository: every overlay renders, and none keeps a placeholder of its components.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::prerequisites::can_render;

/// The objects of a kustomization of this repository.
fn objects(kustomization: &str) -> Vec<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gate"));
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let output = command
        .args(["render", kustomization])
        .current_dir(workspace)
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn of_kind<'a>(objects: &'a [Value], kind: &str) -> &'a Value {
    let mut found = objects.iter().filter(|object| object["kind"] == kind);
    let first = found.next().unwrap_or_else(|| panic!("no {kind}"));
    assert!(found.next().is_none(), "several {kind}");
    first
}

#[test]
fn every_kustomization_renders_without_placeholders() {
    if !can_render() {
        return;
    }
    for kustomization in [
        "local",
        "staging",
        "staging/tenancy",
        "production",
        "production/tenancy",
    ] {
        let objects = objects(&format!("kustomize/overlays/{kustomization}"));
        assert!(!objects.is_empty(), "{kustomization}");
        for object in objects {
            let text = object.to_string();
            let left = ["\"HOST\"", "\"ENVIRONMENT\"", "\"ROBOT\""]
                .into_iter()
                .find(|name| text.contains(name));
            assert_eq!(left, None, "{kustomization}: {text}");
        }
    }
}

#[test]
fn production_has_nine_pods_over_three_zones_and_staging_three() {
    if !can_render() {
        return;
    }
    for (overlay, replicas) in [("production", 9), ("staging", 3)] {
        let objects = objects(&format!("kustomize/overlays/{overlay}"));
        let deployment = of_kind(&objects, "Deployment");
        assert_eq!(deployment["spec"]["replicas"], replicas, "{overlay}");
        let spread = &deployment["spec"]["template"]["spec"]["topologySpreadConstraints"][0];
        assert_eq!(spread["topologyKey"], "topology.kubernetes.io/zone");
        assert_eq!(spread["whenUnsatisfiable"], "DoNotSchedule");
        assert_eq!(spread["nodeTaintsPolicy"], "Honor");
        of_kind(&objects, "Gateway");
        of_kind(&objects, "PodDisruptionBudget");
    }
}

#[test]
fn both_released_overlays_pin_tag_and_digest() {
    if !can_render() {
        return;
    }
    let image = |overlay: &str| {
        let objects = objects(&format!("kustomize/overlays/{overlay}"));
        let container = &of_kind(&objects, "Deployment")["spec"]["template"]["spec"]["containers"][0];
        container["image"].as_str().unwrap().to_owned()
    };
    for overlay in ["production", "staging"] {
        let image = image(overlay);
        let (name, digest) = image
            .split_once("@sha256:")
            .unwrap_or_else(|| panic!("no digest: {image}"));
        assert!(name.ends_with("hello:v0.1.0"), "{image}");
        assert!(
            digest.len() == 64 && digest.bytes().any(|byte| byte != b'0'),
            "{image}"
        );
    }
}

#[test]
fn every_namespace_is_restricted_and_denies_by_default() {
    if !can_render() {
        return;
    }
    for overlay in ["staging", "production"] {
        let objects = objects(&format!("kustomize/overlays/{overlay}/tenancy"));
        let labels = &of_kind(&objects, "Namespace")["metadata"]["labels"];
        assert_eq!(
            labels["pod-security.kubernetes.io/enforce"], "restricted",
            "{overlay}"
        );
        let policy = &of_kind(&objects, "NetworkPolicy")["spec"];
        assert_eq!(policy["podSelector"], serde_json::json!({}));
        assert_eq!(policy["policyTypes"], serde_json::json!(["Ingress", "Egress"]));
        assert!(policy.get("ingress").is_none() && policy.get("egress").is_none());
    }
    let local = objects("kustomize/overlays/local");
    let labels = &of_kind(&local, "Namespace")["metadata"]["labels"];
    assert_eq!(labels["pod-security.kubernetes.io/enforce"], "restricted");
}
