//! What the dependency rules look at: packages with the advisories that hold for them, binaries compared with the
//! lockfile, and what cargo-deny refuses.

use std::collections::BTreeMap;
use std::fmt;

use rustsec::semver::Version;

use super::compare::Difference;
use super::cure::{Cure, cure};
use super::deny::Refusal;
use super::lockfile::Range;
use super::workspace::Outside;
use super::{Advisories, Advisory, EmbeddedList, ListKind, ListSource, Lockfile, Source};

/// The place that dependency rules report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A package, by its index in [`Audit::packages`].
    Package(usize),
    /// A binary, by its index in [`Audit::binaries`].
    Binary(usize),
    /// A line of cargo-deny's configuration, from one; none means the file as a whole.
    DenyConfiguration(Option<usize>),
}

/// How far a package gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shipping {
    /// It is part of a binary.
    Ships,
    /// It is in the list of a binary; the list cannot tell proc-macros from what is part of the program.
    Listed,
    /// It only helps to build a binary.
    BuildsOnly,
    /// It is in the lockfile and in no binary.
    LockfileOnly,
}

impl Shipping {
    /// Does it certainly not reach a running program?
    pub fn is_harmless(self) -> bool {
        matches!(self, Self::BuildsOnly | Self::LockfileOnly)
    }
}

impl fmt::Display for Shipping {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Ships => "it ships in the binary",
            Self::Listed => "it is in the binary's list",
            Self::BuildsOnly => "it only builds the binary",
            Self::LockfileOnly => "it is only in the lockfile",
        })
    }
}

/// How far packages get, by name and version, as the lists of binaries say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShippingMap(BTreeMap<(String, Version), Shipping>);

impl ShippingMap {
    /// Joins the lists of all binaries that are built from one lockfile; none without a list, since then nothing
    /// is known.
    pub fn of_lists(lists: &[EmbeddedList]) -> Option<Self> {
        let mut map = BTreeMap::new();
        for list in lists {
            for package in &list.packages {
                let shipping = match package.kind {
                    ListKind::Runtime if list.precise => Shipping::Ships,
                    ListKind::Runtime => Shipping::Listed,
                    ListKind::Build => Shipping::BuildsOnly,
                };
                let known = map
                    .entry((package.name.clone(), package.version.clone()))
                    .or_insert(shipping);
                *known = shipping.min(*known);
            }
        }
        (!lists.is_empty()).then_some(Self(map))
    }

    /// How far a package gets.
    pub fn get(&self, name: &str, version: &Version) -> Shipping {
        let key = (name.to_owned(), version.clone());
        self.0.get(&key).copied().unwrap_or(Shipping::LockfileOnly)
    }
}

/// One package with what is known of it.
#[derive(Clone, Debug)]
pub struct AuditedPackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// Names from a local package down to it; empty where nothing is known or nothing leads to it.
    pub route: Vec<String>,
    /// How far it gets, where known.
    pub shipping: Option<Shipping>,
    /// The advisories that hold for it.
    pub advisories: Vec<Advisory>,
    /// What takes it out of the range of its advisories.
    pub cure: Cure,
    /// Where it comes from, in words, if that is no place whose packages have been audited under this name.
    pub foreign: Option<String>,
    /// Where its name stands in the lockfile.
    pub range: Option<Range>,
}

/// A binary and its list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binary {
    /// The binary, as reports name it.
    pub path: String,
    /// Has it a list?
    pub listed: bool,
    /// The lockfile that it was compared with, as reports name it.
    pub lockfile: Option<String>,
    /// How they differ.
    pub differences: Vec<Difference>,
}

impl Binary {
    /// A program that holds no list.
    pub fn without_list(path: String) -> Self {
        Self {
            path,
            listed: false,
            lockfile: None,
            differences: Vec::new(),
        }
    }

    /// A program whose list was compared with a lockfile.
    pub fn compared(path: String, lockfile: String, differences: Vec<Difference>) -> Self {
        Self {
            path,
            listed: true,
            lockfile: Some(lockfile),
            differences,
        }
    }
}

/// An audited lockfile or list.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    /// Its packages.
    pub packages: Vec<AuditedPackage>,
    /// The binaries that were compared with it.
    pub binaries: Vec<Binary>,
    /// What cargo-deny refuses.
    pub refusals: Vec<Refusal>,
}

impl Audit {
    /// Audits a lockfile. `shipping` is what the binaries built from it say.
    pub fn of_lockfile(
        lockfile: &Lockfile,
        advisories: Option<&Advisories>,
        shipping: Option<&ShippingMap>,
        outside: Option<&Outside>,
    ) -> Self {
        let routes = lockfile.routes();
        let packages = lockfile.packages.iter().zip(routes).enumerate();
        let packages = packages.map(|(index, (package, route))| {
            let name = |index: &usize| lockfile.packages[*index].name.clone();
            let found = matching(advisories, &package.name, &package.version);
            AuditedPackage {
                cure: cure(lockfile, index, &found),
                name: package.name.clone(),
                version: package.version.clone(),
                route: route.iter().map(name).collect(),
                shipping: shipping.map(|map| map.get(&package.name, &package.version)),
                advisories: found,
                foreign: foreign(&package.name, &package.source, outside),
                range: Some(package.range),
            }
        });
        Self {
            packages: packages.collect(),
            ..Self::default()
        }
    }

    /// Audits the list of a binary.
    pub fn of_list(list: &EmbeddedList, advisories: Option<&Advisories>) -> Self {
        let shipping = ShippingMap::of_lists(std::slice::from_ref(list));
        let packages = list.packages.iter().map(|package| {
            let found = matching(advisories, &package.name, &package.version);
            AuditedPackage {
                cure: Cure::of_listed(&package.version, &found),
                name: package.name.clone(),
                version: package.version.clone(),
                route: Vec::new(),
                shipping: shipping
                    .as_ref()
                    .map(|map| map.get(&package.name, &package.version)),
                advisories: found,
                foreign: match &package.source {
                    ListSource::Local | ListSource::CratesIo => None,
                    ListSource::Registry => Some("another registry than crates.io".to_owned()),
                    ListSource::Git => Some("a git repository".to_owned()),
                    ListSource::Other(kind) => Some(format!("a source of the kind `{kind}`")),
                },
                range: None,
            }
        });
        Self {
            packages: packages.collect(),
            ..Self::default()
        }
    }

    /// Adds a binary and how its list differs from the lockfile.
    #[must_use]
    pub fn with_binary(mut self, binary: Binary) -> Self {
        self.binaries.push(binary);
        self
    }
}

fn matching(advisories: Option<&Advisories>, name: &str, version: &Version) -> Vec<Advisory> {
    advisories.map_or_else(Vec::new, |advisories| {
        advisories.matches(name, version).into_iter().cloned().collect()
    })
}

fn foreign(name: &str, source: &Source, outside: Option<&Outside>) -> Option<String> {
    match source {
        Source::CratesIo => None,
        Source::Local => outside?
            .get(name)
            .map(|path| format!("the folder `{path}`, outside the workspace")),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
