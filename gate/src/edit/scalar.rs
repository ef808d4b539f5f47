//! Sets single values of a YAML or JSON text.

use super::Edit;
use crate::yaml::{self, Limits, Node, Span, Value};

/// The change that gives a value another text; its quotes stay. None where a collection stands there.
///
/// `must_quote` asks for quotes where there were none, as JSON does.
pub fn set_text(text: &str, node: Node<'_>, value: &str, must_quote: bool, subject: &str) -> Option<Edit> {
    if node.is_mapping() || node.is_sequence() {
        return None;
    }
    let whole = node.span();
    let span = unquoted(text, whole);
    let is_quoted = span != whole;
    let written = if is_quoted {
        value.to_owned()
    } else {
        plain(value, must_quote)
    };
    Some(edit(span, written, subject, span))
}

/// The change that sets a key of a mapping: its value in place, or the key put in after the last of the keys `after`
/// that the mapping has. None where the mapping has none of them itself, or holds a collection under the key.
pub fn set_key(
    text: &str,
    mapping: Node<'_>,
    key: &str,
    value: &str,
    after: &[&str],
    subject: &str,
) -> Option<Edit> {
    let quotes_keys = own_keys(mapping)
        .next()
        .is_some_and(|span| text[span.start..].starts_with('"'));
    let is_flow = text.get(mapping.span().start..)?.starts_with('{');
    let must_quote = is_flow && quotes_keys;
    if let (Some(span), Some(node)) = (own_key(mapping, key), mapping.get(key)) {
        return if node.is_null() && node.span().start == node.span().end {
            let colon = span.end + text.get(span.end..)?.find(':')? + 1;
            let place = Span {
                start: colon,
                end: colon,
            };
            Some(edit(
                place,
                format!(" {}", plain(value, must_quote)),
                subject,
                span,
            ))
        } else {
            set_text(text, node, value, must_quote, subject)
        };
    }
    let before = after.iter().rev().find(|key| own_key(mapping, key).is_some())?;
    let last = mapping.get(before)?.span();
    let last = last.max(own_key(mapping, before)?);
    let value = plain(value, must_quote);
    let key = if must_quote {
        format!("\"{key}\"")
    } else {
        key.to_owned()
    };
    let (at, written) = if is_flow {
        (last.end, format!(", {key}: {value}"))
    } else {
        let rest = &text[last.end..];
        let at = last.end + rest.find(['\n', '\r']).unwrap_or(rest.len());
        let indentation = " ".repeat(column(text, own_keys(mapping).next()?.start));
        (at, format!("{}{indentation}{key}: {value}", line_end(text, at)))
    };
    Some(edit(Span { start: at, end: at }, written, subject, last))
}

fn edit(span: Span, text: String, subject: &str, anchor: Span) -> Edit {
    Edit {
        span,
        text,
        subject: subject.to_owned(),
        anchor,
    }
}

/// The places of the keys that a mapping has itself, rather than by a merge key.
fn own_keys(mapping: Node<'_>) -> impl Iterator<Item = Span> {
    mapping
        .entries()
        .filter_map(move |(key, _)| own_key(mapping, key))
}

fn own_key(mapping: Node<'_>, key: &str) -> Option<Span> {
    let whole = mapping.span();
    mapping
        .key_span(key)
        .filter(|span| span.start >= whole.start && span.end <= whole.end)
}

/// A value as it is written where no quotes stand: in quotes only if it would be read as something else than a text.
fn plain(value: &str, must_quote: bool) -> String {
    let stream = yaml::read(format!("- {value}"), &Limits::default());
    let read = stream
        .documents
        .first()
        .and_then(|document| document.root().items().next());
    let is_text = read.is_some_and(|node| matches!(node.value(), Value::String(text) if text == value));
    if is_text && stream.problems.is_empty() && !must_quote {
        value.to_owned()
    } else {
        format!("\"{value}\"")
    }
}

/// How many characters stand before a byte in its line.
fn column(text: &str, byte: usize) -> usize {
    let start = text[..byte].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    text[start..byte].chars().count()
}

/// The line end at a byte; at the end of a text that has none there, the first of the text.
fn line_end(text: &str, at: usize) -> &'static str {
    let ends = |text: &str| ["\r\n", "\n", "\r"].into_iter().find(|end| text.starts_with(end));
    let first = text.find(['\n', '\r']).and_then(|at| ends(&text[at..]));
    ends(&text[at..]).or(first).unwrap_or("\n")
}

/// A span without the quotes around it.
pub fn unquoted(text: &str, span: Span) -> Span {
    let is_quoted = text
        .get(span.start..span.end)
        .is_some_and(|text| text.len() > 1 && text.starts_with(['"', '\'']));
    if is_quoted {
        Span {
            start: span.start + 1,
            end: span.end - 1,
        }
    } else {
        span
    }
}
