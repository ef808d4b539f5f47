//! The words of YAML.

use super::cursor::Mark;
use crate::yaml::Span;

/// One token. `start` is where it stands for the rules of indentation.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::yaml) struct Token {
    pub(in crate::yaml) kind: TokenKind,
    pub(in crate::yaml) span: Span,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::yaml) enum TokenKind {
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    BlockEntry,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    FlowEntry,
    Key,
    Value,
    Alias(String),
    Anchor(String),
    Tag(TagToken),
    Scalar { text: String, plain: bool },
}

/// A tag as it is written; an empty handle stands for a tag that is written out whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::yaml) struct TagToken {
    pub(in crate::yaml) handle: String,
    pub(in crate::yaml) suffix: String,
}

impl Token {
    /// A token without width.
    pub(super) fn empty(kind: TokenKind, at: Mark) -> Self {
        Self {
            kind,
            span: Span {
                start: at.byte,
                end: at.byte,
            },
        }
    }
}
