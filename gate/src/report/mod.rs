//! The report: what was judged, what was found, one verdict.
//!
//! [`Report::assemble`] is a pure function from what the stages gave to the whole report, in a fixed order and without
//! secrets; [`write()`] prints it. The exit code is [`Verdict::exit_code`]. Nothing here reads the clock, the terminal
//! or the environment but [`Colour::enabled`].

mod assemble;
mod colour;
mod escape;
mod github;
mod human;
mod json;
mod markdown;
mod mask;
mod policy_from;
mod secrets;
mod snippet;
mod summary;
mod verdict;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

pub use colour::Colour;
pub use escape::{escape, is_unsafe, without_commands};
pub use json::line as json_line;
pub use mask::{text as mask_text, value as mask_value};
pub use policy_from::{Difference, DifferenceKind, PolicyFrom};
pub use secrets::is_secret_name;
pub use snippet::shown_lines;
pub use verdict::{Status, Verdict};

use crate::config::{KubernetesRange, MaxAge};
use crate::finding::{Finding, Level, Location};
use crate::rules::{Profile, Rule};
use crate::stages::{DatabaseUse, StageError, StageOutcome, ToolUse};

/// What a run was asked for; every report names it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// The Kubernetes minors that manifests are judged for.
    pub kubernetes: KubernetesRange,
    /// The set of rules.
    pub profile: Profile,
    /// The lowest level that fails the run.
    pub fail_on: Level,
    /// How old advisories may be.
    pub max_age: MaxAge,
}

impl Default for Settings {
    /// Production, failing at warnings, for the newest Kubernetes, with advisories of the last seven days.
    fn default() -> Self {
        Self {
            kubernetes: KubernetesRange::default(),
            profile: Profile::Production,
            fail_on: Level::Warning,
            max_age: MaxAge::default(),
        }
    }
}

/// What became of a stage.
#[derive(Debug)]
pub enum Work {
    /// It ran, and this is what it gave.
    Done {
        /// Its outcome.
        outcome: StageOutcome,
        /// How long it took.
        duration: Duration,
    },
    /// It was left out on purpose.
    Skipped {
        /// Why, for instance ``by `--skip image` ``.
        reason: String,
    },
}

/// A declared stage.
#[derive(Debug)]
pub struct StageRun {
    /// Its name: that of its command.
    pub name: &'static str,
    /// What became of it.
    pub work: Work,
}

/// Everything that a report is made of.
#[derive(Debug, Default)]
pub struct Parts {
    /// What was asked for.
    pub settings: Settings,
    /// The declared stages in the order in which they ran.
    pub stages: Vec<StageRun>,
    /// Findings that belong to no stage: those about exceptions.
    pub findings: Vec<Finding>,
    /// Rules whose level was changed.
    pub policy: Vec<PolicyChange>,
    /// The tree that the rules come from, where it is not the judged one.
    pub policy_from: Option<PolicyFrom>,
    /// What went wrong outside the stages, such as an unreadable `gate.toml`.
    pub errors: Vec<StageError>,
    /// What nobody asked to check: for `gate manifests`, dependencies and images.
    pub not_checked: Vec<String>,
    /// What else must be said.
    pub notes: Vec<String>,
    /// The folder that names of files are relative to, from the root of the repository; empty where they are the same.
    pub folder: String,
    /// Texts of files that locations name, besides those of the stages: `gate.toml`.
    pub sources: BTreeMap<String, String>,
}

/// A rule whose level configuration changed.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyChange {
    /// Id of the rule.
    pub rule: &'static str,
    /// The rule's own level.
    pub from: Level,
    /// The configured level; none where the rule is off.
    pub to: Option<Level>,
    /// Where it is configured; none for the command line.
    pub location: Option<Location>,
}

impl PolicyChange {
    /// What a configured level changes, if it changes anything.
    pub fn of(rule: &Rule, level: Option<Level>, location: Option<Location>) -> Option<Self> {
        (level != Some(rule.level)).then_some(Self {
            rule: rule.id,
            from: rule.level,
            to: level,
            location,
        })
    }

    /// What it does to the rule, in a word: `off`, `lowered` or `raised`.
    pub fn effect(&self) -> &'static str {
        match self.to {
            None => "off",
            Some(level) if level < self.from => "lowered",
            Some(_) => "raised",
        }
    }
}

/// A stage as it is reported.
#[derive(Clone, Debug, PartialEq)]
pub struct StageReport {
    /// Its name.
    pub name: &'static str,
    /// How it ended.
    pub status: Status,
    /// Why it was skipped, or had nothing to do, or could not do its work.
    pub reason: Option<String>,
    /// What it covered: nouns in the plural and counts.
    pub covered: BTreeMap<&'static str, usize>,
    /// What it could not do.
    pub errors: Vec<StageError>,
    /// How long it took.
    pub duration: Duration,
}

/// The whole report.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What was asked for.
    pub settings: Settings,
    /// The verdict.
    pub verdict: Verdict,
    /// The declared stages.
    pub stages: Vec<StageReport>,
    /// All findings, excused ones too: worst first, then by place and rule.
    pub findings: Vec<Finding>,
    /// Programs used.
    pub tools: Vec<ToolUse>,
    /// Databases used.
    pub databases: Vec<DatabaseUse>,
    /// Rules whose level was changed, by id.
    pub policy: Vec<PolicyChange>,
    /// The tree that the rules come from, where it is not the judged one.
    pub policy_from: Option<PolicyFrom>,
    /// What nobody asked to check.
    pub not_checked: Vec<String>,
    /// What else must be said.
    pub notes: Vec<String>,
    /// What went wrong outside the stages.
    pub errors: Vec<StageError>,
    /// The folder that names of files are relative to, from the root of the repository.
    pub folder: String,
    /// Texts of the files that locations name.
    pub sources: BTreeMap<String, String>,
}

impl Report {
    /// Findings that no exception covers.
    pub fn open(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.allowed.is_none())
    }

    /// Findings that an exception covers.
    pub fn excused(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.allowed.is_some())
    }

    /// The last line of the report for people: the verdict in one sentence.
    pub fn sentence(&self) -> String {
        summary::sentence(self)
    }
}

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum Format {
    /// For people: findings with the lines they are about, a table of stages, the verdict last.
    Human,
    /// JSON, version 1.
    Json,
    /// A page for the summary of a step of GitHub Actions.
    Markdown,
    /// Workflow commands of GitHub Actions, which annotate the lines of a change.
    Github,
}

/// How a report is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options<'a> {
    /// With colours?
    pub colour: bool,
    /// Without what needs no action: notes, settings, the table?
    pub quiet: bool,
    /// With programs, databases and what raised a level?
    pub verbose: bool,
    /// The file or place that has the whole report, for forms that have a limit.
    pub whole: Option<&'a str>,
}

impl Options<'_> {
    /// Where the whole report is, for a form that had to leave something out.
    fn whole_report(&self) -> String {
        match self.whole {
            Some(place) => format!("the whole report is in {}", escape(place)),
            None => "`--output json=FILE` writes the whole report".to_owned(),
        }
    }
}

/// Prints a report. The same report gives the same bytes; only the duration in JSON differs from run to run.
pub fn write(report: &Report, format: Format, options: &Options<'_>, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Human => out.write_all(human::render(report, *options).as_bytes()),
        Format::Json => json::write(report, out),
        Format::Markdown => out.write_all(markdown::render(report, *options).as_bytes()),
        Format::Github => out.write_all(github::render(report, *options).as_bytes()),
    }
}

/// Prints the errors of a command that gives no report; nothing where there are none.
pub fn write_errors(errors: &[StageError], out: &mut dyn Write) -> io::Result<()> {
    if errors.is_empty() {
        return Ok(());
    }
    let mut errors = errors.to_vec();
    errors.iter_mut().for_each(assemble::hide_in_error);
    out.write_all(human::errors(&errors).as_bytes())
}
