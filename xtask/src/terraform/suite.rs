//! The tests of a root: what they say they test, and what came of running them.

#![expect(
    clippy::disallowed_methods,
    reason = "reads the test files of this workspace, to count what is in them"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::{TerraformError, at, terraform};
use crate::programs::{self, Words};
use crate::workspace::Workspace;

/// One `run` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// The file's name, without its folder.
    pub(super) file: String,
    /// Number of `assert` blocks.
    assertions: usize,
    expects_failures: bool,
    only_plans: bool,
}

/// The `run` blocks of a root, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Suite {
    pub(super) runs: BTreeMap<String, Run>,
    problems: Vec<String>,
}

impl Suite {
    /// Reads the test files of a root. A run that would pass whatever it runs on is an error.
    pub(super) fn read(workspace: &Workspace, root: &'static str) -> Result<Self, TerraformError> {
        let folder = workspace.root().join("terraform").join(root).join("tests");
        let mut suite = Self::default();
        for entry in fs::read_dir(&folder).map_err(at(workspace, &folder))? {
            let entry = entry.map_err(at(workspace, &folder))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".tftest.hcl") {
                let text = fs::read_to_string(entry.path()).map_err(at(workspace, &entry.path()))?;
                suite.add(&name, &text);
            }
        }
        if suite.runs.is_empty() {
            suite.problems.push("there is no test".to_owned());
        }
        if suite.problems.is_empty() {
            return Ok(suite);
        }
        Err(TerraformError::Suite {
            root,
            source: Words(suite.problems.join("\n")),
        })
    }

    /// Number of assertions.
    pub(super) fn assertions(&self) -> usize {
        self.runs.values().map(|run| run.assertions).sum()
    }

    /// Number of runs that expect settings to be refused.
    pub(super) fn refusals(&self) -> usize {
        self.runs.values().filter(|run| run.expects_failures).count()
    }

    /// Takes the runs of a file. It is formatted: a block begins and ends at the left margin.
    fn add(&mut self, file: &str, text: &str) {
        let mut open: Option<(String, Run)> = None;
        for line in text.lines() {
            if let Some(name) = line
                .strip_prefix("run \"")
                .and_then(|rest| rest.split('"').next())
            {
                let run = Run {
                    file: file.to_owned(),
                    assertions: 0,
                    expects_failures: false,
                    only_plans: false,
                };
                open = Some((name.to_owned(), run));
            } else if line == "}" {
                if let Some((name, run)) = open.take() {
                    self.close(name, run);
                }
            } else if let Some((_, run)) = &mut open {
                run.assertions += usize::from(line.trim() == "assert {");
                run.expects_failures |= line.trim().starts_with("expect_failures = [");
                run.only_plans |= words(line) == ["command", "=", "plan"];
            }
        }
    }

    fn close(&mut self, name: String, run: Run) {
        if !run.only_plans {
            self.problems
                .push(format!("`{name}` does not say `command = plan`"));
        }
        if run.assertions == 0 && !run.expects_failures {
            self.problems.push(format!("`{name}` asserts nothing"));
        }
        if self.runs.contains_key(&name) {
            self.problems.push(format!("there are two runs `{name}`"));
        }
        self.runs.insert(name, run);
    }
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// What came of a run of `terraform test`.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Names of the runs that passed.
    pub(super) passed: Vec<String>,
    /// Names of the runs that failed or met an error.
    pub(super) failed: Vec<String>,
    /// Names of the runs that were left out, because one before them met an error.
    skipped: Vec<String>,
    /// What Terraform said of failures, for people.
    pub(super) words: Vec<String>,
}

/// A line of `terraform test -json`, as far as it is needed.
#[derive(Debug, Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename = "@testrun")]
    run: Option<String>,
    test_run: Option<RunLine>,
    diagnostic: Option<Diagnostic>,
}

#[derive(Debug, Deserialize)]
struct RunLine {
    run: String,
    status: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Diagnostic {
    severity: String,
    summary: String,
    detail: String,
    range: Option<Range>,
}

#[derive(Debug, Deserialize)]
struct Range {
    filename: String,
    start: Position,
}

#[derive(Debug, Deserialize)]
struct Position {
    line: u64,
}

/// Runs the tests of a root, or those of one of its files.
pub(super) fn test(settings: &Path, root: &Path, file: Option<&str>) -> Result<Outcome, TerraformError> {
    let mut command = terraform(settings);
    command.current_dir(root).args(["test", "-json"]);
    if let Some(file) = file {
        command.arg(format!("-filter=tests/{file}"));
    }
    let output = programs::outcome(&mut command)?;
    let outcome = parse(&String::from_utf8_lossy(&output.stdout)).ok_or(TerraformError::Answer("test"))?;
    // Terraform's verdict and ours must agree, or the lines were misread.
    let clean = outcome.failed.is_empty() && outcome.skipped.is_empty();
    if output.status.success() != clean {
        return Err(TerraformError::Answer("test"));
    }
    Ok(outcome)
}

/// Reads the lines of a run of tests. None where it did not come to its end, or a line is not known.
fn parse(text: &str) -> Option<Outcome> {
    let mut outcome = Outcome::default();
    let mut ended = false;
    for line in text.lines() {
        let line: Line = serde_json::from_str(line).ok()?;
        ended |= line.kind == "test_summary";
        if let Some(run) = line.test_run {
            match run.status.as_deref() {
                None => {}
                Some("pass") => outcome.passed.push(run.run),
                Some("fail" | "error") => outcome.failed.push(run.run),
                Some("skip" | "pending") => outcome.skipped.push(run.run),
                Some(_) => return None,
            }
        }
        if let Some(diagnostic) = line.diagnostic
            && diagnostic.severity == "error"
        {
            outcome.words.push(told(line.run.as_deref(), &diagnostic));
            // An invalid configuration ends everything before a run begins, and without a summary.
            if line.run.is_none() {
                outcome.failed.push(INVALID.to_owned());
                ended = true;
            }
        }
    }
    ended.then_some(outcome)
}

/// Stands for the name of a run where the configuration is not valid.
pub(super) const INVALID: &str = "validate";

fn told(run: Option<&str>, diagnostic: &Diagnostic) -> String {
    let place = diagnostic.range.as_ref().map_or(String::new(), |range| {
        format!(" ({}:{})", range.filename, range.start.line)
    });
    let run = run.map_or(String::new(), |run| format!("{run}: "));
    format!("{run}{}{place}: {}", diagnostic.summary, diagnostic.detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"mock_provider "google" {
  source = "../mocks"
}

run "one" {
  command = plan
  assert {
    condition     = true
    error_message = "x"
  }
  assert {
    condition     = true
    error_message = "x"
  }
}

run "two" {
  command = plan
  variables { zones = [] }
  expect_failures = [var.zones]
}
"#;

    #[test]
    fn runs_are_counted_with_what_they_assert() {
        let mut suite = Suite::default();
        suite.add("a.tftest.hcl", FILE);
        assert_eq!(suite.problems, Vec::<String>::new());
        assert_eq!(
            (suite.runs.len(), suite.assertions(), suite.refusals()),
            (2, 2, 1)
        );
        assert_eq!(suite.runs["two"].file, "a.tftest.hcl");
    }

    #[test]
    fn a_run_that_cannot_fail_is_a_problem() {
        let mut suite = Suite::default();
        suite.add("a.tftest.hcl", "run \"one\" {\n  command = plan\n}\n");
        suite.add("b.tftest.hcl", "run \"one\" {\n  assert {\n  }\n}\n");
        assert_eq!(
            suite.problems,
            [
                "`one` asserts nothing",
                "`one` does not say `command = plan`",
                "there are two runs `one`"
            ]
        );
    }

    #[test]
    fn lines_of_terraform_are_read() {
        let text = [
            r#"{"type":"version","terraform":"1.11.4"}"#,
            r#"{"type":"test_run","@testrun":"one","test_run":{"path":"a","run":"one","progress":"starting","elapsed":0}}"#,
            r#"{"type":"test_run","@testrun":"one","test_run":{"path":"a","run":"one","progress":"complete","status":"pass"}}"#,
            r#"{"type":"test_run","@testrun":"two","test_run":{"path":"a","run":"two","progress":"complete","status":"fail"}}"#,
            r#"{"type":"diagnostic","@testrun":"two","diagnostic":{"severity":"error","summary":"Test assertion failed","detail":"nine nodes","range":{"filename":"tests/a","start":{"line":7}}}}"#,
            r#"{"type":"diagnostic","diagnostic":{"severity":"warning","summary":"w","detail":""}}"#,
            r#"{"type":"test_summary","test_summary":{"status":"fail","passed":1,"failed":1}}"#,
        ];
        let outcome = parse(&text.join("\n")).unwrap();
        assert_eq!(outcome.passed, ["one"]);
        assert_eq!(outcome.failed, ["two"]);
        assert_eq!(
            outcome.words,
            ["two: Test assertion failed (tests/a:7): nine nodes"]
        );
        assert!(parse(&text[..6].join("\n")).is_none(), "no summary");
        assert!(parse("Success! 1 passed").is_none(), "no JSON");
    }

    #[test]
    fn an_invalid_configuration_is_a_failure_by_itself() {
        let text = r#"{"type":"diagnostic","diagnostic":{"severity":"error","summary":"Unsupported argument","detail":"x"}}"#;
        assert_eq!(parse(text).unwrap().failed, [INVALID]);
    }
}
