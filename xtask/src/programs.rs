//! The one place of this crate that starts programs.
//!
//! These are the developer's own tools at work on the developer's own tree, so unlike `gate::process` they keep the
//! environment, share the terminal's process group (Ctrl-C ends them), and have no time limit but the one asked
//! for.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the module of xtask that starts programs"
)]

use std::ffi::OsStr;
use std::io;
use std::process::{Command, Output};

use gate::stages::Hint;

/// Why a program did not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProgramError {
    /// There is none of that name.
    #[error("`{0}` is not installed")]
    NotInstalled(String),
    /// It could not be started.
    #[error("`{program}` could not be started")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// It ended with a failure.
    #[error("`{run}` failed with {status}")]
    Failed {
        /// Program and first arguments.
        run: String,
        /// Its exit code or signal, in words.
        status: String,
        /// What it said.
        source: Words,
    },
}

/// What a program said on standard error before it failed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Words(pub(crate) String);

/// Parts of the messages of cargo, rustup and go that tell that a host could not be reached.
const UNREACHABLE: [&str; 10] = [
    "Could not resolve host",
    "Couldn't resolve host",
    "Could not connect to server",
    "Failed to connect to",
    "failed to download",
    "download of config.json failed",
    "could not download file",
    "network failure",
    "dial tcp",
    "spurious network error",
];

impl ProgramError {
    /// Did it fail because a host could not be reached?
    pub(crate) fn is_unreachable(&self) -> bool {
        matches!(self, Self::Failed { source, .. } if UNREACHABLE.iter().any(|part| source.0.contains(part)))
    }
}

impl Hint for ProgramError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NotInstalled(name) if name == "cargo" || name == "rustup" || name == "rustc" => {
                Some("install Rust with rustup, see https://rustup.rs".to_owned())
            }
            error if error.is_unreachable() => Some(
                "allow this machine to reach the package registry, set HTTPS_PROXY, or name a mirror in \
                 `config.toml` of the cargo home"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

/// A run of a program on `PATH`, or of one given by its path, in the environment of the caller.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    Command::new(name)
}

/// Runs a program that must succeed; what it says is shown only if it fails.
pub(crate) fn output(command: &mut Command) -> Result<Output, ProgramError> {
    let output = command.output().map_err(|source| start(command, source))?;
    if output.status.success() {
        return Ok(output);
    }
    Err(ProgramError::Failed {
        run: first_words(command),
        status: output.status.to_string(),
        source: Words(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    })
}

/// Runs a program whose exit code is a part of its answer, and keeps all that it says.
pub(crate) fn outcome(command: &mut Command) -> Result<Output, ProgramError> {
    command.output().map_err(|source| start(command, source))
}

/// Runs a program that shares standard output and error; its exit code is the answer, none where a signal ended it.
pub(crate) fn code(command: &mut Command) -> Result<Option<i32>, ProgramError> {
    let status = command.status().map_err(|source| start(command, source))?;
    Ok(status.code())
}

fn start(command: &Command, source: io::Error) -> ProgramError {
    let program = name(command);
    if source.kind() == io::ErrorKind::NotFound {
        ProgramError::NotInstalled(program)
    } else {
        ProgramError::Start { program, source }
    }
}

fn name(command: &Command) -> String {
    let path = std::path::Path::new(command.get_program());
    path.file_stem()
        .unwrap_or(command.get_program())
        .to_string_lossy()
        .into_owned()
}

/// The program and its arguments up to the first option: enough to know which run it was.
fn first_words(command: &Command) -> String {
    let arguments = command
        .get_args()
        .map(|argument| argument.to_string_lossy().into_owned());
    let mut words = vec![name(command)];
    words.extend(arguments.take_while(|argument| !argument.starts_with('-')));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(script: &str) -> ProgramError {
        output(program("sh").args(["-c", script])).unwrap_err()
    }

    #[test]
    fn a_failure_names_the_run_and_keeps_its_words() {
        let error = failure("echo out; echo 'it broke' >&2; exit 7");
        assert_eq!(error.to_string(), "`sh` failed with exit status: 7");
        let words = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(words, "it broke");
        assert!(!error.is_unreachable());
    }

    #[test]
    fn an_unreachable_registry_has_a_hint() {
        let error = failure(
            "echo '[6] Could not resolve hostname (Could not resolve host: x.example)' >&2; exit 101",
        );
        assert!(error.hint().unwrap().contains("HTTPS_PROXY"), "{error}");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = output(&mut program("no-such-program-anywhere")).unwrap_err();
        assert_eq!(error.to_string(), "`no-such-program-anywhere` is not installed");
    }
}
