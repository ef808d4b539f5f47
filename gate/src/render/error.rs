//! Why something could not be rendered.

use std::io;

use crate::finding::Location;
use crate::input::InputError;
use crate::process::ProcessError;
use crate::stages::{Hint, StageError};

/// Why something could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The input itself cannot be taken.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A file or folder that a kustomization names cannot be taken.
    #[error("{source}")]
    Reference {
        /// What is wrong with it.
        source: InputError,
        /// Where it is named.
        location: Box<Location>,
    },
    /// A kustomization names something in the network.
    #[error("`{reference}` lies in the network, and remote bases are refused")]
    Remote {
        /// What is named.
        reference: String,
        /// Where it is named.
        location: Box<Location>,
    },
    /// A kustomization asks for a program, a container or a chart.
    #[error("{what} is refused: rendering must not run what a change brings along")]
    Refused {
        /// What it is, in words.
        what: String,
        /// Where it stands.
        location: Box<Location>,
    },
    /// A key that kustomize reads as another one.
    #[error("the key `{key}` is refused: kustomize reads it as `{meant}`")]
    Spelling {
        /// The key as written.
        key: String,
        /// The key that kustomize takes it for.
        meant: &'static str,
        /// Where it stands.
        location: Box<Location>,
    },
    /// A kustomization that cannot be read without doubt.
    #[error("the kustomization cannot be read: {message}")]
    Kustomization {
        /// What is wrong.
        message: String,
        /// Where.
        location: Box<Location>,
    },
    /// A kustomization that contains itself.
    #[error("the kustomization contains itself by way of `{reference}`")]
    Circle {
        /// What closes the circle.
        reference: String,
        /// Where it is named.
        location: Box<Location>,
    },
    /// Neither program is there.
    #[error("neither `kubectl` nor `kustomize` is installed")]
    NoProgram,
    /// The program could not be found, started or read.
    #[error(transparent)]
    Program(#[from] ProcessError),
    /// The program is there but does not say its version.
    #[error("`{program}` does not say its version")]
    Version {
        /// The program.
        program: &'static str,
    },
    /// kustomize says no.
    #[error("`{program}` could not render `{name}`: {words}")]
    Failed {
        /// The program.
        program: &'static str,
        /// What was rendered.
        name: String,
        /// What it said, in one line.
        words: String,
        /// Where gate's own reading sees the cause.
        location: Option<Box<Location>>,
    },
    /// A temporary folder could not be written.
    #[error("no temporary folder could be written: {0}")]
    Temporary(#[from] io::Error),
    /// After its digest was put in, an image is still rendered without it.
    #[error("`{image}` does not get the digest `{digest}`: something after `images:` sets it")]
    NotPinned {
        /// The image as rendered.
        image: String,
        /// The digest that it should have.
        digest: String,
    },
}

impl RenderError {
    /// Where the cause stands, as far as it is in a file.
    pub fn location(&self) -> Option<&Location> {
        match self {
            Self::Reference { location, .. }
            | Self::Remote { location, .. }
            | Self::Refused { location, .. }
            | Self::Spelling { location, .. }
            | Self::Kustomization { location, .. }
            | Self::Circle { location, .. } => Some(location),
            Self::Failed { location, .. } => location.as_deref(),
            Self::Input(_)
            | Self::NoProgram
            | Self::Program(_)
            | Self::Version { .. }
            | Self::Temporary(_)
            | Self::NotPinned { .. } => None,
        }
    }

    /// The error of a stage, with its place.
    pub fn stage_error(&self) -> StageError {
        StageError {
            location: self.location().cloned(),
            ..StageError::new(self)
        }
    }

    /// Is the input readable but without anything to check?
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Input(error) if error.is_nothing())
    }
}

impl Hint for RenderError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Input(error) | Self::Reference { source: error, .. } => match error {
                InputError::Missing { .. } if matches!(self, Self::Reference { .. }) => {
                    "add the file, or take its name out of the kustomization"
                }
                error => return error.hint(),
            },
            Self::Remote { .. } => {
                "keep a copy in the repository, where it is reviewed; `--allow-remote` lets kustomize fetch it"
            }
            Self::Refused { .. } => "render it beforehand and commit the result as a resource",
            Self::Spelling { .. } => "write it as kustomize documents it",
            Self::Kustomization { .. } => "mend the file; each key may stand once, in one document",
            Self::Circle { .. } => "take one of the references out",
            Self::NoProgram | Self::Program(ProcessError::NotFound { .. }) => {
                "install kubectl (https://kubernetes.io/docs/tasks/tools) or kustomize \
                 (https://kubectl.docs.kubernetes.io/installation/kustomize) and put it on PATH"
            }
            Self::Program(
                error @ (ProcessError::InsideRepository { .. } | ProcessError::ToolsFolder { .. }),
            ) => return error.hint(),
            Self::Program(_) | Self::Version { .. } => {
                "try the other one with `--renderer kubectl` or `--renderer kustomize`"
            }
            Self::Failed { .. } => "`kubectl kustomize FOLDER` shows the same; mend what it names",
            Self::Temporary(_) => "make room in the folder for temporary files, or name another in TMPDIR",
            Self::NotPinned { .. } => "set the image by an entry of `images:` alone, without a patch",
        };
        Some(hint.to_owned())
    }
}
