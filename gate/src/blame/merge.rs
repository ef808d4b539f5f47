//! Strategic merges as kustomize does them.
//!
//! Lists of the kinds that Kubernetes brings along merge by keys; those of all other kinds are replaced. The keys are
//! the `x-kubernetes-list-map-keys` and `x-kubernetes-patch-merge-key` of the API's own schema. What the patch names comes first, in its order.
//! Directives: <https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md>.

use super::traced::{Place, Traced, TracedValue};

/// What an object is, as far as the merging of its lists depends on it.
#[derive(Clone, Copy)]
pub(super) struct Schema {
    /// Is it a kind of Kubernetes itself?
    pub(super) is_built_in: bool,
    /// Is it a Service, whose ports merge otherwise than those of a container?
    pub(super) is_service: bool,
}

impl Schema {
    pub(super) fn of(api_version: &str, kind: &str) -> Self {
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
        let is_built_in = ["", "apps", "batch", "autoscaling", "policy", "extensions"].contains(&group)
            || (group.ends_with(".k8s.io") && !group.starts_with("gateway."));
        Self {
            is_built_in,
            is_service: group.is_empty() && kind == "Service",
        }
    }

    /// The keys by which the items of a list are told apart; none for lists that are replaced.
    fn keys(self, field: &str) -> &'static [&'static str] {
        if !self.is_built_in {
            return &[];
        }
        match field {
            "containers"
            | "initContainers"
            | "ephemeralContainers"
            | "env"
            | "volumes"
            | "imagePullSecrets"
            | "schedulingGates"
            | "resourceClaims"
            | "claims"
            | "secrets"
            | "webhooks" => &["name"],
            "ports" if self.is_service => &["port", "protocol"],
            "ports" => &["containerPort", "protocol"],
            "volumeMounts" => &["mountPath"],
            "volumeDevices" => &["devicePath"],
            "topologySpreadConstraints" => &["topologyKey", "whenUnsatisfiable"],
            "hostAliases" => &["ip"],
            "ownerReferences" => &["uid"],
            "conditions" => &["type"],
            _ => &[],
        }
    }
}

/// Merges a patch into an object. What names the object is left as it is.
pub(super) fn merge(object: &mut Traced, patch: &Traced, schema: Schema) {
    for (key, value) in patch.entries() {
        match key.as_str() {
            "apiVersion" | "kind" => {}
            "metadata" => {
                let mut rest = value.clone();
                if let TracedValue::Mapping(entries) = &mut rest.value {
                    entries.retain(|(key, _)| key != "name" && key != "namespace");
                }
                merge_entry(object, key, &rest, schema);
            }
            _ => merge_entry(object, key, value, schema),
        }
    }
}

fn merge_mapping(target: &mut Traced, patch: &Traced, schema: Schema) {
    for (key, value) in patch.entries() {
        merge_entry(target, key, value, schema);
    }
}

fn merge_entry(target: &mut Traced, key: &str, patch: &Traced, schema: Schema) {
    if key.starts_with('$') {
        return;
    }
    if patch.is_null() || directive(patch) == Some("delete") {
        target.remove(key, patch.place);
        return;
    }
    let replaces = directive(patch) == Some("replace");
    match target.get_mut(key) {
        Some(old) if !replaces && old.is_mapping() && patch.is_mapping() => merge_mapping(old, patch, schema),
        Some(old) if is_list(old) && is_list(patch) => merge_list(old, patch, key, schema),
        _ => {
            if let Some(value) = without_directives(patch) {
                target.set(key, value);
            }
        }
    }
}

fn is_list(value: &Traced) -> bool {
    matches!(value.value, TracedValue::Sequence(_))
}

fn directive(value: &Traced) -> Option<&str> {
    value.get("$patch").and_then(Traced::as_str)
}

fn merge_list(target: &mut Traced, patch: &Traced, field: &str, schema: Schema) {
    let keys = schema.keys(field);
    let replaces = patch
        .items()
        .iter()
        .any(|item| directive(item) == Some("replace"));
    if keys.is_empty() || replaces {
        if let Some(mut value) = without_directives(patch) {
            value.before = Some(target.place);
            *target = value;
        }
        return;
    }
    let used = |key: &&str| {
        let items = target.items().iter().chain(patch.items());
        items.into_iter().any(|item| item.get(key).is_some())
    };
    let keys: Vec<&str> = keys.iter().copied().filter(|key| used(key)).collect();
    let mut first = Vec::new();
    for item in patch.items() {
        let at = target.items().iter().position(|old| is_same(old, item, &keys));
        match at {
            Some(at) if directive(item) == Some("delete") => target.remove_item(at, item.place),
            Some(at) => {
                if let TracedValue::Sequence(items) = &mut target.value {
                    let mut old = items.remove(at);
                    merge_mapping(&mut old, item, schema);
                    first.push(old);
                }
            }
            None if directive(item) == Some("delete") => {}
            None => first.extend(without_directives(item)),
        }
    }
    if let TracedValue::Sequence(items) = &mut target.value {
        first.append(items);
        *items = first;
    }
}

fn is_same(one: &Traced, other: &Traced, keys: &[&str]) -> bool {
    keys.iter().all(|key| match (one.get(key), other.get(key)) {
        (Some(one), Some(other)) => one.value == other.value,
        (None, None) => true,
        _ => false,
    })
}

/// A part of a patch as it is put in anew: without directives and without nulls. None where nothing is to be put in.
fn without_directives(patch: &Traced) -> Option<Traced> {
    if patch.is_null() || directive(patch) == Some("delete") {
        return None;
    }
    let mut value = patch.clone();
    match &mut value.value {
        TracedValue::Mapping(entries) => {
            let kept = entries.iter().filter(|(key, _)| !key.starts_with('$'));
            *entries = kept
                .filter_map(|(key, value)| Some((key.clone(), without_directives(value)?)))
                .collect();
        }
        TracedValue::Sequence(items) => {
            let kept = items.iter().filter(|item| directive(item) != Some("replace"));
            *items = kept.filter_map(without_directives).collect();
        }
        TracedValue::Scalar(_) => {}
    }
    Some(value)
}

/// Does a patch take the whole object away? Then its place.
pub(super) fn deletes(patch: &Traced) -> Option<Place> {
    (directive(patch) == Some("delete")).then_some(patch.place)
}
