//! `cargo xtask terraform`: what can be known of `terraform/` without a cloud, credentials or Terraform's registry.
//!
//! The check runs `terraform fmt`, `validate` and `test` on a private copy of both roots, with a provider that knows the
//! schema of hashicorp/google and nothing else ([`provider`]). The mutants prove the tests: each is a fault that a
//! person could make, and each must be noticed. The linters are advisory. Nothing here plans or applies for real.

mod check;
mod copy;
mod lint;
mod mutants;
mod provider;
mod runbooks;
mod suite;

use std::io;
use std::path::PathBuf;
use std::process::Command;

use clap::{Args, Subcommand};
use gate::stages::Hint;

use crate::programs::{self, ProgramError, Words};
use crate::tools::ToolError;
use crate::workspace::Workspace;

/// Arguments of `cargo xtask terraform`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    chore: Option<Chore>,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Format, validity, tests, and a runbook for every alert (the default)
    Check,
    /// Break the roots in one way at a time: the tests must notice each
    Mutants(mutants::Arguments),
    /// What tflint and checkov think of the roots; advisory
    Lint,
}

/// The roots, in the order in which they are applied.
const ROOTS: [&str; 2] = ["foundation", "cluster"];

/// Why `terraform/` does not pass, or could not be judged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TerraformError {
    /// Files are not formatted.
    #[error("files below `terraform/` are not as `terraform fmt` writes them")]
    Format(#[source] Words),
    /// A root is not valid.
    #[error("`terraform/{root}` is not valid")]
    Invalid {
        /// The root.
        root: &'static str,
        /// What Terraform said.
        source: Words,
    },
    /// Tests of a root fail.
    #[error("tests of `terraform/{root}` fail")]
    Tests {
        /// The root.
        root: &'static str,
        /// Which, and why.
        source: Words,
    },
    /// A test does not test what it should.
    #[error("`terraform/{root}/tests` would not show a fault")]
    Suite {
        /// The root.
        root: &'static str,
        /// What is wrong with it.
        source: Words,
    },
    /// Alerts and runbooks do not belong to one another.
    #[error("alerts and `docs/runbooks.md` do not fit")]
    Runbooks(#[source] Words),
    /// Faults were not noticed.
    #[error("{missed} of {all} mutants were not noticed as they should be")]
    Missed {
        /// How many.
        missed: usize,
        /// Of how many.
        all: usize,
    },
    /// The list of mutants is not usable.
    #[error("`terraform/mutants.toml` cannot be used: {0}")]
    MutantList(String),
    /// A linter has something to say.
    #[error("{0} has something to say")]
    Lint(&'static str),
    /// Terraform's answer is not what is known of it.
    #[error("`terraform {0}` answered in a way that is not known")]
    Answer(&'static str),
    /// A program could not do its work.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// A linter could not be had.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// There is no folder for what is kept between runs.
    #[error("neither XDG_CACHE_HOME nor HOME is set")]
    NoCache,
    /// A file or folder cannot be read or written.
    #[error("`{}` cannot be used", place.display())]
    Files {
        /// The file or folder.
        place: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl TerraformError {
    /// Is it a fault of `terraform/`, and not of this machine?
    pub(crate) fn is_fault(&self) -> bool {
        !matches!(
            self,
            Self::Program(_) | Self::Tool(_) | Self::NoCache | Self::Files { .. } | Self::Answer(_)
        )
    }
}

impl Hint for TerraformError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Format(_) => Some("run `terraform fmt -recursive terraform`".to_owned()),
            Self::Missed { .. } => Some(
                "mend the test that should notice it; where a mutant's text is not found any more, bring it up to date in \
                 `terraform/mutants.toml`"
                    .to_owned(),
            ),
            Self::Program(ProgramError::NotInstalled(name)) => match name.as_str() {
                "terraform" => Some("install Terraform 1.11 or newer, see https://developer.hashicorp.com/terraform/install".to_owned()),
                "go" => Some("install Go 1.25 or newer, see https://go.dev/dl".to_owned()),
                "python3" => Some("install Python 3.10 or newer with pip".to_owned()),
                _ => None,
            },
            Self::Program(error) => error.hint(),
            Self::Tool(error) => error.hint(),
            Self::NoCache => Some("set HOME".to_owned()),
            _ => None,
        }
    }
}

/// Runs the chore. The answer is what there is to say on standard output.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<String, TerraformError> {
    match &arguments.chore {
        None | Some(Chore::Check) => check::run(workspace),
        Some(Chore::Mutants(arguments)) => mutants::run(workspace, arguments),
        Some(Chore::Lint) => lint::run(workspace),
    }
}

/// A run of Terraform that only the configuration at `settings` can change: no variables, arguments or workspace of the
/// caller's environment.
fn terraform(settings: &std::path::Path) -> Command {
    let mut command = programs::program("terraform");
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("TF_")) {
            command.env_remove(name);
        }
    }
    command
        .env("TF_CLI_CONFIG_FILE", settings)
        .env("TF_IN_AUTOMATION", "1")
        .env("CHECKPOINT_DISABLE", "1")
        // Many short runs with a little garbage each: to collect less of it saves a third of the time.
        .env("GOGC", "400");
    command
}

/// Gives an error of the file system its place, as a person in the root folder would write it.
fn at(workspace: &Workspace, place: &std::path::Path) -> impl FnOnce(io::Error) -> TerraformError {
    let place = PathBuf::from(workspace.shown(place).to_string());
    move |source| TerraformError::Files { place, source }
}
