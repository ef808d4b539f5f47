//! Real nodes: each has its own kubelet, containerd, kube-proxy, network, disk and processes, in namespaces of this
//! machine; zones have switches of their own. Nothing leads out, and there is no registry: images are loaded.
//!
//! What such a cluster is not: there is no DNS, so no names of Services; network policies are not enforced; every node
//! claims the whole machine's processors and memory; the control plane is in no zone and cannot be lost.

mod addresses;
mod control_groups;
mod disk;
mod error;
mod images;
mod network;
mod node;
mod pause;
mod requirements;

use std::ffi::OsString;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

pub use error::RealError;
pub use images::ImageError;
pub use requirements::{Missing, RequirementsError};

use self::addresses::{Network, Node};
use self::network::{CONTROL, FABRIC};
use crate::certificates::{Server, Usage};
use crate::cluster::Cluster;
use crate::control_plane::{self, ControlPlane};
use crate::daemon::{self, Daemon};
use crate::directory::{self, unwritable, write_private};
use crate::error::ClusterError;
use crate::nodes::{Nodes, ZoneState};
use crate::options::Options;
use crate::process::{Interrupt, Output, Run};
use crate::programs;
use crate::status::{ProcessState, ProcessStatus};

/// The Go module of the nodes' programs, below `go/`.
const MODULE: &str = "nodes";

/// The load balancer in front: a kube-proxy in the control plane's network.
const BALANCER: &str = "kube-proxy";

/// Where a kube-proxy says whether it is well.
const HEALTH_PORT: u16 = 10256;

/// How long a kube-proxy may take to be well.
const BALANCER_LIMIT: Duration = Duration::from_mins(1);

/// How long the API server may take until it has done what it is asked for.
const REQUEST_LIMIT: Duration = Duration::from_mins(1);

/// A command in a node ends when it ends, or is interrupted.
const COMMAND_LIMIT: Duration = Duration::from_hours(24);

/// See the module.
#[derive(Debug)]
pub(crate) struct Real;

/// A cluster with what follows from its slot and options.
#[derive(Debug)]
pub(crate) struct Site<'a> {
    cluster: &'a Cluster,
    network: Network,
    nodes: Vec<Node>,
}

impl<'a> Site<'a> {
    fn of(cluster: &'a Cluster) -> Self {
        let network = Network::of_slot(cluster.settings().slot);
        Self {
            cluster,
            network,
            nodes: network.nodes(cluster.options()),
        }
    }

    /// The folder that holds a node's disk.
    fn disk(&self, node: &Node) -> PathBuf {
        self.cluster.directory().join("nodes").join(&node.name)
    }

    /// The folder that holds all images that were loaded.
    fn images(&self) -> PathBuf {
        self.cluster.directory().join("images")
    }

    /// Where the API server answers.
    fn server(&self) -> Server {
        Server {
            address: self.network.control(),
            port: self.cluster.settings().ports.api,
        }
    }

    /// A run that ends when the cluster's commands are interrupted.
    fn run(&self, program: &str) -> Run {
        Run::of(program, self.cluster.interrupt())
    }

    /// The process of a name, if it runs.
    fn alive(&self, name: &str) -> Result<Option<Daemon>, ClusterError> {
        let daemon = daemon::find(self.cluster.directory(), name)?;
        Ok(daemon.filter(|daemon| !daemon.has_ended()))
    }

    /// The process of a name, which must run.
    fn daemon(&self, name: &str) -> Result<Daemon, ClusterError> {
        Ok(self
            .alive(name)?
            .ok_or_else(|| RealError::NotRunning(name.to_owned()))?)
    }

    fn nodes_of(&self, zone: &str) -> Vec<Node> {
        self.nodes
            .iter()
            .filter(|node| node.zone == zone)
            .cloned()
            .collect()
    }
}

impl Nodes for Real {
    fn check(&self, options: &Options) -> Result<(), ClusterError> {
        let nodes = Network::of_slot(0).nodes(options).len();
        requirements::check(&directory::state()?, nodes, &options.interrupt)
    }

    fn build(
        &self,
        interrupt: &Interrupt,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Option<PathBuf>, ClusterError> {
        Ok(Some(programs::ensure(MODULE, interrupt, progress)?))
    }

    fn slot_is_free(&self, slot: u8) -> bool {
        let network = Network::of_slot(slot);
        !network::has_link(network)
            && !control_groups::exists(&network.control_group())
            && network::is_free(network)
    }

    fn up(&self, cluster: &Cluster, progress: &mut dyn FnMut(&str)) -> Result<(), ClusterError> {
        let site = Site::of(cluster);
        progress("laying the network");
        network::lay(&site)?;
        let control_plane = control_plane(&site)?;
        control_plane.start(progress)?;
        progress("starting the nodes");
        start_balancer(&site)?;
        let pause = pause::provide(&site)?;
        node::start_all(&site, &pause)?;
        detach_balancer(&site)?;
        publish_server(&site)?;
        let settled = control_plane.settle(site.nodes.len());
        settled.map_err(|error| node::explain(&site, error))
    }

    fn down(&self, cluster: &Cluster, _: &mut dyn FnMut(&str)) -> Result<(), ClusterError> {
        let site = Site::of(cluster);
        let killed = node::kill(&site, &site.nodes);
        let stopped = control_plane::stop(cluster);
        let unlinked = network::unlink(&site);
        killed.and(stopped).and(unlinked)?;
        node::remove_control_group(&site.network.control_group())
    }

    fn cut(&self, cluster: &Cluster, zone: &str) -> Result<(), ClusterError> {
        network::set_cable(&Site::of(cluster), zone, "down")
    }

    fn kill(&self, cluster: &Cluster, zone: &str) -> Result<(), ClusterError> {
        let site = Site::of(cluster);
        let nodes = site.nodes_of(zone);
        node::kill(&site, &nodes)?;
        network::disconnect(&site, &nodes)
    }

    fn mend(&self, cluster: &Cluster, zone: &str) -> Result<(), ClusterError> {
        let site = Site::of(cluster);
        network::set_cable(&site, zone, "up")?;
        for node in site.nodes_of(zone) {
            if site.alive(&node.name)?.is_none() {
                node::start(&site, &node)?;
            }
        }
        Ok(())
    }

    fn state(&self, cluster: &Cluster, zone: &str) -> Result<ZoneState, ClusterError> {
        let site = Site::of(cluster);
        for node in site.nodes_of(zone) {
            if site.alive(&node.name)?.is_none() {
                return Ok(ZoneState::Killed);
            }
        }
        let is_plugged = network::is_plugged(&site, zone)?;
        Ok(if is_plugged { ZoneState::Up } else { ZoneState::Cut })
    }

    fn load_image(&self, cluster: &Cluster, image: &Path, name: &str) -> Result<String, ClusterError> {
        images::load(&Site::of(cluster), image, name)
    }

    fn node_port_address(&self, cluster: &Cluster) -> Option<Ipv4Addr> {
        Some(Site::of(cluster).network.control())
    }

    fn exec(&self, cluster: &Cluster, place: &str, command: &[&str]) -> Result<Output, ClusterError> {
        let site = Site::of(cluster);
        let run = if [CONTROL, FABRIC].contains(&place) {
            network::inside(&site, place)?
        } else if let Some(node) = site.nodes.iter().find(|node| node.name == place) {
            node::inside(&site, node)?
        } else {
            let nodes = site.nodes.iter().map(|node| node.name.as_str());
            let places: Vec<&str> = nodes.chain([CONTROL, FABRIC]).collect();
            let places = places.join(", ");
            return Err(RealError::NoPlace {
                place: place.to_owned(),
                places,
            }
            .into());
        };
        Ok(run
            .arguments(["--"])
            .arguments(command)
            .limit(COMMAND_LIMIT)
            .outcome()?)
    }

    /// A node is all that runs in it, not only the process that was started.
    fn status(&self, cluster: &Cluster, daemon: &Daemon) -> ProcessStatus {
        let mut status = daemon.status();
        let site = Site::of(cluster);
        let node = site.nodes.iter().find(|node| node.name == daemon.name());
        let usage = node.and_then(|node| control_groups::usage(&node::control_group(&site, node)));
        if let (ProcessState::Alive { .. }, Some((memory, cpu))) = (&status.state, usage) {
            status.state = ProcessState::Alive { memory, cpu };
        }
        status
    }

    fn remarks(&self, cluster: &Cluster) -> Vec<String> {
        node::remarks(&Site::of(cluster))
    }
}

/// The control plane in its own network. To read logs and run commands in pods, the API server goes to the kubelets as
/// the administrator.
fn control_plane<'a>(site: &Site<'a>) -> Result<ControlPlane<'a>, ClusterError> {
    let keys = site.cluster.directory().join("keys");
    let [certificate, key] = ["admin.crt", "admin.key"].map(|name| control_plane::shown(&keys.join(name)));
    let authority = control_plane::shown(&site.cluster.authority().pair().certificate);
    let entrance = network::entrance(&site.daemon(CONTROL)?);
    Ok(ControlPlane {
        cluster: site.cluster,
        address: site.network.control(),
        prefix: ["nsenter", &entrance].map(OsString::from).to_vec(),
        api_arguments: control_plane::words(&[
            ("kubelet-client-certificate", &certificate),
            ("kubelet-client-key", &key),
            ("kubelet-certificate-authority", &authority),
            ("kubelet-preferred-address-types", "InternalIP"),
        ]),
    })
}

/// Starts the load balancer. A kube-proxy waits for a Node of its name, to know its address and zone: it gets one for
/// the time of its start, and so is in no zone and sends to all.
fn start_balancer(site: &Site<'_>) -> Result<(), ClusterError> {
    let cluster = site.cluster;
    let keys = cluster.directory().join("keys");
    let authority = cluster.authority();
    let pair = authority.issue(&keys, BALANCER, "/CN=system:kube-proxy", Usage::Client, &[])?;
    let kubeconfig = keys.join("kube-proxy.kubeconfig");
    authority.kubeconfig(&kubeconfig, site.server(), &pair)?;
    let node = json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": CONTROL},
        "status": {"addresses": [{"type": "InternalIP", "address": site.network.control()}]},
    });
    apply(site, &node)?;
    let mut settings = disk::kube_proxy(site.network, &kubeconfig);
    // What comes in through here goes back through here.
    settings["iptables"] = json!({"masqueradeAll": true});
    let place = cluster.directory().join("kube-proxy.yaml");
    write_private(&place, disk::text(&settings)).map_err(unwritable(&place))?;
    let program = node::program(site, "kube-proxy")?;
    let command = [
        "nsenter".into(),
        network::entrance(&site.daemon(CONTROL)?).into(),
        program.into_os_string(),
        "--config".into(),
        place.into_os_string(),
        "--hostname-override".into(),
        CONTROL.into(),
    ];
    daemon::start(cluster.directory(), BALANCER, &command)?;
    Ok(())
}

/// Waits until the load balancer is well, and takes its Node away.
fn detach_balancer(site: &Site<'_>) -> Result<(), ClusterError> {
    let server = format!("http://{}:{HEALTH_PORT}", site.network.control());
    site.cluster
        .wait("the load balancer", BALANCER_LIMIT, |kubectl| {
            Ok(kubectl
                .run(&["--server", &server, "get", "--raw", "/healthz"])
                .map(Some)?)
        })?;
    site.cluster
        .wait("the load balancer without a Node", REQUEST_LIMIT, |kubectl| {
            let arguments = ["delete", "node", CONTROL, "--ignore-not-found", "--wait=false"];
            Ok(kubectl.run(&arguments).map(|_| Some(()))?)
        })
}

/// Tells pods where the API server is, which does not do that itself.
fn publish_server(site: &Site<'_>) -> Result<(), ClusterError> {
    let slice = json!({
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"kubernetes.io/service-name": "kubernetes"},
        },
        "addressType": "IPv4",
        "ports": [{"name": "https", "port": site.server().port, "protocol": "TCP"}],
        "endpoints": [{"addresses": [site.network.control()], "conditions": {"ready": true}}],
    });
    apply(site, &slice)
}

/// Applies an object. Like all that is asked of the API server during a start, again if there is no answer: a request
/// without an end would outlive this process if it is killed, for nothing answers when the network is gone.
fn apply(site: &Site<'_>, object: &Value) -> Result<(), ClusterError> {
    site.cluster.wait("the API server", REQUEST_LIMIT, |kubectl| {
        Ok(kubectl.apply_text(&object.to_string()).map(|_| Some(()))?)
    })
}
