//! What kubectl makes of YAML, row by row.

use serde_json::{Value, json};

use super::{Limits, ProblemKind, Stream, read};

fn stream(text: &str) -> Stream {
    read(text, &Limits::default())
}

fn value(text: &str) -> Value {
    let stream = stream(text);
    assert_eq!(stream.problems, [], "{text:?}");
    assert_eq!(stream.documents.len(), 1, "{text:?}");
    stream.documents[0].root().to_json()
}

#[test]
fn reads_documents() {
    assert_eq!(
        value("a: yes\nb: [0777, 1e3]\nc: {d: 'x'}\n"),
        json!({"a": true, "b": [511, 1000], "c": {"d": "x"}})
    );
    let two = stream("a: 1\n---\n# nothing\n---\nb: 2\n");
    assert_eq!(two.documents.len(), 2);
}

#[test]
fn a_merge_key_overrides_what_stands_before_it() {
    let stream = stream("base: &x {privileged: true}\npod:\n  privileged: false\n  <<: *x\n");
    assert_eq!(
        stream.documents[0].root().to_json()["pod"],
        json!({"privileged": true})
    );
    assert_eq!(stream.problems.len(), 1);
    assert_eq!(stream.problems[0].kind, ProblemKind::DuplicateKey);
}
