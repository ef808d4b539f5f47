//! Judges a folder with a `Cargo.lock` by the embedded table, as the stage does it.
//!
//! `<name>.json` beside it is the list embedded in a binary `<name>`; an empty one is a binary without a list.
//! `deny.jsonl` is what cargo-deny prints, and makes the stage ask for it. A `Cargo.toml` says where local packages lie.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gate::config::MaxAge;
use gate::deps::{Advisories, DatabaseChoice, DenySettings, InputFile};
use gate::finding::{Finding, Location};
use gate::rules::{Policy, Profile, Rule};
use gate::stages::deps::{Settings, run};

use super::{Judgement, Shown, read};
use crate::catalogue::fixture::{entries, name};
use crate::support::elf;

pub(super) fn judge(fixture: &Path, rules: &[&'static Rule]) -> Judgement {
    let workshop = tempfile::tempdir().expect("a temporary folder");
    let settings = settings(fixture, workshop.path());
    // The day of the table, so that a newer one is not from the future.
    let today = Advisories::embedded().expect("the embedded table").updated;
    let outcome = run(&settings, &Policy::of(Profile::Production), today);
    let mut covered: BTreeMap<&'static str, usize> = outcome.covered;
    covered.insert("errors", outcome.errors.len());
    let asked = |finding: &&Finding| rules.iter().any(|rule| rule.id == finding.rule);
    Judgement {
        covered,
        findings: outcome.findings.iter().filter(asked).map(show).collect(),
    }
}

fn settings(fixture: &Path, workshop: &Path) -> Settings {
    let mut settings = Settings {
        database: DatabaseChoice {
            max_age: MaxAge::Unlimited,
            ..DatabaseChoice::default()
        },
        ..Settings::default()
    };
    for file in entries(fixture) {
        let file_name = name(&file);
        let target = workshop.join(&file_name);
        if let Some(binary) = file_name.strip_suffix(".json") {
            let list = read(&file);
            let bytes = if list.trim().is_empty() {
                elf::without_list()
            } else {
                elf::with_list(&list)
            };
            fs::write(workshop.join(binary), bytes).expect("write the binary");
            settings.inputs.push(input(workshop, binary));
            continue;
        }
        fs::copy(&file, &target).expect("copy the fixture");
        match file_name.as_str() {
            "Cargo.lock" => settings.inputs.push(input(workshop, "Cargo.lock")),
            "deny.jsonl" => settings.deny = Some(stand_in()),
            _ => {}
        }
    }
    settings
}

fn input(folder: &Path, name: &str) -> InputFile {
    InputFile {
        path: folder.join(name),
        name: name.into(),
    }
}

/// A program in the place of cargo-deny that prints the fixture's report.
fn stand_in() -> DenySettings {
    DenySettings {
        program: Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stand-ins/cargo-deny")),
        ..DenySettings::default()
    }
}

fn show(finding: &Finding) -> Shown {
    let place = |location: &Location| format!("{}:{}:{}", location.file, location.line, location.column);
    let related = finding.related.iter();
    Shown {
        rule: finding.rule,
        level: finding.level,
        object: None,
        container: None,
        place: finding.location.as_ref().map(place).unwrap_or_default(),
        message: finding.message.clone(),
        detail: finding.detail.clone(),
        help: finding.help.clone(),
        related: related
            .map(|related| (place(&related.location), related.label.clone()))
            .collect(),
    }
}
