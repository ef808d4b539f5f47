//! Puts a folder in place at once: whoever looks sees the old one or the new one, never a half.

use std::fs::File;
use std::io;
use std::path::Path;

use gate::stages::Hint;

/// Why a folder could not be put in place.
#[derive(Debug, thiserror::Error)]
#[error("`{folder}` cannot be written")]
pub(crate) struct PublishError {
    /// The folder, as a person in the workspace would write it.
    folder: String,
    /// What the system said.
    source: io::Error,
}

impl Hint for PublishError {}

/// Lets `write` fill a fresh folder beside `folder`, then puts it in its place. A failure to fill it leaves
/// the old one.
pub(crate) fn replace(
    folder: &Path,
    shown: &str,
    write: impl FnOnce(&Path) -> io::Result<()>,
) -> Result<(), PublishError> {
    exchange(folder, write).map_err(|source| PublishError {
        folder: shown.to_owned(),
        source,
    })
}

fn exchange(folder: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let parent = folder.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent)?;
    let scratch = tempfile::Builder::new().prefix(".new-").tempdir_in(parent)?;
    let fresh = scratch.path().join("fresh");
    std::fs::create_dir(&fresh)?;
    write(&fresh)?;
    // Two runs at a time must not both move the old folder away. The lock goes with the file's handle.
    let lock = File::create(parent.join(".lock"))?;
    lock.lock()?;
    if folder.symlink_metadata().is_ok() {
        std::fs::rename(folder, scratch.path().join("old"))?;
    }
    std::fs::rename(&fresh, folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = folder
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_replaces_the_one_before_it_whole() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("image");
        replace(&folder, "image", |fresh| std::fs::write(fresh.join("one"), "1")).unwrap();
        replace(&folder, "image", |fresh| std::fs::write(fresh.join("two"), "2")).unwrap();
        assert_eq!(names(&folder), ["two"]);
        assert_eq!(names(parent.path()), [".lock", "image"]);
    }

    #[test]
    fn a_failure_leaves_the_old_folder_and_no_rest() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("image");
        replace(&folder, "image", |fresh| std::fs::write(fresh.join("one"), "1")).unwrap();
        let error = replace(&folder, "target/image", |fresh| {
            std::fs::write(fresh.join("half"), "")?;
            Err(io::Error::other("the disk is full"))
        });
        assert_eq!(error.unwrap_err().to_string(), "`target/image` cannot be written");
        assert_eq!(names(&folder), ["one"]);
        assert_eq!(names(parent.path()), [".lock", "image"]);
    }
}
