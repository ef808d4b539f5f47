//! Collections in brackets and braces.

use super::{Collection, Context, Parser, Properties};
use crate::yaml::raw::{RawId, RawKind, Refusal};
use crate::yaml::scan::TokenKind;

impl Parser<'_> {
    pub(super) fn flow_sequence(&mut self) -> Result<Collection, Refusal> {
        self.scanner.take()?;
        let mut items = Vec::new();
        loop {
            if let Some(end) = self.take_if(&TokenKind::FlowSequenceEnd)? {
                return Ok((RawKind::Sequence(items), Some(end.span.end)));
            }
            if !items.is_empty() {
                if self.take_if(&TokenKind::FlowEntry)?.is_none() {
                    return Err(self.unexpected("`,` or `]` must stand here"));
                }
                if let Some(end) = self.take_if(&TokenKind::FlowSequenceEnd)? {
                    return Ok((RawKind::Sequence(items), Some(end.span.end)));
                }
            }
            let next = self.scanner.peek()?;
            let (key, span) = (next.kind == TokenKind::Key, next.span);
            items.push(if key {
                self.collection(Properties::default(), span, Self::single_pair)?
            } else {
                self.node(Context::Flow)?
            });
        }
    }

    /// A mapping of one entry in a flow sequence.
    fn single_pair(&mut self) -> Result<Collection, Refusal> {
        let start = self.scanner.take()?.span;
        // kubectl's reader swallows the token that stands where the key is missing.
        let missing = [TokenKind::Value, TokenKind::FlowEntry, TokenKind::FlowSequenceEnd];
        let key = if self.next_is(&missing)? {
            self.scanner.take()?;
            self.nothing(start.end)
        } else {
            self.node(Context::Flow)?
        };
        let value = self.flow_value(self.nodes[key].span.end, &TokenKind::FlowSequenceEnd)?;
        Ok((RawKind::Mapping(vec![(key, value)]), None))
    }

    fn flow_value(&mut self, at: usize, close: &TokenKind) -> Result<RawId, Refusal> {
        let Some(colon) = self.take_if(&TokenKind::Value)? else {
            return Ok(self.nothing(at));
        };
        if self.next_is(&[TokenKind::FlowEntry, close.clone()])? {
            Ok(self.nothing(colon.span.end))
        } else {
            self.node(Context::Flow)
        }
    }

    pub(super) fn flow_mapping(&mut self) -> Result<Collection, Refusal> {
        self.scanner.take()?;
        let close = TokenKind::FlowMappingEnd;
        let mut entries = Vec::new();
        loop {
            if let Some(end) = self.take_if(&close)? {
                return Ok((RawKind::Mapping(entries), Some(end.span.end)));
            }
            if !entries.is_empty() {
                if self.take_if(&TokenKind::FlowEntry)?.is_none() {
                    return Err(self.unexpected("`,` or `}` must stand here"));
                }
                if let Some(end) = self.take_if(&close)? {
                    return Ok((RawKind::Mapping(entries), Some(end.span.end)));
                }
            }
            entries.push(self.flow_pair(&close)?);
        }
    }

    fn flow_pair(&mut self, close: &TokenKind) -> Result<(RawId, RawId), Refusal> {
        let Some(start) = self.take_if(&TokenKind::Key)? else {
            let key = self.node(Context::Flow)?;
            let value = self.nothing(self.nodes[key].span.end);
            return Ok((key, value));
        };
        let empty = self.next_is(&[TokenKind::Value, TokenKind::FlowEntry, close.clone()])?;
        let key = if empty {
            self.nothing(start.span.end)
        } else {
            self.node(Context::Flow)?
        };
        let value = self.flow_value(self.nodes[key].span.end, close)?;
        Ok((key, value))
    }
}
