//! Why there is no plan.

use crate::config::ConfigError;
use crate::rules::CATALOGUE;
use crate::stages::{Hint, StageError};

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The working directory is gone or may not be read.
    #[error("the working directory cannot be read: {0}")]
    WorkingDirectory(std::io::Error),
    /// `gate.toml` has errors.
    #[error("the configuration has errors")]
    Config(Vec<ConfigError>),
    /// `gate check` has nothing that tells it what to check.
    #[error("there is no gate.toml here or in a folder above, up to the root of the repository")]
    NoConfig,
    /// The folder of `--policy-from` cannot be opened.
    #[error("`{folder}`, where the rules are to come from, cannot be read: {source}")]
    PolicyFolder {
        /// The folder, as the user named it.
        folder: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The folder of `--policy-from` is the judged tree, or a part of it.
    #[error("`{0}` is a part of the tree that is judged, so that a change could bring its own rules")]
    PolicyInside(String),
    /// The tree of `--policy-from` has no configuration for the working directory.
    #[error("`{0}` has no gate.toml, in the folder that answers to this one or above")]
    NoPolicy(String),
    /// The configuration of the command line has no counterpart.
    #[error("`{0}` is outside of the tree that is judged, and so has no counterpart in the other one")]
    ConfigElsewhere(String),
    /// Nothing was named on the command line, and `gate.toml` declares nothing of the kind.
    #[error("no path was given, and no gate.toml declares {0}")]
    NoPaths(&'static str),
    /// A group that the catalogue does not have.
    #[error("there is no group `{0}` of rules")]
    UnknownGroup(String),
    /// A stage that is asked for and not declared.
    #[error("`{0}` is not declared in gate.toml")]
    NotDeclared(&'static str),
    /// Nothing would give the digests.
    #[error("`--as-released` takes the digests of images at hand, and the stage `image` does not run")]
    NoImages,
}

impl Hint for PlanError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::WorkingDirectory(_) | Self::Config(_) => return None,
            Self::NoConfig => {
                "write a gate.toml that says what to judge, or name one with `--config`".to_owned()
            }
            Self::PolicyFolder { .. } | Self::PolicyInside(_) => {
                "check the base branch out elsewhere, for instance with `git worktree add ../base origin/main`".to_owned()
            }
            Self::NoPolicy(_) => "write one on the base branch first: without it there are no rules to judge by".to_owned(),
            Self::ConfigElsewhere(_) => "leave out `--config`, or name a file of the repository".to_owned(),
            Self::NoPaths(_) => "name what to judge, or declare it in gate.toml".to_owned(),
            Self::UnknownGroup(_) => {
                let mut groups: Vec<&str> = CATALOGUE.iter().map(|rule| rule.group.name()).collect();
                groups.dedup();
                format!("the groups are {}", groups.join(", "))
            }
            Self::NotDeclared(stage) => format!("declare it there, or leave out `--only {stage}`"),
            Self::NoImages => "declare the images in gate.toml, and do not skip them".to_owned(),
        })
    }
}

impl PlanError {
    /// The errors as a report prints them.
    pub fn stage_errors(&self) -> Vec<StageError> {
        match self {
            Self::Config(errors) => errors.iter().map(StageError::from).collect(),
            other => vec![StageError::new(other)],
        }
    }
}
