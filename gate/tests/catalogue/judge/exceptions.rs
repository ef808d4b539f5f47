//! Judges a folder with `manifests.yaml`, the exceptions of a `gate.toml`, and the day of the run in `facts.toml`.
//!
//! The manifests are judged whole at profile production, so that the exceptions have something to cover.

use std::path::Path;

use gate::config;
use gate::exceptions::{self, Coverage, Usage};
use gate::finding::{Finding, Location, ObjectReference};
use gate::kube::{Facts, Index};
use gate::rules::{self, Policy, Profile, Rule};
use gate::yaml;

use super::{Judgement, Shown, facts, read, shown};

pub(super) fn judge(fixture: &Path, rules: &[&'static Rule]) -> Judgement {
    let text = read(&fixture.join("gate.toml"));
    let config = config::parse(&text, "gate.toml").unwrap_or_else(|errors| panic!("{errors:#?}"));
    let today = facts::read(&fixture.join("facts.toml"))
        .today
        .expect("a fixture of an exception names the day of the run");
    let policy = Policy::of(Profile::Production);
    let mut findings = found(&fixture.join("manifests.yaml"), &policy);
    let coverage = Coverage {
        ran: policy.rules().map(|rule| rule.id).collect(),
        complete: true,
    };
    let usage = exceptions::apply(&mut findings, &config.allows, today, &coverage, &policy);
    let uncovered = findings.iter().filter(|finding| finding.allowed.is_none());
    let asked = uncovered.filter(|finding| rules.iter().any(|rule| rule.id == finding.rule));
    let mut all: Vec<Shown> = asked.map(of_manifest).collect();
    for rule in rules {
        all.extend(of_exceptions(&usage, rule));
    }
    let covered = [
        ("exceptions", usage.entries.len()),
        ("findings covered", count_covered(&findings)),
    ];
    Judgement {
        covered: covered.into_iter().collect(),
        findings: all,
    }
}

fn count_covered(findings: &[Finding]) -> usize {
    let covered = findings.iter().filter(|finding| finding.allowed.is_some());
    covered.count()
}

/// What the rules find in manifests, in the form to which exceptions are applied.
fn found(manifests: &Path, policy: &Policy) -> Vec<Finding> {
    let stream = yaml::read(read(manifests), &yaml::Limits::default());
    let index = Index::new(&stream.documents, Facts::default());
    let hits = rules::manifests(&index, policy.rules()).into_iter();
    let finding = |(rule, hit): (&'static Rule, rules::Hit<gate::kube::Field>)| {
        let mut finding = policy.finding(rule, &hit);
        finding.object = index.reference(&hit.place);
        finding.path = Some(hit.place.path.to_string());
        finding.container = hit.place.container;
        finding.seal()
    };
    hits.map(finding).collect()
}

fn of_manifest(finding: &Finding) -> Shown {
    let name = |object: &ObjectReference| format!("{} {}", object.kind, object.name);
    Shown {
        rule: finding.rule,
        level: finding.level,
        object: finding.object.as_ref().map(name),
        container: finding.container.clone(),
        place: finding.path.clone().unwrap_or_default(),
        message: finding.message.clone(),
        detail: None,
        help: None,
        related: Vec::new(),
    }
}

fn of_exceptions(usage: &Usage<'_>, rule: &'static Rule) -> Vec<Shown> {
    let place = |place: &exceptions::Place| {
        let Location { line, column, .. } = usage.location(place).expect("an entry's place");
        format!("gate.toml:{line}:{column}")
    };
    let hits = rules::exceptions(usage, [rule]).into_iter();
    hits.map(|(rule, hit)| shown(rule, hit, place, |_| (None, None)))
        .collect()
}
