//! A plan: what the command line and `gate.toml` together ask for, and how it is carried out.
//!
//! [`Request::plan`] joins the two; [`judge()`] carries a plan out and gives the report.

mod base;
mod differences;
mod draft;
mod error;
mod judge;
mod paths;
mod request;

use std::collections::BTreeMap;

use jiff::civil::Date;

pub use differences::Change;
pub use error::PlanError;
pub use judge::judge;
pub use request::Request;

use crate::config::Config;
use crate::report::{PolicyChange, Settings};
use crate::rules::Policy;
use crate::stages::{StageError, chain, deps, manifests};

/// A declared stage.
#[derive(Debug)]
pub enum Planned<T> {
    /// It runs.
    Run(T),
    /// It is left out on purpose, and the report says why.
    Skipped(String),
}

/// Rules that come from another tree.
#[derive(Debug)]
pub struct PolicySource {
    /// The tree, as the user named it.
    pub folder: String,
    /// What the judged tree would have changed in them.
    pub changes: Vec<Change>,
    /// Why the `gate.toml` of the judged tree cannot be read.
    pub errors: Vec<StageError>,
    /// The texts of the files that say so, by name.
    pub sources: BTreeMap<String, String>,
}

/// What a run is asked to judge, and by which rules.
#[derive(Debug)]
pub struct Plan {
    /// What every report names.
    pub settings: Settings,
    /// Which rules run, and at which level.
    pub policy: Policy,
    /// Rules whose level was changed.
    pub changes: Vec<PolicyChange>,
    /// The tree that the rules come from, where it is not the judged one.
    pub policy_from: Option<PolicySource>,
    /// The configuration that holds, for its exceptions and its text; the default one where there is none.
    pub config: Config,
    /// The stage *manifests*, where it is declared.
    pub manifests: Option<Planned<manifests::Settings>>,
    /// The stage *deps*, where it is declared.
    pub deps: Option<Planned<deps::Settings>>,
    /// The stage *image*, where it is declared.
    pub image: Option<Planned<chain::Images>>,
    /// Are manifests also judged as they would be released, with the digests of the images at hand?
    pub as_released: bool,
    /// The folder that names in reports are relative to, from the root of the repository.
    pub folder: String,
    /// What nobody asked to check.
    pub not_checked: Vec<String>,
    /// Is everything judged that `gate.toml` declares? Not so where the command line names paths.
    pub complete: bool,
    /// The day, in UTC.
    pub today: Date,
}
