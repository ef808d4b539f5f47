//! A tree in which every value knows its place.

use super::excerpt::Excerpt;
use crate::finding::IntroductionKind;
use crate::yaml::{Node, Segment, Span, Value};

/// A place in a file of the kustomization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The file, in `Tree::files`.
    pub(super) file: usize,
    /// The bytes in it.
    pub(super) span: Span,
    /// Is it the very place? Not where a patch is written into a string that cannot be followed letter by letter.
    pub(super) exact: bool,
}

/// A value that was taken away.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Removal {
    /// The key, of a mapping's entry.
    pub(super) key: Option<String>,
    /// What took it away.
    pub(super) by: Place,
    /// What it was.
    pub(super) old: Traced,
}

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Traced {
    pub(super) value: TracedValue,
    /// The place of the value; of a block the part that stands for it.
    pub(super) place: Place,
    /// What it came in by.
    pub(super) kind: Option<IntroductionKind>,
    /// The place of the value that it replaced.
    pub(super) before: Option<Place>,
    /// What was taken out of it, in order.
    pub(super) removed: Vec<Removal>,
}

/// The value itself.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TracedValue {
    /// Anything without parts.
    Scalar(Value),
    /// A list.
    Sequence(Vec<Traced>),
    /// Keys with their values.
    Mapping(Vec<(String, Traced)>),
}

impl Traced {
    /// The tree of a node that stands in an excerpt of a file.
    pub(super) fn of(node: Node<'_>, excerpt: &Excerpt) -> Self {
        Self::below(node, None, excerpt)
    }

    fn below(node: Node<'_>, key: Option<Span>, excerpt: &Excerpt) -> Self {
        let (value, span) = match node.value() {
            Value::Mapping(_) => {
                let entries = node.entries().map(|(name, value)| {
                    let key = node.key_span(name);
                    (name.to_owned(), Self::below(value, key, excerpt))
                });
                (
                    TracedValue::Mapping(entries.collect()),
                    super::block_span(node, key),
                )
            }
            Value::Sequence(_) => {
                let items = node.items().map(|item| Self::below(item, None, excerpt));
                (
                    TracedValue::Sequence(items.collect()),
                    super::block_span(node, key),
                )
            }
            scalar => {
                let span = node.span();
                let shown = if span.start == span.end {
                    key.unwrap_or(span)
                } else {
                    span
                };
                (TracedValue::Scalar(scalar.clone()), shown)
            }
        };
        Self {
            value,
            place: excerpt.place(span),
            kind: excerpt.kind,
            before: None,
            removed: Vec::new(),
        }
    }

    /// A string that a step makes.
    pub(super) fn string(text: String, place: Place, kind: Option<IntroductionKind>) -> Self {
        Self {
            value: TracedValue::Scalar(Value::String(text)),
            place,
            kind,
            before: None,
            removed: Vec::new(),
        }
    }

    /// An empty mapping that a step makes.
    pub(super) fn mapping(place: Place, kind: Option<IntroductionKind>) -> Self {
        Self {
            value: TracedValue::Mapping(Vec::new()),
            place,
            kind,
            before: None,
            removed: Vec::new(),
        }
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match &self.value {
            TracedValue::Scalar(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.value, TracedValue::Scalar(Value::Null))
    }

    pub(super) fn is_mapping(&self) -> bool {
        matches!(self.value, TracedValue::Mapping(_))
    }

    pub(super) fn entries(&self) -> &[(String, Traced)] {
        match &self.value {
            TracedValue::Mapping(entries) => entries,
            _ => &[],
        }
    }

    pub(super) fn items(&self) -> &[Traced] {
        match &self.value {
            TracedValue::Sequence(items) => items,
            _ => &[],
        }
    }

    pub(super) fn items_mut(&mut self) -> &mut [Traced] {
        match &mut self.value {
            TracedValue::Sequence(items) => items,
            _ => &mut [],
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Traced> {
        self.entries()
            .iter()
            .find_map(|(name, value)| (name == key).then_some(value))
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Traced> {
        match &mut self.value {
            TracedValue::Mapping(entries) => entries
                .iter_mut()
                .find_map(|(name, value)| (name == key).then_some(value)),
            _ => None,
        }
    }

    /// The value below several keys.
    pub(super) fn at(&self, keys: &[&str]) -> Option<&Traced> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The value below several keys.
    pub(super) fn at_mut(&mut self, keys: &[&str]) -> Option<&mut Traced> {
        keys.iter().try_fold(self, |node, key| node.get_mut(key))
    }

    /// The mapping below several keys, made where it is missing. None where something else is in the way.
    pub(super) fn mapping_at(
        &mut self,
        keys: &[&str],
        place: Place,
        kind: Option<IntroductionKind>,
    ) -> Option<&mut Traced> {
        let mut node = self;
        for key in keys {
            if node.get(key).is_none_or(Traced::is_null) {
                node.set(key, Traced::mapping(place, kind));
            }
            node = node.get_mut(key).filter(|value| value.is_mapping())?;
        }
        Some(node)
    }

    /// Sets a key of a mapping; what stood there is remembered.
    pub(super) fn set(&mut self, key: &str, mut value: Traced) {
        let TracedValue::Mapping(entries) = &mut self.value else {
            return;
        };
        self.removed.retain(|removal| removal.key.as_deref() != Some(key));
        match entries.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => {
                value.before = Some(old.place);
                *old = value;
            }
            None => entries.push((key.to_owned(), value)),
        }
    }

    /// Takes a key out of a mapping; what did it is remembered.
    pub(super) fn remove(&mut self, key: &str, by: Place) {
        let TracedValue::Mapping(entries) = &mut self.value else {
            return;
        };
        let Some(at) = entries.iter().position(|(name, _)| name == key) else {
            return;
        };
        let (_, old) = entries.remove(at);
        self.removed.push(Removal {
            key: Some(key.to_owned()),
            by,
            old,
        });
    }

    /// Takes an item out of a list; what did it is remembered.
    pub(super) fn remove_item(&mut self, at: usize, by: Place) {
        let TracedValue::Sequence(items) = &mut self.value else {
            return;
        };
        if at >= items.len() {
            return;
        }
        let old = items.remove(at);
        self.removed.push(Removal { key: None, by, old });
    }

    /// The value below a path, if every step of it exists.
    pub(super) fn follow(&self, path: &[Segment]) -> Option<&Traced> {
        path.iter().try_fold(self, |node, segment| match segment {
            Segment::Key(key) => node.get(key),
            Segment::Index(index) => node.items().get(*index),
            Segment::Absent { .. } => None,
        })
    }

    /// Is it the same as a rendered value? A null is the same as nothing.
    pub(super) fn equals(&self, node: Node<'_>) -> bool {
        match (&self.value, node.value()) {
            (TracedValue::Scalar(one), other) => one == other,
            (TracedValue::Sequence(items), Value::Sequence(_)) => {
                items.len() == node.items().len()
                    && items
                        .iter()
                        .zip(node.items())
                        .all(|(one, other)| one.equals(other))
            }
            (TracedValue::Mapping(entries), Value::Mapping(_)) => {
                let is_set = |value: &Traced| !value.is_null();
                let count = entries.iter().filter(|(_, value)| is_set(value)).count();
                count == node.entries().filter(|(_, value)| !value.is_null()).count()
                    && entries
                        .iter()
                        .filter(|(_, value)| is_set(value))
                        .all(|(key, value)| node.get(key).is_some_and(|other| value.equals(other)))
            }
            _ => false,
        }
    }
}
