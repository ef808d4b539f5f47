//! A place in a document, moved character by character.

use crate::yaml::Span;
use crate::yaml::raw::Refusal;

/// A place: the byte for spans, line and column (from zero, in characters) for the rules of indentation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::yaml) struct Mark {
    pub(in crate::yaml) byte: usize,
    pub(in crate::yaml) line: usize,
    pub(in crate::yaml) column: usize,
}

/// A line break as it counts in a scalar. YAML 1.1 knows more of them than YAML 1.2: a next-line character (U+0085)
/// is one, and so are U+2028 and U+2029, which stay what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Break {
    pub(super) width: usize,
    pub(super) text: char,
}

/// Walks over a part of a text; beyond its end it reads NUL, which no readable document holds.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    end: usize,
    pub(super) mark: Mark,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, part: Span) -> Self {
        let mark = Mark {
            byte: part.start,
            ..Mark::default()
        };
        Self {
            text,
            end: part.end,
            mark,
        }
    }

    /// The byte some bytes ahead.
    pub(super) fn peek(&self, ahead: usize) -> u8 {
        let at = self.mark.byte + ahead;
        if at < self.end {
            self.text.as_bytes()[at]
        } else {
            0
        }
    }

    pub(super) fn at_end(&self) -> bool {
        self.mark.byte >= self.end
    }

    /// The text from a byte up to here.
    pub(super) fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.mark.byte]
    }

    /// A span from a mark up to here.
    pub(super) fn span_since(&self, start: Mark) -> Span {
        Span {
            start: start.byte,
            end: self.mark.byte,
        }
    }

    /// Moves over one character of a line.
    pub(super) fn skip(&mut self) {
        let width = match self.peek(0) {
            _ if self.at_end() => 0,
            0..0xC0 => 1,
            0xC0..0xE0 => 2,
            0xE0..0xF0 => 3,
            _ => 4,
        };
        self.mark.byte += width;
        self.mark.column += 1;
    }

    /// Moves over a break, if one is here.
    pub(super) fn take_break(&mut self) -> Option<Break> {
        let found = self.break_at(0)?;
        self.mark = Mark {
            byte: self.mark.byte + found.width,
            line: self.mark.line + 1,
            column: 0,
        };
        Some(found)
    }

    /// The break some bytes ahead. kubectl turns CR LF into LF before it parses, so that CR CR LF is one break.
    pub(super) fn break_at(&self, ahead: usize) -> Option<Break> {
        let (width, text) = match (self.peek(ahead), self.peek(ahead + 1), self.peek(ahead + 2)) {
            (b'\r', b'\r', b'\n') => (3, '\n'),
            (b'\r', b'\n', _) | (0xC2, 0x85, _) => (2, '\n'),
            (b'\r' | b'\n', _, _) => (1, '\n'),
            (0xE2, 0x80, 0xA8) => (3, '\u{2028}'),
            (0xE2, 0x80, 0xA9) => (3, '\u{2029}'),
            _ => return None,
        };
        Some(Break { width, text })
    }

    pub(super) fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.peek(ahead), b' ' | b'\t')
    }

    pub(super) fn is_break_or_end(&self, ahead: usize) -> bool {
        self.mark.byte + ahead >= self.end || self.break_at(ahead).is_some()
    }

    pub(super) fn is_blank_or_end(&self, ahead: usize) -> bool {
        self.is_blank(ahead) || self.is_break_or_end(ahead)
    }

    pub(super) fn skip_blanks(&mut self) {
        while self.is_blank(0) {
            self.skip();
        }
    }

    pub(super) fn skip_to_break(&mut self) {
        while !self.is_break_or_end(0) {
            self.skip();
        }
    }

    pub(super) fn skip_comment(&mut self) {
        if self.peek(0) == b'#' {
            self.skip_to_break();
        }
    }

    /// Does a line begin here with `---` or `...` as a word of its own?
    pub(super) fn at_document_indicator(&self) -> bool {
        let three = [self.peek(0), self.peek(1), self.peek(2)];
        self.mark.column == 0 && (three == *b"---" || three == *b"...") && self.is_blank_or_end(3)
    }

    /// A refusal of the character here.
    pub(super) fn refuse(&self, message: impl Into<String>) -> Refusal {
        let mut next = self.clone();
        if next.break_at(0).is_none() {
            next.skip();
        }
        Refusal::new(next.span_since(self.mark), message)
    }

    /// A refusal of everything from a mark up to here.
    pub(super) fn refuse_since(&self, start: Mark, message: impl Into<String>) -> Refusal {
        Refusal::new(self.span_since(start), message)
    }
}
