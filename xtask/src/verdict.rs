//! The first command of a newcomer: brings what is missing, builds the image and gate, and lets gate judge this
//! repository.
//!
//! Advisories are fetched within ten seconds or not at all: without a network gate takes the clone of an earlier update
//! while that is young enough, else its embedded table, however old that is; its verdict line says of which day they
//! are. A workflow, which must not accept that, calls `gate db update` and `gate check` itself.

use std::path::{Path, PathBuf};
use std::process::Command;

use gate::config::MaxAge;
use gate::deps::{Advisories, DatabaseChoice, Origin, clone_folder};
use gate::process::TOOLS_VARIABLE;
use gate::stages::Hint;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::environment;
use crate::image::{self, ImageArguments, ImageError};
use crate::programs::{self, ProgramError, program};
use crate::steps::Step;
use crate::tools::{self, ToolError};
use crate::workspace::Workspace;

/// Names the database of the caller; then nothing is fetched, and gate's age limit holds.
const DATABASE_VARIABLE: &str = "GATE_ADVISORY_DB";

/// How long fetching advisories may take, in seconds.
const UPDATE_LIMIT: &str = "10";

/// Why gate gave no verdict.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VerdictError {
    /// A tool is not there.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// There is no image to judge.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// A program failed.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// There is no place for an empty cache.
    #[error("no temporary folder can be made")]
    Temporary(#[from] std::io::Error),
    /// Cargo did not say where gate is.
    #[error("`cargo build` did not say where it put `gate`")]
    NoGate,
    /// A signal ended gate.
    #[error("`gate check` was ended by a signal")]
    Signalled,
}

impl Hint for VerdictError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Tool(error) => error.hint(),
            Self::Image(error) => error.hint(),
            Self::Program(error) => error.hint(),
            Self::Temporary(_) => Some("set `TMPDIR` to a folder that can be written".to_owned()),
            Self::NoGate | Self::Signalled => None,
        }
    }
}

/// Does all the set-up and runs `gate check --as-released`; the exit code is gate's.
pub(crate) fn run(workspace: &Workspace) -> Result<u8, VerdictError> {
    tools::for_gate(workspace)?;
    let image = image::make(workspace, ImageArguments::default())?;
    eprintln!("xtask: {}", image.summary);
    let gate = build_gate(workspace)?;
    let mut check = gate_command(&gate, workspace);
    check.args(["check", "--as-released"]);
    // Gate takes the clone in its cache where there is one; in an empty cache there is none. It lasts as long as gate.
    let empty_cache = tempfile::tempdir()?;
    if !has_database() && !update_database(&gate, workspace)? {
        if has_young_clone(workspace, Timestamp::now().to_zoned(TimeZone::UTC).date()) {
            eprintln!("xtask: the clone of an earlier update is young enough and is used");
        } else {
            eprintln!("xtask: the table of advisories inside gate is used, whatever its age");
            check
                .env("XDG_CACHE_HOME", empty_cache.path())
                .args(["--advisory-db-max-age", "unlimited"]);
        }
    }
    let code = programs::code(&mut check)?.ok_or(VerdictError::Signalled)?;
    u8::try_from(code).map_err(|_| VerdictError::Signalled)
}

fn has_database() -> bool {
    std::env::var_os(DATABASE_VARIABLE).is_some_and(|folder| !folder.is_empty())
}

/// Is the clone of an earlier `gate db update` whole, and within gate's usual age limit?
fn has_young_clone(workspace: &Workspace, today: Date) -> bool {
    let Ok(folder) = clone_folder() else { return false };
    let choice = DatabaseChoice {
        given: None,
        clone: Some(folder),
        max_age: MaxAge::default(),
    };
    let found = Advisories::open(&choice, Some(workspace.root()), today);
    found.is_ok_and(|advisories| matches!(advisories.origin, Origin::Clone(_)))
}

/// Builds gate as people install it, and gives the path of its program.
fn build_gate(workspace: &Workspace) -> Result<PathBuf, VerdictError> {
    let step = Step::begin(
        "building gate in release",
        "4 minutes the first time, a moment when nothing has changed",
    );
    let mut command = program("cargo");
    command
        .args([
            "build",
            "--quiet",
            "--locked",
            "--release",
            "--package",
            "gate",
            "--bin",
            "gate",
        ])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(workspace.root());
    let output = programs::output(&mut command)?;
    step.end();
    executable(&output.stdout).ok_or(VerdictError::NoGate)
}

/// The program named by the last message of cargo that names one.
fn executable(messages: &[u8]) -> Option<PathBuf> {
    #[derive(Deserialize)]
    struct Message {
        executable: Option<PathBuf>,
    }
    let messages = messages.split(|byte| *byte == b'\n');
    messages
        .filter_map(|line| serde_json::from_slice::<Message>(line).ok()?.executable)
        .next_back()
}

/// gate with the pinned tools, in the root of the workspace.
fn gate_command(gate: &Path, workspace: &Workspace) -> Command {
    let tools = tools::folder(workspace);
    let mut command = program(gate);
    command
        .env("PATH", environment::path_with(&tools))
        .env(TOOLS_VARIABLE, &tools)
        .current_dir(workspace.root());
    command
}

/// Fetches fresh advisories; false where that is not possible now.
fn update_database(gate: &Path, workspace: &Workspace) -> Result<bool, VerdictError> {
    let step = Step::begin("fetching fresh advisories", "5 seconds, never more than 10");
    let mut command = gate_command(gate, workspace);
    command.args(["db", "update", "--timeout", UPDATE_LIMIT]);
    let outcome = programs::output(&mut command);
    step.end();
    match outcome {
        Ok(_) => Ok(true),
        Err(ProgramError::Failed { source, .. }) => {
            let words = source.0.replace('\n', "\n  ");
            eprintln!("xtask: no fresh advisories\n  {words}");
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_read_from_cargos_messages() {
        let messages = br#"{"reason":"compiler-artifact","executable":null}
{"reason":"compiler-artifact","executable":"/target/release/gate"}
{"reason":"build-finished","success":true}
"#;
        assert_eq!(executable(messages), Some(PathBuf::from("/target/release/gate")));
        assert_eq!(executable(b""), None);
    }
}
