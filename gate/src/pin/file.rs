//! The file: read once, replaced in one step.

use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::PinError;
use crate::input::{self, Boundary, InputError, MANIFEST_LIMIT};

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A file as it was read.
#[derive(Debug)]
pub(super) struct Original {
    /// Its name as the user knows it.
    pub(super) name: String,
    /// Its real path.
    pub(super) path: PathBuf,
    content: String,
}

impl Original {
    /// Reads the file that a path means: the kustomization of a folder, the values of a chart, or the file itself. Links
    /// are followed inside the work tree only.
    pub(super) fn read(path: &Path) -> Result<Self, PinError> {
        let file = file_of(path)?;
        let name = file.display().to_string();
        let boundary = Boundary::around(&file)?;
        let bare = file.file_name().map_or(file.as_ref(), Path::new);
        let real = boundary.resolve(boundary.given(), bare, &name)?;
        let bytes = input::read_bytes(&real, MANIFEST_LIMIT).map_err(|error| error.named(&name))?;
        let content = String::from_utf8(bytes).map_err(|error| InputError::NotText {
            path: name.clone(),
            offset: error.utf8_error().valid_up_to(),
        })?;
        Ok(Self {
            name,
            path: real,
            content,
        })
    }

    /// The text without a byte order mark.
    pub(super) fn text(&self) -> &str {
        self.content
            .strip_prefix(BYTE_ORDER_MARK)
            .unwrap_or(&self.content)
    }

    /// Puts another text into its place: written beside it, then renamed over it, so that no reader sees half of it. Its
    /// mode and its byte order mark stay.
    pub(super) fn replace(&self, text: &str) -> Result<(), PinError> {
        let failed = |source: io::Error| PinError::Write {
            file: self.name.clone(),
            source,
        };
        // A rename needs no right to write the file itself; one that is kept from its user stays.
        OpenOptions::new().write(true).open(&self.path).map_err(failed)?;
        let metadata = fs::metadata(&self.path).map_err(failed)?;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let mut beside = tempfile::Builder::new()
            .prefix(".gate-pin-")
            .tempfile_in(folder)
            .map_err(failed)?;
        let mark = if self.content.starts_with(BYTE_ORDER_MARK) {
            BYTE_ORDER_MARK
        } else {
            ""
        };
        beside.write_all(mark.as_bytes()).map_err(failed)?;
        beside.write_all(text.as_bytes()).map_err(failed)?;
        take_over(beside.as_file(), &metadata).map_err(failed)?;
        beside.as_file().sync_all().map_err(failed)?;
        self.unchanged()?;
        beside.persist(&self.path).map_err(|error| failed(error.error))?;
        Ok(())
    }

    fn unchanged(&self) -> Result<(), PinError> {
        let is_link = fs::symlink_metadata(&self.path).is_ok_and(|metadata| metadata.is_symlink());
        let now = input::read_bytes(&self.path, MANIFEST_LIMIT).ok();
        if is_link || now.as_deref() != Some(self.content.as_bytes()) {
            return Err(PinError::Changed {
                file: self.name.clone(),
            });
        }
        Ok(())
    }
}

/// Gives a new file the mode of the old one, and its owner where the system allows that.
fn take_over(file: &fs::File, metadata: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        let new = file.metadata()?;
        if (new.uid(), new.gid()) != (metadata.uid(), metadata.gid()) {
            // Only the superuser may give a file away; another user's copy is his own, as after a checkout.
            let _ = fchown(file, Some(metadata.uid()), Some(metadata.gid()));
        }
    }
    file.set_permissions(metadata.permissions())
}

fn file_of(path: &Path) -> Result<PathBuf, PinError> {
    let metadata = fs::metadata(path).map_err(|source| InputError::of_system(path, source))?;
    if !metadata.is_dir() {
        return Ok(path.to_owned());
    }
    if let Some(file) = input::kustomization_file(path)? {
        return Ok(file);
    }
    if path.join("Chart.yaml").is_file() {
        return Ok(path.join("values.yaml"));
    }
    Err(PinError::NoKustomization {
        folder: path.display().to_string(),
    })
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests look at what was written")]
mod tests {
    use super::Original;
    use crate::pin::PinError;

    #[test]
    fn a_file_that_changed_meanwhile_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        std::fs::write(&path, "a: 1\n").unwrap();
        let original = Original::read(&path).unwrap();
        for meanwhile in ["a: 2\n", ""] {
            std::fs::write(&path, meanwhile).unwrap();
            let error = original.replace("a: 3\n").unwrap_err();
            assert!(matches!(error, PinError::Changed { .. }), "{error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), meanwhile);
        }
        std::fs::remove_file(&path).unwrap();
        assert!(original.replace("a: 3\n").is_err());
        assert!(!path.exists(), "a file that is gone does not come back");
        std::fs::write(&path, "a: 1\n").unwrap();
        original.replace("a: 3\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a: 3\n");
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 1, "no temporary file stays");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_became_a_link_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a.yaml"), folder.path().join("b.yaml"));
        std::fs::write(&path, "a: 1\n").unwrap();
        std::fs::write(&other, "a: 1\n").unwrap();
        let original = Original::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        assert!(matches!(
            original.replace("a: 3\n"),
            Err(PinError::Changed { .. })
        ));
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "a: 1\n");
    }
}
