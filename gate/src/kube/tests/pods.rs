use super::{with_facts, with_index};
use crate::kube::{ContainerClass, Facts, Match, Versions, ZONE_KEY};
use crate::yaml::Node;

/// A workload of a kind whose pod template stands below some keys.
fn workload(api_version: &str, kind: &str, path: &[&str]) -> String {
    let pod = "spec: {containers: [{name: c}]}".to_owned();
    let nested = path.iter().rev();
    let body = nested.fold(pod, |inner, key| format!("{key}: {{{inner}}}"));
    format!("{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: w}}, {body}}}")
}

#[test]
fn pod_templates_are_found_by_group_and_kind() {
    let template = ["spec", "template"];
    for (api_version, kind, path, prefix) in [
        ("v1", "Pod", &[][..], "/spec"),
        ("v1", "PodTemplate", &["template"][..], "/template/spec"),
        ("apps/v1", "Deployment", &template, "/spec/template/spec"),
        (
            "extensions/v1beta1",
            "Deployment",
            &template,
            "/spec/template/spec",
        ),
        ("apps/v1", "ReplicaSet", &template, "/spec/template/spec"),
        ("apps/v1beta2", "StatefulSet", &template, "/spec/template/spec"),
        ("apps/v1", "DaemonSet", &template, "/spec/template/spec"),
        ("v1", "ReplicationController", &template, "/spec/template/spec"),
        ("batch/v1", "Job", &template, "/spec/template/spec"),
        (
            "batch/v1beta1",
            "CronJob",
            &["spec", "jobTemplate", "spec", "template"],
            "/spec/jobTemplate/spec/template/spec",
        ),
        (
            "argoproj.io/v1alpha1",
            "Rollout",
            &template,
            "/spec/template/spec",
        ),
        (
            "apps.openshift.io/v1",
            "DeploymentConfig",
            &template,
            "/spec/template/spec",
        ),
    ] {
        with_index(&workload(api_version, kind, path), |index| {
            let workloads: Vec<_> = index.workloads().collect();
            let containers = workloads.first().expect(kind).containers();
            let place = containers[0].security_field("privileged");
            assert_eq!(
                place.path.to_string(),
                format!("{prefix}/containers/0/securityContext/privileged")
            );
            assert_eq!(place.container.as_deref(), Some("c"));
        });
    }
}

#[test]
fn a_kind_of_another_group_is_no_workload() {
    for (api_version, kind) in [
        ("serving.knative.dev/v1", "Deployment"),
        ("v1", "Deployment"),
        ("apps/v1", "Pod"),
    ] {
        let text = workload(api_version, kind, &["spec", "template"]);
        with_index(&text, |index| {
            assert_eq!(index.workloads().count(), 0, "{text}");
        });
    }
}

#[test]
fn containers_have_four_classes() {
    let text = "
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  ephemeralContainers: [{name: e}]
  containers: [{name: r}, {image: nameless}]
  initContainers: [{name: i}, {name: s, restartPolicy: Always}]
";
    with_index(text, |index| {
        let workload = index.workloads().next().expect("a pod");
        let seen: Vec<_> = workload
            .containers()
            .iter()
            .map(|container| (container.class, container.label()))
            .collect();
        let expected = [
            (ContainerClass::Init, "container `i`"),
            (ContainerClass::Sidecar, "container `s`"),
            (ContainerClass::Regular, "container `r`"),
            (ContainerClass::Regular, "container `containers[1]`"),
            (ContainerClass::Ephemeral, "container `e`"),
        ];
        assert_eq!(seen, expected.map(|(class, label)| (class, label.to_owned())));
    });
}

#[test]
fn a_value_of_the_container_counts_before_that_of_the_pod() {
    let text = "
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  securityContext: {runAsUser: 1}
  containers:
  - {name: own, securityContext: {runAsUser: 2}}
  - {name: null-is-unset, securityContext: {runAsUser: null}}
  - {name: none}
";
    with_index(text, |index| {
        let workload = index.workloads().next().expect("a pod");
        let users = workload
            .containers()
            .iter()
            .map(|container| container.effective_security("runAsUser").and_then(Node::as_i64))
            .collect::<Vec<_>>();
        assert_eq!(users, [Some(2), Some(1), Some(1)]);
    });
}

#[test]
fn reliefs_count_only_where_every_version_knows_them() {
    let text = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {os: {name: windows}, hostUsers: false, containers: []}}";
    for (from, to, windows, namespaced) in [
        (24, 24, false, false),
        (24, 25, false, false),
        (25, 34, true, false),
        (34, 35, true, false),
        (35, 37, true, true),
    ] {
        let facts = Facts {
            versions: Versions { from, to },
            ..Facts::default()
        };
        with_facts(text, facts, |index| {
            let workload = index.workloads().next().expect("a pod");
            assert_eq!(
                (workload.is_windows(), workload.is_user_namespaced()),
                (windows, namespaced),
                "1.{from} to 1.{to}"
            );
        });
    }
}

/// The own pods' answer of the only spread term of a Deployment in namespace `shop`.
fn own_pods(term: &str, is_hard: bool) -> Match {
    let text = format!(
        "
apiVersion: v1
kind: Namespace
metadata: {{name: shop, labels: {{team: web}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: d, namespace: shop}}
spec:
  template:
    metadata: {{labels: {{app: web}}}}
    spec: {{affinity: {{podAntiAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: [{{topologyKey: {ZONE_KEY}, {term}}}]}}}}}}
"
    );
    with_index(&text, |index| {
        let terms = index.workloads().next().expect("a deployment").spread_terms();
        assert_eq!(terms.len(), 1);
        assert_eq!(terms[0].is_hard, is_hard);
        terms[0].own_pods
    })
}

#[test]
fn anti_affinity_repels_itself_in_its_own_namespace_only() {
    for (term, expected) in [
        ("labelSelector: {matchLabels: {app: web}}", Match::Yes),
        ("labelSelector: {matchLabels: {app: db}}", Match::No),
        ("labelSelector: {}", Match::Yes),
        ("namespaces: [shop]", Match::No),
        ("labelSelector: {}, namespaces: [shop]", Match::Yes),
        ("labelSelector: {}, namespaces: [other]", Match::No),
        ("labelSelector: {}, namespaceSelector: {}", Match::Yes),
        (
            "labelSelector: {}, namespaceSelector: {matchLabels: {team: web}}",
            Match::Yes,
        ),
        (
            "labelSelector: {}, namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}",
            Match::Yes,
        ),
        (
            "labelSelector: {}, namespaceSelector: {matchLabels: {team: db}}",
            Match::No,
        ),
        ("labelSelector: {}, mismatchLabelKeys: [app]", Match::No),
        ("labelSelector: {}, mismatchLabelKeys: [absent]", Match::Yes),
        (
            "labelSelector: {matchLabels: {pod-template-hash: abc}}",
            Match::Unknown,
        ),
    ] {
        assert_eq!(own_pods(term, true), expected, "{term}");
    }
}
