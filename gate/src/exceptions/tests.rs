//! Which findings an entry covers, and what the rules say of entries.

use jiff::civil::{Date, date};

use super::usage::World;
use super::{Coverage, judge};
use crate::config;
use crate::finding::{Certainty, Finding, Level, Location, ObjectReference};
use crate::rules::{CATALOGUE, Policy, Profile, Rule};

const TODAY: Date = date(2026, 9, 1);

/// Stands for any rule that may be excused, so that these tests need no other room.
mod example {
    use crate::exceptions::{Place, Usage};
    use crate::rules::{Sink, declare_rule};

    declare_rule! {
        /// An example.
        id: "example-rule",
        group: Hardening,
        level: Error,
        profile: Restricted,
        check: Exceptions(check),
    }

    fn check(_: &Usage<'_>, _: &mut Sink<Place>) {}
}

fn catalogue() -> Vec<&'static Rule> {
    CATALOGUE.iter().copied().chain([&example::RULE]).collect()
}

fn finding(rule: &'static str, name: &str) -> Finding {
    let mut finding = Finding::new(rule, "hardening", Level::Error, "something is wrong".to_owned());
    finding.object = Some(ObjectReference {
        api_version: "apps/v1".to_owned(),
        kind: "Deployment".to_owned(),
        namespace: Some("hello".to_owned()),
        name: name.to_owned(),
    });
    finding.container = Some("server".to_owned());
    finding.path = Some("/spec/replicas".to_owned());
    finding.location = Some(Location {
        file: "base/deployment.yaml".to_owned(),
        line: 3,
        column: 1,
        end_line: 3,
        end_column: 4,
        certainty: Certainty::Exact,
    });
    finding.seal()
}

/// What a run came to.
struct Outcome {
    findings: Vec<Finding>,
    /// `rule level line:column message` of each finding about an entry.
    judged: Vec<String>,
}

struct Run {
    coverage: Coverage,
    policy: Policy,
    findings: Vec<Finding>,
}

impl Default for Run {
    fn default() -> Self {
        let ran = ["example-rule", "vulnerable-crate"].into();
        Self {
            coverage: Coverage { ran, complete: true },
            policy: Policy::of(Profile::Production),
            findings: vec![finding("example-rule", "hello"), finding("example-rule", "other")],
        }
    }
}

impl Run {
    fn with(self, allows: &str) -> Outcome {
        let config = config::parse(allows, "gate.toml").unwrap_or_else(|errors| panic!("{errors:#?}"));
        let world = World {
            catalogue: &catalogue(),
            coverage: &self.coverage,
            policy: &self.policy,
        };
        let mut findings = self.findings;
        let usage = world.apply(&mut findings, &config.allows, TODAY);
        let line = |finding: Finding| {
            let place = finding.location.unwrap();
            let level = format!("{:?}", finding.level).to_lowercase();
            let (line, column) = (place.line, place.column);
            format!("{} {level} {line}:{column} {}", finding.rule, finding.message)
        };
        let judged = judge(&usage, &self.policy).into_iter().map(line).collect();
        Outcome { findings, judged }
    }
}

/// An entry that is whole, for the rule and scope given.
fn entry(rule: &str, scope: &str) -> String {
    format!(
        "[[allow]]\nrule = \"{rule}\"\nwhere = {{ {scope} }}\nreason = \"reads the log directory\"\nuntil = 2026-12-31\n"
    )
}

fn covered(outcome: &Outcome) -> Vec<bool> {
    outcome
        .findings
        .iter()
        .map(|finding| finding.allowed.is_some())
        .collect()
}

#[test]
fn an_entry_covers_what_its_scope_names() {
    let outcome = Run::default().with(&entry("example-rule", "kind = \"Deployment\", name = \"hello\""));
    assert_eq!(covered(&outcome), [true, false]);
    assert_eq!(outcome.judged, [""; 0]);
    let allowed = outcome.findings[0].allowed.clone().unwrap();
    assert_eq!(allowed.reason, "reads the log directory");
    assert_eq!(allowed.until, "2026-12-31");
    assert_eq!(allowed.place, "gate.toml:1");
}

#[test]
fn every_key_of_a_scope_must_match() {
    for scope in [
        "namespace = \"hello\"",
        "container = \"serv*\"",
        "path = \"/spec/*\"",
        "file = \"base/*.yaml\"",
    ] {
        let outcome = Run::default().with(&entry("example-rule", &format!("{scope}, name = \"hello\"")));
        assert_eq!(covered(&outcome), [true, false], "{scope}");
    }
    for scope in [
        "namespace = \"other\"",
        "container = \"agent\"",
        "path = \"/metadata/*\"",
        "file = \"overlay/*\"",
        "image = \"*\"",
        "package = \"*\"",
        "kind = \"DaemonSet\"",
    ] {
        let outcome = Run::default().with(&entry("example-rule", &format!("{scope}, name = \"hello\"")));
        assert_eq!(covered(&outcome), [false, false], "{scope}");
    }
}

#[test]
fn images_and_packages_are_scopes() {
    let mut findings = vec![finding("example-rule", "a"), finding("example-rule", "b")];
    findings[0].image = Some("registry.example/hello:v1".to_owned());
    findings[1].package = Some("time".to_owned());
    let run = || Run {
        findings: findings.clone(),
        ..Run::default()
    };
    let image = run().with(&entry("example-rule", "image = \"registry.example/*\""));
    assert_eq!(covered(&image), [true, false]);
    let package = run().with(&entry("example-rule", "package = \"time\""));
    assert_eq!(covered(&package), [false, true]);
}

#[test]
fn an_advisory_is_named_like_a_rule() {
    let mut findings = vec![finding("vulnerable-crate", "a"), finding("vulnerable-crate", "b")];
    findings[0].identifiers = vec!["RUSTSEC-2026-0001".to_owned(), "CVE-2026-12345".to_owned()];
    findings[1].identifiers = vec!["RUSTSEC-2026-0002".to_owned()];
    let run = || Run {
        findings: findings.clone(),
        ..Run::default()
    };
    for id in ["RUSTSEC-2026-0001", "CVE-2026-12345"] {
        let text = format!(
            "[[allow]]\nrule = \"{id}\"\nreason = \"the parser is never called\"\nuntil = 2026-12-31\n"
        );
        let outcome = run().with(&text);
        assert_eq!(covered(&outcome), [true, false], "{id}");
        assert_eq!(outcome.judged, [""; 0], "an advisory needs no scope");
    }
    let unused = run().with(&entry("GHSA-abcd-efgh-ijkl", ""));
    assert_eq!(
        unused.judged,
        ["unused-exception error 2:8 this exception matches nothing"]
    );
}

#[test]
fn fixed_rules_are_never_covered() {
    let mut by_advisory = finding("unused-exception", "hello");
    by_advisory.identifiers = vec!["CVE-2026-12345".to_owned()];
    let run = Run {
        findings: vec![finding("expired-exception", "hello"), by_advisory],
        ..Run::default()
    };
    let text = entry("expired-exception", "name = \"*llo\"") + &entry("CVE-2026-12345", "");
    let outcome = run.with(&text);
    assert_eq!(covered(&outcome), [false, false]);
    assert_eq!(
        outcome.judged,
        [
            "unused-exception error 7:8 this exception matches nothing",
            "invalid-exception error 2:8 no exception may cover `expired-exception`"
        ]
    );
}

#[test]
fn the_last_day_still_counts() {
    let until = |day: &str| {
        let text = entry("example-rule", "name = \"hello\"").replace("2026-12-31", day);
        Run::default().with(&text)
    };
    assert_eq!(covered(&until("2026-09-01")), [true, false]);
    let over = until("2026-08-31");
    assert_eq!(covered(&over), [false, false]);
    assert_eq!(
        over.judged,
        ["expired-exception error 5:9 this exception ended on 2026-08-31"]
    );
}

#[test]
fn an_end_in_half_a_year_is_near_enough() {
    let until = |day: &str| {
        let text = entry("example-rule", "name = \"hello\"").replace("2026-12-31", day);
        Run::default().with(&text)
    };
    assert_eq!(until("2027-02-28").judged, [""; 0]);
    let distant = until("2027-03-01");
    assert_eq!(covered(&distant), [true, false]);
    assert_eq!(
        distant.judged,
        ["distant-exception warning 5:9 this exception runs for more than 180 days, until 2027-03-01"]
    );
}

#[test]
fn an_unused_entry_is_found_only_by_a_whole_run() {
    let text = entry("example-rule", "name = \"gone\"");
    assert_eq!(
        Run::default().with(&text).judged,
        ["unused-exception error 2:8 this exception matches nothing"]
    );
    let mut part = Run::default();
    part.coverage.complete = false;
    assert_eq!(part.with(&text).judged, [""; 0]);
    let mut elsewhere = Run::default();
    elsewhere.coverage.ran.clear();
    assert_eq!(elsewhere.with(&text).judged, [""; 0], "its rule did not run");
    let outside = Run {
        policy: Policy::of(Profile::Baseline),
        ..Run::default()
    };
    assert_eq!(
        outside.with(&text).judged,
        ["unused-exception note 2:8 `example-rule` does not run, so this exception does nothing"]
    );
}

#[test]
fn reasons_must_say_something() {
    let reason = |reason: &str| {
        let text = entry("example-rule", "name = \"hello\"").replace("reads the log directory", reason);
        Run::default().with(&text)
    };
    for filler in [
        "",
        "          ",
        "short",
        "TODO: fix this later",
        "temporary!!!",
        "aaaaaaaaaaaa",
        "----------",
    ] {
        let outcome = reason(filler);
        assert_eq!(covered(&outcome), [false, false], "{filler}");
        assert_eq!(
            outcome.judged,
            ["missing-reason error 4:10 the reason of this exception says nothing"],
            "{filler}"
        );
    }
    assert_eq!(reason("kubelet needs it until 1.38").judged, [""; 0]);
}

#[test]
fn an_incomplete_entry_covers_nothing() {
    let rest = "[[allow]]\nrule = \"example-rule\"\nwhere = { name = \"hello\" }\n";
    for (lines, said) in [
        ("", "1:1 this exception has neither reason nor end date"),
        (
            "reason = \"reads the log directory\"\n",
            "1:1 this exception has no end date",
        ),
        ("until = 2026-12-31\n", "1:1 this exception has no reason"),
        (
            "reason = \"todo\"\n",
            "4:10 this exception has no end date, and its reason says nothing",
        ),
    ] {
        let outcome = Run::default().with(&format!("{rest}{lines}"));
        assert_eq!(covered(&outcome), [false, false]);
        assert_eq!(outcome.judged, [format!("missing-reason error {said}")]);
    }
}

#[test]
fn a_broad_entry_covers_and_is_found() {
    for scope in [
        "",
        "kind = \"Deployment\"",
        "namespace = \"hello\"",
        "name = \"**\"",
    ] {
        let outcome = Run::default().with(&entry("example-rule", scope));
        assert_eq!(covered(&outcome), [true, true], "{scope}");
        assert_eq!(
            outcome.judged,
            ["broad-exception warning 3:9 this exception is not limited to certain things"],
            "{scope}"
        );
    }
    let many = |count: usize| {
        let named = |number: usize| finding("example-rule", &format!("hello-{number}"));
        let findings = (0..count).chain(0..count).map(named).collect();
        let run = Run {
            findings,
            ..Run::default()
        };
        run.with(&entry("example-rule", "name = \"hello-*\"")).judged
    };
    assert_eq!(many(20), [""; 0], "the same finding of two renders counts once");
    assert_eq!(
        many(21),
        ["broad-exception warning 3:9 this exception covers 21 findings, more than 20"]
    );
}

#[test]
fn an_unknown_rule_is_found() {
    let outcome = Run::default().with(&(entry("exmaple-rule", "name = \"hello\"") + &entry("CVE-26-1", "")));
    assert_eq!(covered(&outcome), [false, false]);
    assert_eq!(
        outcome.judged,
        [
            "invalid-exception error 2:8 there is no rule `exmaple-rule`",
            "invalid-exception error 7:8 there is no rule `CVE-26-1`"
        ]
    );
}
