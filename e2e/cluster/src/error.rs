//! Why something about a cluster could not be done.

use crate::certificates::CertificateError;
use crate::daemon::DaemonError;
use crate::directory::DirectoryError;
use crate::kubectl::KubectlError;
use crate::process::ProcessError;
use crate::programs::BuildError;
use crate::real::RealError;

/// Why something about a cluster could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// There is no cluster of that name.
    #[error("there is no cluster `{0}`")]
    NotFound(String),
    /// The cluster has no such zone.
    #[error("cluster `{cluster}` has no zone `{zone}`")]
    NoZone {
        /// The cluster.
        cluster: String,
        /// The zone that was asked for.
        zone: String,
        /// The zones that there are.
        zones: String,
    },
    /// An option is not what it may be.
    #[error("{what} `{given}` is not {wanted}")]
    Option {
        /// What the option says.
        what: &'static str,
        /// What was given.
        given: String,
        /// What may be given.
        wanted: &'static str,
    },
    /// A cluster of that name is there, with other options.
    #[error("cluster `{0}` is there already, with other options")]
    OtherOptions(String),
    /// A cluster of that name is there, but not whole.
    #[error("cluster `{name}` is there already, but its `{process}` has ended")]
    HalfDead {
        /// Its name.
        name: String,
        /// A process that should run.
        process: String,
    },
    /// It failed, and then something could not be cleared away.
    #[error("{reason}; and what was started could not be ended: {left}")]
    Left {
        /// Why it failed.
        reason: Box<ClusterError>,
        /// Why something is left.
        left: Box<ClusterError>,
    },
    /// The nodes are simulated.
    #[error("the nodes of this cluster are simulated: {0}")]
    Simulated(&'static str),
    /// Real nodes cannot be had, or something about them failed.
    #[error(transparent)]
    Real(#[from] RealError),
    /// The programs could not be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The state could not be read or kept.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A certificate could not be made.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A process was not started, ended early, or does not end.
    #[error(transparent)]
    Daemon(#[from] DaemonError),
    /// A program did not do its work.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The API server, or kubectl, did not do what it was asked for.
    #[error(transparent)]
    Kubectl(#[from] KubectlError),
}

impl ClusterError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound(name) => Some(format!(
                "`cargo xtask cluster up --name {name}` brings it up, `cargo xtask cluster list` names those that are there"
            )),
            Self::NoZone { zones, .. } => Some(format!("its zones are {zones}")),
            Self::OtherOptions(name) | Self::HalfDead { name, .. } => Some(format!(
                "`cargo xtask cluster down --name {name}` ends it; then bring it up anew"
            )),
            Self::Left { .. } => Some("`cargo xtask cluster down` tries again".to_owned()),
            Self::Simulated(_) => {
                Some("`cargo xtask cluster up --real` has nodes that run containers".to_owned())
            }
            Self::Real(error) => error.hint(),
            Self::Build(error) => error.hint(),
            Self::Directory(error) => error.hint(),
            Self::Certificate(error) => error.hint(),
            _ => None,
        }
    }

    /// Was it an interruption that somebody asked for?
    pub fn is_interruption(&self) -> bool {
        matches!(
            self,
            Self::Process(ProcessError::Interrupted)
                | Self::Kubectl(KubectlError::Run(ProcessError::Interrupted))
                | Self::Build(BuildError::Run(ProcessError::Interrupted))
                | Self::Certificate(CertificateError::Interrupted)
                | Self::Directory(DirectoryError::Interrupted)
        )
    }
}
