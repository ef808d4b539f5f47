//! Puts digests into texts: nothing but the digest changes, comments and quotes stay.
//!
//! The rules of `images:` are kustomize's: <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/>.

use crate::yaml::{Node, Span, Stream, Value};

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

/// One change of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty where something is put in.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
    /// The repository whose pin it is.
    pub repository: String,
    /// What a person sees in the text before the change, in place of what was put in.
    pub anchor: Span,
}

/// A text after its changes, which must be in order and apart, as the functions here give them.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut changed = String::with_capacity(text.len() + 80 * edits.len());
    let mut at = 0;
    for edit in edits {
        changed.push_str(&text[at..edit.span.start]);
        changed.push_str(&edit.text);
        at = edit.span.end;
    }
    changed.push_str(&text[at..]);
    changed
}

/// The span in the text before the changes that answers to one in the text after them.
pub(super) fn span_before(span: Span, edits: &[Edit]) -> Span {
    let (start, end) = (before(span.start, edits), before(span.end, edits));
    let first = |place: Result<usize, Span>| place.unwrap_or_else(|anchor| anchor.start);
    let last = |place: Result<usize, Span>| place.unwrap_or_else(|anchor| anchor.end);
    Span {
        start: first(start),
        end: last(end).max(first(start)),
    }
}

/// The byte before the changes, or the anchor of the change that the byte falls into.
fn before(byte: usize, edits: &[Edit]) -> Result<usize, Span> {
    let (mut added, mut removed) = (0, 0);
    for edit in edits {
        let start = edit.span.start + added - removed;
        if byte < start {
            break;
        }
        if byte < start + edit.text.len() {
            return Err(edit.anchor);
        }
        added += edit.text.len();
        removed += edit.span.end - edit.span.start;
    }
    Ok(byte + removed - added)
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
    let edit = |span: Span, written: String, anchor: Span| Edit {
        span,
        text: written,
        repository: pin.repository.clone(),
        anchor,
    };
    if let Some(digest) = entry.set("digest") {
        let span = unquoted(text, digest.span());
        return Some(edit(span, pin.digest.clone(), span));
    }
    if let Some(key) = entry.key_span("digest") {
        let colon = key.end + text.get(key.end..)?.find(':')? + 1;
        let span = Span {
            start: colon,
            end: entry.get("digest")?.span().end.max(colon),
        };
        return Some(edit(span, format!(" {}", pin.digest), key));
    }
    let (first, _) = entry.entries().next()?;
    let (_, last) = entry.entries().max_by_key(|(_, value)| value.span().end)?;
    let (first, last) = (entry.key_span(first)?, last.span());
    let line_start = text.get(..first.start)?.rfind('\n').map_or(0, |at| at + 1);
    let is_flow = text[..first.start].trim_end().ends_with('{');
    let (at, written) = if is_flow {
        (last.end, format!(", digest: {}", pin.digest))
    } else {
        let rest = &text[last.end..];
        let line_end = last.end + rest.find(['\n', '\r']).unwrap_or(rest.len());
        let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let indentation = " ".repeat(text[line_start..first.start].chars().count());
        (
            line_end,
            format!("{line_break}{indentation}digest: {}", pin.digest),
        )
    };
    Some(edit(Span { start: at, end: at }, written, last))
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
                    repository: pin.repository.clone(),
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

/// A span without the quotes around it.
fn unquoted(text: &str, span: Span) -> Span {
    let is_quoted = text
        .get(span.start..span.end)
        .is_some_and(|text| text.len() > 1 && text.starts_with(['"', '\'']));
    if is_quoted {
        Span {
            start: span.start + 1,
            end: span.end - 1,
        }
    } else {
        span
    }
}

/// In the order of the text, each place once: an anchor makes one place appear several times in a tree.
fn ordered(mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.sort_by_key(|edit| edit.span);
    edits.dedup_by(|later, earlier| later.span.start < earlier.span.end || later.span == earlier.span);
    edits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{self, Limits};

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
