//! The report as a page, for the summary of a step of GitHub Actions.
//!
//! What comes from the input stands in fenced blocks and code spans only, which show markup, links and mentions as they
//! are written; each fence is longer than any row of backticks in what it holds. A page may have one mebibyte, so blocks
//! that do not fit are left out, and the last line says how many and where the whole report is.

use std::fmt::Write as _;

use super::escape::{escape, without_commands};
use super::snippet::{self, Sources};
use super::verdict::fails;
use super::{Options, Report, human, summary};

/// Longest page in bytes. GitHub takes 1 MiB of all that a step writes; the rest is for what else it writes.
const LONGEST_PAGE: usize = 1_000_000;

/// What the last line may need of it.
const RESERVE: usize = 4_000;

/// Longest code span in characters.
const LONGEST_SPAN: usize = 1_000;

/// Blocks under one heading.
struct Section {
    heading: &'static str,
    /// What a block is, in the plural.
    noun: &'static str,
    blocks: Vec<String>,
}

/// The whole page.
pub(super) fn render(report: &Report, options: Options<'_>) -> String {
    let mut page = lead(report, options);
    let mut left: Vec<String> = Vec::new();
    for section in sections(report, options) {
        let mut heading = format!("\n### {}\n", section.heading);
        let mut missing = 0;
        for block in &section.blocks {
            let block = fenced(block);
            if page.len() + heading.len() + block.len() + RESERVE > LONGEST_PAGE {
                missing += 1;
            } else {
                page.push_str(&std::mem::take(&mut heading));
                page.push_str(&block);
            }
        }
        left.extend((missing > 0).then(|| summary::count(missing, section.noun)));
    }
    if let Some(left) = summary::list(&left) {
        let place = options.whole_report();
        let _infallible = writeln!(page, "\nLeft out, since a page has a limit: {left}; {place}.");
    }
    without_commands(&page)
}

/// The verdict, and what was covered and what was not.
fn lead(report: &Report, options: Options<'_>) -> String {
    let mut lines = vec![format!("## gate: {}", report.verdict.name()), String::new()];
    lines.extend(
        summary::parts(report)
            .iter()
            .map(|part| format!("- {}", code(part))),
    );
    for stage in &report.stages {
        let reason = stage.reason.iter().map(|reason| code(reason));
        lines.extend(reason.map(|reason| format!("- {} {}: {reason}", stage.name, stage.status.name())));
    }
    if !report.stages.is_empty() && !options.quiet {
        lines.push("\n| stage | status | covered |\n|---|---|---|".to_owned());
        let row = |stage: &super::StageReport| {
            let covered = summary::covered(stage);
            format!("| {} | {} | {covered} |", stage.name, stage.status.name())
        };
        lines.extend(report.stages.iter().map(row));
        lines.push(format!("\n{}", human::settings(report)));
    }
    lines.join("\n") + "\n"
}

fn sections(report: &Report, options: Options<'_>) -> Vec<Section> {
    let renderer = human::plain_renderer();
    let sources = Sources::new(&report.sources, human::locations(report));
    let errors = human::distinct_errors(report).into_iter();
    let open = report
        .open()
        .filter(|finding| !options.quiet || fails(finding, report.settings.fail_on));
    let mut sections = vec![
        Section {
            heading: "Could not be judged",
            noun: "errors",
            blocks: errors
                .map(|error| snippet::error(error, &sources, &renderer))
                .collect(),
        },
        Section {
            heading: "Findings",
            noun: "findings",
            blocks: open
                .map(|finding| snippet::finding(finding, &sources, &renderer))
                .collect(),
        },
    ];
    if !options.quiet {
        let lists = [
            (
                "Changed rules and excused findings",
                human::accepted(report, options),
            ),
            (
                "Changes of the rules, which are those of another tree",
                human::differences(report),
            ),
            ("Notes", human::notes(report)),
            ("Programs and databases", human::used(report, options)),
        ];
        sections.extend(lists.into_iter().map(|(heading, list)| Section {
            heading,
            noun: "lists",
            blocks: list.into_iter().collect(),
        }));
    }
    sections
}

/// A block that shows a text as it is.
fn fenced(text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("\n{fence}text\n{text}\n{fence}\n")
}

/// A span that shows a text as it is, cut where it is very long.
fn code(text: &str) -> String {
    let mut text: String = escape(text).chars().take(LONGEST_SPAN + 1).collect();
    if text.chars().count() > LONGEST_SPAN {
        text.pop();
        text.push('…');
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    // One blank at each end is taken off again, so that the text may begin or end in a backtick or a blank.
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) || text.is_empty() {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`')
        .map(str::len)
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{code, fenced};

    #[test]
    fn fences_are_longer_than_what_they_hold() {
        assert_eq!(fenced("a"), "\n```text\na\n```\n");
        assert_eq!(fenced("a\n````\nb"), "\n`````text\na\n````\nb\n`````\n");
        for (text, expected) in [
            ("a | b", "`a | b`"),
            ("a`b", "``a`b``"),
            ("``", "``` `` ```"),
            ("", "`  `"),
            (" a", "`  a `"),
            ("a\n<b>\u{202e}", "`a\\n<b>\\u{202e}`"),
        ] {
            assert_eq!(code(text), expected);
        }
        assert_eq!(code(&"x".repeat(2_000)).chars().count(), 1_003);
    }
}
