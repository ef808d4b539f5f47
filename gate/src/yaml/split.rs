//! Cuts a text into documents by kubectl's textual rule.
//!
//! kubectl cuts before it parses: a line that begins with `---` ends a document wherever it stands, in a quoted
//! scalar too. Lines end with LF here; a lone CR ends no line for this purpose.

use super::Span;
use super::raw::Refusal;

/// The pieces of a text, and the separators that kubectl refuses.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Pieces {
    pub(super) documents: Vec<Span>,
    pub(super) refusals: Vec<Refusal>,
}

/// Cuts a text. What follows a refused separator, up to the next one, is left out: it is the document that the
/// refusal is about.
pub(super) fn split(text: &str) -> Pieces {
    let mut pieces = Pieces::default();
    let mut start = Some(0);
    let mut line_start = 0;
    for line in text.split_inclusive('\n') {
        let line_end = line_start + line.len();
        if let Some(rest) = line.strip_prefix("---") {
            pieces.documents.extend(document(start, line_start));
            let words = rest.trim();
            if words.is_empty() || words.starts_with('#') {
                start = Some(line_end);
            } else {
                pieces.refusals.push(bad_separator(line_start, line));
                start = None;
            }
        }
        line_start = line_end;
    }
    pieces.documents.extend(document(start, text.len()));
    pieces
}

fn document(start: Option<usize>, end: usize) -> Option<Span> {
    let start = start?;
    (start < end).then_some(Span { start, end })
}

fn bad_separator(start: usize, line: &str) -> Refusal {
    let span = Span {
        start,
        end: start + line.trim_end().len(),
    };
    Refusal::new(
        span,
        "a line that begins with `---` separates documents, even inside a quoted text, and only a comment may follow on it",
    )
}
