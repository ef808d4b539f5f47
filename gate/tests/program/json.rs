//! The report in JSON: its fields, what differs between two runs, and that it says what the human one says.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::changes::{BASE, check, unpin_production};
use crate::repository::Repository;

/// The fields of version 1, by the place in the report: `[]` is any item of a list.
const FIELDS: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "version",
            "tool",
            "verdict",
            "kubernetes",
            "profile",
            "fail_on",
            "stages",
            "findings",
            "tools",
            "databases",
        ],
    ),
    ("tool", &["name", "version"]),
    ("kubernetes", &["from", "to"]),
    (
        "stages[]",
        &["name", "status", "reason", "covered", "duration_ms"],
    ),
    (
        "findings[]",
        &[
            "rule",
            "group",
            "level",
            "message",
            "detail",
            "help",
            "object",
            "container",
            "path",
            "location",
            "related",
            "rendered",
            "introduced_by",
            "fingerprint",
            "allowed",
        ],
    ),
    ("findings[].object", &["api_version", "kind", "namespace", "name"]),
    ("findings[].location", PLACE),
    ("findings[].related[]", PLACE),
    ("findings[].related[]", &["label"]),
    ("findings[].rendered", &["file", "line", "column"]),
    ("findings[].introduced_by", &["file", "line", "kind"]),
    ("findings[].allowed", &["reason", "until", "where"]),
    ("tools[]", &["name", "version", "path"]),
    ("databases[]", &["name", "revision", "updated", "entries"]),
];

const PLACE: &[&str] = &["file", "line", "column", "end_line", "end_column", "certainty"];

/// A repository with findings of every kind: in manifests, in an image, in a lockfile, and one that is excused.
fn with_findings() -> Option<Repository> {
    let repository = Repository::rendered()?;
    repository.build(&crate::changes::setuid_image());
    repository.change(BASE, "        runAsNonRoot: true\n", "");
    repository.change(
        BASE,
        "readOnlyRootFilesystem: true",
        "readOnlyRootFilesystem: false",
    );
    unpin_production(&repository);
    let configuration = std::fs::read_to_string(repository.path("gate.toml")).unwrap();
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let entry = format!(
        "\n[[allow]]\nrule = \"writable-root-filesystem\"\nwhere = {{ kind = \"Deployment\", name = \"hello\" }}\n\
         reason = \"it writes its cache beside itself\"\nuntil = {}\n",
        today.tomorrow().unwrap()
    );
    repository.write("gate.toml", &(configuration + &entry));
    Some(repository)
}

/// The values at a place; nulls, where the parts do not apply, are left out.
fn at<'a>(report: &'a Value, place: &str) -> Vec<&'a Value> {
    let mut values = vec![report];
    for part in place.split('.').filter(|part| !part.is_empty()) {
        let (key, is_list) = part.strip_suffix("[]").map_or((part, false), |key| (key, true));
        let below = values.into_iter().map(|value| &value[key]);
        values = if is_list {
            below.flat_map(|list| list.as_array().unwrap()).collect()
        } else {
            below.filter(|value| !value.is_null()).collect()
        };
    }
    values
}

#[test]
fn every_field_of_version_1_is_there() {
    let Some(repository) = with_findings() else { return };
    let run = check(&repository);
    let report = run.report();
    assert_eq!((run.code, &report["version"]), (1, &json!(1)), "{run:#?}");
    for (place, fields) in FIELDS {
        let values = at(&report, place);
        assert!(!values.is_empty(), "nothing at `{place}`: {report:#}");
        for value in values {
            let keys: BTreeSet<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
            let missing: Vec<&&str> = fields.iter().filter(|field| !keys.contains(**field)).collect();
            assert!(missing.is_empty(), "{missing:?} at `{place}`: {value:#}");
        }
    }
}

#[test]
fn what_does_not_apply_is_null() {
    let Some(repository) = with_findings() else { return };
    let report = check(&repository).report();
    let finding = |rule: &str| {
        let mut findings = at(&report, "findings[]").into_iter();
        findings.find(|finding| finding["rule"] == rule).unwrap()
    };
    let image = finding("setuid-file");
    for field in [
        "object",
        "container",
        "location",
        "rendered",
        "introduced_by",
        "allowed",
    ] {
        assert_eq!(image.get(field), Some(&Value::Null), "{field}");
    }
    let pod = finding("may-run-as-root");
    for field in ["container", "detail", "allowed"] {
        assert_eq!(pod.get(field), Some(&Value::Null), "{field}");
    }
    assert!(finding("writable-root-filesystem")["allowed"].is_object());
    let reasons: Vec<&Value> = at(&report, "stages[]")
        .into_iter()
        .map(|stage| stage.get("reason").unwrap())
        .collect();
    assert_eq!(reasons, [&Value::Null; 3]);
}

#[test]
fn two_runs_differ_in_durations_only() {
    let Some(repository) = with_findings() else { return };
    let stable = || {
        let mut report = check(&repository).report();
        for stage in report["stages"].as_array_mut().unwrap() {
            assert!(stage["duration_ms"].is_u64());
            stage["duration_ms"] = Value::Null;
        }
        // Compared as text, since the order of keys counts too.
        report.to_string()
    };
    assert_eq!(stable(), stable());
    let human = || repository.gate(&["check"]).stdout;
    assert_eq!(human(), human());
}

#[test]
fn every_form_gives_one_verdict() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    let agree = |verdict: &str, code: i32| {
        let run = check(&repository);
        assert_eq!(
            (run.code, run.report()["verdict"].as_str()),
            (code, Some(verdict)),
            "{run:#?}"
        );
        let human = repository.gate(&["check"]);
        let last = human.stdout.lines().last().unwrap().to_owned();
        assert_eq!(
            (human.code, last.split_once(':').unwrap().0),
            (code, verdict),
            "{last}"
        );
        let quiet = repository.gate(&["check", "--quiet"]);
        assert_eq!(
            (quiet.code, quiet.stdout.lines().last()),
            (code, Some(last.as_str()))
        );
    };
    agree("pass", 0);
    unpin_production(&repository);
    agree("fail", 1);
    repository.write("empty/notes.txt", "");
    let configuration = std::fs::read_to_string(repository.path("gate.toml")).unwrap();
    let (before, after) = configuration.split_once("paths = [").unwrap();
    let (_, after) = after.split_once(']').unwrap();
    repository.write("gate.toml", &format!("{before}paths = [\"empty\"]{after}"));
    agree("empty", 3);
    repository.write("Cargo.lock", "");
    agree("error", 2);
}

#[test]
fn a_report_is_written_to_a_file_too() {
    let Some(repository) = with_findings() else { return };
    let file = repository.path("report.json");
    let output = format!("json={}", file.display());
    let run = repository.gate(&["check", "--output", &output, "--output", "human=report.txt"]);
    let human = std::fs::read_to_string(repository.path("report.txt")).unwrap();
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (1, human.as_str(), "")
    );
    let text = std::fs::read_to_string(file).unwrap();
    let written: Value = serde_json::from_str(&text).unwrap();
    let rules = |report: &Value| -> Vec<Value> {
        let findings = at(report, "findings[]").into_iter();
        findings.map(|finding| finding["fingerprint"].clone()).collect()
    };
    assert_eq!(rules(&written), rules(&check(&repository).report()));
}

#[test]
fn a_file_that_cannot_be_written_does_not_keep_the_report_back() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    let run = repository.gate(&["check", "--quiet", "--output", "json=missing/report.json"]);
    assert!(run.stdout.starts_with("pass: "), "{run:#?}");
    let expected = "error: the report could not be written: missing/report.json: ";
    assert!(run.code == 2 && run.stderr.starts_with(expected), "{run:#?}");
}
