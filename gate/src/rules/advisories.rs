//! The words that the rules on advisories share.

use crate::deps::{Advisory, Audit, AuditedPackage, Kind, Place};
use crate::rules::{Hit, Sink};

/// Every package with each advisory of the given kinds that holds for it.
pub(super) fn of_kinds<'a>(
    audit: &'a Audit,
    kinds: &'a [Kind],
) -> impl Iterator<Item = (usize, &'a AuditedPackage, &'a Advisory)> {
    audit
        .packages
        .iter()
        .enumerate()
        .flat_map(move |(index, package)| {
            package
                .advisories
                .iter()
                .filter(|advisory| kinds.contains(&advisory.kind))
                .map(move |advisory| (index, package, advisory))
        })
}

/// What is wrong, how the package is reached, and how far it gets.
pub(super) fn message(package: &AuditedPackage, advisory: &Advisory, verb: &str) -> String {
    let mut known: Vec<&str> = advisory
        .aliases
        .iter()
        .map(String::as_str)
        .filter(|alias| alias.starts_with("CVE-"))
        .collect();
    let severity = advisory.severity();
    known.extend(severity.as_deref());
    let known = if known.is_empty() {
        String::new()
    } else {
        format!(" ({})", known.join(", "))
    };
    let (name, version, id) = (&package.name, &package.version, &advisory.id);
    format!("`{name}` {version} {verb} {id}{known}; {}", whereabouts(package))
}

fn whereabouts(package: &AuditedPackage) -> String {
    let shipping = package.shipping.map_or_else(
        || "it is in the lockfile".to_owned(),
        |shipping| shipping.to_string(),
    );
    let route: Vec<String> = package.route.iter().map(|name| format!("`{name}`")).collect();
    match (package.range.is_some(), route.as_slice()) {
        (false, _) | (true, [_]) => shipping,
        (true, []) => format!("{shipping}, and nothing in the workspace leads to it"),
        (true, [route @ .., _]) => format!("{shipping}, by way of {}", route.join(" → ")),
    }
}

/// Reports an advisory on a package, with what mends it.
pub(super) fn report<'a>(
    sink: &'a mut Sink<Place>,
    index: usize,
    package: &AuditedPackage,
    advisory: &Advisory,
    message: String,
) -> &'a mut Hit<Place> {
    let hit = sink.report(Place::Package(index), message);
    hit.detail(format!("{} {}", package.name, package.version))
        .help(help(package, advisory))
        .identifiers(advisory.identifiers())
}

fn help(package: &AuditedPackage, advisory: &Advisory) -> String {
    let mut parts: Vec<String> = package.cure.sentence().into_iter().collect();
    if !advisory.functions.is_empty() {
        parts.push(format!("the defect is in {}", quoted(&advisory.functions)));
    }
    if !advisory.operating_systems.is_empty() {
        parts.push(format!("only on {}", quoted(&advisory.operating_systems)));
    }
    if !advisory.architectures.is_empty() {
        parts.push(format!("only on {}", quoted(&advisory.architectures)));
    }
    parts.push(format!("see {}", advisory.page()));
    if let Some(attribution) = &advisory.attribution {
        parts.push(format!("{} ({})", attribution.url, attribution.license));
    }
    parts.join("; ")
}

/// The first few names; some advisories have dozens.
fn quoted(names: &[String]) -> String {
    const SHOWN: usize = 4;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let shown = shown.join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
