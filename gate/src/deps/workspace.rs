//! Which local packages lie outside the workspace?
//!
//! A lockfile writes no source for a package in a folder, wherever that folder is. The manifests say where: the root
//! manifest beside the lockfile, its members, and every folder that one of them names. They are read as text, and
//! none outside the workspace's folder is opened.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::DependencyError;
use super::read::{InputFile, TEXT_LIMIT, entries, guarded_bytes, text_of};
use crate::input::normalized;
use crate::yaml::LineIndex;

/// Local packages that lie outside the workspace's folder: name and the folder as written.
pub(super) type Outside = BTreeMap<String, String>;

/// Reads the manifests of a workspace; none where there is no `Cargo.toml` beside the lockfile.
pub(super) fn outside(lockfile: &InputFile) -> Result<Option<Outside>, DependencyError> {
    let path = &lockfile.path;
    let root = normalized(&std::path::absolute(path).unwrap_or_else(|_| path.clone()));
    let root = root.parent().unwrap_or(&root).to_owned();
    if !root.join("Cargo.toml").is_file() {
        return Ok(None);
    }
    let mut outside = Outside::new();
    let mut seen = BTreeSet::new();
    let mut queue = VecDeque::from([root.clone()]);
    while let Some(folder) = queue.pop_front() {
        if !seen.insert(folder.clone()) || !folder.join("Cargo.toml").is_file() {
            continue;
        }
        let below_root = folder.strip_prefix(&root).unwrap_or(&folder);
        let name = lockfile.name.with_file_name("").join(below_root);
        let manifest = manifest(&InputFile {
            path: folder.join("Cargo.toml"),
            name: name.join("Cargo.toml"),
        })?;
        queue.extend(
            members(&folder, &name, &manifest)?
                .into_iter()
                .filter(|folder| folder.starts_with(&root)),
        );
        for (name, path) in local_dependencies(&manifest) {
            let target = normalized(&folder.join(&path));
            if target.starts_with(&root) {
                queue.push_back(target);
            } else {
                outside.insert(name, path);
            }
        }
    }
    Ok(Some(outside))
}

fn manifest(file: &InputFile) -> Result<Table, DependencyError> {
    let text = text_of(file, guarded_bytes(file, TEXT_LIMIT)?)?;
    text.parse().map_err(|error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start);
        DependencyError::BrokenManifest {
            path: file.name.clone(),
            position: LineIndex::new(&text).position(at),
            reason: error.message().to_owned(),
        }
    })
}

/// The folders of `workspace.members`; `*` at the end of one stands for every folder there.
fn members(folder: &Path, name: &Path, manifest: &Table) -> Result<Vec<PathBuf>, DependencyError> {
    let members = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("members"))
        .and_then(Value::as_array);
    let mut folders = Vec::new();
    for member in members.into_iter().flatten().filter_map(Value::as_str) {
        match member.strip_suffix('*') {
            None => folders.push(normalized(&folder.join(member))),
            Some(parent) => {
                let parent = normalized(&folder.join(parent));
                if parent.is_dir() {
                    let found = entries(&parent, name)?;
                    folders.extend(
                        found
                            .into_iter()
                            .filter(|entry| entry.is_folder)
                            .map(|entry| entry.path),
                    );
                }
            }
        }
    }
    Ok(folders)
}

/// Name and folder of every dependency, patch and replacement with a `path`.
fn local_dependencies(manifest: &Table) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut tables: Vec<&Table> = vec![manifest];
    while let Some(table) = tables.pop() {
        for (key, value) in table {
            let Value::Table(inner) = value else { continue };
            match key.as_str() {
                "dependencies" | "dev-dependencies" | "build-dependencies" | "replace" => {
                    found.extend(inner.iter().filter_map(with_path));
                }
                "patch" => {
                    let registries = inner.values().filter_map(Value::as_table);
                    found.extend(registries.flatten().filter_map(with_path));
                }
                "target" => tables.extend(inner.values().filter_map(Value::as_table)),
                "workspace" => tables.push(inner),
                _ => {}
            }
        }
    }
    found
}

fn with_path((key, value): (&String, &Value)) -> Option<(String, String)> {
    let path = value.get("path")?.as_str()?.to_owned();
    let name = value.get("package").and_then(Value::as_str).unwrap_or(key);
    // A replacement is written as `name:version`.
    let name = name.split(':').next().unwrap_or(name);
    Some((name.to_owned(), path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, files: &[(&str, &str)]) {
        for (name, text) in files {
            let file = folder.join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
    }

    #[test]
    fn only_folders_outside_the_workspace_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let root = "[workspace]\nmembers = ['crates/*', 'app']\n[workspace.dependencies]\nshared = { path = '../shared' }";
        let app = "[dependencies]\ninner = { path = '../crates/inner' }\n[target.'cfg(unix)'.dependencies]\n\
            renamed = { path = '../../other', package = 'real' }";
        let inner = "[dev-dependencies]\nhelper = { path = '../../../helper' }";
        write(
            folder.path(),
            &[
                ("w/Cargo.toml", root),
                ("w/app/Cargo.toml", app),
                ("w/crates/inner/Cargo.toml", inner),
            ],
        );
        let outside = outside(&InputFile::new(folder.path().join("w/Cargo.lock")))
            .unwrap()
            .unwrap();
        let names: Vec<(&str, &str)> = outside
            .iter()
            .map(|(name, path)| (name.as_str(), path.as_str()))
            .collect();
        let expected = [
            ("helper", "../../../helper"),
            ("real", "../../other"),
            ("shared", "../shared"),
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn a_lockfile_alone_says_nothing_of_folders() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            outside(&InputFile::new(folder.path().join("Cargo.lock"))).unwrap(),
            None
        );
    }

    #[test]
    fn a_broken_manifest_is_an_error_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[("Cargo.toml", "[package]\nname = \n")]);
        let error = outside(&InputFile::new(folder.path().join("Cargo.lock"))).unwrap_err();
        assert_eq!(error.position().map(|position| position.line), Some(2), "{error}");
    }
}
