//! What a user, or the author of a change, can put before gate that it cannot take or must not take. Each has a
//! sentence of its own, its place where it has one, a next step, and its exit code.

mod advisories;
mod boundary;
mod configuration;
mod documents;
mod environment;
mod images;
mod kustomizations;
mod lockfiles;
mod output;
mod paths;
mod programs;
mod trivy;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::repository::{Repository, Run};

/// A manifest in which no rule finds anything.
const GOOD: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: good}\n";

/// A manifest with one finding: `duplicate-key` in line 5.
const DUPLICATE: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: \"1\",\n  x: \"2\"}\n";

/// What gate did not do: the sentence, its place as `file:line:column`, the hint; empty where there is none.
type Refusal = [String; 3];

/// What stands in the report under errors, those of the run before those of its stages.
fn refusals(run: &Run) -> Vec<Refusal> {
    let report = run.report();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let stages = list(&report["stages"]);
    let of_stages = stages.iter().flat_map(|stage| list(&stage["errors"]));
    let errors = list(&report["errors"]).into_iter().chain(of_stages);
    errors.map(|error| refusal(&error)).collect()
}

fn refusal(error: &Value) -> Refusal {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let location = &error["location"];
    let place = location["file"]
        .as_str()
        .map(|file| format!("{file}:{}:{}", location["line"], location["column"]));
    [
        text(&error["message"]),
        place.unwrap_or_default(),
        text(&error["hint"]),
    ]
}

/// Runs gate for a report, and asserts that it ends with 2 and these errors, no more.
#[track_caller]
fn assert_refused(repository: &Repository, arguments: &[&str], expected: &[[&str; 3]]) {
    let run = repository.gate(&[arguments, &["--format", "json"]].concat());
    assert_eq!((run.code, refusals(&run)), (2, owned(expected)), "{arguments:?}");
}

fn owned(expected: &[[&str; 3]]) -> Vec<Refusal> {
    expected
        .iter()
        .map(|refusal| refusal.map(str::to_owned))
        .collect()
}

/// Writes a program that is a shell script.
pub(crate) fn script(file: &Path, text: &str) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Makes a pipe that nobody writes to.
fn pipe(file: &Path) {
    assert!(Command::new("mkfifo").arg(file).status().unwrap().success());
}

/// Runs a command that must not wait for anything; one that does is ended, and the test with it.
fn run_without_waiting(repository: &Repository, command: &mut Command) -> Run {
    /// Far longer than any of these runs takes on the slowest machine.
    const PATIENCE: Duration = Duration::from_mins(2);
    let stdout = tempfile::NamedTempFile::new().unwrap();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(stdout.reopen().unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    let code = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status.code().unwrap_or(-1);
        }
        if start.elapsed() > PATIENCE {
            end(&mut child);
            panic!("it waits: {command:?} in {}", repository.path("").display());
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Run {
        code,
        stdout: fs::read_to_string(stdout.path()).unwrap(),
        stderr: String::new(),
    }
}

fn end(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}
