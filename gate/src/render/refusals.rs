//! What a kustomization may not hold, and what could be read in two ways.

use super::error::RenderError;
use super::references;
use super::walk::Namer;
use crate::finding::Location;
use crate::yaml::{Node, Span};

/// The root of a kustomization file that can be read without doubt.
pub(super) fn checked(namer: Namer<'_>) -> Result<Node<'_>, RenderError> {
    let unreadable = |message: &str, span| RenderError::Kustomization {
        message: message.to_owned(),
        location: Box::new(namer.location(span)),
    };
    if let Some(problem) = namer.stream.problems.first() {
        return Err(unreadable(&problem.message, problem.span));
    }
    let root = match namer.stream.documents.as_slice() {
        [document] => document.root(),
        [] => return Err(unreadable("it is empty", Span { start: 0, end: 0 })),
        [_, second, ..] => return Err(unreadable("it holds more than one document", second.span)),
    };
    if !root.is_mapping() {
        return Err(unreadable("it is no mapping", root.span()));
    }
    if let Some((key, meant, span)) = references::misspelled(root) {
        return Err(misspelled(key, meant, namer.location(span)));
    }
    if let Some((key, span)) = references::chart(root) {
        return Err(RenderError::Refused {
            what: format!("`{key}`"),
            location: Box::new(namer.location(span)),
        });
    }
    Ok(root)
}

pub(super) fn misspelled(key: &str, meant: &'static str, location: Location) -> RenderError {
    RenderError::Spelling {
        key: key.to_owned(),
        meant,
        location: Box::new(location),
    }
}

/// What a plugin's configuration would start, in words; nothing for what is built into kustomize.
pub(super) fn program(root: Node<'_>) -> Option<String> {
    let text = |key| root.get(key).and_then(Node::as_str).unwrap_or_default();
    let kind = text("kind");
    let annotations = root
        .get("metadata")
        .and_then(|metadata| metadata.get("annotations"));
    let is_function = annotations.is_some_and(|annotations| {
        ["config.kubernetes.io/function", "config.k8s.io/function"]
            .iter()
            .any(|key| annotations.get(key).is_some())
    });
    if is_function {
        Some(format!("the function `{kind}`"))
    } else if kind == "HelmChartInflationGenerator" {
        Some(format!("the chart of `{kind}`"))
    } else if text("apiVersion") != "builtin" {
        Some(format!("the plugin `{kind}`"))
    } else {
        None
    }
}

/// The first entry of a mapping, which is what one looks for in a file.
pub(super) fn first_key(root: Node<'_>) -> Span {
    let key = root.entries().next().map(|(key, _)| key);
    key.and_then(|key| root.key_span(key)).unwrap_or(root.span())
}
