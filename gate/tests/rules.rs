//! Runs every rule over its fixtures: `gate/tests/rules/<id>/{pass,fail}-*`, each with its snapshot beside.
//!
//! A fixture is one more change of a good one, so that it fails for one reason. `GATE_BLESS=1` writes the snapshots
//! anew, but for the lines `also:`, which name the other rules that must fire and are written by hand.
#![expect(
    clippy::disallowed_methods,
    reason = "a test reads its fixtures where they lie, not through the limits of `input/`"
)]
#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "a fixture that cannot be read fails the test"
)]

mod catalogue;
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use catalogue::fixture::{self, Expectation, Fixture};
use catalogue::{judge, snapshot};
use gate::rules::{CATALOGUE, Policy, Profile, Rule};

#[test]
fn each_rule_has_passing_and_failing_fixtures() {
    let mut complaints = Vec::new();
    for rule in CATALOGUE.iter().copied() {
        let fixtures = fixture::of(rule);
        for expectation in [Expectation::Pass, Expectation::Fail] {
            if !fixtures.iter().any(|fixture| fixture.expectation == expectation) {
                complaints.push(format!("`{}` has no {expectation:?} fixture", rule.id));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn each_folder_belongs_to_a_rule_and_each_file_to_a_fixture() {
    let complaints = fixture::surplus();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn each_rule_gives_what_its_snapshots_say() {
    let mut complaints = Vec::new();
    for (rule, fixture) in fixtures() {
        let judgement = judge::with(rule, &fixture.path, &[rule]);
        let found = !judgement.findings.is_empty();
        if found != (fixture.expectation == Expectation::Fail) {
            complaints.push(format!("{}: {}", fixture.label(), snapshot::render(&judgement)));
            continue;
        }
        complaints.extend(snapshot::compare(&fixture, &judgement));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
}

#[test]
fn no_other_rule_fires_but_those_that_a_snapshot_lists() {
    let policy = Policy::of(Profile::Production);
    let all: Vec<&'static Rule> = policy.rules().collect();
    let mut complaints = Vec::new();
    for (rule, fixture) in fixtures() {
        let judgement = judge::with(rule, &fixture.path, &all);
        let fired: BTreeSet<String> = judgement
            .findings
            .iter()
            .map(|finding| finding.rule.to_owned())
            .collect();
        let mut expected = snapshot::also(&fixture);
        if fixture.expectation == Expectation::Fail {
            expected.insert(rule.id.to_owned());
        }
        if fired != expected {
            complaints.push(format!(
                "{}: expected {expected:?}, got {fired:?}",
                fixture.label()
            ));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn each_rule_file_is_in_the_catalogue_and_each_rule_has_its_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let mut files = BTreeSet::new();
    for group in fixture::entries(&root).into_iter().filter(|entry| entry.is_dir()) {
        for file in fixture::entries(&group) {
            let (group, stem) = (fixture::name(&group), file.file_stem().unwrap_or_default());
            files.insert(format!("{group}/{}", stem.to_string_lossy().replace('_', "-")));
        }
    }
    let listed: BTreeSet<String> = CATALOGUE
        .iter()
        .map(|rule| format!("{}/{}", rule.group.name(), rule.id))
        .collect();
    assert_eq!(files, listed);
}

#[test]
fn the_printed_catalogue_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules.md");
    let printed = fs::read_to_string(path).unwrap_or_default();
    assert!(
        printed == gate::rules::documentation(),
        "docs/rules.md is stale: run `cargo xtask docs`"
    );
}

fn fixtures() -> Vec<(&'static Rule, Fixture)> {
    let of = |rule| fixture::of(rule).into_iter().map(move |fixture| (rule, fixture));
    let all: Vec<_> = CATALOGUE.iter().copied().flat_map(of).collect();
    assert!(!all.is_empty(), "no fixture was found");
    all
}
