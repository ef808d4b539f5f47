//! What does cargo build for a program, and what may stand in its list?
//!
//! Three runs of cargo, each without the network and with the lockfile as it is: which member of the workspace the
//! program was built from, what is built for it (`cargo tree`), and what cargo-auditable would have written down. The
//! latter does what cargo-auditable 0.7 does in `collect_audit_data.rs`: it asks `cargo metadata` in the member's
//! folder for one target, with the features that are on in the member, and follows all dependencies but those for
//! development. There the features of the whole workspace, its tests included, are joined, so that it reaches more
//! than is built; and dependencies of build scripts are taken for the target, so that it can miss what only the
//! building machine needs.
//!
//! Cargo reads the repository's configuration, which can name programs to run: only for a repository that is trusted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustsec::semver::Version;
use serde::Deserialize;

use super::compare::{Expected, ResolvedPackage};
use super::{DependencyError, ListSource, Source};
use crate::process::{Invocation, locate};

/// Which features a program is built with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Features {
    /// Those of its package by default?
    pub default: bool,
    /// Those that are named.
    pub named: Vec<String>,
}

impl Default for Features {
    fn default() -> Self {
        Self {
            default: true,
            named: Vec::new(),
        }
    }
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct ResolveRequest<'a> {
    /// Manifest of the workspace.
    pub manifest: &'a Path,
    /// Name of the package that holds the program.
    pub package: &'a str,
    /// Its version.
    pub version: &'a Version,
    /// Target triple, for instance `x86_64-unknown-linux-musl`.
    pub target: &'a str,
    /// Which features it is built with.
    pub features: &'a Features,
    /// No program inside this folder is started.
    pub repository: Option<&'a Path>,
}

/// Asks cargo what is built for a program, and what may stand in its list.
pub fn resolve(request: &ResolveRequest<'_>) -> Result<Expected, DependencyError> {
    let cargo = Cargo {
        program: locate("cargo", request.repository)?,
        repository: request.repository,
    };
    let member = cargo.member(request)?;
    let tree = cargo.tree(request, &member)?;
    let possible = cargo.reachable(request, &member, &tree.features)?;
    Ok(Expected {
        built_for: built_for(request),
        built: tree.packages,
        possible,
    })
}

fn built_for(request: &ResolveRequest<'_>) -> String {
    let named: Vec<String> = request
        .features
        .named
        .iter()
        .map(|name| format!("`{name}`"))
        .collect();
    let features = match (request.features.default, named.join(", ")) {
        (true, named) if named.is_empty() => "its default features".to_owned(),
        (true, named) => format!("its default features and {named}"),
        (false, named) if named.is_empty() => "no features".to_owned(),
        (false, named) => format!("the features {named} alone"),
    };
    format!("`{}` with {features}", request.package)
}

struct Cargo<'a> {
    program: PathBuf,
    repository: Option<&'a Path>,
}

struct Tree {
    packages: BTreeSet<ResolvedPackage>,
    /// The features that are on in the program's package.
    features: Vec<String>,
}

impl Cargo<'_> {
    /// The manifest of the member of the workspace that a program was built from.
    fn member(&self, request: &ResolveRequest<'_>) -> Result<PathBuf, DependencyError> {
        let metadata = self.metadata(request.manifest, &["--no-deps"])?;
        let mut members = metadata.packages.into_iter();
        let member =
            members.find(|member| member.name == request.package && member.version == *request.version);
        member
            .map(|member| member.manifest_path)
            .ok_or_else(|| DependencyError::NoMember {
                package: request.package.to_owned(),
                version: request.version.clone(),
            })
    }

    fn tree(&self, request: &ResolveRequest<'_>, member: &Path) -> Result<Tree, DependencyError> {
        let mut arguments = vec!["tree", "--edges", "normal,build", "--target", request.target];
        arguments.extend(["--prefix", "none", "--format", "{f}|{p}", "--color", "never"]);
        let features = request.features.named.join(",");
        if !features.is_empty() {
            arguments.extend(["--features", &features]);
        }
        if !request.features.default {
            arguments.push("--no-default-features");
        }
        let text = self.run(member, &arguments)?;
        let mut tree = Tree {
            packages: BTreeSet::new(),
            features: Vec::new(),
        };
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let read = line
                .split_once('|')
                .and_then(|(features, package)| Some((features, tree_line(package)?)));
            let (features, package) =
                read.ok_or_else(|| failed("tree", 0, format!("`{line}` names no package")))?;
            // The package that was asked for stands first.
            if tree.packages.is_empty() {
                let features = features.split(',').filter(|feature| !feature.is_empty());
                tree.features = features.map(str::to_owned).collect();
            }
            tree.packages.insert(package);
        }
        Ok(tree)
    }

    /// What cargo-auditable reaches from a member that is built with these features.
    fn reachable(
        &self,
        request: &ResolveRequest<'_>,
        member: &Path,
        features: &[String],
    ) -> Result<BTreeSet<ResolvedPackage>, DependencyError> {
        let others: Vec<&str> = features
            .iter()
            .map(String::as_str)
            .filter(|feature| *feature != "default")
            .collect();
        let names = others.join(",");
        let mut arguments = vec!["--filter-platform", request.target];
        if others.len() == features.len() {
            arguments.push("--no-default-features");
        }
        if !others.is_empty() {
            arguments.extend(["--features", &names]);
        }
        let metadata = self.metadata(member, &arguments)?;
        metadata
            .closure()
            .ok_or_else(|| failed("metadata", 0, "its graph has no root or a hole".to_owned()))
    }

    fn metadata(&self, manifest: &Path, arguments: &[&str]) -> Result<Metadata, DependencyError> {
        let mut all = vec!["metadata", "--format-version", "1"];
        all.extend(arguments);
        let text = self.run(manifest, &all)?;
        serde_json::from_str(&text).map_err(|error| failed("metadata", 0, error.to_string()))
    }

    fn run(&self, manifest: &Path, arguments: &[&str]) -> Result<String, DependencyError> {
        let manifest = std::path::absolute(manifest).unwrap_or_else(|_| manifest.to_owned());
        let mut invocation = super::deny::with_toolchain(Invocation::new(&self.program), self.repository)
            .arguments(arguments)
            .arguments(["--locked", "--offline", "--manifest-path"])
            .arguments([&manifest])
            .time_limit(Duration::from_mins(2));
        if let Some(folder) = manifest.parent() {
            invocation = invocation.directory(folder);
        }
        let output = invocation.run()?;
        if output.code == 0 {
            return Ok(output.stdout_text());
        }
        let text = output.stderr_text();
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let reason = lines.next().unwrap_or("it said nothing");
        let command = arguments.first().copied().unwrap_or_default();
        Err(failed(command, output.code, reason.to_owned()))
    }
}

fn failed(command: &str, code: i32, reason: String) -> DependencyError {
    DependencyError::CargoFailed {
        command: command.to_owned(),
        code,
        reason,
    }
}

/// What `cargo metadata` prints, as far as it matters here.
#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Option<Graph>,
}

#[derive(Debug, Deserialize)]
struct Package {
    id: String,
    name: String,
    version: Version,
    source: Option<String>,
    manifest_path: PathBuf,
}

#[derive(Debug, Deserialize)]
struct Graph {
    root: Option<String>,
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Debug, Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Debug, Deserialize)]
struct Kind {
    kind: Option<String>,
}

impl Metadata {
    /// What is reached from the root by other dependencies than those for development; none where something that is
    /// named is not there.
    fn closure(&self) -> Option<BTreeSet<ResolvedPackage>> {
        let graph = self.resolve.as_ref()?;
        let nodes: BTreeMap<&str, &Node> = graph.nodes.iter().map(|node| (&*node.id, node)).collect();
        let packages = self.packages.iter();
        let packages: BTreeMap<&str, &Package> = packages.map(|package| (&*package.id, package)).collect();
        let mut seen = BTreeSet::new();
        let mut queue = vec![graph.root.as_deref()?];
        let mut reached = BTreeSet::new();
        while let Some(id) = queue.pop() {
            if !seen.insert(id) {
                continue;
            }
            reached.insert(packages.get(id)?.resolved());
            let edges = nodes.get(id)?.deps.iter();
            queue.extend(edges.filter(|edge| edge.is_built()).map(|edge| &*edge.pkg));
        }
        Some(reached)
    }
}

impl Edge {
    fn is_built(&self) -> bool {
        self.dep_kinds
            .iter()
            .any(|kind| kind.kind.as_deref() != Some("dev"))
    }
}

impl Package {
    fn resolved(&self) -> ResolvedPackage {
        let source = self.source.as_deref().map(Source::parse);
        ResolvedPackage {
            name: self.name.clone(),
            version: self.version.clone(),
            source: source.map_or(ListSource::Local, |source| ListSource::from(&source)),
        }
    }
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
#[path = "resolve_tests.rs"]
mod tests;
