//! The report in JSON, version 1: fields are added, never changed or removed, and what does not apply is null.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, PrettyFormatter};
use serde_json::{Serializer, Value};

use super::escape::is_unsafe;
use super::verdict::Status;
use super::{PolicyChange, PolicyFrom, Report, StageReport};
use crate::finding::{Finding, Level, Location};
use crate::stages::{DatabaseUse, StageError, ToolUse};

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    tool: Tool,
    verdict: &'static str,
    kubernetes: Kubernetes,
    profile: &'static str,
    fail_on: Level,
    advisory_db_max_age: String,
    stages: Vec<Stage<'a>>,
    findings: &'a [Finding],
    policy: Vec<Change<'a>>,
    policy_from: Option<&'a PolicyFrom>,
    not_checked: &'a [String],
    notes: &'a [String],
    errors: &'a [StageError],
    tools: &'a [ToolUse],
    databases: &'a [DatabaseUse],
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Kubernetes {
    from: String,
    to: String,
}

#[derive(Serialize)]
struct Stage<'a> {
    name: &'static str,
    status: &'static str,
    reason: Option<&'a str>,
    covered: &'a BTreeMap<&'static str, usize>,
    errors: &'a [StageError],
    duration_ms: u64,
}

#[derive(Serialize)]
struct Change<'a> {
    rule: &'static str,
    effect: &'static str,
    from: Level,
    to: Option<Level>,
    location: Option<&'a Location>,
}

/// Prints a report, indented, with a line feed at the end.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        version: 1,
        tool: Tool {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
        },
        verdict: report.verdict.name(),
        kubernetes: Kubernetes {
            from: report.settings.kubernetes.from.to_string(),
            to: report.settings.kubernetes.to.to_string(),
        },
        profile: report.settings.profile.name(),
        fail_on: report.settings.fail_on,
        advisory_db_max_age: report.settings.max_age.to_string(),
        stages: report.stages.iter().map(stage).collect(),
        findings: &report.findings,
        policy: report.policy.iter().map(change).collect(),
        policy_from: report.policy_from.as_ref(),
        not_checked: &report.not_checked,
        notes: &report.notes,
        errors: &report.errors,
        tools: &report.tools,
        databases: &report.databases,
    };
    let mut serializer = Serializer::with_formatter(&mut *out, Safe(PrettyFormatter::new()));
    document.serialize(&mut serializer)?;
    writeln!(out)
}

/// A value as JSON in one line.
pub fn line(value: &Value) -> String {
    let mut line = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut line, Safe(CompactFormatter));
    // Neither a value nor a list of bytes can fail.
    let _infallible = value.serialize(&mut serializer);
    String::from_utf8_lossy(&line).into_owned()
}

/// A stage that had nothing to do did no work, and so is skipped in the words of version 1; its reason says which.
fn stage(stage: &StageReport) -> Stage<'_> {
    let status = match stage.status {
        Status::Empty => Status::Skipped,
        status => status,
    };
    Stage {
        name: stage.name,
        status: status.name(),
        reason: stage.reason.as_deref(),
        covered: &stage.covered,
        errors: &stage.errors,
        duration_ms: u64::try_from(stage.duration.as_millis()).unwrap_or(u64::MAX),
    }
}

fn change(change: &PolicyChange) -> Change<'_> {
    Change {
        rule: change.rule,
        effect: change.effect(),
        from: change.from,
        to: change.to,
        location: change.location.as_ref(),
    }
}

/// Writes unsafe characters of strings as `\uXXXX`, and breaks what a pipeline would take as its command.
struct Safe<F>(F);

impl<F: Formatter> Formatter for Safe<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let fragment = fragment.replace("##[", "#\u{0}[");
        let mut units = [0; 2];
        for letter in fragment.chars() {
            if letter == '\0' {
                writer.write_all(b"\\u0023")?;
            } else if is_unsafe(letter) {
                for unit in letter.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            } else {
                let mut bytes = [0; 4];
                writer.write_all(letter.encode_utf8(&mut bytes).as_bytes())?;
            }
        }
        Ok(())
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        self.0.write_char_escape(writer, escape)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}
