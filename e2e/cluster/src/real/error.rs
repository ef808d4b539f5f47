//! Why something about real nodes could not be done.

use std::io;

use super::images::ImageError;
use super::requirements::RequirementsError;
use crate::error::ClusterError;

/// Why something about real nodes could not be done.
#[derive(Debug, thiserror::Error)]
pub enum RealError {
    /// The machine lacks something.
    #[error(transparent)]
    Requirements(#[from] RequirementsError),
    /// An image is not as it must be.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// A node did not take an image.
    #[error("{node} did not take the image: {words}")]
    NotTaken {
        /// The node.
        node: String,
        /// What it said.
        words: String,
    },
    /// No node runs that could take an image.
    #[error("no node runs that could take the image")]
    NoNode,
    /// There is no such place to run a command in.
    #[error("there is no place `{place}`, only {places}")]
    NoPlace {
        /// The place that was asked for.
        place: String,
        /// The places that there are.
        places: String,
    },
    /// The place does not run.
    #[error("`{0}` does not run")]
    NotRunning(String),
    /// Nodes did not become ready.
    #[error("{reason}; from the nodes:\n{words}")]
    NotReady {
        /// What was waited for.
        reason: Box<ClusterError>,
        /// What the nodes say about it.
        words: String,
    },
    /// The control groups of nodes could not be made or removed.
    #[error("the control group `{group}` could not be {done}")]
    ControlGroup {
        /// Which, below the root of each hierarchy.
        group: String,
        /// `made` or `removed`.
        done: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A namespace did not appear.
    #[error("the network of `{0}` did not appear")]
    NoNetwork(String),
}

impl RealError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Requirements(error) => Some(error.hint()),
            Self::Image(error) => error.hint(),
            Self::NoNode | Self::NotRunning(_) => {
                Some("`cargo xtask cluster zone-mend ZONE` starts its nodes again".to_owned())
            }
            _ => None,
        }
    }
}
