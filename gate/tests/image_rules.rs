//! Every rule over images against its fixtures: a `pass-*` gives nothing at all, a `fail-*` gives what stands in the
//! snapshot beside it, and only findings of its own rule. `GATE_BLESS=1` writes the snapshots anew.

#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests read their fixtures"
)]

#[path = "support/image.rs"]
mod image;
#[path = "support/image_fixture.rs"]
mod image_fixture;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use gate::finding::Finding;
use gate::rules::{CATALOGUE, Check, Policy, Profile};

fn entries(folder: &Path) -> Vec<PathBuf> {
    let list = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = list.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn snapshot(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let level = format!("{:?}", finding.level).to_lowercase();
        writeln!(text, "{level}[{}]: {}", finding.rule, finding.message).unwrap();
        for (name, value) in [
            ("at", &finding.path),
            ("detail", &finding.detail),
            ("help", &finding.help),
        ] {
            if let Some(value) = value {
                writeln!(text, "  {name}: {value}").unwrap();
            }
        }
        if !finding.identifiers.is_empty() {
            writeln!(text, "  identifiers: {}", finding.identifiers.join(", ")).unwrap();
        }
    }
    text
}

/// What is wrong with a fixture's outcome; empty where nothing is.
fn judge(fixture: &Path, rule: &str) -> String {
    let findings = image_fixture::run(fixture, &Policy::of(Profile::Production));
    let name = fixture.file_name().unwrap().to_str().unwrap();
    let found = snapshot(&findings);
    if name.starts_with("pass-") {
        return found;
    }
    if findings.is_empty() || findings.iter().any(|finding| finding.rule != rule) {
        return format!("expected findings of {rule} and of no other rule, found:\n{found}");
    }
    let file = fixture.with_extension("snap");
    if std::env::var_os("GATE_BLESS").is_some() {
        std::fs::write(&file, &found).unwrap();
    }
    match std::fs::read_to_string(&file) {
        Ok(expected) if expected == found => String::new(),
        Ok(expected) => format!("expected:\n{expected}found:\n{found}"),
        Err(error) => format!("{error}: {}", file.display()),
    }
}

#[test]
fn every_fixture_of_every_image_rule() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
    let mut wrong = String::new();
    for rule in CATALOGUE
        .iter()
        .filter(|rule| matches!(rule.check, Check::Image(_)))
    {
        let fixtures: Vec<_> = entries(&root.join(rule.id))
            .into_iter()
            .filter(|path| path.is_dir())
            .collect();
        for kind in ["pass-", "fail-"] {
            let of_kind = |path: &&PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(kind);
            if !fixtures.iter().any(|path| of_kind(&path)) {
                writeln!(wrong, "{}: no {kind} fixture", rule.id).unwrap();
            }
        }
        for fixture in fixtures {
            let problem = judge(&fixture, rule.id);
            if !problem.is_empty() {
                writeln!(
                    wrong,
                    "== {}\n{problem}",
                    fixture.strip_prefix(&root).unwrap().display()
                )
                .unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
