use serde_json::json;

use super::*;

fn nodes(ready: [&str; 3]) -> Value {
    let items: Vec<Value> = ["a", "b", "c"]
        .into_iter()
        .zip(ready)
        .flat_map(|(zone, ready)| [(zone, 1, ready), (zone, 2, ready)])
        .map(|(zone, number, ready)| node_object(&format!("node-{zone}{number}"), Some(zone), ready))
        .collect();
    json!({ "items": items })
}

fn node_object(name: &str, zone: Option<&str>, ready: &str) -> Value {
    let labels = zone.map_or(json!({}), |zone| json!({ "topology.kubernetes.io/zone": zone }));
    json!({
        "metadata": { "name": name, "labels": labels },
        "spec": {},
        "status": { "conditions": [
            { "type": "MemoryPressure", "status": "False" },
            { "type": "Ready", "status": ready },
        ] },
    })
}

/// A pod as the API server shows one: `what` is `ready`, `starting`, `leaving`, `waiting`, `failed` or `ended`.
fn pod_object(namespace: &str, owner: &str, name: &str, node: &str, what: &str) -> Value {
    let phase = match what {
        "waiting" => "Pending",
        "failed" => "Failed",
        "ended" => "Succeeded",
        _ => "Running",
    };
    let ready = if what == "ready" { "True" } else { "False" };
    let mut object = json!({
        "metadata": {
            "name": name, "namespace": namespace, "uid": format!("{namespace}-{name}"),
            "labels": { "pod-template-hash": "7d9" },
            "ownerReferences": [{ "kind": "ReplicaSet", "name": format!("{owner}-7d9"), "controller": true }],
        },
        "spec": { "nodeName": node },
        "status": { "phase": phase, "podIP": format!("10.0.0.{}", name.len()), "conditions": [{ "type": "Ready", "status": ready }] },
    });
    if what == "waiting" {
        object["spec"] = json!({});
    }
    if what == "leaving" {
        object["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    }
    object
}

/// Pods of production's `hello`: for each entry, so many on a node in a state.
fn hello(groups: &[(usize, &str, &str)]) -> Vec<Value> {
    let mut pods = Vec::new();
    for (count, node, what) in groups {
        for _ in 0..*count {
            let name = format!("hello-7d9-{}", pods.len());
            pods.push(pod_object("hello-production", "hello", &name, node, what));
        }
    }
    pods
}

fn seen(nodes: &Value, pods: Vec<Value>) -> PodsPerZone {
    let list = Value::from_iter([("items", Value::Array(pods))]);
    PodsPerZone::of(nodes, &list).unwrap()
}

fn whole() -> PodsPerZone {
    let pods = hello(&[
        (2, "node-a1", "ready"),
        (1, "node-a2", "ready"),
        (3, "node-b1", "ready"),
        (3, "node-c2", "ready"),
    ]);
    seen(&nodes(["True"; 3]), pods)
}

/// Zone c is gone: its three pods leave, two have started elsewhere, one waits.
fn dark() -> PodsPerZone {
    let pods = hello(&[
        (3, "node-a1", "ready"),
        (3, "node-b1", "ready"),
        (3, "node-c2", "leaving"),
        (1, "node-a2", "starting"),
        (1, "node-b2", "ready"),
        (1, "", "waiting"),
    ]);
    seen(&nodes(["True", "True", "Unknown"]), pods)
}

#[test]
fn a_whole_cluster_is_drawn() {
    insta::assert_snapshot!(whole());
    assert_eq!(
        whole().ready_per_zone(),
        [("a", 3), ("b", 3), ("c", 3)]
            .map(|(zone, count)| (zone.to_owned(), count))
            .into()
    );
}

#[test]
fn a_dark_zone_is_drawn_in_both_styles() {
    insta::assert_snapshot!("dark", dark().draw(Style::Unicode));
    insta::assert_snapshot!("dark-ascii", dark().draw(Style::Ascii));
    assert_eq!(dark().ready_per_zone().get("c"), Some(&0));
    assert_eq!(dark().per_zone(PodState::Leaving).get("c"), Some(&3));
    assert_eq!(dark().count(PodState::Waiting), 1);
}

#[test]
fn a_zone_that_is_back_has_nodes_and_no_pods() {
    let pods = hello(&[(5, "node-a1", "ready"), (4, "node-b1", "ready")]);
    insta::assert_snapshot!(seen(&nodes(["True"; 3]), pods));
}

#[test]
fn an_empty_cluster_is_drawn() {
    insta::assert_snapshot!("no-pods", seen(&nodes(["True"; 3]), Vec::new()));
    insta::assert_snapshot!("no-nodes", seen(&json!({ "items": [] }), Vec::new()));
}

#[test]
fn workloads_stand_one_below_the_other() {
    let mut pods = hello(&[(1, "node-a1", "ready"), (1, "node-b1", "failed")]);
    pods.push(pod_object(
        "hello-staging",
        "hello",
        "hello-7d9-0",
        "node-c1",
        "ready",
    ));
    let mut job = pod_object("jobs", "once", "once-1", "node-c1", "ended");
    job["metadata"]["ownerReferences"] = json!([{ "kind": "Job", "name": "once", "controller": true }]);
    let mut alone = pod_object("jobs", "", "alone", "node-a1", "starting");
    alone["metadata"]["ownerReferences"] = json!([]);
    pods.extend([job, alone]);
    let mut nodes = nodes(["True", "True", "True"]);
    nodes["items"][0]["status"]["conditions"][1]["status"] = json!("False");
    nodes["items"][2]["spec"]["unschedulable"] = json!(true);
    insta::assert_snapshot!(seen(&nodes, pods));
}

#[test]
fn what_has_no_zone_and_what_has_no_node_any_more_is_told() {
    let nodes =
        json!({ "items": [node_object("bare", None, "True"), node_object("node-a1", Some("a"), "True")] });
    insta::assert_snapshot!(seen(
        &nodes,
        hello(&[
            (1, "bare", "ready"),
            (1, "lost", "leaving"),
            (1, "node-a1", "ready")
        ])
    ));
}

#[test]
fn names_cannot_move_the_cursor() {
    let nodes = json!({ "items": [node_object("node", Some("a\u{1b}[2J"), "True")] });
    let pods = vec![pod_object("name\nspace", "own\u{202e}er", "pod", "node", "ready")];
    let now = seen(&nodes, pods);
    insta::assert_snapshot!(now);
    insta::assert_snapshot!(
        "names-of-changes",
        now.changes_since(&PodsPerZone::default()).join("\n")
    );
}

#[test]
fn a_bar_of_many_pods_keeps_every_state() {
    let now = seen(
        &nodes(["True"; 3]),
        hello(&[
            (500, "node-a1", "ready"),
            (1, "node-a1", "failed"),
            (2, "node-b1", "ready"),
        ]),
    );
    insta::assert_snapshot!(now);
}

#[test]
fn changes_are_told_by_what_they_have_in_common() {
    assert_eq!(whole().changes_since(&whole()), Vec::<String>::new());
    insta::assert_snapshot!("lost", dark().changes_since(&whole()).join("\n"));
    insta::assert_snapshot!("back", whole().changes_since(&dark()).join("\n"));
    insta::assert_snapshot!("first", whole().changes_since(&PodsPerZone::default()).join("\n"));
    let empty = seen(&nodes(["True"; 3]), Vec::new());
    insta::assert_snapshot!("gone", PodsPerZone::default().changes_since(&empty).join("\n"));
    let [two, one] = ["ready", "leaving"].map(|what| {
        let pods = hello(&[(1, "node-a1", what), (1, "node-a1", "ready")]);
        seen(&nodes(["True"; 3]), pods)
    });
    assert_eq!(
        one.changes_since(&two),
        ["hello-production/hello: 1 of 2 pods leaves (a 1)"]
    );
    let mut cordoned = nodes(["True"; 3]);
    cordoned["items"][4]["spec"]["unschedulable"] = json!(true);
    let cordoned = seen(&cordoned, Vec::new());
    assert_eq!(cordoned.changes_since(&empty), ["zone c: 1 node cordoned"]);
    assert_eq!(
        empty.changes_since(&cordoned),
        ["zone c: 1 node takes pods again"]
    );
}

#[test]
fn a_pod_of_the_same_name_is_another_pod() {
    let mut again = hello(&[(1, "node-a1", "ready")]);
    again[0]["metadata"]["uid"] = json!("another");
    let [before, now] =
        [hello(&[(1, "node-a1", "ready")]), again].map(|pods| seen(&nodes(["True"; 3]), pods));
    assert_eq!(
        now.changes_since(&before),
        [
            "hello-production/hello: 1 pod is ready (a 1)",
            "hello-production/hello: 1 pod is gone (a 1)"
        ]
    );
}

#[test]
fn an_address_leads_to_a_zone() {
    assert_eq!(whole().zone_of("10.0.0.11"), Some("a"));
    assert_eq!(whole().zone_of("10.0.0.99"), None);
}

#[test]
fn one_list_of_both_is_taken_apart() {
    let mut items = nodes(["True"; 3])["items"].as_array().unwrap().clone();
    for node in &mut items {
        node["kind"] = json!("Node");
    }
    items.extend(hello(&[(2, "node-a1", "ready")]).into_iter().map(|mut pod| {
        pod["kind"] = json!("Pod");
        pod
    }));
    let pods = hello(&[(2, "node-a1", "ready")]);
    let both = PodsPerZone::of_both(&json!({ "items": items })).unwrap();
    assert_eq!(both, seen(&nodes(["True"; 3]), pods));
    assert!(PodsPerZone::of_both(&json!({})).is_err());
    assert!(PodsPerZone::of_both(&json!({ "items": [{ "kind": "Secret" }] })).is_err());
}

#[test]
fn what_is_no_list_is_an_error() {
    let words = |nodes: Value, pods: Value| PodsPerZone::of(&nodes, &pods).unwrap_err().to_string();
    assert_eq!(
        words(json!({}), json!({ "items": [] })),
        "the list of nodes has no `items`"
    );
    assert_eq!(
        words(json!({ "items": [{}] }), json!({ "items": [] })),
        "the list of nodes has no `metadata.name`"
    );
    let pods = json!({ "items": [{ "metadata": { "name": "a", "uid": "b" } }] });
    assert_eq!(
        words(json!({ "items": [] }), pods),
        "the list of pods has no `metadata.namespace`"
    );
}

#[test]
fn the_locale_chooses_the_letters() {
    let style = |variables: &[(&str, &str)]| {
        Style::of_locale(|name| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        })
    };
    assert_eq!(style(&[("LANG", "en_US.UTF-8")]), Style::Unicode);
    assert_eq!(style(&[("LANG", "en_US.UTF-8"), ("LC_ALL", "C")]), Style::Ascii);
    assert_eq!(style(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8")]), Style::Unicode);
    assert_eq!(style(&[]), Style::Ascii);
}
