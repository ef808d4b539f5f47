//! Where a file names images.

use std::path::Path;

use super::wanted::suffix;
use crate::input::KUSTOMIZATION_NAMES;
use crate::kube::ImageReference;
use crate::yaml::{Document, FieldPath, Node, Stream};

/// How a place names its image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// An entry of `images:` of a kustomization: `name`, `newName`, `newTag`, `digest`.
    Entry,
    /// A reference in one text: `name:tag@digest`.
    Reference,
    /// A mapping in the values of a chart: `repository`, `tag`, `digest`.
    Values,
}

/// A place that names an image.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) form: Form,
    pub(super) node: Node<'a>,
    /// Index of its document in the stream.
    pub(super) document: usize,
    /// Its path from the root of the document.
    pub(super) path: FieldPath,
    /// The names by which one may call it.
    pub(super) names: Vec<String>,
    pub(super) tag: Option<String>,
    pub(super) digest: Option<String>,
    /// Does the digest stand in the key of the tag, `tag: v1@sha256:…`?
    pub(super) digest_in_tag: bool,
}

impl Place<'_> {
    /// Tag and digest as they stand after a name.
    pub(super) fn shown(&self) -> String {
        suffix(self.tag.as_deref(), self.digest.as_deref())
    }
}

/// Every place of a file, in the order of the file.
pub(super) fn find<'a>(stream: &'a Stream, file: &Path) -> Vec<Place<'a>> {
    let mut finder = Finder {
        text: &stream.text,
        document: 0,
        places: Vec::new(),
    };
    for (number, document) in stream.documents.iter().enumerate() {
        finder.document = number;
        if is_kustomization(document, file) {
            finder.entries(document.root());
        } else {
            finder.images(document.root(), &FieldPath::root());
        }
    }
    finder.places
}

fn is_kustomization(document: &Document, file: &Path) -> bool {
    let named = file
        .file_name()
        .is_some_and(|name| KUSTOMIZATION_NAMES.iter().any(|known| name == *known));
    let version = document.root().set("apiVersion").and_then(Node::as_str);
    named || version.is_some_and(|version| version.starts_with("kustomize.config.k8s.io/"))
}

struct Finder<'a> {
    text: &'a str,
    document: usize,
    places: Vec<Place<'a>>,
}

impl<'a> Finder<'a> {
    fn entries(&mut self, root: Node<'a>) {
        let path = FieldPath::of(&["images"]);
        for (number, entry) in root.get("images").into_iter().flat_map(Node::items).enumerate() {
            let name = |key| entry.set(key).and_then(Node::as_str).map(str::to_owned);
            let names: Vec<String> = [name("name"), name("newName")].into_iter().flatten().collect();
            if !names.is_empty() {
                let (tag, digest) = (self.scalar(entry, "newTag"), self.scalar(entry, "digest"));
                self.add(Form::Entry, entry, path.index(number), names, (tag, digest));
            }
        }
    }

    fn images(&mut self, node: Node<'a>, path: &FieldPath) {
        for (key, value) in node.entries() {
            let path = path.key(key);
            if key != "image" {
                self.images(value, &path);
            } else if let Some(text) = value.as_str() {
                self.reference(value, path, text);
            } else if let Some(text) = value.set("reference").and_then(Node::as_str) {
                // An image that is mounted as a volume.
                let reference = value.get("reference").unwrap_or(value);
                self.reference(reference, path.key("reference"), text);
            } else if let Some(repository) = value.set("repository").and_then(Node::as_str) {
                self.values(value, path, repository);
            } else {
                self.images(value, &path);
            }
        }
        for (number, item) in node.items().enumerate() {
            self.images(item, &path.index(number));
        }
    }

    fn reference(&mut self, node: Node<'a>, path: FieldPath, text: &str) {
        let reference = ImageReference::cut(text);
        let names = vec![reference.written_repository()];
        let owned = |part: Option<&str>| part.map(str::to_owned);
        let pin = (owned(reference.tag), owned(reference.digest));
        self.add(Form::Reference, node, path, names, pin);
    }

    fn values(&mut self, node: Node<'a>, path: FieldPath, repository: &str) {
        let mut names = vec![repository.to_owned()];
        if let Some(registry) = node.set("registry").and_then(Node::as_str) {
            names.push(format!("{registry}/{repository}"));
        }
        let (tag, digest) = (self.scalar(node, "tag"), self.scalar(node, "digest"));
        let joined = tag.as_deref().and_then(|tag| tag.split_once('@'));
        match joined {
            Some((tag, digest)) if node.get("digest").is_none() => {
                let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
                self.add(Form::Values, node, path, names, (some(tag), some(digest)));
                if let Some(place) = self.places.last_mut() {
                    place.digest_in_tag = true;
                }
            }
            _ => self.add(Form::Values, node, path, names, (tag, digest)),
        }
    }

    fn add(
        &mut self,
        form: Form,
        node: Node<'a>,
        path: FieldPath,
        names: Vec<String>,
        (tag, digest): (Option<String>, Option<String>),
    ) {
        self.places.push(Place {
            form,
            node,
            document: self.document,
            path,
            names,
            tag,
            digest,
            digest_in_tag: false,
        });
    }

    /// What stands under a key, as a person reads it; none where nothing does.
    fn scalar(&self, node: Node<'a>, key: &str) -> Option<String> {
        let value = node.set(key)?;
        let span = value.span();
        let text = value.as_str().or_else(|| self.text.get(span.start..span.end))?;
        Some(text.to_owned()).filter(|text| !text.is_empty())
    }
}
