//! Labels and what selects them.
//!
//! Semantics of `metav1.LabelSelector`: all `matchLabels` and all `matchExpressions` must hold; `NotIn` and
//! `DoesNotExist` hold for a missing key as well.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::yaml::{Node, Value};

/// Does a selector select something? Three answers, because controllers add labels whose values nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// Certainly.
    Yes,
    /// Certainly not.
    No,
    /// It depends on a value that only a controller knows.
    Unknown,
}

impl Match {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Unknown,
        }
    }

    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// The labels of a pod or another object.
#[derive(Clone, Debug, Default)]
pub struct Labels<'a> {
    known: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    unknown: &'static [&'static str],
}

impl<'a> Labels<'a> {
    /// Reads a mapping of labels; `unknown` are keys that exist with unknown values.
    pub fn read(node: Option<Node<'a>>, unknown: &'static [&'static str]) -> Self {
        let entries = node.into_iter().flat_map(Node::entries);
        let known = entries.map(|(key, value)| (Cow::Borrowed(key), text_of(value)));
        Self {
            known: known.collect(),
            unknown,
        }
    }

    /// Adds a label that Kubernetes sets by itself.
    #[must_use]
    pub fn with(mut self, key: &'a str, value: &'a str) -> Self {
        self.known.insert(Cow::Borrowed(key), Cow::Borrowed(value));
        self
    }

    /// The value of a key, where it is known.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.known.get(key).map(AsRef::as_ref)
    }

    fn is_unknown(&self, key: &str) -> bool {
        self.unknown.contains(&key) && !self.known.contains_key(key)
    }

    fn equals(&self, key: &str, value: &str) -> Match {
        if self.is_unknown(key) {
            return Match::Unknown;
        }
        Match::from(self.get(key) == Some(value))
    }

    /// The labels as a person would write them in one line.
    pub fn in_words(&self) -> String {
        let pairs: Vec<String> = self
            .known
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        if pairs.is_empty() {
            "no labels".to_owned()
        } else {
            pairs.join(", ")
        }
    }
}

/// A `LabelSelector` that is there; what an absent one means differs from kind to kind and is the caller's to say.
#[derive(Clone, Copy, Debug)]
pub struct Selector<'a>(Node<'a>);

impl<'a> Selector<'a> {
    /// Reads a selector.
    pub fn of(node: Node<'a>) -> Self {
        Self(node)
    }

    /// Is it `{}`: does it ask for nothing?
    pub fn is_empty(self) -> bool {
        self.pairs().len() == 0 && self.expressions().len() == 0
    }

    fn pairs(self) -> impl ExactSizeIterator<Item = (&'a str, Node<'a>)> {
        let pairs: Vec<_> = self
            .0
            .set("matchLabels")
            .into_iter()
            .flat_map(Node::entries)
            .collect();
        pairs.into_iter()
    }

    fn expressions(self) -> impl ExactSizeIterator<Item = Node<'a>> {
        let items: Vec<_> = self
            .0
            .set("matchExpressions")
            .into_iter()
            .flat_map(Node::items)
            .collect();
        items.into_iter()
    }

    /// Does it select something with these labels? An empty selector selects everything.
    pub fn selects(self, labels: &Labels<'_>) -> Match {
        let pairs = self
            .pairs()
            .map(|(key, value)| labels.equals(key, &text_of(value)));
        let expressions = self.expressions().map(|expression| holds(expression, labels));
        pairs.chain(expressions).fold(Match::Yes, Match::and)
    }

    /// The selector as a person would write it in one line.
    pub fn in_words(self) -> String {
        let pairs = self
            .pairs()
            .map(|(key, value)| format!("{key}={}", text_of(value)));
        let expressions = self.expressions().map(|expression| {
            let text = |key: &str| expression.set(key).map(text_of).unwrap_or_default();
            let values: Vec<_> = values_of(expression).collect();
            format!("{} {} ({})", text("key"), text("operator"), values.join(", "))
        });
        let parts: Vec<String> = pairs.chain(expressions).collect();
        if parts.is_empty() {
            "{}".to_owned()
        } else {
            parts.join(", ")
        }
    }
}

fn holds(expression: Node<'_>, labels: &Labels<'_>) -> Match {
    let key = expression.set("key").map(text_of).unwrap_or_default();
    let operator = expression.set("operator").and_then(Node::as_str);
    let exists = labels.get(&key).is_some() || labels.is_unknown(&key);
    let is_listed = || {
        values_of(expression)
            .map(|value| labels.equals(&key, &value))
            .find(|answer| *answer != Match::No)
            .unwrap_or(Match::No)
    };
    match operator {
        Some("In") => is_listed(),
        Some("NotIn") => match is_listed() {
            Match::Yes => Match::No,
            Match::No => Match::Yes,
            Match::Unknown => Match::Unknown,
        },
        Some("Exists") => Match::from(exists),
        Some("DoesNotExist") => Match::from(!exists),
        _ => Match::Unknown,
    }
}

fn values_of(expression: Node<'_>) -> impl Iterator<Item = Cow<'_, str>> {
    expression
        .set("values")
        .into_iter()
        .flat_map(Node::items)
        .map(text_of)
}

/// The text of a scalar. The API server takes only strings here, but what was meant can still be compared.
fn text_of(node: Node<'_>) -> Cow<'_, str> {
    match node.value() {
        Value::String(text) => Cow::Borrowed(text),
        Value::Bool(value) => Cow::Owned(value.to_string()),
        Value::Integer(value) => Cow::Owned(value.to_string()),
        Value::Float(value) => Cow::Owned(value.to_string()),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) => Cow::Borrowed(""),
    }
}
