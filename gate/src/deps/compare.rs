//! Does a binary hold what the lockfile resolves?
//!
//! One direction needs nothing but the two: every (name, version, source) of the list must stand in the lockfile.
//! The other direction needs to know what cargo builds for this binary and target, since a lockfile also holds what
//! other targets, features and tests need. Only `cargo tree` knows, and running cargo trusts the repository.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use rustsec::semver::Version;

use super::{DependencyError, EmbeddedList, ListSource, ListedPackage, Lockfile};
use crate::process::{Invocation, locate};

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
    fn label(&self) -> String {
        format!("`{}` {} ({})", self.name, self.version, self.source.name())
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

/// One difference between a binary and a lockfile.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// What the binary holds, if anything.
    pub binary: Option<String>,
    /// What the lockfile has by that name, or resolves for this binary.
    pub lockfile: Vec<String>,
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
        .map(|package| difference(&package, &locked))
        .collect()
}

fn difference(package: &ResolvedPackage, locked: &[ResolvedPackage]) -> Difference {
    Difference {
        binary: Some(package.label()),
        lockfile: locked
            .iter()
            .filter(|other| other.name == package.name)
            .map(ResolvedPackage::label)
            .collect(),
    }
}

/// The differences, in both directions, between a list and what a build resolves.
pub fn compare_resolved(resolved: &[ResolvedPackage], list: &EmbeddedList) -> Vec<Difference> {
    let resolved: BTreeSet<ResolvedPackage> = resolved.iter().cloned().collect();
    let listed: BTreeSet<ResolvedPackage> = list.packages.iter().map(ResolvedPackage::from).collect();
    let all: Vec<ResolvedPackage> = resolved.iter().cloned().collect();
    let surplus = listed
        .difference(&resolved)
        .map(|package| difference(package, &all));
    let missing = resolved.difference(&listed).filter(|package| {
        // A version that differs is one difference, not two.
        !listed
            .difference(&resolved)
            .any(|other| other.name == package.name)
    });
    let missing = missing.map(|package| Difference {
        binary: None,
        lockfile: vec![package.label()],
    });
    surplus.chain(missing).collect()
}

/// What is to be resolved.
#[derive(Clone, Debug)]
pub struct ResolveRequest<'a> {
    /// Manifest of the workspace.
    pub manifest: &'a Path,
    /// The package that holds the binary.
    pub package: &'a str,
    /// Target triple, for instance `x86_64-unknown-linux-musl`.
    pub target: &'a str,
    /// No program inside this folder is started.
    pub repository: Option<&'a Path>,
}

/// Asks cargo what it builds for a package and target. Cargo reads the repository's configuration, which can name
/// programs to run: call this only for a repository that is trusted.
pub fn resolve(request: &ResolveRequest<'_>) -> Result<Vec<ResolvedPackage>, DependencyError> {
    let cargo = locate("cargo", request.repository)?;
    let output = super::deny::with_toolchain(Invocation::new(&cargo), request.repository)
        .arguments(["tree", "--locked", "--offline", "--edges", "normal,build"])
        .arguments(["--prefix", "none", "--format", "{p}", "--color", "never"])
        .arguments(["--target", request.target, "--package", request.package])
        .arguments(["--manifest-path"])
        .arguments([request.manifest])
        .time_limit(Duration::from_mins(2))
        .run()?;
    let failed = |reason: String| DependencyError::TreeFailed {
        code: output.code,
        reason,
    };
    if output.code != 0 {
        let text = output.stderr_text();
        let reason = text.lines().map(str::trim).find(|line| !line.is_empty());
        return Err(failed(reason.unwrap_or("it said nothing").to_owned()));
    }
    let mut packages = BTreeSet::new();
    for line in output
        .stdout_text()
        .lines()
        .filter(|line| !line.trim().is_empty())
    {
        let package = tree_line(line).ok_or_else(|| failed(format!("`{line}` names no package")))?;
        packages.insert(package);
    }
    Ok(packages.into_iter().collect())
}

/// `name v1.2.3`, followed in parentheses by a folder, an address, a registry, `proc-macro` or `*`.
fn tree_line(line: &str) -> Option<ResolvedPackage> {
    let (name, rest) = line.split_once(" v")?;
    let (version, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let mut notes = rest
        .split('(')
        .filter_map(|part| part.trim().strip_suffix(')'))
        .filter(|note| !matches!(*note, "*" | "proc-macro"));
    let source = notes.next_back().map_or(ListSource::CratesIo, |note| {
        if note.starts_with("registry ") {
            ListSource::Registry
        } else if note.contains("://") {
            ListSource::Git
        } else {
            ListSource::Local
        }
    });
    Some(ResolvedPackage {
        name: name.to_owned(),
        version: Version::parse(version).ok()?,
        source,
    })
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
