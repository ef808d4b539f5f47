//! Rights: everything that can be done to everything the server has, and what of it a user may.

use std::collections::BTreeSet;
use std::fmt;
use std::thread;

use serde_json::{Value, json};

use crate::support::Outcome;
use crate::world::World;

/// A verb on a resource, or on a part of one: `get` of `pods/log`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Right {
    group: String,
    resource: String,
    verb: String,
}

impl Right {
    pub(crate) fn new(group: &str, resource: &str, verb: &str) -> Self {
        Self {
            group: group.to_owned(),
            resource: resource.to_owned(),
            verb: verb.to_owned(),
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dot = if self.group.is_empty() { "" } else { "." };
        write!(out, "{} {}{dot}{}", self.verb, self.resource, self.group)
    }
}

/// Verbs that authorization knows and discovery does not list.
const UNLISTED: [(&str, &str, &str); 9] = [
    ("", "groups", "impersonate"),
    ("", "serviceaccounts", "impersonate"),
    ("", "users", "impersonate"),
    ("rbac.authorization.k8s.io", "clusterroles", "bind"),
    ("rbac.authorization.k8s.io", "clusterroles", "escalate"),
    ("rbac.authorization.k8s.io", "roles", "bind"),
    ("rbac.authorization.k8s.io", "roles", "escalate"),
    ("certificates.k8s.io", "signers", "approve"),
    ("certificates.k8s.io", "signers", "sign"),
];

/// Every right that there is on this server, by its own discovery.
pub(crate) fn of_server(world: &World) -> Outcome<BTreeSet<Right>> {
    let listed: Value = serde_json::from_str(&world.kubectl.run(&["get", "--raw", "/apis"])?)?;
    let groups = listed["groups"].as_array().ok_or("no list of groups")?;
    let versions = groups
        .iter()
        .flat_map(|group| group["versions"].as_array().into_iter().flatten())
        .filter_map(|version| version["groupVersion"].as_str());
    let paths: Vec<String> = versions.map(|version| format!("/apis/{version}")).collect();
    let mut rights: BTreeSet<_> = UNLISTED
        .iter()
        .map(|(group, resource, verb)| Right::new(group, resource, verb))
        .collect();
    // Two at a time, as many as a small machine has processors.
    let (left, right) = paths.split_at(paths.len() / 2);
    let found = thread::scope(|scope| {
        let other = scope.spawn(|| resources(world, left));
        let mine = resources(world, right);
        let other = other.join().unwrap_or_else(|_| Err("a thread panicked".into()));
        [mine, other, resources(world, &["/api/v1".to_owned()])]
    });
    for part in found {
        rights.extend(part?);
    }
    Ok(rights)
}

fn resources(world: &World, paths: &[String]) -> Outcome<Vec<Right>> {
    let mut rights = Vec::new();
    for path in paths {
        let list: Value = serde_json::from_str(&world.kubectl.run(&["get", "--raw", path])?)?;
        let version = list["groupVersion"].as_str().unwrap_or_default();
        let group = version.split_once('/').map_or("", |(group, _)| group);
        for resource in list["resources"].as_array().into_iter().flatten() {
            let name = resource["name"].as_str().unwrap_or_default();
            let verbs = resource["verbs"].as_array().into_iter().flatten();
            rights.extend(
                verbs
                    .filter_map(Value::as_str)
                    .map(|verb| Right::new(group, name, verb)),
            );
        }
    }
    if rights.is_empty() {
        Err(format!("nothing below {paths:?}").into())
    } else {
        Ok(rights)
    }
}

/// What a user may in a namespace, of all these rights, by the server's own account.
pub(crate) fn of_user(
    world: &World,
    all: &BTreeSet<Right>,
    user: &str,
    namespace: &str,
) -> Outcome<BTreeSet<Right>> {
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": { "namespace": namespace },
    });
    let create = [
        "--as",
        user,
        "create",
        "--validate=false",
        "-o",
        "json",
        "-f",
        "-",
    ];
    let answer: Value = serde_json::from_str(&world.kubectl.run_with_input(&create, &review.to_string())?)?;
    let rules = answer["status"]["resourceRules"].as_array().ok_or("no rules")?;
    let lists = |rule: &Value, key: &str, value: &str| {
        let mut items = rule[key].as_array().into_iter().flatten();
        items.any(|item| item == value || item == "*")
    };
    let may = |right: &&Right| {
        rules.iter().any(|rule| {
            lists(rule, "apiGroups", &right.group)
                && lists(rule, "resources", &right.resource)
                && lists(rule, "verbs", &right.verb)
        })
    };
    Ok(all.iter().filter(may).cloned().collect())
}

/// Says what there is too much and too little of.
pub(crate) fn compare(found: &BTreeSet<Right>, wanted: &BTreeSet<Right>) -> Outcome {
    let words = |one: &BTreeSet<Right>, other: &BTreeSet<Right>| {
        let only: Vec<_> = one.difference(other).map(Right::to_string).collect();
        only.join(", ")
    };
    let (extra, missing) = (words(found, wanted), words(wanted, found));
    match (extra.is_empty(), missing.is_empty()) {
        (true, true) => Ok(()),
        (false, true) => Err(format!("it may also {extra}").into()),
        (true, false) => Err(format!("it may not {missing}").into()),
        (false, false) => Err(format!("it may also {extra}\nit may not {missing}").into()),
    }
}
