//! The cluster that the checks work on, and what they know about it.

use std::collections::BTreeMap;
use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

use cluster::{Cluster, ClusterError, Interrupt, Kubectl, Options};
use serde_json::Value;

use crate::support::{Outcome, Stop, Suite};

/// The zone that is drained, and lost.
pub(crate) const LOST: &str = "c";

/// How kubectl selects the nodes of [`LOST`].
pub(crate) const LOST_NODES: &str = "topology.kubernetes.io/zone=c";

/// A cluster and where the manifests lie.
pub(crate) struct World {
    pub(crate) cluster: Cluster,
    pub(crate) kubectl: Kubectl,
    pub(crate) interrupt: Interrupt,
    /// The folder `kustomize`, or the copy that was asked for.
    kustomize: PathBuf,
    /// The zone of each node that there was when the cluster came up.
    pub(crate) zones: BTreeMap<String, String>,
}

/// The overlays that a robot deploys.
pub(crate) const DEPLOYED: [&str; 2] = ["staging", "production"];

impl World {
    /// The folder of an overlay, as kubectl's `-k` takes it.
    pub(crate) fn overlay(&self, name: &str) -> String {
        self.kustomize.join("overlays").join(name).display().to_string()
    }

    /// Who deploys an environment: the user whom its tenancy lets in.
    pub(crate) fn robot(&self, environment: &str) -> Outcome<String> {
        let folder = self.overlay(&format!("{environment}/tenancy"));
        let objects = crate::objects::render(self, &folder)?;
        let binding = objects
            .iter()
            .find(|object| object["kind"] == "RoleBinding")
            .ok_or("the tenancy has no RoleBinding")?;
        let subjects = binding["subjects"].as_array().map(Vec::as_slice);
        let Some([subject]) = subjects else {
            return Err("the RoleBinding has not one subject".into());
        };
        match (subject["kind"].as_str(), subject["name"].as_str()) {
            (Some("User"), Some(name)) => Ok(name.to_owned()),
            _ => Err(format!("the RoleBinding names no user: {subject}").into()),
        }
    }
}

/// A file among the suite's own manifests.
pub(crate) fn own_manifest(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests").join(name)
}

/// No other run has this name.
fn name() -> String {
    format!("suite-{}", process::id())
}

/// Brings the cluster up: pods that say nothing themselves leave a lost zone soon, and all its nodes at once.
pub(crate) fn prepare(suite: &mut Suite) -> Result<World, Stop> {
    let options = Options {
        name: name(),
        toleration_seconds: 5,
        eviction_rate: 10.0,
        interrupt: suite.interrupt().clone(),
        ..Options::default()
    };
    suite.needed("a cluster of nine nodes in three zones comes up", || {
        let kustomize = env::var_os("GATE_E2E_KUSTOMIZE").map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../kustomize"),
            PathBuf::from,
        );
        let kustomize = kustomize
            .canonicalize()
            .map_err(|error| format!("`{}`: {error}", kustomize.display()))?;
        let cluster = Cluster::up(&options, &mut progress)?;
        let kubectl = cluster.kubectl();
        match zones(&kubectl) {
            Ok(zones) => Ok(World {
                interrupt: options.interrupt.clone(),
                cluster,
                kubectl,
                kustomize,
                zones,
            }),
            Err(failure) => {
                down(cluster)?;
                Err(failure)
            }
        }
    })
}

/// Takes it down.
pub(crate) fn finish(suite: &mut Suite, world: World) {
    suite.check("the cluster goes down", || Ok(down(world.cluster)?));
}

/// An interruption of the suite does not interrupt the cluster's end.
fn down(cluster: Cluster) -> Result<(), ClusterError> {
    cluster.interruptible(&Interrupt::default()).down(&mut progress)
}

/// A first build takes minutes; who waits may know for what.
fn progress(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

fn zones(kubectl: &Kubectl) -> Outcome<BTreeMap<String, String>> {
    let nodes = kubectl.json(&["get", "nodes"])?;
    let zone = |node: &Value| {
        let name = node["metadata"]["name"].as_str()?;
        let zone = node["metadata"]["labels"]["topology.kubernetes.io/zone"].as_str()?;
        Some((name.to_owned(), zone.to_owned()))
    };
    let nodes = nodes["items"].as_array().ok_or("no list of nodes")?;
    let zones: BTreeMap<_, _> = nodes.iter().filter_map(zone).collect();
    let in_lost = zones.values().filter(|zone| *zone == LOST).count();
    if zones.len() == 9 && in_lost == 3 {
        Ok(zones)
    } else {
        Err(format!("not three nodes in each of three zones: {zones:?}").into())
    }
}
