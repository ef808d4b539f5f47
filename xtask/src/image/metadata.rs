//! What cargo knows of the service: its package, and where the sources of its crates lie.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Deserialize;

use super::build::{BuildError, PACKAGE, TARGET};
use super::compiler::controlled;
use crate::programs;
use crate::workspace::Workspace;

/// The package of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Service {
    /// Its name, which is also that of the program.
    pub(super) name: String,
    /// Its version.
    pub(super) version: String,
    /// Address of the source code.
    pub(super) repository: String,
    /// SPDX expression.
    pub(super) license: String,
}

/// A package of the graph.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Package {
    id: String,
    /// Its name.
    pub(super) name: String,
    /// Its version.
    pub(super) version: String,
    repository: Option<String>,
    license: Option<String>,
    /// Registry or git repository; none for a package of this workspace.
    source: Option<String>,
    manifest_path: PathBuf,
}

impl Package {
    /// The folder of its sources.
    pub(super) fn folder(&self) -> Option<PathBuf> {
        self.manifest_path.parent().map(PathBuf::from)
    }

    fn as_service(&self) -> Option<Service> {
        Some(Service {
            name: self.name.clone(),
            version: self.version.clone(),
            repository: self.repository.clone()?,
            license: self.license.clone()?,
        })
    }
}

/// The service and the crates that it is built from.
#[derive(Debug)]
pub(super) struct Graph {
    /// The service.
    pub(super) service: Service,
    /// Every crate from a registry or repository that it needs on its platform.
    pub(super) crates: Vec<Package>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    dependencies: Vec<String>,
}

impl Graph {
    /// Asks cargo, which fetches what is not there.
    pub(super) fn ask(workspace: &Workspace) -> Result<Self, BuildError> {
        let mut command = controlled("cargo", workspace);
        command.args(["metadata", "--quiet", "--format-version=1", "--locked"]);
        command.args(["--filter-platform", TARGET]);
        Self::read(&programs::output(&mut command)?.stdout)
    }

    fn read(metadata: &[u8]) -> Result<Self, BuildError> {
        let unexpected = |what: String| BuildError::Unexpected {
            program: "cargo metadata",
            what,
        };
        let metadata: Metadata =
            serde_json::from_slice(metadata).map_err(|error| unexpected(error.to_string()))?;
        let service = metadata
            .packages
            .iter()
            .find(|package| package.name == PACKAGE && package.source.is_none())
            .ok_or_else(|| unexpected(format!("no package `{PACKAGE}`")))?;
        let needed = reachable(&metadata.resolve.nodes, &service.id);
        let is_needed = |package: &Package| package.source.is_some() && needed.contains(package.id.as_str());
        let crates = metadata.packages.iter().filter(|package| is_needed(package));
        Ok(Self {
            service: service
                .as_service()
                .ok_or_else(|| unexpected(format!("`{PACKAGE}` names no licence or no repository")))?,
            crates: crates.cloned().collect(),
        })
    }
}

/// The ids of everything that a node needs, itself included.
fn reachable<'a>(nodes: &'a [Node], from: &'a str) -> BTreeSet<&'a str> {
    let nodes: BTreeMap<&str, &[String]> = nodes
        .iter()
        .map(|node| (node.id.as_str(), node.dependencies.as_slice()))
        .collect();
    let mut reached = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(id) = waiting.pop() {
        if reached.insert(id) {
            let needs = nodes.get(id).copied().unwrap_or_default();
            waiting.extend(needs.iter().map(String::as_str));
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crates_of_the_service_are_found_through_the_graph() {
        let package = |name: &str, source: Option<&str>| {
            serde_json::json!({"id": name, "name": name, "version": "1.0.0", "source": source,
                "license": "MIT", "repository": "https://example.org",
                "manifest_path": format!("/sources/{name}-1.0.0/Cargo.toml")})
        };
        let node = |name: &str, needs: &[&str]| serde_json::json!({"id": name, "dependencies": needs});
        let registry = Some("registry+https://github.com/rust-lang/crates.io-index");
        let metadata = serde_json::json!({
            "packages": [
                package("hello", None), package("gate", None), package("axum", registry),
                package("bytes", registry), package("clap", registry),
            ],
            "resolve": {"nodes": [
                node("hello", &["axum"]), node("axum", &["bytes"]), node("bytes", &[]),
                node("gate", &["clap", "bytes"]), node("clap", &[]),
            ]},
        });
        let graph = Graph::read(metadata.to_string().as_bytes()).unwrap();
        let names: Vec<&str> = graph.crates.iter().map(|package| package.name.as_str()).collect();
        assert_eq!(
            (graph.service.name.as_str(), &*names),
            ("hello", &["axum", "bytes"][..])
        );
    }

    #[test]
    fn a_service_without_a_licence_is_refused() {
        let metadata = br#"{"packages": [{"id": "hello", "name": "hello", "version": "1.0.0", "source": null,
            "manifest_path": "/app/Cargo.toml", "repository": "https://example.org", "license": null}],
            "resolve": {"nodes": []}}"#;
        let error = Graph::read(metadata).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("`hello` names no licence or no repository"),
            "{error}"
        );
    }

    #[test]
    fn metadata_without_the_service_is_refused() {
        let error = Graph::read(br#"{"packages": [], "resolve": {"nodes": []}}"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`cargo metadata` printed something unexpected: no package `hello`"
        );
    }
}
