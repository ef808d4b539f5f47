//! Reading files for this room: a size limit on each, no link out of the tree that holds it, one kind of error.

#![expect(
    clippy::disallowed_methods,
    reason = "the folders of an advisory database and of a workspace's members are listed here"
)]

use std::path::{Path, PathBuf};

use super::DependencyError;
use crate::input::{Boundary, InputError, read_bytes};

/// Largest lockfile or manifest in bytes; the largest known workspaces have lockfiles of less than 1 MB.
pub(super) const TEXT_LIMIT: u64 = 16 << 20;
/// Largest binary in bytes.
pub(super) const BINARY_LIMIT: u64 = 1 << 30;
/// Largest advisory in bytes; the largest known has 16 kB.
pub(super) const ADVISORY_LIMIT: u64 = 1 << 20;

/// A file to read, and its path as reports and errors write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it is called: relative, or as the user wrote it.
    pub name: PathBuf,
}

impl InputFile {
    /// A file that is called by its path.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self {
            name: path.clone(),
            path,
        }
    }

    /// Its name with forward slashes, as locations have it.
    pub fn label(&self) -> String {
        self.name.to_string_lossy().replace('\\', "/")
    }

    /// The file of another name beside it.
    #[must_use]
    pub fn beside(&self, name: &str) -> Self {
        Self {
            path: self.path.with_file_name(name),
            name: self.name.with_file_name(name),
        }
    }
}

/// The bytes of a regular file that stays in the tree that holds it: a link in a change must not make the contents of
/// another file part of a report.
pub(super) fn guarded_bytes(file: &InputFile, limit: u64) -> Result<Vec<u8>, DependencyError> {
    let label = file.label();
    let named = |error: InputError| error.named(&label);
    let name = match file.path.file_name() {
        Some(name) if !file.path.is_dir() => Path::new(name),
        _ => {
            let path = file.name.clone();
            return Err(DependencyError::NotAFile { path });
        }
    };
    let boundary = Boundary::around(&file.path).map_err(named)?;
    let real = boundary.resolve(boundary.given(), name, &label)?;
    Ok(read_bytes(&real, limit).map_err(named)?)
}

/// The bytes of a regular file.
pub(super) fn bytes(file: &InputFile, limit: u64) -> Result<Vec<u8>, DependencyError> {
    Ok(read_bytes(&file.path, limit).map_err(|error| error.named(&file.label()))?)
}

/// Bytes as text; a byte order mark is dropped.
pub(super) fn text_of(file: &InputFile, bytes: Vec<u8>) -> Result<String, DependencyError> {
    let text = String::from_utf8(bytes).map_err(|error| InputError::NotText {
        path: file.label(),
        offset: error.utf8_error().valid_up_to(),
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// One entry of a folder.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) is_folder: bool,
    pub(super) is_link: bool,
}

/// The entries of a folder in the order of their names; a name that is no UTF-8 has U+FFFD in it.
pub(super) fn entries(folder: &Path, name: &Path) -> Result<Vec<Entry>, DependencyError> {
    let failed = |source| DependencyError::Unreadable {
        path: name.to_owned(),
        source,
    };
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let kind = entry.file_type().map_err(failed)?;
        entries.push(Entry {
            name: entry.file_name().to_string_lossy().into_owned(),
            path: entry.path(),
            is_folder: kind.is_dir(),
            is_link: kind.is_symlink(),
        });
    }
    entries.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_over_the_limit_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("Cargo.lock");
        std::fs::write(&file, "12345").unwrap();
        let file = InputFile::new(file);
        assert_eq!(bytes(&file, 5).unwrap(), b"12345");
        let error = bytes(&file, 4).unwrap_err();
        assert!(
            error.to_string().ends_with("is larger than the limit of 4 bytes"),
            "{error}"
        );
    }

    #[test]
    #[cfg(unix)]
    fn a_link_out_of_the_tree_is_refused_and_one_inside_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let tree = folder.path().join("tree");
        std::fs::create_dir_all(tree.join(".git")).unwrap();
        std::fs::create_dir(tree.join("inner")).unwrap();
        std::fs::write(folder.path().join("secret"), "secret").unwrap();
        std::fs::write(tree.join("real"), "real").unwrap();
        std::os::unix::fs::symlink("../../secret", tree.join("inner/out")).unwrap();
        std::os::unix::fs::symlink("../real", tree.join("inner/in")).unwrap();
        let error = guarded_bytes(&InputFile::new(tree.join("inner/out")), 100).unwrap_err();
        assert!(
            error.to_string().ends_with("leads outside of the work tree"),
            "{error}"
        );
        let inside = InputFile::new(tree.join("inner/in"));
        assert_eq!(guarded_bytes(&inside, 100).unwrap(), b"real");
    }

    #[test]
    fn a_folder_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let error = guarded_bytes(&InputFile::new(folder.path()), 100).unwrap_err();
        assert!(matches!(error, DependencyError::NotAFile { .. }), "{error}");
    }
}
