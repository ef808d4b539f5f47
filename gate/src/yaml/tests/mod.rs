//! Tests of the reader. The rows of `rows` are what kubectl 1.32 was seen to do; `kubectl` asks it again.

mod bypass;
mod corpus;
mod documents;
mod keys;
mod kubectl;
mod limits;
mod properties;
mod rows;
mod spans;

use serde_json::Value;

use super::{Limits, Problem, ProblemKind, Stream, read};

/// What makes the body of a row an object that kubectl takes.
const HEADER: &str = "apiVersion: v1\nkind: Probe\nmetadata: {name: probe}\n";

fn stream(text: impl AsRef<[u8]>) -> Stream {
    read(text, &Limits::default())
}

/// All documents as JSON.
fn documents(stream: &Stream) -> Value {
    stream
        .documents
        .iter()
        .map(|document| document.root().to_json())
        .collect()
}

/// The only document of a text that has no problems.
fn value(text: &str) -> Value {
    let stream = stream(text);
    assert_eq!(stream.problems, [], "{text:?}");
    let mut documents = documents(&stream);
    assert_eq!(documents.as_array().map(Vec::len), Some(1), "{text:?}");
    documents[0].take()
}

/// The only problem of a text.
fn problem(text: &str) -> Problem {
    let stream = stream(text);
    assert_eq!(stream.problems.len(), 1, "{text:?}: {:?}", stream.problems);
    stream.problems.into_iter().next().expect("one problem")
}

/// The text of a problem's place and its message, where the text is refused and nothing else is wrong with it.
fn refusal(text: &str) -> (String, String) {
    let found = problem(text);
    assert_eq!(found.kind, ProblemKind::Invalid, "{text:?}: {found:?}");
    let read = stream(text).text;
    (read[found.span.start..found.span.end].to_owned(), found.message)
}
