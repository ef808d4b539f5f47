//! What must never be printed, whatever the input holds.

use proptest::prelude::*;

use super::*;
use crate::report::is_unsafe;

/// A report in which every text is the given one.
pub(super) fn filled(text: &str) -> Report {
    let mut finding = unpinned();
    finding.message = text.to_owned();
    finding.detail = Some(text.to_owned());
    finding.help = Some(text.to_owned());
    finding.container = Some(text.to_owned());
    finding.path = Some(text.to_owned());
    finding.package = Some(text.to_owned());
    if let Some(object) = &mut finding.object {
        object.kind = text.to_owned();
        object.name = text.to_owned();
    }
    if let Some(related) = finding.related.first_mut() {
        related.label = text.to_owned();
        related.location.file = text.to_owned();
    }
    let mut unseen = finding.clone();
    unseen.location = Some(location(text, 1, 2, 3));
    let mut accepted = excused(finding.clone());
    accepted.allowed.as_mut().unwrap().reason = text.to_owned();
    let mut outcome = manifests(vec![finding.seal(), unseen.seal(), accepted.seal()]);
    outcome.notes.push(text.to_owned());
    outcome.sources = [OVERLAY, text]
        .map(|file| (file.to_owned(), text.to_owned()))
        .into();
    outcome.errors.push(StageError {
        message: text.to_owned(),
        hint: Some(text.to_owned()),
        location: Some(location(OVERLAY, 1, 1, 2)),
    });
    Report::assemble(Parts {
        stages: vec![done("manifests", outcome)],
        not_checked: vec![text.to_owned()],
        folder: text.to_owned(),
        ..Parts::default()
    })
}

/// What is wrong with an output, if anything.
fn complaint(output: &str) -> Option<String> {
    let bad =
        |line: &&str| line.contains(is_unsafe) || line.trim_start().starts_with("::") || line.contains("##[");
    output.lines().find(bad).map(str::to_owned)
}

fn both(report: &Report) -> [String; 2] {
    [Format::Human, Format::Json].map(|format| printed(report, format, Options::default()))
}

#[test]
fn commands_and_control_characters_are_broken() {
    for text in [
        "::error::x",
        "a\n::error::x",
        "\u{1b}[2J\u{1b}]0;title\u{7}",
        "\r::warning::x",
        "user\u{202e}nimda",
        "##[add-mask]x",
        "\u{2028}::debug::x",
        ":: ::: ##[",
        "\u{9b}31m\u{85}",
    ] {
        for output in both(&filled(text)) {
            assert_eq!(complaint(&output), None, "{text:?}\n{output}");
        }
    }
}

#[test]
fn json_still_holds_the_text() {
    for text in [
        "user\u{202e}nimda",
        "a\u{1b}b\nc\u{e0001}d",
        "##[x]",
        "grüße \"\\ 世界",
    ] {
        let output = printed(&filled(text), Format::Json, Options::default());
        let value: serde_json::Value = serde_json::from_str(&output).unwrap();
        assert_eq!(value["findings"][0]["message"], text);
    }
}

#[test]
fn secrets_are_masked_where_they_are_shown() {
    let mut finding = unpinned();
    finding.location = Some(location(BASE, 12, 58, 63));
    finding.related.clear();
    finding.detail = Some("DB_PASSWORD=hunter2hunter2".to_owned());
    let mut outcome = manifests(vec![finding.seal()]);
    outcome.errors.push(StageError {
        message: "cannot reach https://bob:hunter2hunter2@example.org".to_owned(),
        hint: Some("token: hunter2hunter2".to_owned()),
        location: Some(location(BASE, 12, 58, 63)),
    });
    let report = report(vec![done("manifests", outcome)]);
    for output in both(&report) {
        assert!(!output.contains("hunter2"), "{output}");
    }
    let text = human(&report);
    assert!(
        text.contains("{name: DB_PASSWORD, value: hu************, extra: true}"),
        "{text}"
    );
    assert!(
        text.contains("deployment.yaml:12:58"),
        "the column is the one of the file: {text}"
    );
}

#[test]
fn long_lines_are_cut() {
    let mut outcome = manifests(vec![unpinned()]);
    for length in [5_000, 50_000] {
        let line = format!("    newTag: latest # {}", "x".repeat(length));
        let text = OVERLAY_TEXT.replace("    newTag: latest", &line);
        outcome.sources.insert(OVERLAY.to_owned(), text);
        let report = report(vec![done("manifests", manifests_with(&outcome))]);
        let longest = human(&report).lines().map(str::len).max();
        assert!(longest < Some(250), "{longest:?}");
    }
}

#[test]
fn long_messages_are_cut() {
    let mut finding = unpinned();
    finding.message = "ü".repeat(5_000);
    let report = report(vec![done("manifests", manifests(vec![finding]))]);
    assert_eq!(report.findings[0].message, "ü".repeat(4_000) + "…");
}

fn manifests_with(outcome: &StageOutcome) -> StageOutcome {
    StageOutcome {
        sources: outcome.sources.clone(),
        ..manifests(outcome.findings.clone())
    }
}

#[test]
fn places_that_are_not_in_the_file_are_no_crash() {
    for (line, column, end_column) in [
        (0, 0, 0),
        (1, 500, 501),
        (999, 1, 2),
        (5, 9, 3),
        (5, 0, 0),
        (6, 1, 1),
    ] {
        let mut finding = unpinned();
        finding.location = Some(location(OVERLAY, line, column, end_column));
        let report = report(vec![done("manifests", manifests(vec![finding.seal()]))]);
        assert!(human(&report).contains("unpinned-image"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_gets_through(text in "(::|##\\[|\u{1b}\\[|\n|\r|:|password: |\u{202e}|\\PC|.){0,12}") {
        for output in both(&filled(&text)) {
            prop_assert_eq!(complaint(&output), None);
        }
    }
}
