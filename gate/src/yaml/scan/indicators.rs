//! The tokens that are signs: they open, close and join.

use super::{Scanner, TokenKind};
use crate::yaml::raw::Refusal;

impl Scanner<'_> {
    pub(super) fn stream_end(&mut self) -> Result<(), Refusal> {
        if self.cursor.mark.column != 0 {
            self.cursor.mark.column = 0;
            self.cursor.mark.line += 1;
        }
        self.close_blocks(None);
        self.drop_candidate()?;
        self.key_allowed = false;
        self.push(TokenKind::StreamEnd, self.cursor.mark);
        Ok(())
    }

    pub(super) fn document_indicator(&mut self) -> Result<(), Refusal> {
        self.close_blocks(None);
        self.drop_candidate()?;
        self.key_allowed = false;
        let kind = if self.cursor.peek(0) == b'-' {
            TokenKind::DocumentStart
        } else {
            TokenKind::DocumentEnd
        };
        let start = self.cursor.mark;
        for _ in 0..3 {
            self.cursor.skip();
        }
        self.push(kind, start);
        Ok(())
    }

    pub(super) fn open_flow(&mut self) -> Result<(), Refusal> {
        self.save_candidate()?;
        self.candidates.push(None);
        self.key_allowed = true;
        let kind = if self.cursor.peek(0) == b'[' {
            TokenKind::FlowSequenceStart
        } else {
            TokenKind::FlowMappingStart
        };
        self.sign(kind);
        Ok(())
    }

    pub(super) fn close_flow(&mut self) -> Result<(), Refusal> {
        self.drop_candidate()?;
        if self.in_flow() {
            self.candidates.pop();
        }
        self.key_allowed = false;
        let kind = if self.cursor.peek(0) == b']' {
            TokenKind::FlowSequenceEnd
        } else {
            TokenKind::FlowMappingEnd
        };
        self.sign(kind);
        Ok(())
    }

    pub(super) fn flow_entry(&mut self) -> Result<(), Refusal> {
        self.drop_candidate()?;
        self.key_allowed = true;
        self.sign(TokenKind::FlowEntry);
        Ok(())
    }

    pub(super) fn block_entry(&mut self) -> Result<(), Refusal> {
        if !self.in_flow() {
            if !self.key_allowed {
                return Err(self.cursor.refuse("an item of a sequence cannot begin here"));
            }
            self.open_block(TokenKind::BlockSequenceStart, self.cursor.mark, None);
        }
        self.drop_candidate()?;
        self.key_allowed = true;
        self.sign(TokenKind::BlockEntry);
        Ok(())
    }

    pub(super) fn explicit_key(&mut self) -> Result<(), Refusal> {
        if !self.in_flow() {
            if !self.key_allowed {
                return Err(self.cursor.refuse("a key cannot begin here"));
            }
            self.open_block(TokenKind::BlockMappingStart, self.cursor.mark, None);
        }
        self.drop_candidate()?;
        self.key_allowed = !self.in_flow();
        self.sign(TokenKind::Key);
        Ok(())
    }

    /// A colon: what began at the candidate is a key now.
    pub(super) fn value(&mut self) -> Result<(), Refusal> {
        let level = self.candidates.len() - 1;
        if let Some(candidate) = self.live_candidate(level)? {
            let place = candidate.token.saturating_sub(self.given);
            let key = super::Token::empty(TokenKind::Key, candidate.mark);
            self.tokens.insert(place, key);
            self.open_block(
                TokenKind::BlockMappingStart,
                candidate.mark,
                Some(candidate.token),
            );
            self.candidates[level] = None;
            self.key_allowed = false;
        } else {
            if !self.in_flow() {
                if !self.key_allowed {
                    return Err(self
                        .cursor
                        .refuse("a value cannot begin here: a text with `: ` in it wants quotes"));
                }
                self.open_block(TokenKind::BlockMappingStart, self.cursor.mark, None);
            }
            self.key_allowed = !self.in_flow();
        }
        self.sign(TokenKind::Value);
        Ok(())
    }

    /// A token of one character.
    fn sign(&mut self, kind: TokenKind) {
        let start = self.cursor.mark;
        self.cursor.skip();
        self.push(kind, start);
    }
}
