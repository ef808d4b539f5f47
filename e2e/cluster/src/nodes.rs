//! What the two kinds of nodes have in common: the seam between [`Cluster`] and `simulated`, `real`.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use crate::cluster::Cluster;
use crate::daemon::Daemon;
use crate::error::ClusterError;
use crate::options::{Kind, Options};
use crate::process::{Interrupt, Output};
use crate::real::Real;
use crate::simulated::Simulated;
use crate::status::ProcessStatus;

/// What a zone is, apart from what Kubernetes thinks of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ZoneState {
    /// Its nodes are connected.
    Up,
    /// Its network, or on a simulated cluster its kubelets, are gone.
    Cut,
    /// Its nodes are gone.
    Killed,
}

/// A kind of nodes. The zones given are the cluster's own.
pub(crate) trait Nodes {
    /// Tells, before anything is made, why this machine cannot have such a cluster.
    fn check(&self, options: &Options) -> Result<(), ClusterError>;

    /// Builds the programs that nodes need and the control plane has not, if there are such.
    fn build(
        &self,
        interrupt: &Interrupt,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Option<PathBuf>, ClusterError> {
        let _ = (interrupt, progress);
        Ok(None)
    }

    /// Is what a cluster of this slot would use (networks, links) not used by others?
    fn slot_is_free(&self, slot: u8) -> bool;

    /// Starts the control plane and the nodes, and waits until they are Ready and pods can be scheduled.
    fn up(&self, cluster: &Cluster, progress: &mut dyn FnMut(&str)) -> Result<(), ClusterError>;

    /// Ends everything that [`Self::up`] started, from whatever point it had come to. The folder is removed by the
    /// caller.
    fn down(&self, cluster: &Cluster, progress: &mut dyn FnMut(&str)) -> Result<(), ClusterError>;

    /// See [`Cluster::zone_cut`].
    fn cut(&self, cluster: &Cluster, zone: &str) -> Result<(), ClusterError>;

    /// See [`Cluster::zone_kill`].
    fn kill(&self, cluster: &Cluster, zone: &str) -> Result<(), ClusterError>;

    /// See [`Cluster::zone_mend`].
    fn mend(&self, cluster: &Cluster, zone: &str) -> Result<(), ClusterError>;

    /// See [`Cluster::zone_state`].
    fn state(&self, cluster: &Cluster, zone: &str) -> Result<ZoneState, ClusterError>;

    /// See [`Cluster::load_image`].
    fn load_image(&self, cluster: &Cluster, image: &Path, name: &str) -> Result<String, ClusterError>;

    /// See [`Cluster::node_port_address`].
    fn node_port_address(&self, cluster: &Cluster) -> Option<Ipv4Addr>;

    /// See [`Cluster::exec`].
    fn exec(&self, cluster: &Cluster, place: &str, command: &[&str]) -> Result<Output, ClusterError>;

    /// See [`Cluster::processes`]: how one of the cluster's processes is, with what it stands for.
    fn status(&self, cluster: &Cluster, daemon: &Daemon) -> ProcessStatus {
        let _ = cluster;
        daemon.status()
    }

    /// See [`Cluster::remarks`].
    fn remarks(&self, cluster: &Cluster) -> Vec<String> {
        let _ = cluster;
        Vec::new()
    }
}

/// The implementation of a kind.
pub(crate) fn of(kind: Kind) -> &'static dyn Nodes {
    match kind {
        Kind::Simulated => &Simulated,
        Kind::Real => &Real,
    }
}
