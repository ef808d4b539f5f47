//! What the `configMapGenerator` and `secretGenerator` of a kustomization make.
//!
//! The values themselves are not computed: a place needs only the key.

use std::path::Path;

use super::pipeline::{Object, items};
use super::traced::{Place, Traced, TracedValue};
use crate::finding::IntroductionKind;
use crate::yaml::{Node, Span, Value};

const KIND: Option<IntroductionKind> = Some(IntroductionKind::Generator);

/// Adds what the generators of a kustomization make, or puts it into what is there.
pub(super) fn generate(root: Node<'_>, file: usize, path: &Path, objects: &mut Vec<Object>) {
    for (key, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
        for entry in items(root, key) {
            let made = generated(entry, kind, file);
            let name = made
                .at(&["metadata", "name"])
                .and_then(Traced::as_str)
                .unwrap_or_default();
            let behavior = entry.get("behavior").and_then(Node::as_str).unwrap_or("create");
            let existing = objects
                .iter_mut()
                .find(|object| object.kind() == kind && object.names().any(|(own, _)| own == name));
            match existing {
                Some(object) if behavior != "create" => {
                    put_into(&mut object.tree, &made, behavior == "replace");
                }
                _ => objects.push(Object::new(made, path.to_owned(), true)),
            }
        }
    }
}

fn put_into(object: &mut Traced, made: &Traced, replaces: bool) {
    let Some(new) = made.get("data") else { return };
    if replaces {
        object.set("data", new.clone());
        return;
    }
    if let Some(data) = object.mapping_at(&["data"], new.place, KIND) {
        for (key, value) in new.entries() {
            data.set(key, value.clone());
        }
    }
}

fn generated(entry: Node<'_>, kind: &str, file: usize) -> Traced {
    let place = |span: Span| Place {
        file,
        span,
        exact: true,
    };
    let name = entry.get("name");
    let whole = place(name.unwrap_or(entry).span());
    let text = |text: &str| Traced::string(text.to_owned(), whole, KIND);
    let mut data = Traced::mapping(whole, KIND);
    for item in items(entry, "literals") {
        if let Some((key, value)) = item.as_str().and_then(|item| item.split_once('=')) {
            let value = value.trim_matches(['"', '\'']).to_owned();
            data.set(key, Traced::string(value, place(item.span()), KIND));
        }
    }
    for item in items(entry, "files") {
        let Some(named) = item.as_str() else { continue };
        let base = || {
            Path::new(named)
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
        };
        let key = named.split_once('=').map(|(key, _)| key.to_owned()).or_else(base);
        if let Some(key) = key {
            let unknown = TracedValue::Scalar(Value::Null);
            let value = Traced::string(String::new(), place(item.span()), KIND);
            data.set(
                &key,
                Traced {
                    value: unknown,
                    ..value
                },
            );
        }
    }
    let mut metadata = Traced::mapping(whole, KIND);
    metadata.set("name", text(name.and_then(Node::as_str).unwrap_or_default()));
    if let Some(namespace) = entry.set("namespace").and_then(Node::as_str) {
        metadata.set("namespace", text(namespace));
    }
    let mut object = Traced::mapping(whole, KIND);
    object.set("apiVersion", text("v1"));
    object.set("kind", text(kind));
    object.set("metadata", metadata);
    object.set("data", data);
    object
}
