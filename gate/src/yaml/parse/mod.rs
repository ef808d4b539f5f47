//! From tokens to the raw tree, by the grammar of YAML 1.1.

mod block;
mod flow;

use std::collections::HashMap;

use super::raw::{RawDocument, RawId, RawKind, RawNode, RawScalar, Refusal};
use super::scan::{Scanner, TagToken, Token, TokenKind};
use super::{Limits, Span};

/// Parses the first document of a part of a text, as kubectl does; what may follow it there is not looked at.
pub(super) fn parse(text: &str, part: Span, limits: &Limits) -> Result<RawDocument, Refusal> {
    let mut parser = Parser {
        scanner: Scanner::new(text, part),
        nodes: Vec::new(),
        anchors: HashMap::new(),
        depth: 0,
        limits,
    };
    let root = parser.document()?;
    let next = parser.scanner.peek()?;
    let end = match next.kind {
        TokenKind::DocumentEnd => next.span.end,
        TokenKind::StreamEnd => part.end,
        _ => next.span.start,
    };
    Ok(RawDocument {
        nodes: parser.nodes,
        root,
        end,
    })
}

/// Where a node stands: what may begin there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Context {
    Flow,
    Block,
    /// A key or value of a block mapping: a sequence may stand at the column of its key.
    BlockEntry,
}

/// A sequence or mapping, and its end where a sign of its own ends it.
type Collection = (RawKind, Option<usize>);

/// What can stand before a node.
#[derive(Debug, Default)]
struct Properties {
    anchor: Option<String>,
    tag: Option<String>,
    span: Option<Span>,
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    nodes: Vec<RawNode>,
    anchors: HashMap<String, RawId>,
    depth: usize,
    limits: &'a Limits,
}

impl Parser<'_> {
    fn document(&mut self) -> Result<Option<RawId>, Refusal> {
        if self.next_is(&[TokenKind::DocumentStart])? {
            self.scanner.take()?;
            if self.next_is(&[TokenKind::DocumentStart, TokenKind::DocumentEnd])? {
                return Ok(None);
            }
        }
        if self.next_is(&[TokenKind::StreamEnd])? {
            return Ok(None);
        }
        self.node(Context::Block).map(Some)
    }

    fn next_is(&mut self, kinds: &[TokenKind]) -> Result<bool, Refusal> {
        Ok(kinds.contains(&self.scanner.peek()?.kind))
    }

    /// Takes the next token if it is of a kind.
    fn take_if(&mut self, kind: &TokenKind) -> Result<Option<Token>, Refusal> {
        if self.scanner.peek()?.kind == *kind {
            self.scanner.take().map(Some)
        } else {
            Ok(None)
        }
    }

    fn add(&mut self, kind: RawKind, span: Span) -> RawId {
        self.nodes.push(RawNode { kind, span });
        self.nodes.len() - 1
    }

    /// A null that is not written.
    fn nothing(&mut self, at: usize) -> RawId {
        let scalar = RawScalar {
            text: String::new(),
            implicit: true,
            tag: None,
        };
        self.add(RawKind::Scalar(scalar), Span { start: at, end: at })
    }

    fn node(&mut self, context: Context) -> Result<RawId, Refusal> {
        if let TokenKind::Alias(_) = self.scanner.peek()?.kind {
            return self.alias();
        }
        let properties = self.properties()?;
        let next = self.scanner.peek()?;
        let span = next.span;
        let block = context != Context::Flow;
        match next.kind {
            TokenKind::Scalar { .. } => self.written_scalar(properties),
            TokenKind::BlockEntry if context == Context::BlockEntry => {
                self.collection(properties, span, Self::indentless_sequence)
            }
            TokenKind::BlockSequenceStart if block => self.collection(properties, span, Self::block_sequence),
            TokenKind::BlockMappingStart if block => self.collection(properties, span, Self::block_mapping),
            TokenKind::FlowSequenceStart => self.collection(properties, span, Self::flow_sequence),
            TokenKind::FlowMappingStart => self.collection(properties, span, Self::flow_mapping),
            _ => match properties.span {
                Some(before) => Ok(self.scalar(String::new(), true, properties, before)),
                None => Err(Refusal::new(
                    self.scanner.visible(span),
                    "a value is missing here",
                )),
            },
        }
    }

    fn written_scalar(&mut self, properties: Properties) -> Result<RawId, Refusal> {
        let token = self.scanner.take()?;
        match token.kind {
            TokenKind::Scalar { text, plain } => Ok(self.scalar(text, plain, properties, token.span)),
            _ => Err(Refusal::new(token.span, "a value is missing here")),
        }
    }

    fn alias(&mut self) -> Result<RawId, Refusal> {
        let token = self.scanner.take()?;
        let TokenKind::Alias(name) = token.kind else {
            return Err(Refusal::new(token.span, "an alias is missing here"));
        };
        match self.anchors.get(&name) {
            Some(target) => {
                let target = *target;
                Ok(self.add(RawKind::Alias(target), token.span))
            }
            None => Err(Refusal::new(
                token.span,
                format!("the anchor `{name}` does not stand before this alias in the same document"),
            )),
        }
    }

    /// At most one anchor and one tag, in either order.
    fn properties(&mut self) -> Result<Properties, Refusal> {
        let mut properties = Properties::default();
        loop {
            let next = self.scanner.peek()?;
            let span = next.span;
            match &next.kind {
                TokenKind::Anchor(name) if properties.anchor.is_none() => {
                    properties.anchor = Some(name.clone());
                }
                TokenKind::Tag(tag) if properties.tag.is_none() => {
                    properties.tag = Some(whole_tag(tag, span)?);
                }
                _ => return Ok(properties),
            }
            properties.span = Some(span);
            self.scanner.take()?;
        }
    }

    fn scalar(&mut self, text: String, plain: bool, properties: Properties, span: Span) -> RawId {
        let implicit = match properties.tag.as_deref() {
            None => plain,
            Some(tag) => tag == "!",
        };
        let scalar = RawScalar {
            text,
            implicit,
            tag: properties.tag,
        };
        let id = self.add(RawKind::Scalar(scalar), span);
        self.name(properties.anchor, id);
        id
    }

    fn name(&mut self, anchor: Option<String>, id: RawId) {
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, id);
        }
    }

    /// A sequence or mapping: it gets its name before its children, so that an alias inside is found out.
    fn collection(
        &mut self,
        properties: Properties,
        span: Span,
        read: fn(&mut Self) -> Result<Collection, Refusal>,
    ) -> Result<RawId, Refusal> {
        self.depth += 1;
        if self.depth > self.limits.depth {
            let message = format!(
                "the document is nested more than {} levels deep",
                self.limits.depth
            );
            return Err(Refusal::new(span, message));
        }
        let id = self.add(RawKind::Sequence(Vec::new()), span);
        self.name(properties.anchor, id);
        let (kind, end) = read(self)?;
        let last = match &kind {
            RawKind::Sequence(items) => items.last(),
            RawKind::Mapping(entries) => entries.last().map(|(_, value)| value),
            RawKind::Scalar(_) | RawKind::Alias(_) => None,
        };
        let end = end.or_else(|| last.map(|last| self.nodes[*last].span.end));
        let node = &mut self.nodes[id];
        node.kind = kind;
        node.span.end = end.unwrap_or(span.end).max(span.start);
        self.depth -= 1;
        Ok(id)
    }

    fn unexpected(&mut self, message: &str) -> Refusal {
        match self.scanner.peek().map(|token| token.span) {
            Ok(span) => Refusal::new(self.scanner.visible(span), message),
            Err(refusal) => refusal,
        }
    }
}

/// The whole name of a tag.
fn whole_tag(tag: &TagToken, span: Span) -> Result<String, Refusal> {
    match tag.handle.as_str() {
        "" => Ok(tag.suffix.clone()),
        "!" => Ok(format!("!{}", tag.suffix)),
        "!!" => Ok(format!("tag:yaml.org,2002:{}", tag.suffix)),
        handle => Err(Refusal::new(
            span,
            format!("nothing declares the tag handle `{handle}`"),
        )),
    }
}
