//! The spanned tree: what kubectl would send, and where each part of it stands in the text.

use super::path::{FieldPath, Segment};

/// A half-open range of bytes in the text that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
}

/// Index of a node in its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) usize);

/// The value of a node after kubectl's resolution: aliases and merge keys are expanded, of a repeated key the
/// last value is kept.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `~`, `null` or nothing at all.
    Null,
    /// A boolean in kubectl's sense: bare `yes` and `y` are ones.
    Bool(bool),
    /// An integer that fits 64 bits.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// A string.
    String(String),
    /// A sequence.
    Sequence(Vec<NodeId>),
    /// A mapping in source order.
    Mapping(Vec<Entry>),
}

/// One key of a mapping with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key as JSON has it: `1`, `true` and `yes` are strings here.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: NodeId,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct NodeData {
    pub(super) value: Value,
    pub(super) span: Span,
}

/// One document of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    pub(super) nodes: Vec<NodeData>,
    pub(super) root: NodeId,
    /// Where the document stands in the text.
    pub span: Span,
}

impl Document {
    /// The root node.
    pub fn root(&self) -> Node<'_> {
        Node {
            document: self,
            id: self.root,
        }
    }
}

/// A node together with its document: the view that everything else reads.
#[derive(Clone, Copy, Debug)]
pub struct Node<'a> {
    document: &'a Document,
    id: NodeId,
}

impl<'a> Node<'a> {
    fn data(self) -> &'a NodeData {
        &self.document.nodes[self.id.0]
    }

    fn at(self, id: NodeId) -> Self {
        Node {
            document: self.document,
            id,
        }
    }

    /// The resolved value.
    pub fn value(self) -> &'a Value {
        &self.data().value
    }

    /// Where the value stands in the text.
    pub fn span(self) -> Span {
        self.data().span
    }

    /// Is it null? An unset field and a null one are the same to the API server.
    pub fn is_null(self) -> bool {
        matches!(self.value(), Value::Null)
    }

    /// The string, if it is one.
    pub fn as_str(self) -> Option<&'a str> {
        if let Value::String(text) = self.value() {
            Some(text)
        } else {
            None
        }
    }

    /// The boolean, if it is one.
    pub fn as_bool(self) -> Option<bool> {
        if let Value::Bool(value) = self.value() {
            Some(*value)
        } else {
            None
        }
    }

    /// The integer, if it is one; an integral float such as `1e3` is one to kubectl.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the range is checked on the line above the cast"
    )]
    pub fn as_i64(self) -> Option<i64> {
        match self.value() {
            Value::Integer(value) => Some(*value),
            Value::Float(value) if value.fract() == 0.0 && value.abs() < 9.0e15 => Some(*value as i64),
            _ => None,
        }
    }

    /// The items of a sequence; nothing for any other value.
    pub fn items(self) -> impl DoubleEndedIterator<Item = Node<'a>> + ExactSizeIterator + 'a {
        let items: &'a [NodeId] = if let Value::Sequence(items) = self.value() {
            items
        } else {
            &[]
        };
        items.iter().map(move |id| self.at(*id))
    }

    /// The entries of a mapping in source order; nothing for any other value.
    pub fn entries(self) -> impl DoubleEndedIterator<Item = (&'a str, Node<'a>)> + ExactSizeIterator + 'a {
        self.raw_entries()
            .iter()
            .map(move |entry| (entry.key.as_str(), self.at(entry.value)))
    }

    fn raw_entries(self) -> &'a [Entry] {
        if let Value::Mapping(entries) = self.value() {
            entries
        } else {
            &[]
        }
    }

    /// Is it a mapping?
    pub fn is_mapping(self) -> bool {
        matches!(self.value(), Value::Mapping(_))
    }

    /// Is it a sequence?
    pub fn is_sequence(self) -> bool {
        matches!(self.value(), Value::Sequence(_))
    }

    /// The value of a key. Null values are returned as they are; see [`Node::set`].
    pub fn get(self, key: &str) -> Option<Node<'a>> {
        let entry = self.raw_entries().iter().find(|entry| entry.key == key)?;
        Some(self.at(entry.value))
    }

    /// The value of a key, where null counts as unset, as it does for the API server.
    pub fn set(self, key: &str) -> Option<Node<'a>> {
        self.get(key).filter(|node| !node.is_null())
    }

    /// Where a key of this mapping stands.
    pub fn key_span(self, key: &str) -> Option<Span> {
        self.raw_entries()
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| entry.key_span)
    }

    /// The node below a path, if every step of it exists.
    pub fn follow(self, path: &FieldPath) -> Option<Node<'a>> {
        path.segments()
            .iter()
            .try_fold(self, |node, segment| match segment {
                Segment::Key(key) => node.get(key),
                Segment::Index(index) => node.items().nth(*index),
                Segment::Absent { .. } => None,
            })
    }

    /// The value as JSON, as kubectl would send it.
    pub fn to_json(self) -> serde_json::Value {
        match self.value() {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Integer(value) => (*value).into(),
            Value::Float(value) => float_to_json(*value),
            Value::String(text) => text.as_str().into(),
            Value::Sequence(_) => self.items().map(Self::to_json).collect(),
            Value::Mapping(_) => {
                let entries = self
                    .entries()
                    .map(|(key, value)| (key.to_owned(), value.to_json()));
                serde_json::Value::Object(entries.collect())
            }
        }
    }
}

/// JSON shows an integral number without point and exponent; far beyond 64 bits that is not possible here.
fn float_to_json(value: f64) -> serde_json::Value {
    let integer = (0.0..1e21)
        .contains(&value)
        .then(|| value.to_string().parse::<u64>().ok());
    integer.flatten().map_or_else(|| value.into(), Into::into)
}
