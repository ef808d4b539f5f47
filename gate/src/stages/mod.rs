//! The stages: each takes its settings, joins the rooms that it needs, and gives back one outcome.

pub mod chain;
pub mod deps;
pub mod image;
pub mod manifests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use crate::deps::Version;
use crate::finding::{Finding, Level, Location};

/// Why a stage could not do all of its work. One of these makes the whole run exit with 2.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageError {
    /// What is wrong, one sentence without a period.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Where, if it is in a file.
    pub location: Option<Location>,
}

impl StageError {
    /// An error from a type that knows its sentence; the hint travels with it.
    pub fn new(error: &(impl std::error::Error + Hint)) -> Self {
        Self {
            message: error.to_string(),
            hint: error.hint(),
            location: None,
        }
    }
}

/// Errors that know what the user can do about them.
pub trait Hint {
    /// One sentence without a period.
    fn hint(&self) -> Option<String> {
        None
    }
}

/// A program that was used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ToolUse {
    /// Its name.
    pub name: String,
    /// The version that it says.
    pub version: String,
    /// Where it was found.
    pub path: String,
}

/// A database that was used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct DatabaseUse {
    /// Its name, for instance `RustSec advisories (embedded table)`.
    pub name: String,
    /// Its revision, as far as known.
    pub revision: Option<String>,
    /// The day of its newest content, `YYYY-MM-DD`.
    pub updated: String,
    /// How many entries it holds.
    pub entries: usize,
}

/// An advisory that a finding reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedAdvisory {
    /// The lockfile or binary of the finding, by name.
    pub file: PathBuf,
    /// The crate.
    pub package: String,
    /// Its version.
    pub version: Version,
    /// The ids of the advisory.
    pub identifiers: Vec<String>,
    /// The level of the finding.
    pub level: Level,
}

/// What a stage did and found.
#[derive(Debug, Default)]
pub struct StageOutcome {
    /// What it could not do.
    pub errors: Vec<StageError>,
    /// What it covered, in numbers: noun in the plural and count. All zero means that there was nothing to check.
    pub covered: BTreeMap<&'static str, usize>,
    /// What it found, sealed, levels set by the policy.
    pub findings: Vec<Finding>,
    /// The advisories among the findings of the stage *deps*: what another stage need not report again.
    pub reported: Vec<ReportedAdvisory>,
    /// Programs used.
    pub tools: Vec<ToolUse>,
    /// Databases used.
    pub databases: Vec<DatabaseUse>,
    /// What the report must say besides: something not checked, an assumption.
    pub notes: Vec<String>,
    /// Texts of the files that locations name, for snippets.
    pub sources: BTreeMap<String, String>,
}
