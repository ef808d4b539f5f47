//! Collections that indentation holds together.

use super::{Collection, Context, Parser};
use crate::yaml::raw::{RawId, RawKind, Refusal};
use crate::yaml::scan::TokenKind;

impl Parser<'_> {
    pub(super) fn block_sequence(&mut self) -> Result<Collection, Refusal> {
        self.scanner.take()?;
        let mut items = Vec::new();
        while let Some(entry) = self.take_if(&TokenKind::BlockEntry)? {
            let empty = self.next_is(&[TokenKind::BlockEntry, TokenKind::BlockEnd])?;
            items.push(if empty {
                self.nothing(entry.span.end)
            } else {
                self.node(Context::Block)?
            });
        }
        if self.take_if(&TokenKind::BlockEnd)?.is_none() {
            return Err(self.unexpected(
                "an item of the sequence must begin here with `- `, or the indentation is wrong",
            ));
        }
        Ok((RawKind::Sequence(items), None))
    }

    /// A sequence that stands at the column of its key.
    pub(super) fn indentless_sequence(&mut self) -> Result<Collection, Refusal> {
        let mut items = Vec::new();
        while let Some(entry) = self.take_if(&TokenKind::BlockEntry)? {
            let empty = self.next_is(&[
                TokenKind::BlockEntry,
                TokenKind::Key,
                TokenKind::Value,
                TokenKind::BlockEnd,
            ])?;
            items.push(if empty {
                self.nothing(entry.span.end)
            } else {
                self.node(Context::Block)?
            });
        }
        Ok((RawKind::Sequence(items), None))
    }

    pub(super) fn block_mapping(&mut self) -> Result<Collection, Refusal> {
        self.scanner.take()?;
        let mut entries = Vec::new();
        while let Some(key) = self.take_if(&TokenKind::Key)? {
            let key = self.block_entry(key.span.end)?;
            let value = match self.take_if(&TokenKind::Value)? {
                Some(colon) => self.block_entry(colon.span.end)?,
                None => self.nothing(self.nodes[key].span.end),
            };
            entries.push((key, value));
        }
        if self.take_if(&TokenKind::BlockEnd)?.is_none() {
            return Err(self.unexpected("a key of the mapping must begin here, or the indentation is wrong"));
        }
        Ok((RawKind::Mapping(entries), None))
    }

    fn block_entry(&mut self, at: usize) -> Result<RawId, Refusal> {
        if self.next_is(&[TokenKind::Key, TokenKind::Value, TokenKind::BlockEnd])? {
            Ok(self.nothing(at))
        } else {
            self.node(Context::BlockEntry)
        }
    }
}
