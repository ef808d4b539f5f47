//! From text to tokens, by the rules of YAML 1.1 as kubectl's reader knows them.
//!
//! Two things make YAML hard to cut into words. Indentation opens and closes collections, so that a line can end
//! several of them. And a key is known as one only at its colon: until then the scanner keeps the place where a key
//! may have begun, and puts its tokens in there afterwards.

mod block;
mod cursor;
mod indicators;
mod plain;
mod properties;
mod quoted;
mod token;

use std::collections::VecDeque;

pub(super) use cursor::Mark;
pub(super) use token::{TagToken, Token, TokenKind};

use self::cursor::Cursor;
use super::Span;
use super::raw::Refusal;

/// A key without `?` stands on one line and ends within so many characters.
const LONGEST_KEY: usize = 1024;

/// Said where a caller asks for more than the token at the end.
const AFTER_END: &str = "the text ends here";

/// A place where a key may have begun; there is at most one in each open flow collection and one outside.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    mark: Mark,
    /// The number of the token that would be the key.
    token: usize,
    /// Nothing but a key can stand there.
    required: bool,
}

/// Gives the tokens of one piece of text.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    cursor: Cursor<'a>,
    tokens: VecDeque<Token>,
    /// How many tokens were given out.
    given: usize,
    /// The columns of the open block collections, outermost first; the current one is in `indent`.
    indents: Vec<Option<usize>>,
    indent: Option<usize>,
    /// One for the block context and one for each open flow collection.
    candidates: Vec<Option<Candidate>>,
    key_allowed: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, part: Span) -> Self {
        Self {
            cursor: Cursor::new(text, part),
            tokens: VecDeque::new(),
            given: 0,
            indents: Vec::new(),
            indent: None,
            candidates: vec![None],
            key_allowed: true,
        }
    }

    /// Looks at the next token.
    pub(super) fn peek(&mut self) -> Result<&Token, Refusal> {
        while self.needs_more()? {
            self.fetch()?;
        }
        match self.tokens.front() {
            Some(token) => Ok(token),
            None => Err(self.cursor.refuse(AFTER_END)),
        }
    }

    /// Takes the next token.
    pub(super) fn take(&mut self) -> Result<Token, Refusal> {
        self.peek()?;
        self.given += 1;
        self.tokens
            .pop_front()
            .ok_or_else(|| self.cursor.refuse(AFTER_END))
    }

    /// A place that people can see: the rest of the line where nothing else has width.
    pub(super) fn visible(&self, span: Span) -> Span {
        if span.start < span.end {
            return span;
        }
        let mut line = self.cursor.clone();
        line.mark.byte = span.start;
        line.skip_to_break();
        Span {
            start: span.start,
            end: line.mark.byte,
        }
    }

    /// Is more text needed to know the next token? It may still become a key.
    fn needs_more(&mut self) -> Result<bool, Refusal> {
        if self.tokens.is_empty() {
            return Ok(true);
        }
        let head = self.given;
        let level = self
            .candidates
            .iter()
            .position(|candidate| candidate.is_some_and(|candidate| candidate.token == head));
        match level {
            Some(level) => Ok(self.live_candidate(level)?.is_some()),
            None => Ok(false),
        }
    }

    fn in_flow(&self) -> bool {
        self.candidates.len() > 1
    }

    fn push(&mut self, kind: TokenKind, start: Mark) {
        let span = self.cursor.span_since(start);
        self.tokens.push_back(Token { kind, span });
    }

    /// Scans the next token and whatever it implies into the queue.
    fn fetch(&mut self) -> Result<(), Refusal> {
        self.skip_to_token();
        self.close_blocks(Some(self.cursor.mark.column));
        let next = self.cursor.peek(0);
        let blank_after = self.cursor.is_blank_or_end(1);
        let in_flow = self.in_flow();
        match next {
            _ if self.cursor.at_end() => self.stream_end(),
            b'%' if self.cursor.mark.column == 0 => Err(self.directive()),
            b'-' | b'.' if self.cursor.at_document_indicator() => self.document_indicator(),
            b'[' | b'{' => self.open_flow(),
            b']' | b'}' => self.close_flow(),
            b',' => self.flow_entry(),
            b'-' if blank_after => self.block_entry(),
            b'?' if in_flow || blank_after => self.explicit_key(),
            b':' if in_flow || blank_after => self.value(),
            b'*' | b'&' => self.anchor(),
            b'!' => self.tag(),
            b'|' | b'>' if !in_flow => self.block_scalar(),
            b'\'' | b'"' => self.quoted_scalar(),
            b'#' | b'%' | b'@' | b'`' | b'|' | b'>' | b'\t' => Err(self.no_token()),
            _ => self.plain_scalar(),
        }
    }

    fn no_token(&self) -> Refusal {
        if self.cursor.peek(0) == b'\t' {
            return self.cursor.refuse("a tab stands where indentation wants spaces");
        }
        let found = char::from(self.cursor.peek(0));
        self.cursor
            .refuse(format!("nothing can begin with `{found}` here: quote the text"))
    }

    fn directive(&self) -> Refusal {
        self.cursor
            .refuse("kubectl does not take directives: a line cannot begin with `%`")
    }

    /// Moves over blanks, comments and breaks. A tab does not count as a blank where a key may begin.
    fn skip_to_token(&mut self) {
        loop {
            let tabs = self.in_flow() || !self.key_allowed;
            while self.cursor.peek(0) == b' ' || (tabs && self.cursor.peek(0) == b'\t') {
                self.cursor.skip();
            }
            self.cursor.skip_comment();
            if self.cursor.take_break().is_none() {
                return;
            }
            self.key_allowed |= !self.in_flow();
        }
    }

    /// Opens a block collection where its first token is indented deeper than the one around it. `number` is the
    /// token before which it begins, by default the next one.
    fn open_block(&mut self, kind: TokenKind, at: Mark, number: Option<usize>) {
        if self.in_flow() || self.indent.is_some_and(|indent| indent >= at.column) {
            return;
        }
        self.indents.push(self.indent);
        self.indent = Some(at.column);
        let place = number.map_or(self.tokens.len(), |number| number.saturating_sub(self.given));
        self.tokens.insert(place, Token::empty(kind, at));
    }

    /// Closes the block collections that are indented deeper than a column; all of them without one.
    fn close_blocks(&mut self, column: Option<usize>) {
        while !self.in_flow() && self.indent > column {
            self.tokens
                .push_back(Token::empty(TokenKind::BlockEnd, self.cursor.mark));
            self.indent = self.indents.pop().flatten();
        }
    }

    /// Remembers that a key may begin here.
    fn save_candidate(&mut self) -> Result<(), Refusal> {
        if !self.key_allowed {
            return Ok(());
        }
        self.drop_candidate()?;
        let mark = self.cursor.mark;
        let candidate = Candidate {
            mark,
            token: self.given + self.tokens.len(),
            required: !self.in_flow() && self.indent == Some(mark.column),
        };
        if let Some(slot) = self.candidates.last_mut() {
            *slot = Some(candidate);
        }
        Ok(())
    }

    /// Gives up the candidate of the innermost level.
    fn drop_candidate(&mut self) -> Result<(), Refusal> {
        match self.candidates.last_mut().and_then(Option::take) {
            Some(candidate) if candidate.required => Err(self.missing_colon(candidate)),
            _ => Ok(()),
        }
    }

    /// The candidate of a level, as long as its colon can still come.
    fn live_candidate(&mut self, level: usize) -> Result<Option<Candidate>, Refusal> {
        let Some(candidate) = self.candidates[level] else {
            return Ok(None);
        };
        let here = self.cursor.mark;
        if candidate.mark.line == here.line && here.column - candidate.mark.column <= LONGEST_KEY {
            return Ok(Some(candidate));
        }
        if candidate.required {
            return Err(self.missing_colon(candidate));
        }
        self.candidates[level] = None;
        Ok(None)
    }

    fn missing_colon(&self, candidate: Candidate) -> Refusal {
        let mut line = self.cursor.clone();
        line.mark = candidate.mark;
        line.skip_to_break();
        let length = line.mark.column - candidate.mark.column;
        let message = if length > LONGEST_KEY {
            format!("a key must end with `:` within {LONGEST_KEY} characters")
        } else {
            "a key must stand here, with `:` after it on the same line".to_owned()
        };
        line.refuse_since(candidate.mark, message)
    }
}
