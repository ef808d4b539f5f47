//! Changes of texts: only what is meant changes, comments, quotes and line ends stay.
//!
//! A change is found in the tree that [`crate::yaml`] reads and made in the text. Nothing here proves that the text
//! then reads as intended; who writes it to a file reads it again first.

mod scalar;

pub use scalar::{set_key, set_text, unquoted};

use crate::yaml::Span;

/// One change of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty where something is put in.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
    /// What it is about, for instance the repository whose digest it sets.
    pub subject: String,
    /// What a person sees in the text before the change, in place of what was put in.
    pub anchor: Span,
}

/// A text after its changes, which must be in order and apart, as [`ordered`] gives them.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut changed = String::with_capacity(text.len() + 80 * edits.len());
    let mut at = 0;
    for edit in edits {
        changed.push_str(&text[at..edit.span.start]);
        changed.push_str(&edit.text);
        at = edit.span.end;
    }
    changed.push_str(&text[at..]);
    changed
}

/// Changes in the order of the text, each place once: an anchor makes one place appear several times in a tree. What
/// is put in at one place keeps its order.
pub fn ordered(mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.sort_by_key(|edit| edit.span);
    edits.dedup_by(|later, earlier| {
        later.span.start < earlier.span.end || (later.span, &later.text) == (earlier.span, &earlier.text)
    });
    edits
}

/// The span in the text before the changes that answers to one in the text after them.
pub fn span_before(span: Span, edits: &[Edit]) -> Span {
    let (start, end) = (before(span.start, edits), before(span.end, edits));
    let first = |place: Result<usize, Span>| place.unwrap_or_else(|anchor| anchor.start);
    let last = |place: Result<usize, Span>| place.unwrap_or_else(|anchor| anchor.end);
    Span {
        start: first(start),
        end: last(end).max(first(start)),
    }
}

/// The byte before the changes, or the anchor of the change that the byte falls into.
fn before(byte: usize, edits: &[Edit]) -> Result<usize, Span> {
    let (mut added, mut removed) = (0, 0);
    for edit in edits {
        let start = edit.span.start + added - removed;
        if byte < start {
            break;
        }
        if byte < start + edit.text.len() {
            return Err(edit.anchor);
        }
        added += edit.text.len();
        removed += edit.span.end - edit.span.start;
    }
    Ok(byte + removed - added)
}
