//! The report for people: what was found, what could not be done, what was judged, and the verdict last.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use annotate_snippets::Renderer;
use anstyle::{AnsiColor, Style};

use super::escape::{escape, without_commands};
use super::snippet::{self, Sources};
use super::verdict::{Status, Verdict, fails};
use super::{Options, Report, StageReport, summary};
use crate::finding::{Finding, Location};
use crate::stages::StageError;

/// Lines of source are cut at this many columns, whatever the terminal: the same report everywhere.
const WIDTH: usize = 140;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::BrightRed.on_default().bold();
const UNSURE: Style = AnsiColor::Yellow.on_default().bold();

/// The whole text.
pub(super) fn render(report: &Report, options: Options<'_>) -> String {
    let renderer = if options.colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.term_width(WIDTH);
    let sources = Sources::new(&report.sources, locations(report));
    let mut blocks: Vec<String> = Vec::new();
    for finding in report.open() {
        if !options.quiet || fails(finding, report.settings.fail_on) {
            blocks.push(snippet::finding(finding, &sources, &renderer));
        }
    }
    for error in distinct_errors(report) {
        blocks.push(snippet::error(error, &sources, &renderer));
    }
    if !options.quiet {
        blocks.extend(accepted(report, options));
        blocks.extend(differences(report));
        blocks.extend(notes(report));
        blocks.extend(used(report, options));
        blocks.extend(table(report, options));
    }
    blocks.push(last_line(report, options));
    without_commands(&(blocks.join("\n\n") + "\n"))
}

/// Every error once: two stages that miss the same thing say the same.
pub(super) fn distinct_errors(report: &Report) -> Vec<&StageError> {
    let errors = report.stages.iter().flat_map(|stage| &stage.errors);
    let mut distinct: Vec<&StageError> = Vec::new();
    for error in report.errors.iter().chain(errors) {
        if !distinct.contains(&error) {
            distinct.push(error);
        }
    }
    distinct
}

/// Draws snippets without colour.
pub(super) fn plain_renderer() -> Renderer {
    Renderer::plain().term_width(WIDTH)
}

/// Errors of a command that gives no report.
pub(super) fn errors(errors: &[StageError]) -> String {
    let sources = BTreeMap::new();
    let sources = Sources::new(
        &sources,
        errors.iter().filter_map(|error| error.location.as_ref()),
    );
    let renderer = plain_renderer();
    let blocks: Vec<String> = errors
        .iter()
        .map(|error| snippet::error(error, &sources, &renderer))
        .collect();
    without_commands(&(blocks.join("\n\n") + "\n"))
}

pub(super) fn locations(report: &Report) -> impl Iterator<Item = &Location> {
    let errors = report.stages.iter().flat_map(|stage| &stage.errors);
    let errors = report.errors.iter().chain(errors);
    let of_errors = errors.filter_map(|error| error.location.as_ref());
    report.findings.iter().flat_map(locations_of).chain(of_errors)
}

fn locations_of(finding: &Finding) -> impl Iterator<Item = &Location> {
    let related = finding.related.iter().map(|related| &related.location);
    finding.location.iter().chain(related)
}

/// Rules that were changed and findings that are excused: what a reviewer must know although nothing fails for it.
pub(super) fn accepted(report: &Report, options: Options<'_>) -> Option<String> {
    let mut rows: Vec<[String; 3]> = Vec::new();
    for change in &report.policy {
        if change.effect() == "raised" && !options.verbose {
            continue;
        }
        let level = change.to.map_or("off", crate::finding::Level::name);
        let place = change
            .location
            .as_ref()
            .map_or("on the command line".to_owned(), place);
        let what = format!("{} instead of {}, {place}", level, change.from.name());
        rows.push([change.effect().to_owned(), change.rule.to_owned(), what]);
    }
    for finding in report.excused() {
        let Some(allowed) = &finding.allowed else {
            continue;
        };
        let at = finding
            .location
            .as_ref()
            .map(|location| format!("at {}, ", place(location)));
        let what = format!(
            "{}until {} by {}: {}",
            at.unwrap_or_default(),
            allowed.until,
            allowed.place,
            allowed.reason
        );
        rows.push(["excused".to_owned(), finding.rule.to_owned(), what]);
    }
    (!rows.is_empty()).then(|| columns(&rows))
}

/// What the judged tree says otherwise than the rules, which are those of another one.
pub(super) fn differences(report: &Report) -> Option<String> {
    let rows: Vec<[String; 3]> = report
        .policy_from
        .iter()
        .flat_map(|from| &from.differences)
        .map(|difference| {
            let [subject, words] = difference.words();
            let at = difference
                .location
                .as_ref()
                .map(|location| format!("{}: ", place(location)));
            let counted = if difference.counted {
                "counted"
            } else {
                "not counted"
            };
            [
                counted.to_owned(),
                subject,
                format!("{}{words}", at.unwrap_or_default()),
            ]
        })
        .collect();
    (!rows.is_empty()).then(|| columns(&rows))
}

fn place(location: &Location) -> String {
    format!("{}:{}:{}", location.file, location.line, location.column)
}

pub(super) fn notes(report: &Report) -> Option<String> {
    let notes: Vec<String> = report
        .notes
        .iter()
        .map(|note| format!("note: {}", escape(note)))
        .collect();
    (!notes.is_empty()).then(|| notes.join("\n"))
}

/// Programs and databases, for those who ask.
pub(super) fn used(report: &Report, options: Options<'_>) -> Option<String> {
    if !options.verbose {
        return None;
    }
    let mut rows: Vec<[String; 3]> = Vec::new();
    for tool in &report.tools {
        rows.push([tool.name.clone(), tool.version.clone(), tool.path.clone()]);
    }
    for database in &report.databases {
        let entries = format!("{} entries", database.entries);
        let updated = match &database.revision {
            Some(revision) => format!("{} ({revision})", database.updated),
            None => database.updated.clone(),
        };
        rows.push([database.name.clone(), updated, entries]);
    }
    (!rows.is_empty()).then(|| columns(&rows))
}

/// The table of stages, headed by what was asked for.
fn table(report: &Report, options: Options<'_>) -> Option<String> {
    if report.stages.is_empty() {
        return None;
    }
    let mut rows = vec![["stage", "status", "covered"].map(str::to_owned)];
    for stage in &report.stages {
        let status = stage.status.name().to_owned();
        rows.push([stage.name.to_owned(), status, described(stage)]);
    }
    let lines = columns(&rows);
    let mut text = settings(report) + "\n";
    for (number, line) in lines.lines().enumerate() {
        let stage = number.checked_sub(1).and_then(|index| report.stages.get(index));
        let line = match stage {
            Some(stage) if options.colour => coloured(line, stage.status),
            _ => line.to_owned(),
        };
        let _infallible = writeln!(text, "{line}");
    }
    Some(text.trim_end().to_owned())
}

/// What was asked for.
pub(super) fn settings(report: &Report) -> String {
    let settings = &report.settings;
    format!(
        "profile {}, Kubernetes {}, fails at {}s",
        settings.profile.name(),
        settings.kubernetes,
        settings.fail_on.name()
    )
}

fn described(stage: &StageReport) -> String {
    let covered = summary::covered(stage);
    let reason = match stage.status {
        Status::Skipped | Status::Empty => stage.reason.clone(),
        Status::Error => Some(summary::count(stage.errors.len(), "errors")),
        Status::Passed | Status::Failed => None,
    };
    let parts = [Some(covered).filter(|covered| !covered.is_empty()), reason];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn coloured(line: &str, status: Status) -> String {
    let style = match status {
        Status::Passed => GOOD,
        Status::Failed | Status::Error => BAD,
        Status::Empty | Status::Skipped => UNSURE,
    };
    line.replacen(status.name(), &format!("{style}{}{style:#}", status.name()), 1)
}

fn last_line(report: &Report, options: Options<'_>) -> String {
    let sentence = escape(&report.sentence()).into_owned();
    if !options.colour {
        return sentence;
    }
    let style = match report.verdict {
        Verdict::Pass => GOOD,
        Verdict::Fail | Verdict::Error => BAD,
        Verdict::Empty => UNSURE,
    };
    let name = report.verdict.name();
    sentence.replacen(name, &format!("{style}{name}{style:#}"), 1)
}

/// Rows of three columns, the first two padded.
fn columns(rows: &[[String; 3]]) -> String {
    let rows: Vec<[String; 3]> = rows
        .iter()
        .map(|row| row.each_ref().map(|cell| escape(cell).into_owned()))
        .collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let (first, second) = (width(0), width(1));
    let lines: Vec<String> = rows
        .iter()
        .map(|[a, b, c]| format!("{a:first$}  {b:second$}  {c}").trim_end().to_owned())
        .collect();
    lines.join("\n")
}
