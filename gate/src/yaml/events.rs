//! From parser events to the raw tree.

use granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, Tag, options};

use super::raw::{RawDocument, RawId, RawKind, RawNode, RawScalar, Refusal};
use super::{Limits, Span};

/// Parses the first document of a piece of text. Spans count from `offset`.
pub(super) fn parse(piece: &str, offset: usize, limits: &Limits) -> Result<RawDocument, Refusal> {
    let mut builder = Builder {
        document: RawDocument::default(),
        open: Vec::new(),
        anchors: Vec::new(),
        offset,
    };
    for event in Parser::new_from_str_with_options(piece, parser_options(limits)) {
        let (event, span) = event.map_err(|error| refusal(&error, offset))?;
        let range = span.byte_range().unwrap_or_default();
        let span = Span {
            start: range.start + offset,
            end: range.end + offset,
        };
        if !builder.take(event, span) {
            break;
        }
    }
    Ok(builder.document)
}

fn parser_options(limits: &Limits) -> Options {
    options! {
        emit_comments: false,
        flow_nesting_limit: limits.depth,
        block_nesting_limit: limits.depth,
        block_scalar_eof_without_line_feed: false,
        disallow_directives: true,
        bom_inside_document_as_content: true,
    }
}

fn refusal(error: &ScanError, offset: usize) -> Refusal {
    let at = offset + error.marker().byte_offset().unwrap_or(0);
    Refusal::new(Span { start: at, end: at }, error.info())
}

struct Open {
    id: RawId,
    key: Option<RawId>,
}

struct Builder {
    document: RawDocument,
    open: Vec<Open>,
    anchors: Vec<(usize, RawId)>,
    offset: usize,
}

impl Builder {
    /// Takes one event; false after the end of the first document.
    fn take(&mut self, event: Event<'_>, span: Span) -> bool {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let scalar = scalar(text.into_owned(), style, tag.as_deref());
                self.add(RawKind::Scalar(scalar), span, anchor);
            }
            Event::SequenceStart(_, anchor, _) => self.begin(RawKind::Sequence(Vec::new()), span, anchor),
            Event::MappingStart(_, anchor, _) => self.begin(RawKind::Mapping(Vec::new()), span, anchor),
            Event::SequenceEnd | Event::MappingEnd => self.finish(span),
            Event::Alias(anchor) => {
                let target = self.anchors.iter().rev().find(|(id, _)| *id == anchor);
                if let Some((_, target)) = target {
                    self.add(RawKind::Alias(*target), span, 0);
                }
            }
            Event::DocumentEnd => {
                self.document.end = span.end.max(self.offset);
                return false;
            }
            _ => {}
        }
        true
    }

    fn add(&mut self, kind: RawKind, span: Span, anchor: usize) -> RawId {
        let id = self.document.nodes.len();
        self.document.nodes.push(RawNode { kind, span });
        if anchor != 0 {
            self.anchors.push((anchor, id));
        }
        let Some(open) = self.open.last_mut() else {
            self.document.root = Some(id);
            return id;
        };
        match &mut self.document.nodes[open.id].kind {
            RawKind::Sequence(items) => items.push(id),
            RawKind::Mapping(entries) => match open.key.take() {
                Some(key) => entries.push((key, id)),
                None => open.key = Some(id),
            },
            RawKind::Scalar(_) | RawKind::Alias(_) => {}
        }
        id
    }

    fn begin(&mut self, kind: RawKind, span: Span, anchor: usize) {
        let id = self.add(kind, span, anchor);
        self.open.push(Open { id, key: None });
    }

    fn finish(&mut self, span: Span) {
        let Some(open) = self.open.pop() else { return };
        let last = match &self.document.nodes[open.id].kind {
            RawKind::Sequence(items) => items.last().copied(),
            RawKind::Mapping(entries) => entries.last().map(|(_, value)| *value),
            RawKind::Scalar(_) | RawKind::Alias(_) => None,
        };
        let children_end = last.map_or(span.start, |last| self.document.nodes[last].span.end);
        let end = if span.end > span.start {
            span.end
        } else {
            children_end
        };
        let node = &mut self.document.nodes[open.id];
        node.span.end = end.max(node.span.start);
    }
}

fn scalar(text: String, style: ScalarStyle, tag: Option<&Tag>) -> RawScalar {
    let tag = tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix()));
    match tag.as_deref() {
        None => RawScalar {
            text,
            implicit: style == ScalarStyle::Plain,
            tag: None,
        },
        Some("!") => RawScalar {
            text,
            implicit: true,
            tag: None,
        },
        Some(_) => RawScalar {
            text,
            implicit: false,
            tag,
        },
    }
}
