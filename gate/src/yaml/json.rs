//! JSON, which kubectl reads where the first character of a text is a brace.
//!
//! Values stand one after the other, without separators. An error ends the text: where the next value would begin
//! is not known.

use super::raw::{RawDocument, RawId, RawKind, RawNode, RawScalar, Refusal};
use super::{Limits, Span};

/// The values of a text, one by one.
#[derive(Debug)]
pub(super) struct Values<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    nodes: Vec<RawNode>,
    failed: bool,
    limits: &'a Limits,
}

impl<'a> Values<'a> {
    pub(super) fn new(text: &'a str, limits: &'a Limits) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            nodes: Vec::new(),
            failed: false,
            limits,
        }
    }

    /// The next value with its place, or what is wrong with it; nothing at the end and after an error.
    pub(super) fn next(&mut self) -> Option<Result<(RawDocument, Span), Refusal>> {
        self.skip_blanks();
        if self.failed || self.at == self.text.len() {
            return None;
        }
        let value = self.document();
        self.failed = value.is_err();
        Some(value)
    }

    fn document(&mut self) -> Result<(RawDocument, Span), Refusal> {
        let start = self.at;
        let root = self.value()?;
        let document = RawDocument {
            nodes: std::mem::take(&mut self.nodes),
            root: Some(root),
            end: self.at,
        };
        let span = Span { start, end: self.at };
        if span.end - span.start > self.limits.document_bytes {
            let message = format!(
                "the document is larger than the limit of {} bytes",
                self.limits.document_bytes
            );
            return Err(Refusal::new(Span { start, end: start }, message));
        }
        Ok((document, span))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn refuse(&self, message: &str) -> Refusal {
        let width = self.text[self.at..].chars().next().map_or(0, char::len_utf8);
        let span = Span {
            start: self.at,
            end: self.at + width,
        };
        Refusal::new(
            span,
            format!("{message}, for a text that begins with a brace is read as JSON"),
        )
    }

    fn add(&mut self, kind: RawKind, start: usize) -> RawId {
        let span = Span { start, end: self.at };
        self.nodes.push(RawNode { kind, span });
        self.nodes.len() - 1
    }

    fn value(&mut self) -> Result<RawId, Refusal> {
        let start = self.at;
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => {
                let text = self.string()?;
                Ok(self.scalar(text, false, start))
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            _ => Err(self.refuse("a value must stand here")),
        }
    }

    fn scalar(&mut self, text: String, implicit: bool, start: usize) -> RawId {
        let scalar = RawScalar {
            text,
            implicit,
            tag: None,
        };
        self.add(RawKind::Scalar(scalar), start)
    }

    fn word(&mut self, word: &str) -> Result<RawId, Refusal> {
        let start = self.at;
        if !self.text[start..].starts_with(word) {
            return Err(self.refuse("a value must stand here"));
        }
        self.at += word.len();
        Ok(self.scalar(word.to_owned(), true, start))
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<RawKind, Refusal>) -> Result<RawId, Refusal> {
        let start = self.at;
        self.depth += 1;
        if self.depth > self.limits.depth {
            let span = Span {
                start,
                end: start + 1,
            };
            let message = format!(
                "the document is nested more than {} levels deep",
                self.limits.depth
            );
            return Err(Refusal::new(span, message));
        }
        self.at += 1;
        self.skip_blanks();
        let kind = read(self)?;
        self.depth -= 1;
        Ok(self.add(kind, start))
    }

    fn object(&mut self) -> Result<RawKind, Refusal> {
        let mut entries = Vec::new();
        if self.take(b'}') {
            return Ok(RawKind::Mapping(entries));
        }
        loop {
            self.skip_blanks();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.refuse("a key in double quotes must stand here"));
            }
            let key = self.string()?;
            let key = self.scalar(key, false, start);
            self.skip_blanks();
            if !self.take(b':') {
                return Err(self.refuse("`:` must stand here"));
            }
            self.skip_blanks();
            let value = self.value()?;
            entries.push((key, value));
            self.skip_blanks();
            if self.take(b'}') {
                return Ok(RawKind::Mapping(entries));
            }
            if !self.take(b',') {
                return Err(self.refuse("`,` or `}` must stand here"));
            }
        }
    }

    fn array(&mut self) -> Result<RawKind, Refusal> {
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(RawKind::Sequence(items));
        }
        loop {
            self.skip_blanks();
            items.push(self.value()?);
            self.skip_blanks();
            if self.take(b']') {
                return Ok(RawKind::Sequence(items));
            }
            if !self.take(b',') {
                return Err(self.refuse("`,` or `]` must stand here"));
            }
        }
    }

    fn digits(&mut self) -> Result<(), Refusal> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.refuse("a digit must stand here"));
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<RawId, Refusal> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        let text = &self.text[start..self.at];
        if !text.parse().is_ok_and(f64::is_finite) {
            let span = Span { start, end: self.at };
            return Err(Refusal::new(span, "the number is too large"));
        }
        Ok(self.scalar(text.to_owned(), true, start))
    }

    fn string(&mut self) -> Result<String, Refusal> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let run = self.at;
            while self
                .peek()
                .is_some_and(|byte| !matches!(byte, b'"' | b'\\' | ..0x20))
            {
                self.at += 1;
            }
            text.push_str(&self.text[run..self.at]);
            if self.take(b'"') {
                return Ok(text);
            }
            if !self.take(b'\\') {
                let message = match self.peek() {
                    Some(_) => "a control character in a text must be escaped",
                    None => "the text in quotes does not end",
                };
                return Err(self.refuse(message));
            }
            text.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Result<char, Refusal> {
        let character = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{C}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.refuse("JSON does not know this escape")),
        };
        self.at += 1;
        Ok(character)
    }

    /// `uXXXX`, and a second one where it completes a surrogate pair; a lone surrogate becomes U+FFFD.
    fn unicode_escape(&mut self) -> Result<char, Refusal> {
        let Some(first) = self.unit(self.at + 1) else {
            return Err(self.refuse("four hexadecimal digits must follow `\\u`"));
        };
        self.at += 5;
        if self.text.as_bytes().get(self.at..self.at + 2) == Some(b"\\u")
            && let Some(second) = self.unit(self.at + 2)
            && let Some(Ok(pair)) = char::decode_utf16([first, second]).next()
            && pair > '\u{FFFF}'
        {
            self.at += 6;
            return Ok(pair);
        }
        Ok(char::from_u32(u32::from(first)).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn unit(&self, at: usize) -> Option<u16> {
        let digits = self.text.get(at..at + 4)?;
        let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        hexadecimal
            .then(|| u16::from_str_radix(digits, 16).ok())
            .flatten()
    }
}
