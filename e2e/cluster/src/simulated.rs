//! Simulated nodes: Node objects, and one kwok for each zone that plays their kubelets. Without it the zone is lost.

use std::ffi::OsString;
use std::net::Ipv4Addr;
use std::path::Path;

use serde_json::{Value, json};

use crate::certificates::{Server, Usage};
use crate::cluster::Cluster;
use crate::control_plane::{self, ControlPlane, shown, words};
use crate::daemon;
use crate::error::ClusterError;
use crate::nodes::{Nodes, ZoneState};
use crate::options::{Options, node_name};
use crate::process::Output;

/// The region of all zones.
pub(crate) const REGION: &str = "local";

/// What a node offers: enough for a production of nine, and little enough that requests matter.
const CAPACITY: [(&str, &str); 4] = [
    ("cpu", "4"),
    ("memory", "8Gi"),
    ("pods", "110"),
    ("ephemeral-storage", "100Gi"),
];

/// How long a node's lease is good for; a kubelet's is 40 s, too long for a grace of 12.
const LEASE_SECONDS: &str = "8";

/// See the module.
#[derive(Debug)]
pub(crate) struct Simulated;

impl Nodes for Simulated {
    fn check(&self, _: &Options) -> Result<(), ClusterError> {
        Ok(())
    }

    fn slot_is_free(&self, _: u8) -> bool {
        true // ports are all that it takes, and of those the free ones are chosen
    }

    fn up(&self, cluster: &Cluster, progress: &mut dyn FnMut(&str)) -> Result<(), ClusterError> {
        let control_plane = ControlPlane {
            cluster,
            address: Ipv4Addr::LOCALHOST,
            prefix: Vec::new(),
            api_arguments: Vec::new(),
        };
        control_plane.start(progress)?;
        progress("starting the nodes");
        let keys = cluster.directory().join("keys");
        let authority = cluster.authority();
        let pair = authority.issue(&keys, "kwok", "/O=system:masters/CN=kwok", Usage::Client, &[])?;
        let Server { address, port } = control_plane.server();
        authority.kubeconfig(&keys.join("kwok.kubeconfig"), Server { address, port }, &pair)?;
        for zone in cluster.zones() {
            start(cluster, zone)?;
        }
        let nodes = nodes(cluster.options());
        let count = nodes.len();
        let list = json!({"apiVersion": "v1", "kind": "List", "items": nodes});
        cluster
            .kubectl()
            .run_with_input(&["create", "-f", "-"], &list.to_string())?;
        control_plane.settle(count)
    }

    fn down(&self, cluster: &Cluster, _: &mut dyn FnMut(&str)) -> Result<(), ClusterError> {
        control_plane::stop(cluster)
    }

    fn cut(&self, cluster: &Cluster, zone: &str) -> Result<(), ClusterError> {
        let daemon = daemon::find(cluster.directory(), &kubelets(zone))?;
        Ok(daemon::stop(daemon.as_slice())?)
    }

    fn kill(&self, cluster: &Cluster, zone: &str) -> Result<(), ClusterError> {
        self.cut(cluster, zone)
    }

    fn mend(&self, cluster: &Cluster, zone: &str) -> Result<(), ClusterError> {
        match daemon::find(cluster.directory(), &kubelets(zone))? {
            Some(daemon) if !daemon.has_ended() => Ok(()),
            _ => start(cluster, zone),
        }
    }

    fn state(&self, cluster: &Cluster, zone: &str) -> Result<ZoneState, ClusterError> {
        let daemon = daemon::find(cluster.directory(), &kubelets(zone))?;
        Ok(if daemon.is_some() {
            ZoneState::Up
        } else {
            ZoneState::Cut
        })
    }

    fn load_image(&self, _: &Cluster, _: &Path, _: &str) -> Result<String, ClusterError> {
        Err(ClusterError::Simulated("images are not loaded into its nodes"))
    }

    fn node_port_address(&self, _: &Cluster) -> Option<Ipv4Addr> {
        None
    }

    fn exec(&self, _: &Cluster, _: &str, _: &[&str]) -> Result<Output, ClusterError> {
        Err(ClusterError::Simulated("there is nothing to run a command in"))
    }
}

/// The name of the process that plays a zone's kubelets.
fn kubelets(zone: &str) -> String {
    format!("kwok-{zone}")
}

fn start(cluster: &Cluster, zone: &str) -> Result<(), ClusterError> {
    let settings = cluster.settings();
    let place = cluster.zones().iter().position(|name| name == zone).unwrap_or(0) + 1;
    let port = settings.ports.zones.get(zone).copied().unwrap_or(0);
    let arguments = words(&[
        (
            "kubeconfig",
            &shown(&cluster.directory().join("keys/kwok.kubeconfig")),
        ),
        ("manage-all-nodes", "false"),
        (
            "manage-nodes-with-label-selector",
            &format!("topology.kubernetes.io/zone={zone}"),
        ),
        ("node-lease-duration-seconds", LEASE_SECONDS),
        ("cidr", &format!("10.240.{place}.1/24")),
        ("node-ip", &format!("10.250.{place}.1")),
        ("server-address", &format!("127.0.0.1:{port}")),
    ]);
    let mut command = vec![OsString::from(settings.programs.join("kwok"))];
    command.extend(arguments.into_iter().map(OsString::from));
    daemon::start(cluster.directory(), &kubelets(zone), &command)?;
    Ok(())
}

/// The Node objects of all zones.
fn nodes(options: &Options) -> Vec<Value> {
    let of_zone = |zone: &'_ String| {
        let zone = zone.clone();
        (1..=options.nodes_per_zone).map(move |number| node(&zone, number))
    };
    options.zones.iter().flat_map(of_zone).collect()
}

fn node(zone: &str, number: u8) -> Value {
    let name = node_name(zone, number);
    let capacity: serde_json::Map<String, Value> = CAPACITY
        .iter()
        .map(|(what, amount)| ((*what).to_owned(), json!(amount)))
        .collect();
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake", "node.alpha.kubernetes.io/ttl": "0"},
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "node.kubernetes.io/instance-type": "kwok",
                "topology.kubernetes.io/region": REGION,
                "topology.kubernetes.io/zone": zone,
            },
        },
        "status": {"allocatable": &capacity, "capacity": &capacity},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_has_its_nodes() {
        let nodes = nodes(&Options {
            zones: vec!["a".to_owned(), "west-b".to_owned()],
            nodes_per_zone: 2,
            ..Options::default()
        });
        let text = |path: &str| -> Vec<String> {
            let words = nodes.iter().filter_map(|node| node.pointer(path)?.as_str());
            words.map(str::to_owned).collect()
        };
        assert_eq!(
            text("/metadata/name"),
            ["node-a1", "node-a2", "node-west-b1", "node-west-b2"]
        );
        let zones = text("/metadata/labels/topology.kubernetes.io~1zone");
        assert_eq!(zones, ["a", "a", "west-b", "west-b"]);
    }
}
