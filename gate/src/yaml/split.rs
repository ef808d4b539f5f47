//! Cuts a text into documents by kubectl's textual rule.
//!
//! kubectl cuts before it parses: a line that begins with `---` ends a document wherever it stands, in a quoted
//! text too. Lines end with LF for this rule; a CR alone, which ends a line for the parser, ends none here.

use super::Span;
use super::raw::Refusal;

/// Characters that end a line for the parser.
const BREAKS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// The pieces of a text, the separators that kubectl refuses, and the text that is lost with a separator.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Pieces {
    pub(super) documents: Vec<Span>,
    pub(super) refusals: Vec<Refusal>,
    pub(super) hidden: Vec<Span>,
}

/// Cuts a text. A separator with nothing before it stays with the document that it begins. What follows a refused
/// separator, up to the next one, is left out: it is the document that the refusal is about.
pub(super) fn split(text: &str) -> Pieces {
    let mut pieces = Pieces::default();
    let mut start = Some(0);
    let mut next_line = 0;
    for line in text.split_inclusive('\n') {
        let this_line = next_line;
        next_line += line.len();
        let Some(rest) = line.strip_prefix("---") else {
            continue;
        };
        let words = rest.trim();
        if !words.is_empty() && !words.starts_with('#') {
            pieces.refusals.push(bad_separator(this_line, line));
            pieces.end_document(start, this_line);
            start = None;
        } else if start != Some(this_line) {
            let separator = Span {
                start: this_line + 3,
                end: next_line,
            };
            pieces.hidden.extend(content(text, separator));
            pieces.end_document(start, this_line);
            start = Some(next_line);
        }
    }
    pieces.end_document(start, text.len());
    pieces
}

impl Pieces {
    fn end_document(&mut self, start: Option<usize>, end: usize) {
        let document = start.filter(|start| *start < end);
        self.documents.extend(document.map(|start| Span { start, end }));
    }
}

fn bad_separator(start: usize, line: &str) -> Refusal {
    let span = Span {
        start,
        end: start + line.trim_end().len(),
    };
    let message = "a line that begins with `---` separates documents, even inside a quoted text, and nothing but a comment can follow on it";
    Refusal::new(span, message)
}

/// What a reader would take for content in a part of a text: anything but comments and document markers.
pub(super) fn content(text: &str, part: Span) -> Option<Span> {
    let end = part.start + text[part.start..part.end].trim_end().len();
    let mut at = part.start;
    for line in text[part.start..part.end].split_inclusive(BREAKS) {
        let words = line.trim();
        let comment = words
            .strip_prefix("---")
            .or_else(|| words.strip_prefix("..."))
            .unwrap_or(words);
        let comment = comment.trim_start();
        if !comment.is_empty() && !comment.starts_with('#') {
            let start = at + line.len() - line.trim_start().len();
            return Some(Span { start, end });
        }
        at += line.len();
    }
    None
}
