//! Which object is meant: by a patch, by a selector, by a document of the render.

use std::path::Path;

use regex::Regex;

use super::pipeline::Object;
use super::traced::Traced;
use crate::render::{Rendered, Tree};
use crate::yaml::Node;

/// The `target` of a patch. Every part is a regular expression that must fit the whole of its field, labels and
/// annotations are selectors of Kubernetes.
pub(super) struct Selector {
    group: Pattern,
    version: Pattern,
    kind: Pattern,
    name: Pattern,
    namespace: Pattern,
    labels: Vec<Requirement>,
    annotations: Vec<Requirement>,
}

/// A pattern that fits the whole of a text; an empty one fits everything.
enum Pattern {
    Anything,
    Whole(Regex),
    /// What is no regular expression: kustomize fails, so it fits nothing.
    Nothing,
}

impl Pattern {
    fn new(node: Option<Node<'_>>) -> Self {
        match node.and_then(Node::as_str).filter(|text| !text.is_empty()) {
            None => Self::Anything,
            Some(text) => Regex::new(&format!("^(?:{text})$")).map_or(Self::Nothing, Self::Whole),
        }
    }

    fn fits(&self, text: &str) -> bool {
        match self {
            Self::Anything => true,
            Self::Whole(pattern) => pattern.is_match(text),
            Self::Nothing => false,
        }
    }
}

impl Selector {
    pub(super) fn new(target: Node<'_>) -> Self {
        let pattern = |key| Pattern::new(target.get(key));
        let requirements = |key| {
            let text = target.get(key).and_then(Node::as_str).unwrap_or_default();
            requirements(text)
        };
        Self {
            group: pattern("group"),
            version: pattern("version"),
            kind: pattern("kind"),
            name: pattern("name"),
            namespace: pattern("namespace"),
            labels: requirements("labelSelector"),
            annotations: requirements("annotationSelector"),
        }
    }

    pub(super) fn selects(&self, object: &Object) -> bool {
        let api_version = object.api_version();
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        let named = object.names().any(|(name, namespace)| {
            self.name.fits(name) && self.namespace.fits(namespace.unwrap_or("default"))
        });
        named
            && self.group.fits(group)
            && self.version.fits(version)
            && self.kind.fits(object.kind())
            && fulfilled(&self.labels, object.tree.at(&["metadata", "labels"]))
            && fulfilled(&self.annotations, object.tree.at(&["metadata", "annotations"]))
    }
}

/// One requirement of a label selector: the key, the values that are meant (none: any), and whether it is turned round.
struct Requirement {
    key: String,
    values: Option<Vec<String>>,
    negated: bool,
}

fn fulfilled(requirements: &[Requirement], labels: Option<&Traced>) -> bool {
    requirements.iter().all(|requirement| {
        let value = labels
            .and_then(|labels| labels.get(&requirement.key))
            .and_then(Traced::as_str);
        let fits = match (&requirement.values, value) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(values), Some(value)) => values.iter().any(|wanted| wanted == value),
        };
        fits != requirement.negated
    })
}

/// Reads `a=b,c!=d,e in (f,g),h notin (i),j,!k`
/// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors>).
fn requirements(text: &str) -> Vec<Requirement> {
    let mut depth = 0;
    let parts = text.split(|letter: char| {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        letter == ',' && depth == 0
    });
    parts
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(requirement)
        .collect()
}

fn requirement(part: &str) -> Requirement {
    let of = |key: &str, values: Option<&str>, negated| Requirement {
        key: key.trim().to_owned(),
        values: values.map(|values| {
            let values = values.trim().trim_start_matches('(').trim_end_matches(')');
            values.split(',').map(|value| value.trim().to_owned()).collect()
        }),
        negated,
    };
    for (operator, negated) in [
        ("!=", true),
        ("==", false),
        ("=", false),
        (" notin ", true),
        (" in ", false),
    ] {
        if let Some((key, values)) = part.split_once(operator) {
            return of(key, Some(values), negated);
        }
    }
    match part.strip_prefix('!') {
        Some(key) => of(key, None, true),
        None => of(part, None, false),
    }
}

/// Is the object the one whose kind and name a strategic merge bears?
pub(super) fn is_named_by(object: &Object, patch: &Traced) -> bool {
    let text = |keys: &[&str]| patch.at(keys).and_then(Traced::as_str);
    let group = |api_version: &str| {
        api_version
            .rsplit_once('/')
            .map_or(String::new(), |(group, _)| group.to_owned())
    };
    let namespace = text(&["metadata", "namespace"]);
    text(&["kind"]) == Some(object.kind())
        && text(&["apiVersion"]).is_some_and(|api_version| group(api_version) == group(object.api_version()))
        && object.names().any(|(name, own)| {
            text(&["metadata", "name"]) == Some(name)
                && namespace.is_none_or(|namespace| namespace == own.unwrap_or("default"))
        })
}

/// For each document of a render the object that it comes from, and whether kustomize says the same of its origin.
pub(super) fn origins(rendered: &Rendered, tree: &Tree, objects: &[Object]) -> Vec<Option<(usize, bool)>> {
    let documents = rendered.stream.documents.iter().enumerate();
    documents
        .map(|(number, document)| {
            let said = rendered
                .provenance
                .as_ref()
                .and_then(|provenance| provenance.origins.get(number))
                .and_then(Option::as_deref);
            origin(document.root(), said, tree, objects)
        })
        .collect()
}

fn origin(root: Node<'_>, said: Option<&Path>, tree: &Tree, objects: &[Object]) -> Option<(usize, bool)> {
    let same = |object: &Object| is_rendered_as(object, root);
    let agrees = |object: &Object| said == Some(object.origin.as_path());
    let find = |test: &dyn Fn(&Object) -> bool| objects.iter().position(test);
    if let Some(number) = find(&|object| same(object) && agrees(object)) {
        return Some((number, true));
    }
    if let Some(number) = find(&same) {
        return Some((number, false));
    }
    // Its name was changed by a step that is not followed; the file is known if the walk found it.
    let known = said.filter(|said| tree.files.iter().any(|file| file.path == *said))?;
    let kind = root.get("kind").and_then(Node::as_str);
    let number = find(&|object| object.origin == known && Some(object.kind()) == kind)?;
    Some((number, false))
}

fn is_rendered_as(object: &Object, root: Node<'_>) -> bool {
    let metadata = root.get("metadata");
    let text = |node: Option<Node<'_>>, key| {
        node.and_then(|node| node.get(key))
            .and_then(Node::as_str)
            .map(str::to_owned)
    };
    let name = text(metadata, "name").unwrap_or_default();
    let is_hashed = || {
        object.is_generated
            && name
                .strip_prefix(object.name())
                .is_some_and(|rest| rest.starts_with('-') && rest.len() == "-0123456789".len())
    };
    text(Some(root), "kind").as_deref() == Some(object.kind())
        && text(Some(root), "apiVersion").as_deref() == Some(object.api_version())
        && text(metadata, "namespace").as_deref() == object.namespace()
        && (name == object.name() || is_hashed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blame::excerpt::Excerpt;
    use crate::finding::IntroductionKind;
    use crate::yaml::{self, Limits};

    fn labels(text: &str) -> Traced {
        let stream = yaml::read(text, &Limits::default());
        Traced::of(
            stream.documents[0].root(),
            &Excerpt::file(0, IntroductionKind::Base),
        )
    }

    #[test]
    fn selectors_of_labels_are_those_of_kubernetes() {
        let labels = labels("{app: a, tier: web, zone: b}");
        for (selector, expected) in [
            ("", true),
            ("app=a", true),
            ("app==a, tier != db", true),
            ("app=b", false),
            ("app in (b, a),tier", true),
            ("app notin (a)", false),
            ("missing notin (a)", true),
            ("missing", false),
            ("!missing,!other", true),
            ("!app", false),
        ] {
            assert_eq!(
                fulfilled(&requirements(selector), Some(&labels)),
                expected,
                "{selector}"
            );
        }
    }
}
