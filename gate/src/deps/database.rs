//! The advisory database: where it is, how much it holds, how old it is.
//!
//! Nothing here is green by accident. An empty or partly copied database, a file that cannot be read, one that
//! is older than it may be or dated in the future: each is an error with its own sentence. The age counts from the
//! commit date of a clone's HEAD, else from the newest date among the advisories, never from file times.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use rustsec::semver::Version;

use super::table::Table;
use super::{Advisory, DependencyError, folder};
use crate::config::MaxAge;
use crate::stages::DatabaseUse;

/// A database with fewer advisories than this is truncated: the public one has had more since 2025, and shrinks
/// never, because withdrawn advisories stay in it.
pub const MINIMUM_ENTRIES: usize = 800;

/// Which database is used: the first of these that is there, else the embedded table.
#[derive(Clone, Debug, Default)]
pub struct DatabaseChoice {
    /// A folder that the user named.
    pub given: Option<PathBuf>,
    /// The folder where [`super::update()`] keeps its clone.
    pub clone: Option<PathBuf>,
    /// How old it may be, held against whole days. No limit holds for the embedded table only; every other database
    /// is held to the default then.
    pub max_age: MaxAge,
}

/// Where advisories come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A folder that the user named.
    Given(PathBuf),
    /// The clone of `gate db update`.
    Clone(PathBuf),
    /// The table in this program.
    Embedded,
}

impl Origin {
    /// Name for reports and errors.
    pub fn name(&self) -> String {
        match self {
            Self::Given(folder) => format!("the advisory database `{}`", folder.display()),
            Self::Clone(_) => "the advisory database of `gate db update`".to_owned(),
            Self::Embedded => "the embedded advisory table".to_owned(),
        }
    }
}

/// All advisories on crates.
#[derive(Clone, Debug)]
pub struct Advisories {
    pub(super) by_package: BTreeMap<String, Vec<Advisory>>,
    /// Where they come from.
    pub origin: Origin,
    /// The commit, as far as known.
    pub revision: Option<String>,
    /// The day up to which it is current.
    pub updated: Date,
    /// Files in the database that are no advisories; they were left out.
    pub strays: Vec<String>,
}

impl Advisories {
    /// The advisories of a choice, proven to be whole and young enough on the given day. No program inside
    /// `repository` is started.
    pub fn open(
        choice: &DatabaseChoice,
        repository: Option<&Path>,
        today: Date,
    ) -> Result<Self, DependencyError> {
        let clone = choice
            .clone
            .as_ref()
            .filter(|folder| folder.symlink_metadata().is_ok());
        let advisories = if let Some(folder) = &choice.given {
            Self::read(Origin::Given(folder.clone()), folder, repository)?
        } else if let Some(folder) = clone {
            Self::read(Origin::Clone(folder.clone()), folder, repository)?
        } else {
            Self::embedded()?
        };
        advisories.refuse_stale(choice.max_age, today)?;
        Ok(advisories)
    }

    /// The advisories of the embedded table, whatever their age.
    pub fn embedded() -> Result<Self, DependencyError> {
        let table = Table::embedded()?;
        let broken = |reason: String| DependencyError::BrokenTable { reason };
        let updated = table
            .updated
            .parse()
            .map_err(|_| broken(format!("`{}` is no date", table.updated)))?;
        let revision = table.revision.clone();
        Self::new(Origin::Embedded, revision, updated, table.into_advisories()?)
    }

    /// The advisories of a folder, whatever their age.
    pub fn read(origin: Origin, folder: &Path, repository: Option<&Path>) -> Result<Self, DependencyError> {
        let content = folder::read(folder, &origin.name(), repository)?;
        let mut advisories = Vec::with_capacity(content.facts.len());
        for facts in content.facts {
            let id = facts.id.clone();
            let advisory = facts
                .try_into()
                .map_err(|reason| DependencyError::BrokenAdvisory { file: id, reason })?;
            advisories.push(advisory);
        }
        let mut advisories = Self::new(origin, content.revision, content.updated, advisories)?;
        advisories.strays = content.strays;
        Ok(advisories)
    }

    pub(super) fn new(
        origin: Origin,
        revision: Option<String>,
        updated: Date,
        list: Vec<Advisory>,
    ) -> Result<Self, DependencyError> {
        if list.len() < MINIMUM_ENTRIES {
            return Err(DependencyError::Truncated {
                name: origin.name(),
                entries: list.len(),
            });
        }
        let mut by_package: BTreeMap<String, Vec<Advisory>> = BTreeMap::new();
        for advisory in list {
            by_package
                .entry(advisory.package.clone())
                .or_default()
                .push(advisory);
        }
        for advisories in by_package.values_mut() {
            advisories.sort_by(|left, right| left.id.cmp(&right.id));
        }
        Ok(Self {
            by_package,
            origin,
            revision,
            updated,
            strays: Vec::new(),
        })
    }

    fn refuse_stale(&self, max_age: MaxAge, today: Date) -> Result<(), DependencyError> {
        let age = today.duration_since(self.updated).as_hours() / 24;
        // A clock and a commit may stand on two sides of midnight, or of the date line.
        if age < -1 {
            return Err(DependencyError::FromTheFuture {
                name: self.origin.name(),
                updated: self.updated,
                today,
            });
        }
        let embedded = self.origin == Origin::Embedded;
        let limit = match max_age {
            MaxAge::Unlimited if !embedded => MaxAge::default(),
            other => other,
        };
        if let MaxAge::Hours(hours) = limit
            && age * 24 > i64::from(hours)
        {
            return Err(DependencyError::Stale {
                name: self.origin.name(),
                updated: self.updated,
                age,
                limit,
                embedded,
            });
        }
        Ok(())
    }

    /// The advisories that hold for a version of a crate, in the order of their ids. The source of the crate plays
    /// no part: mirrors, forks and git sources are judged by the name.
    pub fn matches(&self, name: &str, version: &Version) -> Vec<&Advisory> {
        self.by_package
            .get(name)
            .into_iter()
            .flatten()
            .filter(|advisory| advisory.affects(version))
            .collect()
    }

    /// How many advisories there are.
    pub fn entries(&self) -> usize {
        self.by_package.values().map(Vec::len).sum()
    }

    /// All advisories, by crate and id.
    pub fn iter(&self) -> impl Iterator<Item = &Advisory> {
        self.by_package.values().flatten()
    }

    /// What the report says of the database.
    pub fn used(&self) -> DatabaseUse {
        let kind = match self.origin {
            Origin::Given(_) => "given folder",
            Origin::Clone(_) => "clone of gate db update",
            Origin::Embedded => "embedded table",
        };
        DatabaseUse {
            name: format!("RustSec advisories ({kind})"),
            revision: self.revision.clone(),
            updated: self.updated.to_string(),
            entries: self.entries(),
        }
    }
}

#[cfg(test)]
#[path = "database_tests.rs"]
mod tests;
