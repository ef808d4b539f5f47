//! Why no other reader will do: what `serde_yaml` sees, and what is applied.

use serde_json::json;

use super::value;

/// A container that switches privileges on where only kubectl sees it.
#[test]
fn serde_yaml_lets_a_privileged_container_through() {
    for security in ["privileged: yes", "privileged: on", "privileged: Y"] {
        let text = format!("securityContext:\n  {security}\n");
        let other: serde_json::Value = serde_yaml::from_str(&text).expect("YAML");
        assert!(other["securityContext"]["privileged"].is_string(), "{security}");
        assert_eq!(
            value(&text)["securityContext"]["privileged"],
            json!(true),
            "{security}"
        );
    }
}

#[test]
fn serde_yaml_does_not_merge() {
    let text = "base: &base {privileged: true}\npod:\n  <<: *base\n";
    let other: serde_json::Value = serde_yaml::from_str(text).expect("YAML");
    assert_eq!(other["pod"].get("privileged"), None);
    assert_eq!(value(text)["pod"]["privileged"], json!(true));
}

#[test]
fn serde_yaml_reads_other_numbers() {
    let text = "defaultMode: 0777\nreplicas: 1_000\n";
    let other: serde_json::Value = serde_yaml::from_str(text).expect("YAML");
    assert_ne!(other["defaultMode"], json!(511));
    assert_ne!(other["replicas"], json!(1000));
    assert_eq!(value(text), json!({"defaultMode": 511, "replicas": 1000}));
}
