//! One object of a render, and what keeps something from being one.

use std::fmt;

use crate::finding::ObjectReference;
use crate::yaml::{FieldPath, Node};

use super::dig;

/// An object as `kubectl apply` would send it.
#[derive(Clone, Debug)]
pub struct Object<'a> {
    /// Index of its document among the readable documents of the render.
    pub document: usize,
    /// Where it stands in its document: the root, or an item of a list.
    pub base: FieldPath,
    /// Its tree.
    pub root: Node<'a>,
    /// `group/version`, or `version` alone for the core group.
    pub api_version: &'a str,
    /// Kind as written.
    pub kind: &'a str,
    /// `metadata.name`; empty where there is none, and then the object is among the incomplete ones too.
    pub name: &'a str,
    /// `metadata.namespace` as written.
    pub namespace: Option<&'a str>,
}

impl<'a> Object<'a> {
    /// Its API group; the core group is empty.
    pub fn group(&self) -> &'a str {
        group_of(self.api_version)
    }

    /// Its API version without the group.
    pub fn version(&self) -> &'a str {
        self.api_version
            .rsplit_once('/')
            .map_or(self.api_version, |(_, version)| version)
    }

    /// Its identity as reports have it.
    pub fn reference(&self) -> ObjectReference {
        ObjectReference {
            api_version: self.api_version.to_owned(),
            kind: self.kind.to_owned(),
            namespace: self.namespace.map(ToOwned::to_owned),
            name: self.name.to_owned(),
        }
    }

    /// Kind and name, for messages.
    pub fn label(&self) -> String {
        format!("{} `{}`", self.kind, self.name)
    }
}

/// The group of an `apiVersion`.
pub(super) fn group_of(api_version: &str) -> &str {
    api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

/// Why something in a render is no object, or only half a one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IncompleteReason {
    /// A document or list item that is no mapping.
    NotAMapping,
    /// `apiVersion` is absent, empty or no string.
    NoApiVersion,
    /// `kind` is absent, empty or no string.
    NoKind,
    /// `metadata.name` is absent, empty or no string.
    NoName,
    /// Only `metadata.generateName` is given, which `kubectl apply` refuses.
    GeneratedName,
    /// `items` is there but no list.
    ItemsNotAList,
}

impl fmt::Display for IncompleteReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotAMapping => "is no mapping",
            Self::NoApiVersion => "has no `apiVersion`",
            Self::NoKind => "has no `kind`",
            Self::NoName => "has no `metadata.name`",
            Self::GeneratedName => "has `metadata.generateName` only, which cannot be applied",
            Self::ItemsNotAList => "has `items` that are no list",
        })
    }
}

/// Something in a render that `kubectl apply` refuses because its identity is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incomplete {
    /// Index of its document among the readable documents of the render.
    pub document: usize,
    /// Where it stands in its document; may end in the missing key.
    pub path: FieldPath,
    /// What is missing.
    pub reason: IncompleteReason,
}

/// What a tree says of its identity; strings that are empty count as absent.
pub(super) struct Identity<'a> {
    pub(super) api_version: Option<&'a str>,
    pub(super) kind: Option<&'a str>,
    pub(super) name: Option<&'a str>,
    pub(super) namespace: Option<&'a str>,
    pub(super) generated_name: bool,
}

impl<'a> Identity<'a> {
    pub(super) fn read(root: Node<'a>) -> Self {
        let text = |keys: &[&str]| {
            dig(root, keys)
                .and_then(Node::as_str)
                .filter(|text| !text.is_empty())
        };
        Self {
            api_version: text(&["apiVersion"]),
            kind: text(&["kind"]),
            name: text(&["metadata", "name"]),
            namespace: text(&["metadata", "namespace"]),
            generated_name: text(&["metadata", "generateName"]).is_some(),
        }
    }

    /// What an item of a list inherits: where it has neither kind nor version, kubectl takes both from the list.
    pub(super) fn inherit(mut self, list: Option<(&'a str, &'a str)>) -> Self {
        if self.api_version.is_some() || self.kind.is_some() {
            return self;
        }
        if let Some((api_version, kind)) = list {
            self.api_version = Some(api_version);
            self.kind = Some(kind);
        }
        self
    }
}
