use super::super::{Field, IncompleteReason, Skipped};
use super::{with_facts, with_index};
use crate::kube::Facts;
use crate::yaml::FieldPath;

fn labels(text: &str) -> Vec<String> {
    with_index(text, |index| {
        let labels = index
            .objects()
            .iter()
            .map(|object| format!("{} {} {}", object.api_version, object.kind, object.name));
        labels.collect()
    })
}

fn incomplete(text: &str) -> Vec<(String, IncompleteReason)> {
    with_index(text, |index| {
        let incomplete = index.incomplete().iter();
        incomplete
            .map(|entry| (entry.path.to_string(), entry.reason))
            .collect()
    })
}

#[test]
fn lists_are_unpacked_whatever_their_kind() {
    for (text, expected) in [
        (
            "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, metadata: {name: a}}]}",
            vec!["v1 Pod a"],
        ),
        (
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: x}, items: [{apiVersion: v1, kind: Pod, metadata: {name: a}}]}",
            vec!["v1 Pod a"],
        ),
        (
            "{apiVersion: apps/v1, kind: DeploymentList, items: [{metadata: {name: a}}, {apiVersion: v1, kind: Pod, metadata: {name: b}}]}",
            vec!["apps/v1 Deployment a", "v1 Pod b"],
        ),
        (
            "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, metadata: {name: a}}]}]}",
            vec!["v1 Pod a"],
        ),
        (
            "{apiVersion: v1, kind: PodList, metadata: {name: p}}",
            vec!["v1 PodList p"],
        ),
        ("{apiVersion: v1, kind: List, items: null}", vec![]),
    ] {
        assert_eq!(labels(text), expected, "{text}");
    }
}

#[test]
fn a_field_of_a_list_item_stands_below_the_item() {
    let text = "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, metadata: {name: a}}, {apiVersion: v1, kind: Pod, metadata: {name: b}}]}";
    with_index(text, |index| {
        let field = Field {
            object: 1,
            path: FieldPath::of(&["spec", "hostPID"]),
            container: None,
        };
        let (document, path) = index.document_path(&field).expect("a place");
        assert_eq!(
            (document, path.to_string().as_str()),
            (0, "/items/1/spec/hostPID")
        );
        assert_eq!(index.reference(&field).expect("an object").name, "b");
    });
}

#[test]
fn what_lacks_an_identity_does_not_vanish() {
    use IncompleteReason::{GeneratedName, ItemsNotAList, NoApiVersion, NoKind, NoName, NotAMapping};
    for (text, path, reason) in [
        ("just text", "", NotAMapping),
        ("[1]", "", NotAMapping),
        ("{kind: Pod, metadata: {name: a}}", "/apiVersion", NoApiVersion),
        (
            "{apiVersion: 1, kind: Pod, metadata: {name: a}}",
            "/apiVersion",
            NoApiVersion,
        ),
        ("{apiVersion: v1, metadata: {name: a}}", "/kind", NoKind),
        ("{apiVersion: v1, kind: '', metadata: {name: a}}", "/kind", NoKind),
        ("{apiVersion: v1, kind: Pod}", "/metadata/name", NoName),
        (
            "{apiVersion: v1, kind: Pod, metadata: {name: 1}}",
            "/metadata/name",
            NoName,
        ),
        (
            "{apiVersion: v1, kind: Pod, metadata: {generateName: a-}}",
            "/metadata/name",
            GeneratedName,
        ),
        (
            "{apiVersion: v1, kind: List, items: {a: b}}",
            "/items",
            ItemsNotAList,
        ),
        (
            "{apiVersion: v1, kind: List, items: [~]}",
            "/items/0",
            NotAMapping,
        ),
        (
            "{apiVersion: apps/v1, kind: DeploymentList, items: [{kind: Pod, metadata: {name: a}}]}",
            "/items/0/apiVersion",
            NoApiVersion,
        ),
        (
            "{apiVersion: v1, kind: List, items: [{metadata: {name: a}}]}",
            "/items/0/apiVersion",
            NoApiVersion,
        ),
    ] {
        assert_eq!(incomplete(text), [(path.to_owned(), reason)], "{text}");
    }
}

#[test]
fn an_object_without_a_name_is_judged_all_the_same() {
    assert_eq!(labels("{apiVersion: v1, kind: Pod}"), ["v1 Pod "]);
}

#[test]
fn what_is_skipped_is_counted() {
    let text = "
{apiVersion: v1, kind: Pod, metadata: {name: a, annotations: {config.kubernetes.io/local-config: 'true'}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: b, annotations: {config.kubernetes.io/local-config: 'false'}}}
---
{apiVersion: kustomize.config.k8s.io/v1beta1, kind: Kustomization}
";
    assert_eq!(labels(text), ["v1 Pod b"]);
    assert_eq!(incomplete(text), []);
    with_index(text, |index| {
        let skipped = Skipped {
            local_config: 1,
            kustomizations: 1,
        };
        assert_eq!(index.skipped(), skipped);
    });
}

#[test]
fn an_absent_namespace_is_the_configured_one() {
    let text = "{apiVersion: v1, kind: Pod, metadata: {name: a}}\n---\n{apiVersion: v1, kind: Pod, metadata: {name: b, namespace: other}}";
    let facts = Facts {
        namespace: "hello".to_owned(),
        ..Facts::default()
    };
    with_facts(text, facts, |index| {
        let namespaces: Vec<&str> = index
            .objects()
            .iter()
            .map(|object| index.namespace_of(object))
            .collect();
        assert_eq!(namespaces, ["hello", "other"]);
        let reported = index.objects().iter().map(|object| object.reference().namespace);
        assert_eq!(reported.collect::<Vec<_>>(), [None, Some("other".to_owned())]);
    });
}

#[test]
fn group_and_version_are_told_apart() {
    with_index(
        "{apiVersion: policy/v1beta1, kind: PodDisruptionBudget, metadata: {name: a}}",
        |index| {
            let object = &index.objects()[0];
            assert_eq!((object.group(), object.version()), ("policy", "v1beta1"));
        },
    );
    with_index("{apiVersion: v1, kind: Pod, metadata: {name: a}}", |index| {
        let object = &index.objects()[0];
        assert_eq!((object.group(), object.version()), ("", "v1"));
    });
}
