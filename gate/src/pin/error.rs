//! Why an image is not pinned.

use std::io;

use crate::finding::Location;
use crate::input::InputError;
use crate::stages::{Hint, StageError};

/// Why an image is not pinned. The file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// Only a tag is given, or nothing.
    #[error("no digest is given, and a tag alone pins nothing: it can be moved to another image")]
    NoDigest,
    /// The digest is none.
    #[error("`{0}` is not a digest: `sha256:` and 64 digits, or `sha512:` and 128, of `0-9` and `a-f`")]
    Digest(String),
    /// The tag is none.
    #[error("`{0}` is not a tag that a registry accepts")]
    Tag(String),
    /// The name is empty, or has a tag or a digest.
    #[error("`{0}` is not the name of an image without tag and digest")]
    Name(String),
    /// The path cannot be taken.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A folder that names no images itself.
    #[error("`{folder}` has no kustomization file and is no chart")]
    NoKustomization {
        /// The folder, as the user knows it.
        folder: String,
    },
    /// The file cannot be read whole, or not in one way only.
    #[error("`{file}` is not changed, because of what stands in it: {message}")]
    Problem {
        /// The file.
        file: String,
        /// What is wrong with it.
        message: String,
        /// Where.
        location: Box<Location>,
    },
    /// Nothing in the file names an image.
    #[error("`{file}` names no image")]
    NoImages {
        /// The file.
        file: String,
    },
    /// The file names others.
    #[error("`{file}` does not name the image `{name}`")]
    Unknown {
        /// The file.
        file: String,
        /// The name that was given.
        name: String,
        /// The names that the file has.
        known: Vec<String>,
    },
    /// Several places name it, and not with the same tag and digest.
    #[error("`{file}` names `{name}` several times and not alike: {}", places.join(", "))]
    Ambiguous {
        /// The file.
        file: String,
        /// The name that was given.
        name: String,
        /// Line, tag and digest of each place.
        places: Vec<String>,
    },
    /// A digest is to be set beside a tag that belongs to another one.
    #[error("at `{file}:{line}` the tag is `{tag}`, which would name another image from now on")]
    TagStands {
        /// The file.
        file: String,
        /// The line, from one.
        line: usize,
        /// The tag.
        tag: String,
    },
    /// Values without a key for it.
    #[error("the image at `{file}:{line}` has no key `{key}`, and a chart that reads none would ignore it")]
    NoKey {
        /// The file.
        file: String,
        /// The line, from one.
        line: usize,
        /// The key.
        key: &'static str,
    },
    /// It is written in a way that cannot be changed in place.
    #[error("the image at `{file}:{line}` is written in a form that cannot be changed in place")]
    Form {
        /// The file.
        file: String,
        /// The line, from one.
        line: usize,
    },
    /// The changed text would not be read as intended.
    #[error("`{file}` would not read as intended after the change: {path}")]
    Unintended {
        /// The file.
        file: String,
        /// The field that would differ, or the problem.
        path: String,
    },
    /// The file is not the one that was read.
    #[error("`{file}` changed meanwhile")]
    Changed {
        /// The file.
        file: String,
    },
    /// The file cannot be replaced.
    #[error("`{file}` cannot be written: {source}")]
    Write {
        /// The file.
        file: String,
        /// What the system says.
        source: io::Error,
    },
}

impl Hint for PinError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoKustomization { .. }
            | Self::Input(InputError::Missing { .. } | InputError::NotAFile { .. }) => {
                "give a kustomization, a chart, or the file that names the image"
            }
            Self::Input(error) => return error.hint(),
            Self::Unknown { known, .. } => return Some(format!("it names `{}`", known.join("`, `"))),
            Self::TagStands { tag, .. } => {
                return Some(format!(
                    "say which tag belongs to the digest, for instance `--tag {tag}`"
                ));
            }
            Self::NoKey { key: "digest", .. } => {
                "if the chart reads a digest, write `digest: \"\"` there; if it puts the tag behind a colon, write the \
                 tag as `v1@sha256:…`"
            }
            Self::NoKey { .. } => "leave out `--tag`, or write the key if the chart reads it",
            Self::NoDigest => "give `--digest sha256:…` as well",
            Self::Digest(_) => "copy it whole, as the registry or `gate image` shows it",
            Self::Tag(_) => {
                "a tag has at most 128 letters, digits, `_`, `.` and `-`, and begins with none of the last two"
            }
            Self::Name(_) => "give the tag as `--tag` and the digest as `--digest`",
            Self::Problem { .. } => "mend that first",
            Self::NoImages { .. } => {
                "an image stands in `images:` of a kustomization, under `image:` of a manifest, or as `image:` with \
                 `repository`, `tag` and `digest` in the values of a chart"
            }
            Self::Ambiguous { .. } => "make them alike first, or change the one that is meant by hand",
            Self::Form { .. } => "write it in one line, without escapes",
            Self::Unintended { .. } => {
                "an anchor or a merge key shares the value: write it out, or change it by hand"
            }
            Self::Changed { .. } => "run it again",
            Self::Write { .. } => "make the file and its folder writable for this user",
        };
        Some(hint.to_owned())
    }
}

impl PinError {
    /// The error as it is printed.
    pub fn stage_error(&self) -> StageError {
        let location = match self {
            Self::Problem { location, .. } => Some(location.as_ref().clone()),
            _ => None,
        };
        StageError {
            location,
            ..StageError::new(self)
        }
    }
}
