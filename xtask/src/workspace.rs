//! Where the workspace and its build folders are.
//!
//! Everything is written below the workspace's own `target/`, wherever `CARGO_TARGET_DIR` points: gate.toml,
//! `app/Dockerfile` and the workflows name those places.

use std::io;
use std::path::{Path, PathBuf};

use gate::stages::Hint;

/// Why there is no workspace.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkspaceError {
    /// The working directory cannot be told.
    #[error("the working directory cannot be told: {0}")]
    WorkingDirectory(#[from] io::Error),
    /// No folder from the working directory upwards is the workspace.
    #[error("the working directory is not inside this workspace")]
    Outside,
}

impl Hint for WorkspaceError {
    fn hint(&self) -> Option<String> {
        Some("run `cargo xtask` in a checkout of this repository".to_owned())
    }
}

/// The workspace that the working directory lies in.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Finds the nearest folder, upwards from the working directory, that holds a lockfile and this package.
    pub(crate) fn find() -> Result<Self, WorkspaceError> {
        let start = std::env::current_dir()?;
        let root = start
            .ancestors()
            .find(|folder| folder.join("Cargo.lock").is_file() && folder.join("xtask/Cargo.toml").is_file());
        let root = root.ok_or(WorkspaceError::Outside)?.to_owned();
        Ok(Self { root })
    }

    /// The workspace whose root is known.
    pub(crate) fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// Its root folder, absolute.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Its build folder.
    pub(crate) fn target(&self) -> PathBuf {
        self.root.join("target")
    }

    /// A path as a person in the root folder would write it.
    pub(crate) fn shown<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }
}
