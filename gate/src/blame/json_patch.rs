//! JSON 6902 patches (<https://www.rfc-editor.org/rfc/rfc6902>) on trees that know their places.

use super::excerpt::Excerpt;
use super::traced::{Place, Traced, TracedValue};
use crate::yaml::Node;

/// One operation.
#[derive(Debug)]
pub(super) struct Operation {
    verb: String,
    path: Vec<String>,
    from: Vec<String>,
    value: Option<Traced>,
    /// Where the path of the operation stands.
    place: Place,
}

/// The operations of a patch. What kustomize would refuse is left out: then there is no render to explain.
pub(super) fn operations(list: Node<'_>, excerpt: &Excerpt) -> Vec<Operation> {
    list.items()
        .filter_map(|item| {
            let path = item.get("path")?;
            let value = item.get("value").map(|value| {
                let mut value_tree = Traced::of(value, excerpt);
                if value.is_mapping() || value.is_sequence() {
                    value_tree.place = excerpt.place(item.key_span("value").unwrap_or(value.span()));
                }
                value_tree
            });
            Some(Operation {
                verb: item.get("op")?.as_str()?.to_owned(),
                path: tokens(path.as_str()?),
                from: item
                    .get("from")
                    .and_then(Node::as_str)
                    .map(tokens)
                    .unwrap_or_default(),
                value,
                place: excerpt.place(path.span()),
            })
        })
        .collect()
}

/// The steps of a JSON pointer (RFC 6901).
fn tokens(pointer: &str) -> Vec<String> {
    pointer
        .split('/')
        .skip(1)
        .map(|token| token.replace("~1", "/").replace("~0", "~"))
        .collect()
}

/// Applies the operations in order.
pub(super) fn apply(object: &mut Traced, operations: &[Operation]) {
    for operation in operations {
        match operation.verb.as_str() {
            "add" | "replace" => {
                if let Some(value) = &operation.value {
                    put(object, operation, value.clone());
                }
            }
            "remove" => take(object, &operation.path, operation.place),
            "copy" | "move" => {
                let Some(value) = lookup(object, &operation.from).cloned() else {
                    continue;
                };
                if operation.verb == "move" {
                    take(object, &operation.from, operation.place);
                }
                put(object, operation, value);
            }
            // `test` changes nothing.
            _ => {}
        }
    }
}

fn lookup<'a>(object: &'a Traced, path: &[String]) -> Option<&'a Traced> {
    path.iter().try_fold(object, |node, token| match &node.value {
        TracedValue::Mapping(_) => node.get(token),
        TracedValue::Sequence(items) => items.get(position(token, items.len())?),
        TracedValue::Scalar(_) => None,
    })
}

fn lookup_mut<'a>(object: &'a mut Traced, path: &[String]) -> Option<&'a mut Traced> {
    path.iter().try_fold(object, |node, token| match &mut node.value {
        TracedValue::Mapping(entries) => entries
            .iter_mut()
            .find_map(|(key, value)| (key == token).then_some(value)),
        TracedValue::Sequence(items) => {
            let at = position(token, items.len())?;
            items.get_mut(at)
        }
        TracedValue::Scalar(_) => None,
    })
}

/// The number that a token means in a list; negative ones count from the end, as kustomize's library lets them.
fn position(token: &str, length: usize) -> Option<usize> {
    match token.strip_prefix('-').filter(|digits| !digits.is_empty()) {
        Some(digits) => length.checked_sub(digits.parse().ok()?),
        None => token.parse().ok(),
    }
}

fn put(object: &mut Traced, operation: &Operation, value: Traced) {
    let Some((last, init)) = operation.path.split_last() else {
        return;
    };
    let Some(parent) = lookup_mut(object, init) else {
        return;
    };
    let old_place = parent.place;
    match &mut parent.value {
        TracedValue::Mapping(_) => parent.set(last, value),
        TracedValue::Sequence(items) if operation.verb == "replace" => {
            if let Some(old) = position(last, items.len()).and_then(|at| items.get_mut(at)) {
                let before = Some(old.place);
                *old = Traced { before, ..value };
            }
        }
        TracedValue::Sequence(items) if last == "-" => items.push(value),
        TracedValue::Sequence(items) => {
            if let Some(at) = position(last, items.len()).filter(|at| *at <= items.len()) {
                items.insert(at, value);
            }
        }
        TracedValue::Scalar(_) => parent.before = Some(old_place),
    }
}

fn take(object: &mut Traced, path: &[String], by: Place) {
    let Some((last, init)) = path.split_last() else {
        return;
    };
    let Some(parent) = lookup_mut(object, init) else {
        return;
    };
    match &parent.value {
        TracedValue::Mapping(_) => parent.remove(last, by),
        TracedValue::Sequence(items) => {
            if let Some(at) = position(last, items.len()) {
                parent.remove_item(at, by);
            }
        }
        TracedValue::Scalar(_) => {}
    }
}
