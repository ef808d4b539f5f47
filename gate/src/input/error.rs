//! What can be wrong with a path.

use std::io;
use std::path::Path;

use crate::stages::Hint;

/// Why an input could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// Nothing is there.
    #[error("`{path}` does not exist")]
    Missing {
        /// The path, as the user knows it.
        path: String,
    },
    /// The system refuses to give it.
    #[error("`{path}` cannot be read: {source}")]
    Unreadable {
        /// The path, as the user knows it.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// It is a device, a pipe or the like.
    #[error("`{path}` is neither a file nor a folder")]
    NotAFile {
        /// The path, as the user knows it.
        path: String,
    },
    /// It is larger than it may be.
    #[error("`{path}` is larger than the limit of {limit} bytes")]
    TooLarge {
        /// The path, as the user knows it.
        path: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// It is no text.
    #[error("`{path}` is not UTF-8 text: byte {offset} does not fit")]
    NotText {
        /// The path, as the user knows it.
        path: String,
        /// The first byte that does not fit, from zero.
        offset: usize,
    },
    /// It leads out of the work tree, or out of the folder given.
    #[error("`{path}` leads outside of {limit}")]
    Outside {
        /// The path, as the user knows it.
        path: String,
        /// What it must stay inside of, in words.
        limit: &'static str,
    },
    /// More than one file could be the kustomization of a folder.
    #[error("`{path}` holds several kustomization files: {names}")]
    SeveralKustomizations {
        /// The folder, as the user knows it.
        path: String,
        /// Names of the files.
        names: String,
    },
    /// It is a Helm chart.
    #[error("`{path}` is a Helm chart, and charts are not supported yet")]
    Chart {
        /// The folder, as the user knows it.
        path: String,
    },
    /// A folder without manifests.
    #[error("`{path}` holds no manifests: there is nothing to check")]
    Nothing {
        /// The folder, as the user knows it.
        path: String,
    },
    /// A folder with more in it than may be walked.
    #[error("`{path}` holds more than {limit} files and folders")]
    TooMany {
        /// The folder, as the user knows it.
        path: String,
        /// The limit.
        limit: usize,
    },
}

impl InputError {
    /// The error of the system for a path.
    pub(crate) fn of_system(path: &Path, source: io::Error) -> Self {
        let path = path.display().to_string();
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Missing { path },
            _ => Self::Unreadable { path, source },
        }
    }

    /// Is the input readable but without anything to check?
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing { .. })
    }

    /// The same error with the path as the user knows it, where it was found under another name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        match &mut self {
            Self::Missing { path }
            | Self::Unreadable { path, .. }
            | Self::NotAFile { path }
            | Self::TooLarge { path, .. }
            | Self::NotText { path, .. }
            | Self::Outside { path, .. }
            | Self::SeveralKustomizations { path, .. }
            | Self::Chart { path }
            | Self::Nothing { path }
            | Self::TooMany { path, .. } => name.clone_into(path),
        }
        self
    }
}

impl Hint for InputError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Missing { .. } => {
                "give a kustomization folder, a manifest, a folder of manifests, or `-` for standard input"
            }
            Self::Unreadable { .. } => "make it readable for this user",
            Self::NotAFile { .. } => "give a file or a folder; a stream comes in as `-`",
            Self::TooLarge { .. } => "split it, or keep what is not a manifest out of the folder",
            Self::NotText { .. } => "save it as UTF-8",
            Self::Outside { .. } => "copy the file into the repository: what lies outside is never read",
            Self::SeveralKustomizations { .. } => "keep one of them: kustomize refuses to choose",
            Self::Chart { .. } => "render it with `helm template` and give the result as a file or as `-`",
            Self::Nothing { .. } => {
                "give a folder with a kustomization or with `.yaml`, `.yml` or `.json` manifests"
            }
            Self::TooMany { .. } => "give the folders that hold manifests instead",
        };
        Some(hint.to_owned())
    }
}
