//! The tree as it is written: aliases, tags and merge keys still stand in it.

use super::{Problem, ProblemKind, Span};

/// Index of a node in its [`RawDocument`].
pub(super) type RawId = usize;

/// A node as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RawNode {
    pub(super) kind: RawKind,
    pub(super) span: Span,
}

/// What a node is before anything is resolved.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum RawKind {
    /// Text with what decides on its meaning.
    Scalar(RawScalar),
    /// Items in order.
    Sequence(Vec<RawId>),
    /// Keys and values in order.
    Mapping(Vec<(RawId, RawId)>),
    /// The node that an alias names; one that holds the alias itself is possible here.
    Alias(RawId),
}

/// A scalar before resolution.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RawScalar {
    /// The text after escapes and folding.
    pub(super) text: String,
    /// May the text decide what it is? Plain scalars may, and those under the tag `!`.
    pub(super) implicit: bool,
    /// The whole tag, if there is one; under `!` a text stays a text.
    pub(super) tag: Option<String>,
}

/// One document as it is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct RawDocument {
    pub(super) nodes: Vec<RawNode>,
    /// None where the text holds no node at all.
    pub(super) root: Option<RawId>,
    /// Where the rest begins, which is not part of the document.
    pub(super) end: usize,
}

/// Why a document cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) span: Span,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self {
            kind: ProblemKind::Invalid,
            span: refusal.span,
            message: refusal.message,
            related: None,
        }
    }
}
