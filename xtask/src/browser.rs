//! Opens the page of the service in a real browser: the checks in `e2e/browser`, with what they need.

use std::process::ExitCode;

use gate::stages::Hint;

use crate::programs::{self, ProgramError, program};
use crate::steps::Step;
use crate::workspace::Workspace;

/// Where the checks are.
const FOLDER: &str = "e2e/browser";

/// Why the checks gave no verdict.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BrowserError {
    /// A program is missing or failed.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// A signal ended the checks.
    #[error("the checks in `{FOLDER}` were ended by a signal")]
    Signalled,
}

impl Hint for BrowserError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Program(ProgramError::NotInstalled(name)) if name == "npm" || name == "node" => Some(
                "install Node 20 or newer with npm, for example with `apt-get install nodejs npm`".to_owned(),
            ),
            Self::Program(error) => error.hint(),
            Self::Signalled => None,
        }
    }
}

/// Brings the locked libraries, builds the service, and runs the checks; the exit code is theirs.
pub(crate) fn run(workspace: &Workspace) -> Result<ExitCode, BrowserError> {
    let folder = workspace.root().join(FOLDER);
    let step = Step::begin("libraries of the browser's checks", "some seconds");
    let install = [
        "ci",
        "--ignore-scripts",
        "--prefer-offline",
        "--no-audit",
        "--no-fund",
    ];
    programs::output(program("npm").args(install).current_dir(&folder))?;
    step.end();
    let step = Step::begin("the service", "a minute, only once");
    let build = [
        "build",
        "--quiet",
        "--locked",
        "--package",
        "hello",
        "--target-dir",
    ];
    programs::output(
        program("cargo")
            .args(build)
            .arg(workspace.target())
            .current_dir(workspace.root()),
    )?;
    step.end();
    let mut checks = program("node");
    checks.arg("main.js").current_dir(&folder);
    checks.env("HELLO_BINARY", workspace.target().join("debug/hello"));
    let code = programs::code(&mut checks)?.and_then(|code| u8::try_from(code).ok());
    code.map(ExitCode::from).ok_or(BrowserError::Signalled)
}
