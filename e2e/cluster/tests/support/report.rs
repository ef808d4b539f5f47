//! The table at the end, and the same as JSON.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::suite::{Chapter, Suite};

/// Sections with their counts and seconds, figures, and what failed.
pub(super) fn table(suite: &Suite) -> String {
    let mut text = String::from("\n");
    let mut row = |name: &str, passed: &str, failed: &str, seconds: &str| {
        let _ = writeln!(text, "{name:<24} {passed:>7} {failed:>7} {seconds:>9}");
    };
    row("section", "passed", "failed", "seconds");
    let (mut all_passed, mut all_failed) = (0, 0);
    for chapter in suite.chapters() {
        let (passed, failed) = counts(chapter);
        all_passed += passed;
        all_failed += failed;
        let seconds = format!("{:.1}", chapter.took.as_secs_f64());
        row(&chapter.name, &passed.to_string(), &failed.to_string(), &seconds);
    }
    let seconds = format!("{:.1}", suite.elapsed().as_secs_f64());
    row("all", &all_passed.to_string(), &all_failed.to_string(), &seconds);
    figures(&mut text, suite.figures());
    for (number, (chapter, check)) in suite.failures().enumerate() {
        if number == 0 {
            text.push_str("\nfailed\n");
        }
        let _ = writeln!(text, "  {}: {}", chapter.name, check.name);
    }
    if suite.failed() && all_failed == 0 {
        text.push_str("\nno check was made, so nothing is proven\n");
    }
    text
}

fn figures(text: &mut String, figures: &[(String, String)]) {
    let width = figures.iter().map(|(name, _)| name.chars().count()).max();
    let Some(width) = width else { return };
    text.push_str("\nfigures\n");
    for (name, value) in figures {
        let _ = writeln!(text, "  {name:<width$}  {value}");
    }
}

/// Checks that held and checks that did not.
fn counts(chapter: &Chapter) -> (usize, usize) {
    let failed = chapter
        .checks
        .iter()
        .filter(|check| check.reason.is_some())
        .count();
    (chapter.checks.len() - failed, failed)
}

/// The results for documentation and for other programs.
pub(super) fn write(path: &Path, name: &str, suite: &Suite, left_out: &[&str]) -> io::Result<()> {
    let totals = suite.chapters().iter().map(counts);
    let (passed, failed) = totals.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let chapters: Vec<Value> = suite.chapters().iter().map(chapter).collect();
    let figures = suite.figures().iter();
    let figures: Vec<Value> = figures
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let results = json!({
        "suite": name,
        "green": !suite.failed(),
        "passed": passed,
        "failed": failed,
        "seconds": rounded(suite.elapsed().as_secs_f64()),
        "sections": chapters,
        "not_asked_for": left_out,
        "figures": figures,
    });
    fs::write(path, format!("{results:#}\n"))
}

fn chapter(chapter: &Chapter) -> Value {
    let checks = chapter.checks.iter().map(|check| {
        json!({
            "name": check.name,
            "passed": check.reason.is_none(),
            "seconds": rounded(check.took.as_secs_f64()),
            "reason": check.reason,
        })
    });
    json!({
        "name": chapter.name,
        "seconds": rounded(chapter.took.as_secs_f64()),
        "checks": checks.collect::<Vec<_>>(),
    })
}

/// To a tenth of a second: more would be noise.
fn rounded(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}
