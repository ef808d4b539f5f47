//! A Kubernetes cluster in zones on one machine: a real control plane, and nodes that are simulated or real.
//!
//! [`Cluster::up`] starts etcd, kube-apiserver, kube-scheduler and kube-controller-manager, all built from the Go
//! modules below `go/`, and nodes in zones. On a simulated cluster ([`Kind::Simulated`]) the nodes are objects that
//! one kwok per zone keeps alive: pods start at once and run nothing, and only loopback is listened on. A real cluster
//! ([`Kind::Real`]) runs containers. Zones can be lost and come back.
//!
//! Everything that a cluster is made of lies in one folder by its name, processes are known by id and start time, and
//! [`Cluster::down`] ends exactly those, whoever started them and however that ended.

mod certificates;
mod cluster;
mod control_plane;
mod daemon;
mod directory;
mod error;
mod kubectl;
mod lock;
mod nodes;
mod options;
mod plain;
mod ports;
mod process;
mod process_table;
mod programs;
mod real;
mod simulated;
mod status;
pub mod traffic;
pub mod zones;

use std::path::PathBuf;

pub use certificates::CertificateError;
pub use cluster::Cluster;
pub use daemon::DaemonError;
pub use directory::DirectoryError;
pub use error::ClusterError;
pub use kubectl::{Kubectl, KubectlError};
pub use nodes::ZoneState;
pub use options::{Kind, Options};
pub use process::{Interrupt, Output, ProcessError};
pub use programs::BuildError;
pub use real::{ImageError, Missing, RealError, RequirementsError};
pub use status::{ProcessState, ProcessStatus};

/// The names of this user's clusters, in order.
pub fn list() -> Result<Vec<String>, ClusterError> {
    Ok(directory::names()?)
}

/// Builds the programs of clusters of this kind, as far as they are not there, and gives their folders.
pub fn build(
    kind: Kind,
    interrupt: &Interrupt,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<PathBuf>, ClusterError> {
    let nodes = nodes::of(kind);
    let mut folders = vec![programs::ensure(cluster::CONTROL_PLANE, interrupt, progress)?];
    folders.extend(nodes.build(interrupt, progress)?);
    Ok(folders)
}
