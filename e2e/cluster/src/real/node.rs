//! The life of nodes: started from their disk, killed as if their plug were pulled.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::addresses::Node;
use super::{MODULE, RealError, Site, control_groups, disk, network};
use crate::daemon::{self, Daemon};
use crate::directory::{unwritable, write_private};
use crate::error::ClusterError;
use crate::kubectl::KubectlError;
use crate::process::{ProcessError, Run};

/// What process 1 of a node does.
const SCRIPT: &str = include_str!("node.sh");

/// How long a node that was just started may take until commands can be run in it.
const LIMIT: Duration = Duration::from_secs(30);

/// How often it is looked whether they can.
const PACE: Duration = Duration::from_millis(20);

/// What node.sh makes when commands can be run, in the node's own `/run`.
const MARK: &str = "run/node-is-up";

/// How many lines of a kubelet's log are told.
const TOLD: usize = 5;

/// A program of the nodes' Go module.
pub(crate) fn program(site: &Site<'_>, name: &str) -> Result<PathBuf, ClusterError> {
    Ok(programs(site)?.join(name))
}

fn programs<'a>(site: &Site<'a>) -> Result<&'a Path, RealError> {
    let folder = site.cluster.settings().node_programs.as_deref();
    folder.ok_or_else(|| RealError::NotRunning(MODULE.to_owned()))
}

/// Prepares the disks of all nodes, and starts them, with this image for sandboxes.
pub(crate) fn start_all(site: &Site<'_>, pause: &str) -> Result<(), ClusterError> {
    let script = script(site);
    write_private(&script, SCRIPT).map_err(unwritable(&script))?;
    for node in &site.nodes {
        disk::prepare(site, node, pause)?;
        start(site, node)?;
    }
    Ok(())
}

fn script(site: &Site<'_>) -> PathBuf {
    site.cluster.directory().join("node.sh")
}

/// Starts a node from its disk, and connects it.
pub(crate) fn start(site: &Site<'_>, node: &Node) -> Result<(), ClusterError> {
    let outer = site.network.control_group();
    let group = control_group(site, node);
    let failure = |source| RealError::ControlGroup {
        group: group.clone(),
        done: "made",
        source,
    };
    control_groups::make(&outer, &node.name).map_err(failure)?;
    let command: [OsString; 8] = [
        "sh".into(),
        script(site).into(),
        node.name.clone().into(),
        node.address().to_string().into(),
        site.disk(node).into(),
        group.clone().into(),
        programs(site)?.into(),
        site.images().into(),
    ];
    let daemon = daemon::start(site.cluster.directory(), &node.name, &command)?;
    network::connect(site, node, &daemon)
}

/// Kills nodes, all at once, and returns when nothing of them is left but their disks. Dead pods' control groups go as
/// well: a kubelet that finds such takes 25 s until it is ready.
pub(crate) fn kill(site: &Site<'_>, nodes: &[Node]) -> Result<(), ClusterError> {
    let mut daemons = Vec::new();
    for node in nodes {
        daemons.extend(daemon::find(site.cluster.directory(), &node.name)?);
    }
    for daemon in &daemons {
        daemon.signal(Signal::KILL);
    }
    daemon::stop(&daemons)?;
    for node in nodes {
        remove_control_group(&control_group(site, node))?;
    }
    Ok(())
}

/// The control group that all of a node is in.
pub(crate) fn control_group(site: &Site<'_>, node: &Node) -> String {
    format!("{}/{}", site.network.control_group(), node.name)
}

/// Removes a control group of nodes.
pub(crate) fn remove_control_group(group: &str) -> Result<(), ClusterError> {
    let failure = |source| RealError::ControlGroup {
        group: group.to_owned(),
        done: "removed",
        source,
    };
    Ok(control_groups::remove(group).map_err(failure)?)
}

/// A run in a node, waiting for it to be that far if it was just started; the command is still to be given.
pub(crate) fn inside(site: &Site<'_>, node: &Node) -> Result<Run, ClusterError> {
    let daemon = site.daemon(&node.name)?;
    let target = format!("--target={}", first_process(site, &daemon)?);
    let path = std::env::var("PATH").unwrap_or_default();
    let namespaces = ["--mount", "--net", "--pid", "--uts", "--ipc", "--cgroup"];
    let run = site.run("nsenter").arguments([target]).arguments(namespaces);
    Ok(run.variable("PATH", format!("/var/bin:{path}")))
}

/// Process 1 of a node, as this machine knows it: the child of the process that was started.
fn first_process(site: &Site<'_>, daemon: &Daemon) -> Result<u32, ClusterError> {
    let deadline = Instant::now() + LIMIT;
    loop {
        let mark = |child: &u32| Path::new("/proc").join(child.to_string()).join("root").join(MARK);
        if let Some(child) = daemon.only_child().filter(|child| mark(child).exists()) {
            return Ok(child);
        }
        if site.cluster.interrupt().is_set() {
            return Err(ProcessError::Interrupted.into());
        }
        if daemon.has_ended() || Instant::now() >= deadline {
            return Err(RealError::NotRunning(daemon.name().to_owned()).into());
        }
        sleep(PACE);
    }
}

/// What went wrong in nodes without their end: programs that were started again.
pub(crate) fn remarks(site: &Site<'_>) -> Vec<String> {
    let logs = site
        .nodes
        .iter()
        .map(|node| (node, site.disk(node).join("var/log/ended")));
    let words = logs.map(|(node, log)| (node, daemon::last_lines(&log, 3)));
    words
        .flat_map(|(node, words)| {
            let lines: Vec<String> = words
                .lines()
                .map(|line| format!("{}: {line}", node.name))
                .collect();
            lines
        })
        .collect()
}

/// Adds to an error of waiting what the kubelets have to say about it.
pub(crate) fn explain(site: &Site<'_>, error: ClusterError) -> ClusterError {
    if !matches!(error, ClusterError::Kubectl(KubectlError::NotInTime { .. })) {
        return error;
    }
    let ended = remarks(site);
    let words = if ended.is_empty() {
        let logs = site
            .nodes
            .iter()
            .map(|node| site.disk(node).join("var/log/kubelet.log"));
        logs.map(|log| daemon::last_lines(&log, TOLD))
            .find(|words| !words.is_empty())
            .unwrap_or_default()
    } else {
        ended.join("\n")
    };
    RealError::NotReady {
        reason: Box::new(error),
        words,
    }
    .into()
}
