//! Why trivy gave no answer that counts.

use crate::image::Digest;
use crate::process::ProcessError;
use crate::stages::Hint;

/// Why a scan by trivy is missing or worthless.
#[derive(Debug, thiserror::Error)]
pub enum TrivyError {
    /// It could not be run to its end.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The folder for its work could not be made.
    #[error("a temporary folder for `trivy` could not be filled: {0}")]
    Folder(std::io::Error),
    /// What it says of its version makes no sense.
    #[error("`trivy version` gave no usable answer: {reason}")]
    NoVersion {
        /// What is wrong.
        reason: String,
    },
    /// Older than what gate knows.
    #[error("`trivy` has the version {found}, and at least {least} is needed")]
    OldVersion {
        /// Its version.
        found: String,
        /// The oldest that will do.
        least: String,
    },
    /// It has no database.
    #[error("`trivy` has no vulnerability database")]
    NoDatabase,
    /// Its database is too old.
    #[error("the vulnerability database of `trivy` is of {updated}, which is older than {limit}")]
    Stale {
        /// Day of the database.
        updated: String,
        /// The age that is allowed.
        limit: String,
    },
    /// It said itself that it failed.
    #[error("`trivy` failed on `{image}` with exit code {code}: {words}")]
    Failed {
        /// Image.
        image: String,
        /// Exit code.
        code: i32,
        /// Its own words.
        words: String,
    },
    /// Its report makes no sense.
    #[error("the report of `trivy` on `{image}` is not usable: {reason}")]
    Report {
        /// Image.
        image: String,
        /// What is wrong.
        reason: String,
    },
    /// It looked at another image.
    #[error("`trivy` was given `{image}` and reports on the image `{found}` instead of `{expected}`")]
    OtherImage {
        /// Image.
        image: String,
        /// Digest of the configuration.
        expected: Digest,
        /// What it says.
        found: String,
    },
    /// It saw less than gate.
    #[error("`trivy` recognised nothing in `{image}`, which has {what}")]
    NothingRecognised {
        /// Image.
        image: String,
        /// What gate found.
        what: String,
    },
    /// There is no trivy, and something that only trivy can judge.
    #[error("nothing has scanned the packages of `{image}`, whose {manager} database is `{path}`: {reason}")]
    Unscanned {
        /// Image.
        image: String,
        /// Whose database.
        manager: &'static str,
        /// Where it lies.
        path: String,
        /// Why trivy could not.
        reason: String,
    },
}

impl Hint for TrivyError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Process(ProcessError::TimedOut { .. }) => {
                "try `trivy image --input` on it by hand, or give it more time with `--trivy-timeout`"
            }
            Self::Process(error @ ProcessError::ToolsFolder { .. }) => return error.hint(),
            Self::Process(_) | Self::NoVersion { .. } | Self::OldVersion { .. } | Self::Unscanned { .. } => {
                "install a current trivy outside the repository and put it on the PATH"
            }
            Self::Folder(_) => "make room in the folder for temporary files",
            Self::NoDatabase | Self::Stale { .. } => {
                "run `trivy image --download-db-only`; gate itself fetches nothing and lets trivy fetch nothing"
            }
            Self::Failed { .. } | Self::Report { .. } | Self::OtherImage { .. } => {
                "try `trivy image --input` on it by hand; a newer trivy may know this image"
            }
            Self::NothingRecognised { .. } => {
                "a scan that sees nothing proves nothing: use a newer trivy, or remove the package database that nobody \
                 can read"
            }
        };
        Some(hint.to_owned())
    }
}
