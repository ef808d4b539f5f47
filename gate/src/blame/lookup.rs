//! The place of one field, found in the traced and the rendered tree side by side.

use super::traced::{Place, Removal, Traced};
use crate::finding::IntroductionKind;
use crate::yaml::{FieldPath, Node, Segment};

/// Where a field comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found<'a> {
    pub(super) place: Place,
    /// Do the two trees agree there?
    pub(super) exact: bool,
    pub(super) kind: Option<IntroductionKind>,
    /// What it replaced or took away.
    pub(super) before: Option<&'a Place>,
}

impl<'a> Found<'a> {
    fn of(traced: &'a Traced, exact: bool) -> Self {
        Self {
            place: traced.place,
            exact,
            kind: traced.kind,
            before: traced.before.as_ref(),
        }
    }

    fn removed(removal: &'a Removal, exact: bool) -> Self {
        Self {
            place: removal.by,
            exact,
            kind: Some(IntroductionKind::Patch),
            before: Some(&removal.old.place),
        }
    }
}

/// Keys by which items of lists are told apart, in the order in which they are tried.
const IDENTITIES: [&[&str]; 9] = [
    &["name"],
    &["topologyKey", "whenUnsatisfiable"],
    &["containerPort", "protocol"],
    &["mountPath"],
    &["devicePath"],
    &["port", "protocol"],
    &["key", "operator", "effect"],
    &["ip"],
    &["type"],
];

/// Finds the place of a path.
pub(super) fn find<'a>(traced: &'a Traced, root: Node<'_>, path: &FieldPath) -> Found<'a> {
    let (mut traced, mut node, mut exact) = (traced, root, true);
    let segments = path.segments();
    for (depth, segment) in segments.iter().enumerate() {
        let rest = segments.get(depth + 1..).unwrap_or_default();
        let (known, rendered, sure) = match segment {
            Segment::Key(key) => (traced.get(key), node.set(key), true),
            Segment::Index(index) => {
                let rendered = node.items().nth(*index);
                let (known, sure) = item(traced, node, *index);
                (known, rendered, sure)
            }
            Segment::Absent { key, value } => {
                return absent(traced, key, value, exact && traced.equals(node));
            }
        };
        exact &= sure;
        match (known, rendered) {
            (Some(known), Some(rendered)) => (traced, node) = (known, rendered),
            // Something that is not followed set it: the place is somewhere below.
            (None, Some(_)) => return Found::of(traced, false),
            (None, None) => return missing(traced, segment, rest, exact),
            (Some(known), None) if known.is_null() => return Found::of(known, exact),
            (Some(known), None) => return emptied(known, exact),
        }
    }
    let agreed = exact && traced.equals(node);
    match traced.removed.last() {
        Some(removal) if is_empty(traced) => Found::removed(removal, agreed),
        _ => Found::of(traced, agreed),
    }
}

/// Something is not there: what took it away, else the innermost part that is there.
fn missing<'a>(traced: &'a Traced, segment: &Segment, rest: &[Segment], exact: bool) -> Found<'a> {
    let took_it = |removal: &&Removal| match (segment, &removal.key) {
        (Segment::Key(key), Some(removed)) => key == removed && removal.old.follow(rest).is_some(),
        (Segment::Index(_), None) => true,
        _ => false,
    };
    match traced.removed.iter().rev().find(took_it) {
        Some(removal) => Found::removed(removal, exact),
        None => Found::of(traced, exact),
    }
}

/// A list lacks an item: the patch that took it away or made another of it, else the list.
fn absent<'a>(list: &'a Traced, key: &str, value: &str, exact: bool) -> Found<'a> {
    let was_it = |removal: &&Removal| removal.old.get(key).and_then(Traced::as_str) == Some(value);
    if let Some(removal) = list.removed.iter().rev().find(was_it) {
        return Found::removed(removal, exact);
    }
    let is_patched = |value: &&Traced| value.kind == Some(IntroductionKind::Patch) && value.before.is_some();
    let changed = |item: &'a Traced| [Some(item), item.get(key)].into_iter().flatten().find(is_patched);
    match list.items().iter().find_map(changed) {
        // What the item was before is not known.
        Some(other) => Found::of(other, false),
        None => Found::of(list, exact),
    }
}

/// Something is followed but not rendered: kustomize leaves out what became empty, otherwise nothing is certain.
fn emptied(known: &Traced, exact: bool) -> Found<'_> {
    match known.removed.last() {
        Some(removal) if is_empty(known) => Found::removed(removal, exact),
        _ => Found::of(known, false),
    }
}

fn is_empty(traced: &Traced) -> bool {
    traced.entries().is_empty() && traced.items().is_empty()
}

/// The traced item that answers to a rendered one, and whether that is certain.
fn item<'a>(traced: &'a Traced, list: Node<'_>, index: usize) -> (Option<&'a Traced>, bool) {
    let Some(rendered) = list.items().nth(index) else {
        return (None, true);
    };
    let items = traced.items();
    for keys in IDENTITIES {
        let Some(first) = keys.first().filter(|key| rendered.set(key).is_some()) else {
            continue;
        };
        let same = |item: &&Traced| {
            item.get(first).is_some()
                && keys.iter().all(|key| match (item.get(key), rendered.set(key)) {
                    (Some(one), Some(other)) => one.equals(other),
                    (one, other) => one.is_none() && other.is_none(),
                })
        };
        let mut candidates = items.iter().filter(same);
        if let (Some(found), None) = (candidates.next(), candidates.next()) {
            return (Some(found), true);
        }
    }
    let at_its_place = items.get(index);
    match at_its_place.filter(|item| item.equals(rendered)) {
        Some(found) => (Some(found), true),
        None => match items.iter().find(|item| item.equals(rendered)) {
            Some(found) => (Some(found), true),
            None => (at_its_place.filter(|_| items.len() == list.items().len()), false),
        },
    }
}
