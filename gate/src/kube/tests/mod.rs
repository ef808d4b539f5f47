//! Tests of the views: each table is a claim of the Kubernetes API reference, or something that kubectl was seen to do.

mod images;
mod index;
mod pods;
mod scale;
mod selectors;

use super::{Facts, Index};
use crate::yaml::{self, Document};

/// Reads a text that must be sound. The separator keeps a brace at its beginning from making it JSON.
fn documents(text: &str) -> Vec<Document> {
    let stream = yaml::read(format!("---\n{text}"), &yaml::Limits::default());
    assert_eq!(stream.problems, [], "in\n{text}");
    stream.documents
}

/// Gives the index of a text to a function.
fn with_index<Answer>(text: &str, ask: impl FnOnce(&Index<'_>) -> Answer) -> Answer {
    with_facts(text, Facts::default(), ask)
}

/// The same with facts.
fn with_facts<Answer>(text: &str, facts: Facts, ask: impl FnOnce(&Index<'_>) -> Answer) -> Answer {
    let documents = documents(text);
    ask(&Index::new(&documents, facts))
}
