//! What takes a package out of the range of its advisories: the command where one is enough, else who has to change.

use rustsec::semver::{Comparator, Op, Version, VersionReq};

use super::advisory::Kind;
use super::{Advisory, Lockfile, Source};

/// What mends a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cure {
    /// There is nothing to mend.
    None,
    /// A version that every requirement in the tree accepts.
    Update {
        /// The package, as `cargo update` names it.
        package: String,
        /// The version.
        to: Version,
    },
    /// A version that needs another requirement.
    Raise {
        /// The package.
        package: String,
        /// What the new version must meet.
        requirement: String,
        /// Packages of the workspace whose manifest asks for the old one.
        local: Vec<String>,
        /// Other packages that ask for the old one.
        foreign: Vec<String>,
    },
    /// No version is free of the defect.
    Replace {
        /// The package.
        package: String,
    },
}

/// What mends a package of a lockfile.
pub(super) fn cure(lockfile: &Lockfile, index: usize, advisories: &[Advisory]) -> Cure {
    if advisories.is_empty() {
        return Cure::None;
    }
    let package = &lockfile.packages[index];
    let fixes = fixes(&package.version, advisories);
    let compatible = VersionReq::parse(&format!("^{}", package.version));
    let compatible = compatible.unwrap_or(VersionReq::STAR);
    if let Some(to) = fixes.iter().find(|version| compatible.matches(version)) {
        return Cure::Update {
            package: format!("{}@{}", package.name, package.version),
            to: to.clone(),
        };
    }
    let Some(requirement) = requirement(&fixes, advisories) else {
        return Cure::Replace {
            package: package.name.clone(),
        };
    };
    let names = |wanted: bool| {
        lockfile
            .dependents(index)
            .filter(|dependent| (dependent.source == Source::Local) == wanted)
            .map(|dependent| dependent.name.clone())
            .collect()
    };
    Cure::Raise {
        package: package.name.clone(),
        requirement,
        local: names(true),
        foreign: names(false),
    }
}

impl Cure {
    /// What mends a package of a binary's list, of which no more is known than name and version.
    pub(super) fn of_listed(version: &Version, advisories: &[Advisory]) -> Self {
        let Some(first) = advisories.first() else {
            return Self::None;
        };
        let package = first.package.clone();
        match requirement(&fixes(version, advisories), advisories) {
            None => Self::Replace { package },
            Some(requirement) => Self::Raise {
                package,
                requirement,
                local: Vec::new(),
                foreign: Vec::new(),
            },
        }
    }

    /// What to do, one sentence without a period.
    pub fn sentence(&self) -> Option<String> {
        let quoted = |names: &[String]| {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            names.join(", ")
        };
        Some(match self {
            Self::None => return None,
            Self::Update { package, to } => format!("run `cargo update -p {package} --precise {to}`"),
            Self::Replace { package } => format!("no version of `{package}` is free of it: replace it"),
            Self::Raise {
                package,
                requirement,
                local,
                foreign,
            } => match (local.is_empty(), foreign.is_empty()) {
                (true, true) => format!("build it with `{package}` {requirement}"),
                (false, true) => format!(
                    "ask for `{package}` {requirement} in the manifest of {}, then run `cargo update -p {package}`",
                    quoted(local)
                ),
                (true, false) => format!(
                    "update or replace {}, which asks for an older `{package}`, until it is {requirement}",
                    quoted(foreign)
                ),
                (false, false) => format!(
                    "ask for `{package}` {requirement} in the manifest of {}, and update or replace {}",
                    quoted(local),
                    quoted(foreign)
                ),
            },
        })
    }
}

/// Versions above this one that none of its defects affects, in order.
fn fixes(version: &Version, advisories: &[Advisory]) -> Vec<Version> {
    let defects = || {
        advisories
            .iter()
            .filter(|advisory| matches!(advisory.kind, Kind::Vulnerability | Kind::Unsound))
    };
    let mut fixes: Vec<Version> = advisories
        .iter()
        .flat_map(Advisory::patched)
        .flat_map(|requirement| &requirement.comparators)
        .filter_map(lowest)
        .filter(|fix| fix > version && !defects().any(|advisory| advisory.affects(fix)))
        .collect();
    fixes.sort();
    fixes.dedup();
    fixes
}

/// The lowest version that a comparator accepts, where it says one.
fn lowest(comparator: &Comparator) -> Option<Version> {
    matches!(comparator.op, Op::Exact | Op::GreaterEq | Op::Tilde | Op::Caret).then(|| Version {
        pre: comparator.pre.clone(),
        ..Version::new(
            comparator.major,
            comparator.minor.unwrap_or(0),
            comparator.patch.unwrap_or(0),
        )
    })
}

/// The lowest fix, else the requirements of the advisories as they are.
fn requirement(fixes: &[Version], advisories: &[Advisory]) -> Option<String> {
    if let Some(fix) = fixes.first() {
        return Some(format!("{fix} or later"));
    }
    let patched: Vec<String> = advisories
        .iter()
        .flat_map(Advisory::patched)
        .map(|requirement| format!("`{requirement}`"))
        .collect();
    (!patched.is_empty()).then(|| patched.join(" or "))
}

#[cfg(test)]
#[path = "cure_tests.rs"]
mod tests;
