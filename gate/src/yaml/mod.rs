//! Reads YAML as kubectl does.
//!
//! The purpose of this room is that `gate` judges the object that is applied, not the one that another reader
//! would see. It knows nothing of Kubernetes and touches no file.

mod budget;
mod compose;
mod encoding;
mod json;
mod limits;
mod lines;
mod mapping;
mod parse;
mod path;
mod raw;
mod reader;
mod scalar;
mod scan;
mod split;
#[cfg(test)]
mod tests;
mod timestamp;
mod tree;

pub use limits::Limits;
pub use lines::{LineIndex, Position};
pub use path::{FieldPath, Segment};
pub use reader::read;
pub use tree::{Document, Entry, Node, NodeId, Span, Value};

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// kubectl cannot read it: the document is missing from [`Stream::documents`].
    Invalid,
    /// kubectl silently drops text that a reviewer reads.
    Hidden,
    /// A key stands twice, or a merge key overrides a key before it: one value silently wins.
    DuplicateKey,
}

/// One problem of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind it is.
    pub kind: ProblemKind,
    /// Where.
    pub span: Span,
    /// What is wrong, one sentence without a period.
    pub message: String,
    /// The earlier place of a clash.
    pub related: Option<Span>,
}

/// The place that rules on text report: a span of the text that was read.
pub type Place = Span;

/// What was read from a text: the documents that are readable, and every problem.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stream {
    /// The text after decoding, without a byte order mark: all spans count its bytes.
    pub text: String,
    /// Readable documents in order; empty ones are left out.
    pub documents: Vec<Document>,
    /// All problems in the order of their places.
    pub problems: Vec<Problem>,
    /// Where the text has the first U+FFFD that stands for bytes which are none in its encoding. kubectl reads on
    /// with it, and so the documents are there.
    pub replaced: Option<Span>,
}

impl Stream {
    /// The problems of one kind, in the order of their places.
    pub fn problems_of(&self, kind: ProblemKind) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(move |problem| problem.kind == kind)
    }
}
