//! Builds the image of the service without any container engine.
//!
//! `build` makes the static binary, `layout` the bytes of the image around it, `publish` puts folders in place.
//! The digest depends on `app/`, `Cargo.lock`, the toolchain, and the recipe: this folder and `[profile.image]`.

mod build;
mod compiler;
mod layout;
mod metadata;
mod paths;
mod publish;
mod stage;

use std::path::{Path, PathBuf};

use clap::Args;
use gate::stages::Hint;

pub(crate) use build::BuildError;
use layout::{Facts, Layout};
pub(crate) use publish::PublishError;

use crate::workspace::Workspace;

/// Arguments of `cargo xtask image`.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct ImageArguments {
    /// Also lay out target/image/rootfs, from which app/Dockerfile copies
    #[arg(long)]
    rootfs: bool,
}

/// Why there is no image.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImageError {
    /// The binary could not be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The bytes around the binary could not be made.
    #[error("the image cannot be put together")]
    Layout(#[source] std::io::Error),
    /// The folders could not be written.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

impl Hint for ImageError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Build(error) => error.hint(),
            Self::Publish(error) => error.hint(),
            Self::Layout(_) => None,
        }
    }
}

/// An image that stands in the workspace.
#[derive(Debug)]
pub(crate) struct Image {
    /// One line for people: folder, version, digest.
    pub(crate) summary: String,
    /// One line for people: sizes.
    pub(crate) sizes: String,
}

/// Builds the binary, and writes the layout and, if asked for, the file tree.
pub(crate) fn make(workspace: &Workspace, arguments: ImageArguments) -> Result<Image, ImageError> {
    let built = build::build(workspace)?;
    let facts = Facts {
        title: built.service.name.clone(),
        version: built.service.version.clone(),
        source: built.service.repository.clone(),
        licenses: built.service.license.clone(),
    };
    let layout = Layout::of(&built.binary, &facts).map_err(ImageError::Layout)?;
    let folder = place(workspace, &built.service.name);
    publish::replace(&folder, &workspace.shown(&folder).to_string(), |fresh| {
        layout.write(fresh)
    })?;
    if arguments.rootfs {
        let rootfs = place(workspace, "rootfs");
        let shown = workspace.shown(&rootfs).to_string();
        publish::replace(&rootfs, &shown, |fresh| {
            write_program(fresh, &built.service.name, &built.binary)
        })?;
    }
    Ok(Image {
        summary: format!(
            "{}: v{} {}",
            workspace.shown(&folder),
            built.service.version,
            layout.digest()
        ),
        sizes: format!(
            "layer {} compressed, {} unpacked; config {}; {} crates listed inside",
            bytes(layout.compressed_size()),
            bytes(layout.unpacked_size()),
            bytes(layout.config_size()),
            built.listed,
        ),
    })
}

fn place(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.target().join("image").join(name)
}

/// Writes the one file of the tree that `app/Dockerfile` copies, executable for everyone whatever the umask.
fn write_program(folder: &Path, name: &str, binary: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let file = folder.join(name);
    std::fs::write(&file, binary)?;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(layout::PROGRAM_MODE))
}

/// A size with its thousands apart.
fn bytes(size: usize) -> String {
    let digits = size.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    format!("{} bytes", groups.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_grouped() {
        assert_eq!(bytes(7), "7 bytes");
        assert_eq!(bytes(1_234_567), "1,234,567 bytes");
    }

    #[test]
    fn the_program_of_the_tree_is_executable() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        write_program(folder.path(), "hello", b"binary").unwrap();
        let mode = folder
            .path()
            .join("hello")
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o7777, 0o755);
    }
}
