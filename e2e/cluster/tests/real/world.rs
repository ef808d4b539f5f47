//! The cluster that the suite works on, and what its sections hand on to one another.

use std::collections::BTreeMap;
use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use cluster::traffic::{self, Connections, Plan, Running};
use cluster::{Cluster, ClusterError, Interrupt, Kind, Kubectl, Options};

use crate::journal::Journal;
use crate::probes::Logs;
use crate::state::{self, Pod};
use crate::support::{Failure, Outcome, Stop, Suite, wait_until};

/// The namespace of `kustomize/overlays/production`.
pub(crate) const PRODUCTION: &str = "hello-production";
/// The namespace of `kustomize/overlays/staging`.
pub(crate) const STAGING: &str = "hello-staging";
/// Where the suite's own Service answers, on every address of the control plane.
pub(crate) const NODE_PORT: u16 = 30_080;
/// How many pods production has.
pub(crate) const PODS: usize = 9;

/// The cluster and what is known of it.
pub(crate) struct World {
    pub(crate) cluster: Cluster,
    pub(crate) kubectl: Kubectl,
    pub(crate) interrupt: Interrupt,
    /// The zone of each node.
    pub(crate) zones: BTreeMap<String, String>,
    /// Staging's logs at the beginning of the quiet minutes.
    pub(crate) logs: Option<Logs>,
    pub(crate) journal: Journal,
}

impl World {
    /// A cluster of real nodes: three zones of two, named after this process, so that two runs do not meet.
    pub(crate) fn up(suite: &mut Suite) -> Result<Self, Stop> {
        let options = Options {
            name: format!("real-{}", std::process::id()),
            kind: Kind::Real,
            nodes_per_zone: 2,
            interrupt: suite.interrupt().clone(),
            ..Options::default()
        };
        suite.needed(
            "a cluster of real nodes, two in each of three zones, comes up",
            || {
                // What is printed names files as they are called here.
                env::set_current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))?;
                let cluster = Cluster::up(&options, &mut progress).map_err(|error| match error.hint() {
                    Some(hint) => Failure::from(format!("{error}\nhint: {hint}")),
                    None => error.into(),
                })?;
                let kubectl = cluster.kubectl();
                match zones(&kubectl) {
                    Ok(zones) => Ok(Self {
                        interrupt: options.interrupt.clone(),
                        cluster,
                        kubectl,
                        zones,
                        logs: None,
                        journal: Journal::default(),
                    }),
                    Err(failure) => {
                        end(cluster)?;
                        Err(failure)
                    }
                }
            },
        )
    }

    /// Ends the cluster, and prints what was measured.
    pub(crate) fn down(suite: &mut Suite, world: Self) {
        let (cluster, journal) = (world.cluster, world.journal);
        suite.check("the cluster goes down", || Ok(end(cluster)?));
        if !suite.interrupt().is_set() && !journal.is_empty() {
            suite.note(format_args!("\n{journal}"));
        }
    }

    /// Looks until a look gives no error.
    pub(crate) fn until<T>(&self, seconds: u64, look: impl FnMut() -> Outcome<T>) -> Outcome<T> {
        wait_until(&self.interrupt, seconds, look)
    }

    /// The pods of the service in a namespace.
    pub(crate) fn pods(&self, namespace: &str) -> Outcome<Vec<Pod>> {
        state::pods(&self.kubectl, namespace)
    }

    /// Runs a command in a node, and gives what it printed.
    pub(crate) fn in_node(&self, node: &str, command: &[&str]) -> Outcome<String> {
        let output = self.cluster.exec(node, command)?;
        if output.status.success() {
            return Ok(output.text());
        }
        Err(format!("in {node}: {}", output.words()).into())
    }

    /// Ready pods in each zone; pods that are going do not count.
    pub(crate) fn ready(&self, pods: &[Pod]) -> BTreeMap<&str, usize> {
        let mut ready: BTreeMap<&str, usize> = self.zones.values().map(|zone| (zone.as_str(), 0)).collect();
        for pod in pods.iter().filter(|pod| pod.ready && !pod.terminating) {
            *ready.entry(self.zone(pod)).or_default() += 1;
        }
        ready
    }

    /// The same as `a 3, b 3, c 3`.
    pub(crate) fn spread(&self, pods: &[Pod]) -> String {
        let ready = self.ready(pods).into_iter();
        ready
            .map(|(zone, pods)| format!("{zone} {pods}"))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// The zone in which a pod runs.
    pub(crate) fn zone(&self, pod: &Pod) -> &str {
        self.zones.get(&pod.node).map_or("none", String::as_str)
    }

    /// How production's ready pods are spread now.
    pub(crate) fn spread_now(&self) -> Outcome<String> {
        Ok(self.spread(&self.pods(PRODUCTION)?))
    }

    /// Fails unless nine pods of production, three in each zone, are Ready.
    pub(crate) fn three_in_each_zone(&self) -> Outcome<String> {
        let spread = self.spread_now()?;
        if spread == "a 3, b 3, c 3" {
            return Ok(spread);
        }
        Err(format!("ready pods by zone: {spread}").into())
    }

    /// Waits until the Deployment of production says that its rollout is complete.
    pub(crate) fn rolled_out(&self, namespace: &str) -> Outcome {
        let arguments = [
            "-n",
            namespace,
            "rollout",
            "status",
            "deployment/hello",
            "--timeout=180s",
        ];
        self.kubectl.run(&arguments)?;
        Ok(())
    }

    /// Makes production's pods anew, and waits until the rollout is complete.
    pub(crate) fn restart(&self) -> Outcome {
        self.kubectl
            .run(&["-n", PRODUCTION, "rollout", "restart", "deployment/hello"])?;
        self.rolled_out(PRODUCTION)
    }

    /// Starts requests to production.
    pub(crate) fn send(&self, connections: Connections, timeout: Duration) -> Outcome<Running> {
        let address = self
            .cluster
            .node_port_address()
            .ok_or("no address for NodePorts")?;
        let mut plan = Plan::new(&format!("http://{address}:{NODE_PORT}/version"));
        plan.connections = connections;
        plan.timeout = timeout;
        plan.zones.clone_from(&self.zones);
        Ok(traffic::start(plan)?)
    }

    /// Starts requests to production, each on a connection of its own.
    pub(crate) fn send_new(&self, per_second: u32) -> Outcome<Running> {
        self.send(Connections::New { per_second }, Duration::from_secs(3))
    }
}

/// The overlay of an environment, from the root of this repository.
pub(crate) fn overlay(environment: &str) -> String {
    format!("kustomize/overlays/{environment}")
}

/// A manifest that both suites use.
pub(crate) fn own_manifest(name: &str) -> PathBuf {
    Path::new("e2e/cluster/manifests").join(name)
}

/// The zone of each node.
fn zones(kubectl: &Kubectl) -> Outcome<BTreeMap<String, String>> {
    let zones = state::zones(kubectl)?;
    let mut found: Vec<&str> = zones.values().map(String::as_str).collect();
    found.sort_unstable();
    match found.as_slice() {
        ["a", "a", "b", "b", "c", "c"] => Ok(zones),
        _ => Err(format!("not two nodes in each of three zones: {zones:?}").into()),
    }
}

/// An interruption of the suite does not interrupt the cluster's end.
fn end(cluster: Cluster) -> Result<(), ClusterError> {
    cluster.interruptible(&Interrupt::default()).down(&mut progress)
}

/// A first build takes minutes; who waits may know for what.
fn progress(line: &str) {
    let _ = writeln!(io::stderr(), "       {line}");
}
