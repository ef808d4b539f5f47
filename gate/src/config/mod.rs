//! `gate.toml`: what a repository wants judged, and by which rules.
//!
//! [`parse`] is a pure function from text to [`Config`]; [`read`] is the one function that opens the file. Nothing
//! is ignored: an unknown key, a section that this version does not use, a value of another type and an unknown rule
//! are errors with their place. What `[[allow]]` entries are worth is judged later, by the rules of group
//! `exceptions`, because an end date is only too early on a certain day.

mod allow;
mod error;
mod file;
mod reader;
mod rules;
mod sections;
mod suggestion;
mod values;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use error::{ConfigError, Problem};
pub use file::{FILE_NAME, find, find_below, read, read_below};
pub use rules::rule_override;
pub(crate) use suggestion::nearest;
pub use values::{KubernetesRange, MaxAge, Minor, ValueError, level, profile};

use crate::exceptions::Allow;
use crate::finding::{Level, Location};
use crate::rules::{CATALOGUE, Profile, Rule};
use reader::Reader;

/// A value and where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Written<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub location: Location,
}

/// What `gate.toml` says. What it leaves out is `None`; the defaults are the caller's.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Config {
    /// The name of the file in messages.
    pub name: String,
    /// Its text, for snippets.
    pub text: String,
    /// The folder that its paths are relative to; empty after [`parse`], set by [`read`].
    pub folder: PathBuf,
    /// The cluster's Kubernetes minors.
    pub kubernetes: Option<KubernetesRange>,
    /// The set of rules.
    pub profile: Option<Profile>,
    /// `[manifests]`.
    pub manifests: Option<Manifests>,
    /// `[dependencies]`.
    pub dependencies: Option<Dependencies>,
    /// `[[images]]`.
    pub images: Vec<Image>,
    /// `[rules]`, by id.
    pub rules: BTreeMap<String, RuleSetting>,
    /// `[[allow]]`, in the order of the file.
    pub allows: Vec<Allow>,
}

impl Config {
    /// The levels that `[rules]` sets, as [`crate::rules::Policy`] takes them; `None` turns a rule off.
    pub fn levels(&self) -> BTreeMap<String, Option<Level>> {
        let setting = |(id, setting): (&String, &RuleSetting)| (id.clone(), setting.level);
        self.rules.iter().map(setting).collect()
    }
}

/// `[manifests]`.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Manifests {
    /// Kustomizations, folders and files, relative to the folder of `gate.toml`.
    pub paths: Vec<Written<String>>,
    /// The namespace of objects that name none.
    pub namespace: Option<String>,
    /// Globs of image repositories that are checked elsewhere.
    pub external_images: Vec<Written<String>>,
}

/// `[dependencies]`.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Dependencies {
    /// Lockfiles, relative to the folder of `gate.toml`.
    pub lockfiles: Vec<Written<String>>,
    /// Does cargo-deny run? It calls cargo, which runs what the repository configures.
    pub deny: bool,
    /// A local advisory database, relative to the folder of `gate.toml`.
    pub advisory_database: Option<Written<String>>,
    /// How old the advisories may be.
    pub max_age: Option<MaxAge>,
}

/// An entry of `[[images]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// Repositories under which the manifests name it, without tag and digest.
    pub repositories: Vec<Written<String>>,
    /// OCI layout or archive, relative to the folder of `gate.toml`.
    pub source: Written<String>,
    /// The lockfile that must agree with the list embedded in its binary.
    pub lockfile: Option<Written<String>>,
    /// The features that its program was built with, besides the default ones of its package.
    pub features: Vec<Written<String>>,
    /// Was it built with the default features of its package?
    pub default_features: bool,
    /// Does it claim to hold nothing but what it needs? `None` leaves that to what the image shows.
    pub minimal: Option<bool>,
    /// Globs of files that are accounted for although no list explains them.
    pub allowed_files: Vec<Written<String>>,
    /// Where the entry stands.
    pub location: Location,
}

/// What `[rules]` says of one rule.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleSetting {
    /// Its level; `None` turns it off.
    pub level: Option<Level>,
    /// Where that stands.
    pub location: Location,
}

/// Reads the text of a `gate.toml` that is called `name` in messages.
///
/// The errors come in the order of their places, and there is at least one.
pub fn parse(text: &str, name: &str) -> Result<Config, Vec<ConfigError>> {
    parse_with(text, name, CATALOGUE)
}

/// [`parse`] against another catalogue.
fn parse_with(text: &str, name: &str, catalogue: &[&'static Rule]) -> Result<Config, Vec<ConfigError>> {
    let mut reader = Reader::new(text, name, catalogue);
    let config = reader.document().map(|root| sections::config(&mut reader, &root));
    match (config, reader.into_errors()) {
        (Some(config), errors) if errors.is_empty() => Ok(config),
        (_, errors) => Err(errors),
    }
}
