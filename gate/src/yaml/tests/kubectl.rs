//! Asks kubectl itself.
//!
//! `kubectl label --local` prints what it read, without a cluster. Where it is not installed the test says so.

use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::documents::WHOLE;
use super::rows::{READ, REFUSED};
use super::{HEADER, documents, stream};
use crate::process::{Invocation, locate};
use crate::support::prerequisites::renderers;
use crate::yaml::ProblemKind;

fn kubectl() -> Option<PathBuf> {
    let is_there = renderers().contains(&"kubectl");
    is_there.then(|| locate("kubectl", None).expect("kubectl"))
}

/// The objects that kubectl reads, or what it says.
fn ask(kubectl: &Path, text: &[u8]) -> Result<Vec<Value>, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("probe.yaml");
    std::fs::write(&file, text).expect("a file");
    let output = Invocation::new(kubectl)
        .arguments(["label", "--local", "-o", "json", "probe=probe", "-f"])
        .arguments([&file])
        .time_limit(Duration::from_mins(1))
        .run()
        .expect("kubectl runs");
    if output.code != 0 {
        return Err(output.stderr_text());
    }
    let objects = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>();
    Ok(objects
        .map(|object| without_label(object.expect("JSON")))
        .collect())
}

fn without_label(mut object: Value) -> Value {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.shift_remove("labels");
    }
    object
}

/// Objects below keys of their own, so that kubectl takes any document of ours.
fn as_objects(documents: &Value) -> Vec<Value> {
    documents.as_array().into_iter().flatten().cloned().collect()
}

fn compare(kubectl: &Path, text: &[u8]) {
    let shown = String::from_utf8_lossy(text);
    let ours = stream(text);
    let refused = ours
        .problems
        .iter()
        .any(|problem| problem.kind == ProblemKind::Invalid);
    match ask(kubectl, text) {
        Ok(objects) => {
            assert!(!refused, "kubectl reads {shown:?}, we say {:?}", ours.problems);
            assert_eq!(as_objects(&documents(&ours)), objects, "{shown:?}");
        }
        Err(message) => assert!(
            refused,
            "kubectl says {message:?} of {shown:?}, we read {}",
            documents(&ours)
        ),
    }
}

#[test]
fn kubectl_reads_the_rows_alike() {
    let Some(kubectl) = kubectl() else { return };
    // One file with a document for each row.
    let bodies: Vec<_> = READ.iter().map(|(body, _)| format!("{HEADER}{body}\n")).collect();
    compare(&kubectl, bodies.join("---\n").as_bytes());
}

#[test]
fn kubectl_refuses_the_rows_alike() {
    let Some(kubectl) = kubectl() else { return };
    for (body, _, _) in REFUSED {
        let text = format!("{HEADER}{body}");
        let answer = ask(&kubectl, text.as_bytes());
        assert!(answer.is_err(), "kubectl reads {body:?}: {answer:?}");
    }
}

#[test]
fn kubectl_reads_whole_texts_alike() {
    let Some(kubectl) = kubectl() else { return };
    let identity = "kind: Probe\napiVersion: v1\nmetadata: {name: probe}\n";
    for (text, expected) in WHOLE {
        let ours = stream(text);
        let expected: Value = serde_json::from_str(expected).expect("JSON");
        assert_eq!(documents(&ours), expected);
        // Documents without a kind are refused for that, which says that they were read.
        let message = ask(&kubectl, text).expect_err("no object");
        assert!(message.contains("Object 'Kind' is missing"), "{message}");
    }
    for ends in ["\r\n", "\r", "\u{85}", "\u{2028}"] {
        compare(&kubectl, identity.replace('\n', ends).as_bytes());
    }
    let json = json!({"kind": "Probe", "apiVersion": "v1", "metadata": {"name": "probe"}, "x": [1.5, "\u{7f}", null]});
    compare(&kubectl, format!("{json}{json}\n").as_bytes());
    let utf16: Vec<u8> = format!("\u{FEFF}{identity}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    compare(&kubectl, &utf16);
}

/// Bodies that may well be readable.
fn body() -> impl Strategy<Value = String> {
    let scalar = proptest::sample::select(vec![
        "a", "yes", "'no'", "0777", "1e3", "~", "x y", "\"q\\n\"", "!!str 1", "&a b", "*a", "1_0", ".5",
        "0x1F", "a:b",
    ]);
    let collection =
        scalar.prop_recursive(3, 16, 4, |inner| {
            proptest::prop_oneof![
                proptest::collection::vec(inner.clone().prop_map(String::from), 0..4)
                    .prop_map(|items| format!("[{}]", items.join(", ")).leak() as &'static str),
                proptest::collection::vec(inner, 0..3).prop_map(|values| {
                    let entries: Vec<_> = values
                        .iter()
                        .enumerate()
                        .map(|(key, value)| format!("k{key}: {value}"))
                        .collect();
                    format!("{{{}}}", entries.join(", ")).leak() as &'static str
                }),
            ]
        });
    let tail = proptest::sample::select(vec![
        "",
        "\n",
        " # c\n",
        "\n  b",
        "\n\tc",
        " d: e",
        "\nz:\n- 1\n-\n",
        "\nz: |\n  t\n\n   u\n",
        "\nz: >-\n  t\n  u\n",
        "\n...\n",
    ]);
    (collection, tail).prop_map(|(value, tail)| format!("x: {value}{tail}"))
}

#[test]
fn kubectl_reads_generated_texts_alike() {
    let Some(kubectl) = kubectl() else { return };
    let mut runner = TestRunner::deterministic();
    for _ in 0..60 {
        let body = body().new_tree(&mut runner).expect("a text").current();
        compare(&kubectl, format!("{HEADER}{body}").as_bytes());
    }
}
