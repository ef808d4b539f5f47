//! Puts digests into texts: nothing but the digest changes, comments and quotes stay.
//!
//! The rules of `images:` are kustomize's: <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/>.

use crate::edit::{Edit, ordered, set_key, unquoted};
use crate::yaml::{Node, Stream, Value};

/// A repository and the digest that its image gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    repository: String,
    digest: String,
}

impl Pin {
    /// A pin; none where the digest is not `sha256:` and 64 lowercase hexadecimal digits.
    pub fn new(repository: &str, digest: &str) -> Option<Self> {
        let digits = digest.strip_prefix("sha256:")?;
        let is_digest = digits.len() == 64
            && digits
                .bytes()
                .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        is_digest.then(|| Self {
            repository: repository.to_owned(),
            digest: digest.to_owned(),
        })
    }

    /// The repository as it is rendered.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The digest.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

/// The changes that put digests into the `images:` entries of a kustomization whose new name, else name, is a
/// pinned repository.
pub fn pin_entries(stream: &Stream, pins: &[Pin]) -> Vec<Edit> {
    let roots = stream.documents.iter().map(|document| document.root());
    let entries = roots.filter_map(|root| root.get("images")).flat_map(Node::items);
    ordered(
        entries
            .filter_map(|entry| {
                let name = entry.set("newName").or_else(|| entry.set("name"))?.as_str()?;
                let pin = pins.iter().find(|pin| pin.repository == name)?;
                pin_entry(&stream.text, entry, pin)
            })
            .collect(),
    )
}

fn pin_entry(text: &str, entry: Node<'_>, pin: &Pin) -> Option<Edit> {
    let after = ["name", "newName", "newTag"];
    set_key(text, entry, "digest", &pin.digest, &after, &pin.repository)
}

/// The changes that put digests into the images of manifests, wherever a key `image` names a pinned repository.
pub fn pin_images(stream: &Stream, pins: &[Pin]) -> Vec<Edit> {
    let mut edits = Vec::new();
    for document in &stream.documents {
        collect_images(document.root(), &mut |node, image| {
            let Some(pin) = pins.iter().find(|pin| pin.repository == repository(image)) else {
                return;
            };
            let span = unquoted(&stream.text, node.span());
            // An escape or a fold in the scalar: what stands there is not the value, so it is left alone.
            if stream.text.get(span.start..span.end) == Some(image) {
                edits.push(Edit {
                    span,
                    text: format!("{}@{}", without_digest(image), pin.digest),
                    subject: pin.repository.clone(),
                    anchor: span,
                });
            }
        });
    }
    ordered(edits)
}

/// Calls back for every string under a key `image`.
pub(super) fn collect_images<'a>(node: Node<'a>, found: &mut dyn FnMut(Node<'a>, &'a str)) {
    for (key, value) in node.entries() {
        match value.value() {
            Value::String(image) if key == "image" => found(value, image),
            _ => collect_images(value, found),
        }
    }
    node.items().for_each(|item| collect_images(item, found));
}

/// An image without its digest.
fn without_digest(image: &str) -> &str {
    image.split_once('@').map_or(image, |(name, _)| name)
}

/// The repository of an image: without tag and digest.
pub(super) fn repository(image: &str) -> &str {
    let name = without_digest(image);
    match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::{apply, span_before};
    use crate::yaml::{self, Limits, Span};

    const REPOSITORY: &str = "registry.example:5000/team/hello";

    fn pins() -> Vec<Pin> {
        vec![Pin::new(REPOSITORY, &format!("sha256:{}", "a".repeat(64))).unwrap()]
    }

    fn pinned(text: &str, find: fn(&Stream, &[Pin]) -> Vec<Edit>) -> String {
        let stream = yaml::read(text, &Limits::default());
        assert_eq!(stream.problems, []);
        let digest = pins()[0].digest.clone();
        apply(&stream.text, &find(&stream, &pins())).replace(&digest, "DIGEST")
    }

    #[test]
    fn a_digest_is_replaced_in_place_with_its_quotes_and_comments() {
        let old = format!("sha256:{}", "0".repeat(64));
        for quote in ["", "'", "\""] {
            let text = format!(
                "images: # all\n- name: hello\n  newName: {REPOSITORY}\n  digest: {quote}{old}{quote} # pin\n"
            );
            assert_eq!(pinned(&text, pin_entries), text.replace(&old, "DIGEST"));
        }
    }

    #[test]
    fn a_missing_digest_is_put_in() {
        let block = format!("images:\n- name: hello # x\n  newName: {REPOSITORY} # y\n- name: other\n");
        let expected = block.replace("# y\n", "# y\n  digest: DIGEST\n");
        assert_eq!(pinned(&block, pin_entries), expected);
        let flow = format!("images: [{{ name: {REPOSITORY}, newTag: \"1\" }}]\n");
        assert_eq!(
            pinned(&flow, pin_entries),
            flow.replace("\"1\" }", "\"1\", digest: DIGEST }")
        );
        let last = format!("images:\r\n  - name: {REPOSITORY}");
        assert_eq!(
            pinned(&last, pin_entries),
            format!("{last}\r\n    digest: DIGEST")
        );
        let empty = format!("images:\n- name: {REPOSITORY}\n  digest:\n  newTag: x\n");
        assert_eq!(
            pinned(&empty, pin_entries),
            empty.replace("digest:", "digest: DIGEST")
        );
    }

    #[test]
    fn entries_of_other_images_are_left_alone() {
        let text = format!(
            "images:\n- name: {REPOSITORY}\n  newName: elsewhere\n- name: x\n  newName: {REPOSITORY}-2\n"
        );
        assert_eq!(pinned(&text, pin_entries), text);
    }

    #[test]
    fn an_image_in_a_manifest_keeps_its_tag() {
        for (before, after) in [
            ("", "@DIGEST"),
            (":v1", ":v1@DIGEST"),
            ("@sha256:00", "@DIGEST"),
            (":v1@sha256:00", ":v1@DIGEST"),
        ] {
            let text =
                format!("a:\n- image: \"{REPOSITORY}{before}\" # x\n- image: {REPOSITORY}-2{before}\n");
            let expected =
                format!("a:\n- image: \"{REPOSITORY}{after}\" # x\n- image: {REPOSITORY}-2{before}\n");
            assert_eq!(pinned(&text, pin_images), expected);
        }
    }

    #[test]
    fn spans_lead_back_to_the_text_before() {
        let text = format!("images:\n- name: {REPOSITORY} # é\n  newTag: tag-9\nkind: K\n");
        let stream = yaml::read(&text, &Limits::default());
        let edits = pin_entries(&stream, &pins());
        let after = apply(&text, &edits);
        let find = |text: &str, part: &str| {
            let start = text.find(part).unwrap();
            let end = start + part.len();
            Span { start, end }
        };
        for part in [REPOSITORY, "kind", "K"] {
            assert_eq!(
                span_before(find(&after, part), &edits),
                find(&text, part),
                "{part}"
            );
        }
        assert_eq!(
            span_before(find(&after, &pins()[0].digest), &edits),
            find(&text, "tag-9")
        );
    }

    #[test]
    fn a_digest_must_be_one() {
        for digest in ["sha256:zz", "latest", "sha256:", "../../etc/passwd"] {
            assert_eq!(Pin::new("a", digest), None, "{digest}");
        }
    }
}
