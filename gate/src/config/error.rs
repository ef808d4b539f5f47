//! What can be wrong with a `gate.toml`.

use std::fmt;

use crate::finding::Location;
use crate::stages::{Hint, StageError};

/// What is wrong, without its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is not TOML.
    #[error("this is not TOML: {0}")]
    Syntax(String),
    /// A key that no section of this place has.
    #[error("unknown key `{key}` in {section}")]
    UnknownKey {
        /// The key.
        key: String,
        /// The section, as a phrase.
        section: String,
        /// What was probably meant.
        nearest: Option<&'static str>,
        /// Every key of the section.
        known: Vec<&'static str>,
    },
    /// A rule that the catalogue does not have.
    #[error("unknown rule `{id}`")]
    UnknownRule {
        /// The id.
        id: String,
        /// What was probably meant.
        nearest: Option<&'static str>,
    },
    /// A rule whose level is fixed.
    #[error("the level of `{id}` cannot be changed")]
    FixedRule {
        /// The id.
        id: String,
    },
    /// A key that the format defines and nothing reads yet.
    #[error("{what} is not used by this version of gate")]
    NotUsedYet {
        /// The key or section, quoted.
        what: &'static str,
    },
    /// A value of another type.
    #[error("`{key}` is {found} where {expected} belongs")]
    WrongType {
        /// The key.
        key: String,
        /// What belongs there, with its article.
        expected: &'static str,
        /// What stands there, with its article.
        found: &'static str,
    },
    /// A value of the right type that means nothing here.
    #[error("`{key}` is `{value}`, which is not {expected}")]
    WrongValue {
        /// The key.
        key: String,
        /// What was written.
        value: String,
        /// What is taken, with its article.
        expected: String,
        /// What was probably meant.
        nearest: Option<&'static str>,
    },
    /// A key that must be there.
    #[error("{section} has no `{key}`")]
    Missing {
        /// The key.
        key: &'static str,
        /// The section, as a phrase.
        section: String,
    },
    /// A path that leads out of the work tree.
    #[error("`{path}` leads out of the work tree")]
    OutsideTree {
        /// The path as written.
        path: String,
    },
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// The file is larger than any configuration.
    #[error("it is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// It is a folder, a pipe or a device.
    #[error("it is not a file")]
    NotAFile,
    /// It is not UTF-8.
    #[error("it is not UTF-8 text")]
    NotText,
    /// The file is a link to somewhere else.
    #[error("it is a link that leads out of the work tree")]
    LinkOutside,
}

impl Hint for Problem {
    fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownKey {
                nearest: Some(nearest),
                ..
            }
            | Self::UnknownRule {
                nearest: Some(nearest),
                ..
            }
            | Self::WrongValue {
                nearest: Some(nearest),
                ..
            } => Some(format!("did you mean `{nearest}`?")),
            Self::UnknownKey { known, .. } => Some(format!("its keys are `{}`", known.join("`, `"))),
            Self::UnknownRule { .. } => Some("`gate rules` lists every rule".to_owned()),
            Self::FixedRule { .. } => {
                Some("it judges what would let other findings go unseen; mend what it finds".to_owned())
            }
            Self::NotUsedYet { .. } => {
                Some("remove it: what nothing reads would only look like a check".to_owned())
            }
            Self::Missing { key, .. } => Some(format!("add `{key} = …`")),
            Self::OutsideTree { .. } => {
                Some("name a path below the repository, relative to the folder of this file".to_owned())
            }
            Self::LinkOutside => Some("put the file itself into the repository".to_owned()),
            Self::Unreadable(_) | Self::NotAFile => Some("`--config FILE` names another one".to_owned()),
            Self::WrongType {
                expected: "a string",
                found: "a number" | "an integer" | "a date" | "a boolean",
                ..
            } => Some("put it in quotes".to_owned()),
            Self::Syntax(_)
            | Self::WrongType { .. }
            | Self::WrongValue { .. }
            | Self::TooLarge { .. }
            | Self::NotText => None,
        }
    }
}

/// One error of a `gate.toml`, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file as messages name it.
    pub file: String,
    /// Where in it; none where it could not be read at all.
    pub location: Option<Location>,
    /// What is wrong.
    pub problem: Problem,
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.location {
            Some(place) => write!(
                formatter,
                "{}:{}:{}: {}",
                place.file, place.line, place.column, self.problem
            ),
            None => write!(formatter, "{}: {}", self.file, self.problem),
        }
    }
}

impl Hint for ConfigError {
    fn hint(&self) -> Option<String> {
        self.problem.hint()
    }
}

impl From<&ConfigError> for StageError {
    /// The place goes into the location, so that a report shows the line.
    fn from(error: &ConfigError) -> Self {
        let message = match error.location {
            Some(_) => error.problem.to_string(),
            None => error.to_string(),
        };
        Self {
            message,
            hint: error.hint(),
            location: error.location.clone(),
        }
    }
}
