//! The workspace that the image is built in: the service alone, below `target/image-build`.
//!
//! cargo-auditable lists what `cargo metadata` resolves, and that unifies the features of all members and of all their
//! tests. In a workspace of one member without tests the list is what the service is made of, and a change of another
//! crate of this repository cannot reach it. The lockfile is this repository's, less what only others need.

#![expect(
    clippy::disallowed_methods,
    reason = "copies the service's own files into its build folder"
)]

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::build::{BuildError, TARGET};
use super::compiler::controlled;
use crate::programs;
use crate::workspace::Workspace;

/// The folder of the service, in this repository and in the copy.
const MEMBER: &str = "app";

/// Lays the copy out anew, as far as it differs, and gives it as a workspace.
pub(super) fn lay_out(workspace: &Workspace) -> Result<Workspace, BuildError> {
    let stage = workspace.target().join("image-build/workspace");
    let root = workspace.root();
    let locked = read(&root.join("Cargo.lock"))?;
    // The lockfile of the copy was made from this one: its presence says that nothing has to be resolved again.
    let is_fresh = read(&stage.join("whole.lock")).is_ok_and(|whole| whole == locked);
    let mut kept = BTreeSet::from([stage.join("whole.lock"), stage.join("Cargo.lock")]);
    let mut write = |path: &str, bytes: &[u8]| {
        let file = stage.join(path);
        let written = write_changed(&file, bytes);
        kept.insert(file);
        written
    };
    write("Cargo.toml", alone(&text(&root.join("Cargo.toml"))?)?.as_bytes())?;
    write("rust-toolchain.toml", &read(&root.join("rust-toolchain.toml"))?)?;
    let manifest = untested(&text(&root.join(MEMBER).join("Cargo.toml"))?)?;
    write(&format!("{MEMBER}/Cargo.toml"), manifest.as_bytes())?;
    for file in files(&root.join(MEMBER).join("src"))? {
        let path = file
            .strip_prefix(root)
            .unwrap_or(&file)
            .to_string_lossy()
            .into_owned();
        write(&path, &read(&file)?)?;
    }
    for file in files(&stage)?.into_iter().filter(|file| !kept.contains(file)) {
        std::fs::remove_file(file)?;
    }
    let stage = Workspace::at(stage);
    if !is_fresh || !stage.root().join("Cargo.lock").is_file() {
        write_changed(&stage.root().join("Cargo.lock"), &locked)?;
    }
    prune(&stage, &locked)?;
    write_changed(&stage.root().join("whole.lock"), &locked)?;
    Ok(stage)
}

fn read(file: &Path) -> Result<Vec<u8>, BuildError> {
    Ok(std::fs::read(file)?)
}

fn text(file: &Path) -> Result<String, BuildError> {
    Ok(std::fs::read_to_string(file)?)
}

/// Writes a file if it does not hold these bytes already: cargo takes a new time for a change.
fn write_changed(file: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    if std::fs::read(file).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    Ok(std::fs::write(file, bytes)?)
}

/// All files below a folder, in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>, io::Error> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(files(&entry.path())?);
        } else {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn parsed(manifest: &str) -> Result<toml::Table, BuildError> {
    let unreadable = |error: toml::de::Error| BuildError::Manifest(error.to_string());
    manifest.parse().map_err(unreadable)
}

/// The workspace's manifest with the service as its only member.
fn alone(manifest: &str) -> Result<String, BuildError> {
    let mut manifest = parsed(manifest)?;
    let workspace = manifest.get_mut("workspace").and_then(toml::Value::as_table_mut);
    let workspace = workspace.ok_or_else(|| BuildError::Manifest("there is no `[workspace]`".to_owned()))?;
    let members = toml::Value::Array(vec![MEMBER.into()]);
    workspace.insert("members".to_owned(), members.clone());
    workspace.insert("default-members".to_owned(), members);
    workspace.remove("exclude");
    Ok(manifest.to_string())
}

/// The service's manifest without what only its tests and benches need.
fn untested(manifest: &str) -> Result<String, BuildError> {
    let mut manifest = parsed(manifest)?;
    for key in ["dev-dependencies", "test", "bench", "example"] {
        manifest.remove(key);
    }
    Ok(manifest.to_string())
}

/// Lets cargo take out of the copy's lockfile what the service does not need, and makes sure that it did nothing else.
fn prune(stage: &Workspace, whole: &[u8]) -> Result<(), BuildError> {
    let mut command = controlled("cargo", stage);
    command.args([
        "metadata",
        "--quiet",
        "--format-version=1",
        "--filter-platform",
        TARGET,
    ]);
    programs::output(&mut command)?;
    let pruned = read(&stage.root().join("Cargo.lock"))?;
    let (whole, pruned) = (packages(whole)?, packages(&pruned)?);
    match pruned.iter().find(|package| !whole.contains(*package)) {
        Some((name, version, ..)) => Err(BuildError::Unlocked {
            name: name.clone(),
            version: version.clone(),
        }),
        None => Ok(()),
    }
}

/// Name, version, source and checksum.
type Locked = (String, String, Option<String>, Option<String>);

fn packages(lockfile: &[u8]) -> Result<BTreeSet<Locked>, BuildError> {
    let lockfile = parsed(&String::from_utf8_lossy(lockfile))?;
    let entries = lockfile.get("package").and_then(toml::Value::as_array);
    let entry = |package: &toml::Value| {
        let field = |name: &str| package.get(name).and_then(toml::Value::as_str).map(str::to_owned);
        Some((
            field("name")?,
            field("version")?,
            field("source"),
            field("checksum"),
        ))
    };
    Ok(entries.into_iter().flatten().filter_map(entry).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copy_has_one_member() {
        let manifest = alone(include_str!("../../../Cargo.toml")).unwrap();
        let manifest = parsed(&manifest).unwrap();
        assert_eq!(
            manifest["workspace"]["members"],
            toml::Value::Array(vec!["app".into()])
        );
        assert!(manifest["workspace"]["dependencies"].is_table());
        assert!(manifest["profile"]["image"].is_table());
    }

    #[test]
    fn tests_do_not_reach_the_list() {
        let manifest = untested(include_str!("../../../app/Cargo.toml")).unwrap();
        let manifest = parsed(&manifest).unwrap();
        assert!(manifest.contains_key("dependencies"));
        assert!(!manifest.contains_key("dev-dependencies") && !manifest.contains_key("bench"));
    }

    #[test]
    fn a_package_is_told_by_its_checksum_too() {
        let lockfile = |checksum: &str| {
            let text = format!("[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nchecksum = \"{checksum}\"\n");
            packages(text.as_bytes()).unwrap()
        };
        assert_ne!(lockfile("00"), lockfile("01"));
    }

    #[test]
    fn a_manifest_without_a_workspace_is_refused() {
        let error = alone("[package]\nname = \"a\"\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "a `Cargo.toml` cannot be read: there is no `[workspace]`"
        );
    }
}
