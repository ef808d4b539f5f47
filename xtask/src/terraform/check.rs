//! Format, validity and tests of both roots, and the runbooks of their alerts.

use std::path::Path;

use super::copy::{Copy, Settings};
use super::provider::Provider;
use super::suite::{self, Suite};
use super::{ROOTS, TerraformError, runbooks, terraform};
use crate::programs::{self, Words};
use crate::steps::Step;
use crate::workspace::Workspace;

/// The least number of assertions that the two roots must have together.
const ASSERTIONS: usize = 30;

/// Checks everything; the answer says in numbers what was covered.
pub(super) fn run(workspace: &Workspace) -> Result<String, TerraformError> {
    let provider = Provider::ensure(workspace)?;
    let settings = provider.settings();
    let copy = Copy::make(workspace, Settings::Committed)?;
    format(&settings, &copy)?;
    let step = Step::begin("testing both roots", "15 seconds");
    let mut lines = Vec::new();
    let (mut passed, mut assertions) = (0, 0);
    for tested in at_once(|root| judge(workspace, &settings, &copy, root)) {
        let (root, suite) = tested?;
        lines.push(format!(
            "terraform/{root}: valid; {} runs, {} assertions, {} refusals",
            suite.runs.len(),
            suite.assertions(),
            suite.refusals()
        ));
        passed += suite.runs.len();
        assertions += suite.assertions();
    }
    step.end();
    if assertions < ASSERTIONS {
        return Err(TerraformError::Suite {
            root: "*",
            source: Words(format!("{assertions} assertions are fewer than {ASSERTIONS}")),
        });
    }
    lines.push(runbooks::check(workspace)?);
    lines.push(format!("{passed} passed, 0 failed"));
    Ok(lines.join("\n"))
}

/// Does the same for both roots at the same time.
pub(super) fn at_once<T: Send>(
    work: impl Fn(&'static str) -> Result<T, TerraformError> + Sync,
) -> Vec<Result<T, TerraformError>> {
    let work = &work;
    std::thread::scope(|scope| {
        let running = ROOTS.map(|root| scope.spawn(move || work(root)));
        let ended = running.into_iter().map(|thread| {
            // A panic in a thread is a panic here.
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        ended.collect()
    })
}

/// Validates and tests one root.
fn judge(
    workspace: &Workspace,
    settings: &Path,
    copy: &Copy,
    root: &'static str,
) -> Result<(&'static str, Suite), TerraformError> {
    let suite = Suite::read(workspace, root)?;
    prepare(settings, copy, root)?;
    validate(settings, copy, root)?;
    test(settings, copy, root, &suite)?;
    Ok((root, suite))
}

/// Lets Terraform note the modules of a root. Not `init`: with an overridden provider that asks the registry all the same.
pub(super) fn prepare(settings: &Path, copy: &Copy, root: &'static str) -> Result<(), TerraformError> {
    programs::output(
        terraform(settings)
            .current_dir(copy.root(root))
            .args(["get", "-no-color"]),
    )?;
    Ok(())
}

fn format(settings: &Path, copy: &Copy) -> Result<(), TerraformError> {
    let mut command = terraform(settings);
    command.current_dir(copy.path("terraform"));
    command.args(["fmt", "-check", "-recursive", "-diff", "-no-color"]);
    let output = programs::outcome(&mut command)?;
    if output.status.success() {
        return Ok(());
    }
    Err(TerraformError::Format(said(&output)))
}

/// Validates one root.
pub(super) fn validate(settings: &Path, copy: &Copy, root: &'static str) -> Result<(), TerraformError> {
    let mut command = terraform(settings);
    command
        .current_dir(copy.root(root))
        .args(["validate", "-no-color"]);
    let output = programs::outcome(&mut command)?;
    if output.status.success() {
        return Ok(());
    }
    Err(TerraformError::Invalid {
        root,
        source: said(&output),
    })
}

/// Runs the tests of a root; every run that its files hold must have passed.
fn test(settings: &Path, copy: &Copy, root: &'static str, suite: &Suite) -> Result<(), TerraformError> {
    let outcome = suite::test(settings, &copy.root(root), None)?;
    let missing = suite.runs.keys().filter(|run| !outcome.passed.contains(run));
    let missing: Vec<_> = missing.map(String::as_str).collect();
    if missing.is_empty() && outcome.failed.is_empty() {
        return Ok(());
    }
    let mut problems = outcome.words;
    problems.push(format!("did not pass: {}", missing.join(", ")));
    Err(TerraformError::Tests {
        root,
        source: Words(problems.join("\n")),
    })
}

fn said(output: &std::process::Output) -> Words {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    Words(String::from_utf8_lossy(&both).trim().to_owned())
}
