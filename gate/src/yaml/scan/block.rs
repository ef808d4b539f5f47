//! Scalars in blocks: literal ones after `|` and folded ones after `>`.

use super::{Mark, Scanner, Token, TokenKind};
use crate::yaml::Span;
use crate::yaml::raw::Refusal;

/// What becomes of the breaks at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chomp {
    Strip,
    Clip,
    Keep,
}

/// What stands after the sign of a block scalar.
#[derive(Debug)]
struct Header {
    chomp: Chomp,
    /// How many columns deeper than its parent the text stands; where zero, the first line decides.
    increment: usize,
}

impl Scanner<'_> {
    pub(super) fn block_scalar(&mut self) -> Result<(), Refusal> {
        self.drop_candidate()?;
        self.key_allowed = true;
        let start = self.cursor.mark;
        let folded = self.cursor.peek(0) == b'>';
        self.cursor.skip();
        let header = self.block_header()?;
        let mut end = self.cursor.mark.byte;
        self.cursor.take_break();
        let mut column = match header.increment {
            0 => None,
            increment => Some(self.indent.unwrap_or(0) + increment),
        };
        let mut text = String::new();
        let mut last_break = None;
        let mut empty_lines = self.empty_lines(&mut column)?;
        let mut after_blank = false;
        while column == Some(self.cursor.mark.column) && !self.cursor.at_end() {
            let blank = self.cursor.is_blank(0);
            if folded && !after_blank && !blank && last_break == Some('\n') {
                if empty_lines.is_empty() {
                    text.push(' ');
                }
            } else {
                text.extend(last_break);
            }
            text.push_str(&empty_lines);
            after_blank = blank;
            let line = self.cursor.mark.byte;
            self.cursor.skip_to_break();
            text.push_str(self.cursor.since(line));
            end = self.cursor.mark.byte;
            last_break = self.cursor.take_break().map(|found| found.text);
            empty_lines = self.empty_lines(&mut column)?;
        }
        if header.chomp != Chomp::Strip {
            text.extend(last_break);
        }
        if header.chomp == Chomp::Keep {
            text.push_str(&empty_lines);
        }
        let start = start.byte;
        self.tokens.push_back(Token {
            kind: TokenKind::Scalar { text, plain: false },
            span: Span { start, end },
        });
        Ok(())
    }

    /// The signs after `|` or `>`, up to the end of the line.
    fn block_header(&mut self) -> Result<Header, Refusal> {
        let mut chomp = None;
        let mut increment = None;
        for _ in 0..2 {
            match self.cursor.peek(0) {
                b'+' if chomp.is_none() => chomp = Some(Chomp::Keep),
                b'-' if chomp.is_none() => chomp = Some(Chomp::Strip),
                b'0' if increment.is_none() => {
                    return Err(self
                        .cursor
                        .refuse("the indentation of a block of text cannot be 0"));
                }
                digit @ b'1'..=b'9' if increment.is_none() => increment = Some(usize::from(digit - b'0')),
                _ => break,
            }
            self.cursor.skip();
        }
        self.cursor.skip_blanks();
        self.cursor.skip_comment();
        if !self.cursor.is_break_or_end(0) {
            let message = "only `+`, `-`, a digit and a comment can follow the sign of a block of text";
            return Err(self.cursor.refuse(message));
        }
        Ok(Header {
            chomp: chomp.unwrap_or(Chomp::Clip),
            increment: increment.unwrap_or(0),
        })
    }

    /// Moves over empty lines and the indentation of the next one, whose column decides where none is given.
    fn empty_lines(&mut self, column: &mut Option<usize>) -> Result<String, Refusal> {
        let mut breaks = String::new();
        let mut deepest = 0;
        loop {
            let indentation = |mark: Mark| column.is_none_or(|column| mark.column < column);
            while indentation(self.cursor.mark) && self.cursor.peek(0) == b' ' {
                self.cursor.skip();
            }
            deepest = deepest.max(self.cursor.mark.column);
            if indentation(self.cursor.mark) && self.cursor.peek(0) == b'\t' {
                return Err(self.cursor.refuse("a tab stands where indentation wants spaces"));
            }
            match self.cursor.take_break() {
                Some(found) => breaks.push(found.text),
                None => break,
            }
        }
        if column.is_none() {
            let least = self.indent.map_or(0, |indent| indent + 1);
            *column = Some(deepest.max(least).max(1));
        }
        Ok(breaks)
    }
}
