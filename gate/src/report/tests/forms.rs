//! Snapshots of both forms.

use super::*;
use crate::config::{MaxAge, parse};
use crate::report::{PolicyChange, Settings};
use crate::rules::by_id;

fn snapshot(name: &str, text: &str) {
    insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn a_pass() {
    let stages = vec![
        done("manifests", manifests(vec![excused(unpinned())])),
        done("deps", dependencies(vec![])),
        done("image", image()),
    ];
    snapshot("pass", &human(&report(stages)));
}

#[test]
fn a_fail_with_the_lines_to_edit() {
    let mut nearest = bare("may-run-as-root", Level::Warning);
    nearest.location = Some(Location {
        end_line: 11,
        certainty: Certainty::Nearest,
        ..location(BASE, 8, 7, 3)
    });
    nearest.detail = Some("runAsNonRoot is unset on the pod and on each of its three containers".to_owned());
    let mut note = bare("unmaintained-crate", Level::Note);
    note.package = Some("time".to_owned());
    note.location = Some(location("Cargo.lock", 7, 1, 12));
    let stages = vec![
        done("manifests", manifests(vec![nearest, unpinned()])),
        done("deps", dependencies(vec![note])),
    ];
    let report = report(stages);
    snapshot("fail", &human(&report));
    let quiet = Options {
        quiet: true,
        ..Options::default()
    };
    snapshot("fail-quiet", &printed(&report, Format::Human, quiet));
}

#[test]
fn an_error_with_findings() {
    let mut unreadable = manifests(vec![unpinned()]);
    unreadable.errors.push(StageError {
        message: "the document cannot be read: a tab indents it".to_owned(),
        hint: None,
        location: Some(location(BASE, 3, 1, 10)),
    });
    let stages = vec![
        done("manifests", unreadable),
        done("deps", broken("the advisories are 95 days old")),
        StageRun {
            name: "image",
            work: Work::Skipped {
                reason: "by `--skip image`".to_owned(),
            },
        },
    ];
    snapshot("error", &human(&report(stages)));
}

#[test]
fn an_unreadable_configuration() {
    let text = "profle = \"production\"\n";
    let errors = parse(text, "gate.toml").unwrap_err();
    let report = Report::assemble(Parts {
        errors: errors.iter().map(StageError::from).collect(),
        sources: [("gate.toml".to_owned(), text.to_owned())].into(),
        ..Parts::default()
    });
    assert_eq!(report.verdict.exit_code(), 2);
    snapshot("configuration", &human(&report));
}

#[test]
fn nothing_to_check() {
    let parts = Parts {
        stages: vec![done("manifests", StageOutcome::default())],
        not_checked: vec!["dependencies".to_owned(), "images".to_owned()],
        ..Parts::default()
    };
    let report = Report::assemble(parts);
    assert_eq!(report.verdict.exit_code(), 3);
    snapshot("empty", &human(&report));
}

/// A run whose rules were changed, with everything shown.
fn changed() -> Report {
    let change = |id, level, location| PolicyChange::of(by_id(id).unwrap(), level, location);
    let place = location("gate.toml", 12, 1, 18);
    let changes = [
        change("expired-exception", None, Some(place)),
        change("unused-exception", Some(Level::Note), None),
        change("distant-exception", Some(Level::Error), None),
        change("missing-reason", Some(Level::Error), None),
    ];
    Report::assemble(Parts {
        settings: Settings {
            max_age: MaxAge::Unlimited,
            ..Settings::default()
        },
        stages: vec![
            done(
                "manifests",
                manifests(vec![unpinned(), excused(bare("host-path", Level::Error))]),
            ),
            done("deps", dependencies(vec![])),
        ],
        policy: changes.into_iter().flatten().collect(),
        not_checked: vec!["images".to_owned()],
        ..Parts::default()
    })
}

#[test]
fn everything_at_once() {
    let verbose = Options {
        verbose: true,
        ..Options::default()
    };
    snapshot("verbose", &printed(&changed(), Format::Human, verbose));
    snapshot("json", &printed(&changed(), Format::Json, Options::default()));
}

#[test]
fn json_has_every_field_of_version_1() {
    let text = printed(&changed(), Format::Json, Options::default());
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let has = |value: &serde_json::Value, fields: &str| {
        for field in fields.split(' ') {
            assert!(value.get(field).is_some(), "{field} is absent of {value}");
        }
    };
    has(
        &value,
        "version tool verdict kubernetes profile fail_on stages findings tools databases",
    );
    has(&value["tool"], "name version");
    has(&value["kubernetes"], "from to");
    has(&value["stages"][0], "name status reason covered duration_ms");
    let of_finding = "rule group level message detail help object container path location related rendered \
                      introduced_by fingerprint allowed";
    for finding in value["findings"].as_array().unwrap() {
        has(finding, of_finding);
    }
    let whole = value["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["rule"] == "unpinned-image");
    let whole = whole.unwrap();
    has(&whole["object"], "api_version kind namespace name");
    has(
        &whole["location"],
        "file line column end_line end_column certainty",
    );
    has(
        &whole["related"][0],
        "file line column end_line end_column certainty label",
    );
    has(&whole["rendered"], "file line column");
    has(&whole["introduced_by"], "file line kind");
    has(&value["findings"][0]["allowed"], "reason until where");
    has(&value["tools"][0], "name version path");
    has(&value["databases"][0], "name revision updated entries");
}

#[test]
fn colour_adds_nothing_but_colour() {
    let report = changed();
    let coloured = Options {
        colour: true,
        ..Options::default()
    };
    let text = printed(&report, Format::Human, coloured);
    assert!(text.contains("\u{1b}["));
    assert_eq!(anstream::adapter::strip_str(&text).to_string(), human(&report));
}
