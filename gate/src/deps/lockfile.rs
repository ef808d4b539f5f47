//! `Cargo.lock`, versions 1 to 4, read as text: no program of the repository runs.
//!
//! Every package knows where its entry stands. A lockfile that cargo cannot have written (an entry twice, a
//! dependency that names no entry) is an error, because a package that was cut out of it would not be judged.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::Path;

use rustsec::semver::Version;
use serde::Deserialize;
use toml::Spanned;

use super::{DependencyError, Source};
use crate::yaml::{LineIndex, Position};

/// Newest lockfile version that is understood.
const NEWEST_VERSION: u32 = 4;

/// Where an entry stands: first position and the one after the last character.
pub type Range = (Position, Position);

/// One package of a lockfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// Where it comes from.
    pub source: Source,
    /// Indices of the packages it depends on, in the order of the lockfile.
    pub dependencies: Vec<usize>,
    /// Where its name stands.
    pub range: Range,
}

/// A lockfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lockfile {
    /// Its packages, in its order.
    pub packages: Vec<Package>,
}

#[derive(Deserialize)]
struct RawLockfile {
    version: Option<u32>,
    root: Option<RawPackage>,
    #[serde(default)]
    package: Vec<RawPackage>,
}

#[derive(Deserialize)]
struct RawPackage {
    name: Spanned<String>,
    version: Spanned<String>,
    source: Option<String>,
    #[serde(default)]
    dependencies: Vec<Spanned<String>>,
    replace: Option<Spanned<String>>,
}

impl Lockfile {
    /// Reads the text of a lockfile; `path` serves the messages.
    pub fn parse(path: &Path, text: &str) -> Result<Self, DependencyError> {
        let lines = LineIndex::new(text);
        let broken = |at: usize, reason: String| DependencyError::BrokenLockfile {
            path: path.to_owned(),
            position: lines.position(at),
            reason,
        };
        let raw: RawLockfile = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            broken(at, error.message().to_owned())
        })?;
        if let Some(version) = raw.version.filter(|version| *version > NEWEST_VERSION) {
            return Err(DependencyError::UnknownLockfileVersion {
                path: path.to_owned(),
                version,
            });
        }
        let raw: Vec<RawPackage> = raw.root.into_iter().chain(raw.package).collect();
        if raw.is_empty() {
            return Err(DependencyError::EmptyLockfile {
                path: path.to_owned(),
            });
        }
        let packages: Result<Vec<Package>, DependencyError> = raw
            .iter()
            .map(|entry| package(entry, &lines).map_err(|(at, reason)| broken(at, reason)))
            .collect();
        let mut lockfile = Self { packages: packages? };
        lockfile
            .refuse_duplicates(&raw)
            .map_err(|(at, reason)| broken(at, reason))?;
        lockfile
            .connect(&raw)
            .map_err(|(at, reason)| broken(at, reason))?;
        Ok(lockfile)
    }

    fn refuse_duplicates(&self, raw: &[RawPackage]) -> Result<(), (usize, String)> {
        let mut seen = HashSet::new();
        for (package, entry) in self.packages.iter().zip(raw) {
            if !seen.insert((&package.name, &package.version, &package.source)) {
                let reason = format!("`{}` {} stands here twice", package.name, package.version);
                return Err((entry.name.span().start, reason));
            }
        }
        Ok(())
    }

    /// Turns the names of dependencies into indices.
    fn connect(&mut self, raw: &[RawPackage]) -> Result<(), (usize, String)> {
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, package) in self.packages.iter().enumerate() {
            by_name.entry(&package.name).or_default().push(index);
        }
        let mut edges = Vec::with_capacity(raw.len());
        for entry in raw {
            let mut dependencies = Vec::new();
            for dependency in entry.dependencies.iter().chain(&entry.replace) {
                let found = self.find(&by_name, dependency.get_ref());
                dependencies.push(found.map_err(|reason| (dependency.span().start, reason))?);
            }
            edges.push(dependencies);
        }
        for (package, dependencies) in self.packages.iter_mut().zip(edges) {
            package.dependencies = dependencies;
        }
        Ok(())
    }

    /// The package that a dependency entry names: `name`, `name version` or `name version (source)`.
    fn find(&self, by_name: &HashMap<&str, Vec<usize>>, text: &str) -> Result<usize, String> {
        let mut words = text.splitn(3, ' ');
        let name = words.next().unwrap_or_default();
        let version = words.next();
        let source = words
            .next()
            .and_then(|word| word.strip_prefix('(')?.strip_suffix(')'))
            .map(Source::parse);
        let mut found = by_name.get(name).into_iter().flatten().copied().filter(|index| {
            let package = &self.packages[*index];
            version.is_none_or(|version| package.version.to_string() == version)
                && source
                    .as_ref()
                    .is_none_or(|source| package.source.is_named_by(source))
        });
        match (found.next(), found.next()) {
            (Some(index), None) => Ok(index),
            (None, _) => Err(format!("the dependency `{text}` has no entry of its own")),
            (Some(_), Some(_)) => Err(format!("the dependency `{text}` fits several entries")),
        }
    }

    /// For each package the shortest way that leads to it: names from a local package down to the package itself.
    /// Empty where no local package leads to it.
    pub fn routes(&self) -> Vec<Vec<usize>> {
        let mut previous: Vec<Option<usize>> = vec![None; self.packages.len()];
        let mut reached = vec![false; self.packages.len()];
        let mut queue = VecDeque::new();
        for (index, package) in self.packages.iter().enumerate() {
            if package.source == Source::Local {
                reached[index] = true;
                queue.push_back(index);
            }
        }
        while let Some(index) = queue.pop_front() {
            for dependency in &self.packages[index].dependencies {
                if !reached[*dependency] {
                    reached[*dependency] = true;
                    previous[*dependency] = Some(index);
                    queue.push_back(*dependency);
                }
            }
        }
        let route = |index: usize| {
            if !reached[index] {
                return Vec::new();
            }
            let mut route: Vec<usize> =
                std::iter::successors(Some(index), |index| previous[*index]).collect();
            route.reverse();
            route
        };
        (0..self.packages.len()).map(route).collect()
    }

    /// The packages that depend on one directly.
    pub fn dependents(&self, index: usize) -> impl Iterator<Item = &Package> {
        self.packages
            .iter()
            .filter(move |package| package.dependencies.contains(&index))
    }
}

fn package(entry: &RawPackage, lines: &LineIndex<'_>) -> Result<Package, (usize, String)> {
    let version = entry.version.get_ref();
    let version = Version::parse(version).map_err(|error| {
        let reason = format!("`{version}` is no version: {error}");
        (entry.version.span().start, reason)
    })?;
    let span = entry.name.span();
    Ok(Package {
        name: entry.name.get_ref().clone(),
        version,
        source: entry.source.as_deref().map_or(Source::Local, Source::parse),
        dependencies: Vec::new(),
        range: (lines.position(span.start), lines.position(span.end)),
    })
}

#[cfg(test)]
#[path = "lockfile_tests.rs"]
mod tests;
