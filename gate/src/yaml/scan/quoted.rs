//! Scalars in quotes.

use super::plain::Gap;
use super::{Mark, Scanner, TokenKind};
use crate::yaml::raw::Refusal;

impl Scanner<'_> {
    pub(super) fn quoted_scalar(&mut self) -> Result<(), Refusal> {
        self.save_candidate()?;
        self.key_allowed = false;
        let start = self.cursor.mark;
        let quote = self.cursor.peek(0);
        self.cursor.skip();
        let mut text = String::new();
        loop {
            if self.cursor.at_document_indicator() {
                return Err(self.cursor.refuse("a document cannot end inside a quoted text"));
            }
            if self.cursor.at_end() {
                return Err(self.unclosed(start));
            }
            let mut gap = Gap::new(self.quoted_word(quote, &mut text)?);
            if self.cursor.peek(0) == quote {
                break;
            }
            while gap.take(&mut self.cursor) {}
            gap.fold_into(&mut text);
        }
        self.cursor.skip();
        self.push(TokenKind::Scalar { text, plain: false }, start);
        Ok(())
    }

    fn unclosed(&self, start: Mark) -> Refusal {
        let mut line = self.cursor.clone();
        line.mark = start;
        line.skip_to_break();
        line.refuse_since(start, "the quoted text that begins here does not end")
    }

    /// Reads up to a blank, a break or the closing quote; true after an escaped break.
    fn quoted_word(&mut self, quote: u8, text: &mut String) -> Result<bool, Refusal> {
        let mut run = self.cursor.mark.byte;
        while !self.cursor.is_blank_or_end(0) {
            let next = self.cursor.peek(0);
            let doubled = quote == b'\'' && next == quote && self.cursor.peek(1) == quote;
            if next == quote && !doubled {
                break;
            }
            if doubled {
                self.cursor.skip();
                text.push_str(self.cursor.since(run));
                self.cursor.skip();
                run = self.cursor.mark.byte;
            } else if next == b'\\' && quote == b'"' {
                text.push_str(self.cursor.since(run));
                if self.cursor.break_at(1).is_some() {
                    self.cursor.skip();
                    self.cursor.take_break();
                    return Ok(true);
                }
                let character = self.escape()?;
                text.push(character);
                run = self.cursor.mark.byte;
            } else {
                self.cursor.skip();
            }
        }
        text.push_str(self.cursor.since(run));
        Ok(false)
    }

    /// The character of an escape; YAML 1.1 does not know `\/`.
    fn escape(&mut self) -> Result<char, Refusal> {
        let start = self.cursor.mark;
        self.cursor.skip();
        let name = self.cursor.peek(0);
        let digits = match name {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            _ => 0,
        };
        let simple = match name {
            b'0' => '\0',
            b'a' => '\u{7}',
            b'b' => '\u{8}',
            b't' | b'\t' => '\t',
            b'n' => '\n',
            b'v' => '\u{B}',
            b'f' => '\u{C}',
            b'r' => '\r',
            b'e' => '\u{1B}',
            b' ' | b'"' | b'\'' | b'\\' => char::from(name),
            b'N' => '\u{85}',
            b'_' => '\u{A0}',
            b'L' => '\u{2028}',
            b'P' => '\u{2029}',
            _ if digits > 0 => '\0',
            _ => {
                self.cursor.skip();
                return Err(self
                    .cursor
                    .refuse_since(start, "YAML 1.1 does not know this escape"));
            }
        };
        self.cursor.skip();
        if digits == 0 {
            return Ok(simple);
        }
        let mut code = 0_u32;
        for _ in 0..digits {
            let Some(digit) = char::from(self.cursor.peek(0)).to_digit(16) else {
                let message = format!("the escape wants {digits} hexadecimal digits");
                return Err(self.cursor.refuse_since(start, message));
            };
            code = code << 4 | digit;
            self.cursor.skip();
        }
        char::from_u32(code).ok_or_else(|| self.cursor.refuse_since(start, "the escape names no character"))
    }
}
