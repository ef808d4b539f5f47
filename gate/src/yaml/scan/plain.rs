//! Plain scalars, and how lines fold.

use super::cursor::{Break, Cursor};
use super::{Scanner, TokenKind};
use crate::yaml::raw::Refusal;

/// The blanks and breaks between two words of a scalar.
#[derive(Debug, Default)]
pub(super) struct Gap {
    blanks: String,
    first_break: Option<char>,
    more_breaks: String,
    /// Does the gap hold a break, or an escaped one?
    breaks: bool,
}

impl Gap {
    /// An empty gap, or one that begins with an escaped break.
    pub(super) fn new(escaped_break: bool) -> Self {
        Self {
            breaks: escaped_break,
            ..Self::default()
        }
    }

    /// Takes the blank or break that is here; false where there is none.
    pub(super) fn take(&mut self, cursor: &mut Cursor<'_>) -> bool {
        if cursor.is_blank(0) {
            if !self.breaks {
                self.blanks.push(char::from(cursor.peek(0)));
            }
            cursor.skip();
            return true;
        }
        let Some(Break { text, .. }) = cursor.take_break() else {
            return false;
        };
        if self.breaks {
            self.more_breaks.push(text);
        } else {
            self.first_break = Some(text);
            self.breaks = true;
        }
        true
    }

    /// Joins the gap to a text: a single break becomes a space, of several the first is dropped.
    pub(super) fn fold_into(&mut self, text: &mut String) {
        if !self.breaks {
            text.push_str(&self.blanks);
        } else if self.first_break == Some('\n') && self.more_breaks.is_empty() {
            text.push(' ');
        } else {
            text.extend(self.first_break.filter(|first| *first != '\n'));
            text.push_str(&self.more_breaks);
        }
        *self = Self::default();
    }
}

impl Scanner<'_> {
    pub(super) fn plain_scalar(&mut self) -> Result<(), Refusal> {
        self.save_candidate()?;
        self.key_allowed = false;
        let least_column = self.indent.map_or(0, |indent| indent + 1);
        let start = self.cursor.mark;
        let mut end = start;
        let mut text = String::new();
        let mut gap = Gap::default();
        while !self.cursor.at_document_indicator() && self.cursor.peek(0) != b'#' {
            let word = self.cursor.mark.byte;
            while !self.ends_plain() {
                self.cursor.skip();
            }
            if self.cursor.mark.byte > word {
                gap.fold_into(&mut text);
                text.push_str(self.cursor.since(word));
                end = self.cursor.mark;
            }
            let mut moved = false;
            loop {
                let indentation = gap.breaks && self.cursor.mark.column < least_column;
                if indentation && self.cursor.peek(0) == b'\t' {
                    return Err(self.cursor.refuse("a tab stands where indentation wants spaces"));
                }
                if !gap.take(&mut self.cursor) {
                    break;
                }
                moved = true;
            }
            if !moved || (!self.in_flow() && self.cursor.mark.column < least_column) {
                break;
            }
        }
        self.key_allowed |= gap.breaks;
        self.tokens.push_back(super::Token {
            kind: TokenKind::Scalar { text, plain: true },
            span: crate::yaml::Span {
                start: start.byte,
                end: end.byte,
            },
        });
        Ok(())
    }

    fn ends_plain(&self) -> bool {
        let next = self.cursor.peek(0);
        self.cursor.is_blank_or_end(0)
            || (next == b':' && self.cursor.is_blank_or_end(1))
            || (self.in_flow() && b",?[]{}".contains(&next))
    }
}
