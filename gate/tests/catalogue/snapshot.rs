//! Snapshots: what a fixture gave when somebody last looked.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use super::fixture::Fixture;
use super::judge::{Judgement, Shown};

const ALSO: &str = "also: ";

/// A judgement as text.
pub(crate) fn render(judgement: &Judgement) -> String {
    let counts: Vec<String> = judgement
        .covered
        .iter()
        .map(|(noun, count)| format!("{noun} {count}"))
        .collect();
    let mut text = format!("judged: {}\n", counts.join(", "));
    if judgement.findings.is_empty() {
        text.push_str("nothing found\n");
    }
    for finding in &judgement.findings {
        render_finding(&mut text, finding);
    }
    text
}

fn render_finding(text: &mut String, finding: &Shown) {
    let level = format!("{:?}", finding.level).to_lowercase();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name}: {value}");
    };
    line(&format!("\n{level}[{}]", finding.rule), &finding.message);
    for (name, value) in [("  object", &finding.object), ("  container", &finding.container)] {
        if let Some(value) = value {
            line(name, value);
        }
    }
    line("  place", &finding.place);
    for (name, value) in [("  detail", &finding.detail), ("  help", &finding.help)] {
        if let Some(value) = value {
            line(name, value);
        }
    }
    for (place, label) in &finding.related {
        line("  related", &format!("{place}: {label}"));
    }
}

/// The other rules that a snapshot says must fire.
pub(crate) fn also(fixture: &Fixture) -> BTreeSet<String> {
    let text = fs::read_to_string(fixture.snapshot()).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.strip_prefix(ALSO))
        .map(ToOwned::to_owned)
        .collect()
}

/// What differs from the snapshot; with `GATE_BLESS=1` it is written anew instead.
pub(crate) fn compare(fixture: &Fixture, judgement: &Judgement) -> Option<String> {
    let mut expected = render(judgement);
    for rule in also(fixture) {
        let _ = writeln!(expected, "{ALSO}{rule}");
    }
    let path = fixture.snapshot();
    if std::env::var_os("GATE_BLESS").is_some_and(|value| value == "1") {
        fs::write(path, expected).expect("write the snapshot");
        return None;
    }
    let Ok(found) = fs::read_to_string(path) else {
        return Some(format!("{}: has no snapshot", fixture.label()));
    };
    (found != expected).then(|| {
        format!(
            "{}: the snapshot says\n{found}\nand now it is\n{expected}",
            fixture.label()
        )
    })
}
