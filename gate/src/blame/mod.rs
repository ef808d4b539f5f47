//! From a field of a rendered object to the place that a person would edit.
//!
//! Gate reads the kustomization itself: it takes each object from its file and lets every step (patches, `images:`,
//! `replicas:`, labels …) work on a tree in which each value knows its place. Nothing of that is judged; it is compared
//! with what kustomize rendered. Where both agree on a value, its place is certain (*exact*); where they do not, because
//! some step is not followed here, the last known place is *nearest*.
//!
//! Followed: resources, bases, components, generators, strategic-merge and JSON 6902 patches, `images`, `replicas`,
//! `labels`, `commonLabels`, `commonAnnotations`, `namespace`, `namePrefix`, `nameSuffix`. Not followed: `replacements`,
//! `vars`, the configuration of transformers, names that change because another object's name does.

mod excerpt;
mod generate;
mod images;
mod json_patch;
mod lookup;
mod matching;
mod merge;
mod pipeline;
#[cfg(test)]
mod tests;
mod traced;
mod transform;

use std::cell::OnceCell;

use crate::finding::{Certainty, IntroducedBy, IntroductionKind, Location, RelatedLocation, RenderedPlace};
use crate::render::{Rendered, Source, locate};
use crate::yaml::{FieldPath, LineIndex, Node, Segment, Span};

use lookup::Found;
use pipeline::Object;
use traced::Place;

/// Where a field comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Blame {
    /// Where to edit; none only where the object is unknown, as one that was fetched from the network.
    pub location: Option<Location>,
    /// Where it stands in the render.
    pub rendered: Option<RenderedPlace>,
    /// What made it so.
    pub introduced_by: Option<IntroducedBy>,
    /// Earlier places that it replaced.
    pub related: Vec<RelatedLocation>,
}

/// Answers where the fields of one render come from.
#[derive(Debug)]
pub struct Blamer<'a> {
    rendered: &'a Rendered,
    /// Lines of the render.
    lines: LineIndex<'a>,
    /// Lines of a plain file as it is committed.
    plain_lines: OnceCell<LineIndex<'a>>,
    /// Lines of the files of the kustomization, as far as they were needed.
    file_lines: Vec<OnceCell<LineIndex<'a>>>,
    objects: Vec<Object>,
    /// By document of the render, the object that it comes from, and whether kustomize agrees on its origin.
    origins: Vec<Option<(usize, bool)>>,
}

impl<'a> Blamer<'a> {
    /// Follows the objects of a render from their files on.
    pub fn new(rendered: &'a Rendered) -> Self {
        let (objects, origins, files) = match &rendered.source {
            Source::Plain => (Vec::new(), Vec::new(), 0),
            Source::Kustomization(tree) => {
                let objects = pipeline::objects(tree);
                let origins = matching::origins(rendered, tree, &objects);
                (objects, origins, tree.files.len())
            }
        };
        Self {
            rendered,
            lines: LineIndex::new(&rendered.stream.text),
            plain_lines: OnceCell::new(),
            file_lines: (0..files).map(|_| OnceCell::new()).collect(),
            objects,
            origins,
        }
    }

    /// Where a field of a document comes from. A path that does not exist means that something is missing there: then it
    /// is the patch that removed it, else the innermost part that exists.
    pub fn blame(&self, document: usize, path: &FieldPath) -> Blame {
        let Some(root) = self
            .rendered
            .stream
            .documents
            .get(document)
            .map(|found| found.root())
        else {
            return Blame {
                location: None,
                rendered: None,
                introduced_by: None,
                related: Vec::new(),
            };
        };
        if matches!(self.rendered.source, Source::Plain) {
            return self.plain(root, path);
        }
        let blame = Blame {
            location: None,
            rendered: Some(self.rendered_place(root, path)),
            introduced_by: None,
            related: Vec::new(),
        };
        let origin = self.origins.get(document).copied().flatten();
        let object = origin.and_then(|(number, agreed)| Some((self.objects.get(number)?, agreed)));
        match object {
            Some((object, agreed)) => self.explained(blame, &lookup::find(&object.tree, root, path), agreed),
            None => blame,
        }
    }

    /// A file is its own origin.
    fn plain(&self, root: Node<'_>, path: &FieldPath) -> Blame {
        let span = visible_span(root, path);
        let lines = self
            .plain_lines
            .get_or_init(|| LineIndex::new(self.rendered.text()));
        let span = self.rendered.committed_span(span);
        let location = locate(&self.rendered.name, lines, span, Certainty::Exact);
        Blame {
            introduced_by: Some(IntroducedBy {
                file: location.file.clone(),
                line: location.line,
                kind: IntroductionKind::Base,
            }),
            rendered: Some(self.rendered_place(root, path)),
            location: Some(location),
            related: Vec::new(),
        }
    }

    fn rendered_place(&self, root: Node<'_>, path: &FieldPath) -> RenderedPlace {
        let span = visible_span(root, path);
        let position = self.lines.position(span.start);
        RenderedPlace {
            file: self.rendered.name.clone(),
            line: position.line,
            column: position.column,
        }
    }

    fn explained(&self, mut blame: Blame, found: &Found<'_>, agreed: bool) -> Blame {
        let exact = found.exact && agreed && found.place.exact;
        let certainty = if exact {
            Certainty::Exact
        } else {
            Certainty::Nearest
        };
        blame.location = self.locate(&found.place, certainty);
        blame.introduced_by = blame
            .location
            .as_ref()
            .zip(found.kind)
            .map(|(location, kind)| IntroducedBy {
                file: location.file.clone(),
                line: location.line,
                kind,
            });
        let before = found
            .before
            .and_then(|place| self.locate(place, Certainty::Exact));
        blame.related = before
            .into_iter()
            .map(|location| RelatedLocation {
                location,
                label: "it was set here before".to_owned(),
            })
            .collect();
        blame
    }

    fn locate(&self, place: &Place, certainty: Certainty) -> Option<Location> {
        let Source::Kustomization(tree) = &self.rendered.source else {
            return None;
        };
        let file = tree.files.get(place.file)?;
        let lines = self.file_lines.get(place.file)?;
        let lines = lines.get_or_init(|| LineIndex::new(file.text()));
        Some(locate(
            &file.name,
            lines,
            file.committed_span(place.span),
            certainty,
        ))
    }
}

/// What a person looks for in a text: the value of a field, or the key where the value is a whole block; of something
/// missing the innermost part that exists.
fn visible_span(root: Node<'_>, path: &FieldPath) -> Span {
    let mut node = root;
    let mut key = None;
    for segment in path.segments() {
        let next = match segment {
            Segment::Key(name) => node.get(name).map(|value| (value, node.key_span(name))),
            Segment::Index(index) => node.items().nth(*index).map(|value| (value, None)),
            Segment::Absent { .. } => None,
        };
        let Some((value, span)) = next else {
            return block_span(node, key);
        };
        (node, key) = (value, span);
    }
    if node.is_mapping() || node.is_sequence() {
        block_span(node, key)
    } else if node.span().start == node.span().end {
        key.unwrap_or(node.span())
    } else {
        node.span()
    }
}

/// The part of a block that stands for all of it: its key, else its first entry.
fn block_span(node: Node<'_>, key: Option<Span>) -> Span {
    key.unwrap_or_else(|| first_entry(node))
}

fn first_entry(node: Node<'_>) -> Span {
    if let Some((name, value)) = node.entries().next()
        && let Some(key) = node.key_span(name)
    {
        let is_block = value.is_mapping() || value.is_sequence();
        let end = if is_block {
            key.end
        } else {
            value.span().end.max(key.end)
        };
        return Span {
            start: key.start,
            end,
        };
    }
    node.span()
}
