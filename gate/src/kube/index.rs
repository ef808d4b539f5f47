//! All objects of one render.

use crate::finding::ObjectReference;
use crate::yaml::{Document, FieldPath, Node};

use super::object::{Identity, Incomplete, IncompleteReason, Object};
use super::workload::Workload;
use super::{Facts, Field, dig};

/// Kubernetes itself names no depth; kubectl unpacks a list in a list, and nobody nests more than that by hand.
const DEEPEST_LIST: usize = 32;

/// What was left out on purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Objects marked `config.kubernetes.io/local-config: "true"`.
    pub local_config: usize,
    /// Kustomizations and components, which are instructions and no objects.
    pub kustomizations: usize,
}

/// All objects of one render.
#[derive(Debug)]
pub struct Index<'a> {
    /// What the run knows besides them.
    pub facts: Facts,
    objects: Vec<Object<'a>>,
    incomplete: Vec<Incomplete>,
    skipped: Skipped,
}

impl<'a> Index<'a> {
    /// Indexes the readable documents of one render; lists are unpacked as kubectl does it.
    pub fn new(documents: &'a [Document], facts: Facts) -> Self {
        let mut index = Self {
            facts,
            objects: Vec::new(),
            incomplete: Vec::new(),
            skipped: Skipped::default(),
        };
        for (number, document) in documents.iter().enumerate() {
            index.add(&Candidate {
                document: number,
                base: FieldPath::root(),
                root: document.root(),
                list: None,
                depth: 0,
            });
        }
        index
    }

    fn add(&mut self, candidate: &Candidate<'a>) {
        if !candidate.root.is_mapping() {
            self.refuse(candidate, &[], IncompleteReason::NotAMapping);
        } else if let Some(items) = candidate.root.get("items") {
            self.unpack(candidate, items);
        } else {
            self.add_object(candidate);
        }
    }

    /// To kubectl whatever has `items` is a list, of whichever kind.
    fn unpack(&mut self, candidate: &Candidate<'a>, items: Node<'a>) {
        let readable = items.is_sequence() || items.is_null();
        if !readable || candidate.depth == DEEPEST_LIST {
            self.refuse(candidate, &["items"], IncompleteReason::ItemsNotAList);
            return;
        }
        let list = Identity::read(candidate.root);
        let item_kind = list
            .kind
            .and_then(|kind| kind.strip_suffix("List"))
            .filter(|kind| !kind.is_empty());
        for (position, item) in items.items().enumerate() {
            self.add(&Candidate {
                document: candidate.document,
                base: candidate.base.key("items").index(position),
                root: item,
                list: list.api_version.zip(item_kind),
                depth: candidate.depth + 1,
            });
        }
    }

    fn add_object(&mut self, candidate: &Candidate<'a>) {
        let identity = Identity::read(candidate.root).inherit(candidate.list);
        let (api_version, kind) = match (identity.api_version, identity.kind) {
            (Some(api_version), Some(kind)) => (api_version, kind),
            (None, _) => {
                return self.refuse(candidate, &["apiVersion"], IncompleteReason::NoApiVersion);
            }
            (_, None) => return self.refuse(candidate, &["kind"], IncompleteReason::NoKind),
        };
        let object = Object {
            document: candidate.document,
            base: candidate.base.clone(),
            root: candidate.root,
            api_version,
            kind,
            name: identity.name.unwrap_or_default(),
            namespace: identity.namespace,
        };
        if object.group() == "kustomize.config.k8s.io" {
            self.skipped.kustomizations += 1;
            return;
        }
        if is_local_config(candidate.root) {
            self.skipped.local_config += 1;
            return;
        }
        if identity.name.is_none() {
            let reason = if identity.generated_name {
                IncompleteReason::GeneratedName
            } else {
                IncompleteReason::NoName
            };
            self.refuse(candidate, &["metadata", "name"], reason);
        }
        self.objects.push(object);
    }

    fn refuse(&mut self, candidate: &Candidate<'a>, keys: &[&str], reason: IncompleteReason) {
        self.incomplete.push(Incomplete {
            document: candidate.document,
            path: candidate.base.join(&FieldPath::of(keys)),
            reason,
        });
    }

    /// The objects in the order of the render; [`Field::object`] counts them. One without a name is among them, so
    /// that it is judged as far as possible, and among [`Index::incomplete`].
    pub fn objects(&self) -> &[Object<'a>] {
        &self.objects
    }

    /// What `kubectl apply` refuses because its identity is missing.
    pub fn incomplete(&self) -> &[Incomplete] {
        &self.incomplete
    }

    /// What was left out on purpose.
    pub fn skipped(&self) -> Skipped {
        self.skipped
    }

    /// The objects that hold a pod template.
    pub fn workloads(&self) -> impl Iterator<Item = Workload<'_>> {
        (0..self.objects.len()).filter_map(|object| Workload::of(self, object))
    }

    /// The objects of a kind in a group, with their positions.
    pub fn of_kind(&self, group: &str, kind: &str) -> impl Iterator<Item = (usize, &Object<'a>)> {
        self.objects
            .iter()
            .enumerate()
            .filter(move |(_, object)| object.kind == kind && object.group() == group)
    }

    /// The namespace in which an object meets others.
    pub fn namespace_of<'s>(&'s self, object: &Object<'s>) -> &'s str {
        object.namespace.unwrap_or(&self.facts.namespace)
    }

    /// The identity of the object that a field belongs to; none for a field of another index.
    pub fn reference(&self, field: &Field) -> Option<ObjectReference> {
        self.objects.get(field.object).map(Object::reference)
    }

    /// Where a field stands: the index of its document and the path from that document's root.
    pub fn document_path(&self, field: &Field) -> Option<(usize, FieldPath)> {
        let object = self.objects.get(field.object)?;
        Some((object.document, object.base.join(&field.path)))
    }
}

struct Candidate<'a> {
    document: usize,
    base: FieldPath,
    root: Node<'a>,
    list: Option<(&'a str, &'a str)>,
    depth: usize,
}

/// Only the value `true` counts: with any other one the object is judged, which is the safe side.
fn is_local_config(root: Node<'_>) -> bool {
    dig(
        root,
        &["metadata", "annotations", "config.kubernetes.io/local-config"],
    )
    .and_then(Node::as_str)
        == Some("true")
}
