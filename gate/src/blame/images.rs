//! `images:` as kustomize applies it
//! (<https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/>).

use regex::Regex;

use super::pipeline::{Object, items};
use super::traced::{Place, Traced, TracedValue};
use super::transform::Step;
use crate::finding::IntroductionKind;
use crate::yaml::Node;

/// One entry of `images`.
struct ImageEntry {
    pattern: Regex,
    new_name: Option<String>,
    new_tag: Option<String>,
    suffix: Option<String>,
    digest: Option<String>,
    place: Place,
}

impl ImageEntry {
    fn new(step: Step<'_>, entry: Node<'_>) -> Option<Self> {
        let text = |key| {
            entry
                .get(key)
                .and_then(Node::as_str)
                .filter(|text| !text.is_empty())
        };
        let name = text("name")?;
        // The line that one edits: the digest where there is one, since it decides.
        let decisive = ["digest", "newTag", "tagSuffix", "newName"]
            .into_iter()
            .find_map(|key| text(key).and_then(|_| entry.get(key)))?;
        let pattern = format!("^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$");
        Some(Self {
            pattern: Regex::new(&pattern).ok()?,
            new_name: text("newName").map(str::to_owned),
            new_tag: text("newTag").map(str::to_owned),
            suffix: text("tagSuffix").map(str::to_owned),
            digest: text("digest").map(str::to_owned),
            place: step.place(decisive.span()),
        })
    }

    /// The image after the entry.
    fn applied(&self, image: &str) -> String {
        let (rest, old_digest) = match image.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (image, None),
        };
        let (old_name, old_tag) = match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (rest, None),
        };
        let (tag, digest) = match (&self.new_tag, &self.digest, &self.suffix) {
            (None, None, None) => (old_tag.map(str::to_owned), old_digest),
            (None, None, Some(suffix)) => (Some(format!("{}{suffix}", old_tag.unwrap_or_default())), None),
            (tag, digest, _) => (tag.clone(), digest.as_deref()),
        };
        let mut image = self.new_name.as_deref().unwrap_or(old_name).to_owned();
        if let Some(tag) = tag {
            image = format!("{image}:{tag}");
        }
        if let Some(digest) = digest {
            image = format!("{image}@{digest}");
        }
        image
    }
}

/// `images`.
pub(super) fn images(step: Step<'_>, objects: &mut [Object]) {
    let entries: Vec<ImageEntry> = items(step.root, "images")
        .filter_map(|entry| ImageEntry::new(step, entry))
        .collect();
    if entries.is_empty() {
        return;
    }
    for object in objects
        .iter_mut()
        .filter(|object| object.kind() != "CustomResourceDefinition")
    {
        set_images(&mut object.tree, &entries);
    }
}

fn set_images(node: &mut Traced, entries: &[ImageEntry]) {
    match &mut node.value {
        TracedValue::Sequence(items) => items.iter_mut().for_each(|item| set_images(item, entries)),
        TracedValue::Mapping(children) => {
            for (key, child) in children {
                if key == "containers" || key == "initContainers" {
                    child
                        .items_mut()
                        .iter_mut()
                        .for_each(|container| set_image(container, entries));
                }
                set_images(child, entries);
            }
        }
        TracedValue::Scalar(_) => {}
    }
}

fn set_image(container: &mut Traced, entries: &[ImageEntry]) {
    for entry in entries {
        let Some(image) = container.get("image").and_then(Traced::as_str) else {
            return;
        };
        if entry.pattern.is_match(image) {
            let image = entry.applied(image);
            container.set(
                "image",
                Traced::string(image, entry.place, Some(IntroductionKind::Images)),
            );
        }
    }
}
