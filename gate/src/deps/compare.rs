//! Does a program hold what its lockfile resolves?
//!
//! One question needs nothing but the two: does every (name, version, source) of the list stand in the lockfile? The
//! other needs to know what cargo builds for this program, since a lockfile also holds what other members, targets and
//! tests need; [`super::resolve()`] asks that.

use std::collections::BTreeSet;

use rustsec::semver::Version;

use super::{EmbeddedList, ListSource, ListedPackage, Lockfile};

/// A package as a build resolves it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResolvedPackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// Where it comes from.
    pub source: ListSource,
}

impl ResolvedPackage {
    /// Name, version and source for a sentence.
    pub fn label(&self) -> String {
        format!("`{}` {}", self.name, self.version_and_source())
    }

    /// Version and source for a sentence.
    pub fn version_and_source(&self) -> String {
        format!("{} ({})", self.version, self.source.name())
    }
}

impl From<&ListedPackage> for ResolvedPackage {
    fn from(package: &ListedPackage) -> Self {
        Self {
            name: package.name.clone(),
            version: package.version.clone(),
            source: package.source.clone(),
        }
    }
}

/// One difference between the list of a program and what it was to be built from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// The program holds a package that the lockfile does not have.
    NotLocked {
        /// The package.
        holds: ResolvedPackage,
        /// What the lockfile has by that name.
        locked: Vec<ResolvedPackage>,
    },
    /// The program holds a package of the lockfile that nothing which is built for it needs.
    NotNeeded {
        /// The package.
        holds: ResolvedPackage,
        /// What was built, in words: see [`Expected::built_for`].
        built_for: String,
    },
    /// The program lacks a package that is built for it.
    Lacking {
        /// The package.
        lacks: ResolvedPackage,
        /// What was built, in words: see [`Expected::built_for`].
        built_for: String,
    },
}

/// What the list of a program may hold, and what it must.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// What is built, in words: the package and its features.
    pub built_for: String,
    /// What cargo builds for the program.
    pub built: BTreeSet<ResolvedPackage>,
    /// What is reached from its package once the features of the whole workspace are joined: what cargo-auditable
    /// writes down.
    pub possible: BTreeSet<ResolvedPackage>,
}

/// What stands in a list and not in the lockfile, in the order of the list.
pub fn compare(lockfile: &Lockfile, list: &EmbeddedList) -> Vec<Difference> {
    let locked: Vec<ResolvedPackage> = lockfile
        .packages
        .iter()
        .map(|package| ResolvedPackage {
            name: package.name.clone(),
            version: package.version.clone(),
            source: ListSource::from(&package.source),
        })
        .collect();
    list.packages
        .iter()
        .map(ResolvedPackage::from)
        .filter(|package| !locked.contains(package))
        .map(|holds| Difference::NotLocked {
            locked: locked
                .iter()
                .filter(|other| other.name == holds.name)
                .cloned()
                .collect(),
            holds,
        })
        .collect()
}

/// What a list holds and may not, then what it must hold and does not.
///
/// A list may hold what cargo builds, and what its author cargo-auditable can reach. It must hold what is both: what
/// only the machine that builds needs, as a build script on a Mac does, is built and never written down.
pub fn compare_built(expected: &Expected, list: &EmbeddedList) -> Vec<Difference> {
    let Expected {
        built_for,
        built,
        possible,
    } = expected;
    let listed: BTreeSet<ResolvedPackage> = list.packages.iter().map(ResolvedPackage::from).collect();
    let surplus = listed
        .iter()
        .filter(|package| !built.contains(package) && !possible.contains(package))
        .map(|holds| Difference::NotNeeded {
            holds: holds.clone(),
            built_for: built_for.clone(),
        });
    let missing = built
        .intersection(possible)
        .filter(|package| !listed.contains(package))
        .map(|lacks| Difference::Lacking {
            lacks: lacks.clone(),
            built_for: built_for.clone(),
        });
    surplus.chain(missing).collect()
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
