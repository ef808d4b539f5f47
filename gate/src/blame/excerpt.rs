//! Text inside text: a patch that is written into a string of a kustomization.

use super::traced::Place;
use crate::finding::IntroductionKind;
use crate::yaml::{Node, Span};

/// A file, or a part of it that is read by itself.
#[derive(Clone, Debug)]
pub(super) struct Excerpt {
    file: usize,
    mapping: Mapping,
    /// What values from here come in by.
    pub(super) kind: Option<IntroductionKind>,
}

#[derive(Clone, Debug)]
enum Mapping {
    /// The file itself.
    Whole,
    /// Lines of a string, each with its first byte in the string and in the file.
    Lines(Vec<(usize, usize)>),
    /// Somewhere in this span.
    Somewhere(Span),
}

impl Excerpt {
    /// All of a file.
    pub(super) fn file(file: usize, kind: IntroductionKind) -> Self {
        Self {
            file,
            mapping: Mapping::Whole,
            kind: Some(kind),
        }
    }

    /// The text of a string that stands in a file.
    pub(super) fn string(file: usize, text: &str, node: Node<'_>, kind: IntroductionKind) -> Self {
        let span = node.span();
        let lines = node.as_str().and_then(|value| lines(text, span, value));
        Self {
            file,
            mapping: lines.map_or(Mapping::Somewhere(first_line(text, span)), Mapping::Lines),
            kind: Some(kind),
        }
    }

    /// The place in the file of a span of the excerpt.
    pub(super) fn place(&self, span: Span) -> Place {
        let (span, exact) = match &self.mapping {
            Mapping::Whole => (span, true),
            Mapping::Lines(lines) => {
                let start = outer(lines, span.start);
                let end = outer(lines, span.end).max(start);
                (Span { start, end }, true)
            }
            Mapping::Somewhere(span) => (*span, false),
        };
        Place {
            file: self.file,
            span,
            exact,
        }
    }
}

fn outer(lines: &[(usize, usize)], byte: usize) -> usize {
    let line = lines
        .partition_point(|(inner, _)| *inner <= byte)
        .saturating_sub(1);
    lines
        .get(line)
        .map_or(0, |(inner, outer)| outer + byte.saturating_sub(*inner))
}

fn first_line(text: &str, span: Span) -> Span {
    let length = text
        .get(span.start..span.end)
        .and_then(|text| text.find(['\n', '\r']));
    Span {
        start: span.start,
        end: length.map_or(span.end, |length| span.start + length),
    }
}

/// Where the lines of a string stand in the text, if each of them stands there letter by letter.
fn lines(text: &str, span: Span, value: &str) -> Option<Vec<(usize, usize)>> {
    let written = text.get(span.start..span.end)?;
    if let Some(at) = written.find(value)
        && !value.trim_end().contains('\n')
    {
        return Some(vec![(0, span.start + at)]);
    }
    let next_line = |byte: usize| Some(byte + text.get(byte..)?.find('\n')? + 1);
    // The span of a block may begin with its indicator or with its content.
    block_lines(text, span.start, value).or_else(|| block_lines(text, next_line(span.start)?, value))
}

/// The lines of a block whose first line that is not empty is the one at or after `start`.
fn block_lines(text: &str, start: usize, value: &str) -> Option<Vec<(usize, usize)>> {
    let is_blank = |letter: char| letter.is_ascii_whitespace();
    let first = start + text.get(start..)?.find(|letter| !is_blank(letter))?;
    let mut outer = text.get(..first)?.rfind('\n').map_or(0, |at| at + 1);
    let mut inner = value.find(|letter| !is_blank(letter))?;
    inner = value.get(..inner)?.rfind('\n').map_or(0, |at| at + 1);
    let mut found = Vec::new();
    for line in value.get(inner..)?.split_inclusive('\n') {
        let rest = text.get(outer..)?;
        let length = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let wanted = line.trim_end_matches(['\n', '\r']);
        let there = rest[..length].trim_end_matches(['\n', '\r']);
        let before = there.strip_suffix(wanted)?;
        if !before.bytes().all(|byte| byte == b' ') {
            return None;
        }
        found.push((inner, outer + before.len()));
        inner += line.len();
        outer += length;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{self, Limits};

    /// Finds `needle` in the string under `patch`, and gives back what stands at its place in the file.
    fn seen(text: &str, needle: &str) -> (String, bool) {
        let stream = yaml::read(text, &Limits::default());
        let node = stream.documents[0].root().get("patch").unwrap();
        let start = node.as_str().unwrap().find(needle).unwrap();
        let excerpt = Excerpt::string(0, text, node, IntroductionKind::Patch);
        let end = start + needle.len();
        let place = excerpt.place(Span { start, end });
        (text[place.span.start..place.span.end].to_owned(), place.exact)
    }

    #[test]
    fn each_letter_of_a_literal_block_is_found() {
        for text in [
            "patch: |\n  a: 1\n  b:\n\n    c: here\n",
            "patch: |-\n    a: 1\n    b: here",
            "patch: |2\n     a: 1\n     b: here\nx: y\n",
            "patch: |\r\n  a: 1\r\n  b: here\r\n",
            "patch: | # why\n\n  a: 1\n  b: here\n",
            "patch: |\n  > a: 1\n  b: here\n",
        ] {
            assert_eq!(seen(text, "here"), ("here".to_owned(), true), "{text:?}");
        }
    }

    #[test]
    fn strings_on_one_line_are_followed_too() {
        for text in [
            "patch: '[{a: here}]'\n",
            "patch: \"{a: here}\"\n",
            "patch: here\n",
        ] {
            assert_eq!(seen(text, "here"), ("here".to_owned(), true), "{text:?}");
        }
    }

    #[test]
    fn what_cannot_be_followed_is_the_string_and_not_certain() {
        let text = "patch: \"a: 1\\nb: here\"\n";
        assert_eq!(seen(text, "here"), ("\"a: 1\\nb: here\"".to_owned(), false));
        let text = "patch: >\n  a:\n  here\n";
        assert_eq!(seen(text, "here"), ("a:".to_owned(), false));
    }
}
