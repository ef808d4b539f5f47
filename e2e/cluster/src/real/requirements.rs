//! What real nodes need of the machine: facts are gathered here, and judged by a function of them alone.
//!
//! Kernel features are tried in namespaces that end with the trial, so nothing of the machine is touched. What a name in
//! `/proc` promises may be forbidden in a container; what was tried works.

#![expect(
    clippy::disallowed_methods,
    reason = "reads files of /proc, which the kernel makes"
)]

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::RealError;
use crate::error::ClusterError;
use crate::process::{Interrupt, ProcessError, Run};

/// Programs that nodes are started with or call, and the Debian package of each.
const PROGRAMS: [(&str, &str); 12] = [
    ("containerd", "containerd"),
    ("containerd-shim-runc-v2", "containerd"),
    ("ctr", "containerd"),
    ("ip", "iproute2"),
    ("iptables", "iptables"),
    ("iptables-restore", "iptables"),
    ("iptables-save", "iptables"),
    ("mount", "mount"),
    ("nsenter", "util-linux"),
    ("runc", "runc"),
    ("sh", "dash"),
    ("unshare", "util-linux"),
];

/// Controllers without which a kubelet does not start, with version 1 of control groups.
const CONTROLLERS_1: [&str; 6] = ["cpu", "cpuacct", "cpuset", "devices", "memory", "pids"];

/// The same with version 2.
const CONTROLLERS_2: [&str; 4] = ["cpu", "cpuset", "memory", "pids"];

/// How many inotify instances a node takes, rounded up.
const WATCHERS: usize = 9;

/// How many a control plane with its load balancer takes.
const WATCHERS_OF_CONTROL: usize = 11;

/// Features of the kernel: what is needed of it, and a command that fails without it, to be run in new network and
/// mount namespaces.
const FEATURES: [(&str, &str); 4] = [
    ("virtual cables (veth)", "ip link add one type veth peer name two"),
    ("switches (bridge)", "ip link add one type bridge"),
    (
        "a packet filter with NAT",
        "iptables -t nat -A POSTROUTING -m comment --comment trial -m conntrack --ctstate NEW \
         -m statistic --mode random --probability 0.5 -m mark --mark 1/1 -j MASQUERADE",
    ),
    (
        "overlayfs",
        "mount -t tmpfs tmpfs /var && cd /var && mkdir lower upper work all && \
         mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work all",
    ),
];

/// One thing that real nodes need and this machine lacks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Missing {
    /// Linux.
    Linux,
    /// The rights of root.
    Root,
    /// Programs.
    Programs(Vec<&'static str>),
    /// Namespaces cannot be made.
    Namespaces(String),
    /// Something that the kernel can do elsewhere.
    Feature(&'static str, String),
    /// Control groups.
    ControlGroups,
    /// Controllers of control groups.
    Controllers(Vec<&'static str>),
    /// A file system for the disks of nodes that is not itself an overlay.
    Disk,
    /// Enough inotify instances: how many there are left, and how many are needed.
    Watchers(usize, usize),
}

impl fmt::Display for Missing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linux => out.write_str("this is not Linux"),
            Self::Root => out.write_str("this is not run by root"),
            Self::Programs(names) => write!(out, "`{}` not installed", names.join("`, `")),
            Self::Namespaces(words) => write!(out, "no namespaces can be made ({words})"),
            Self::Feature(feature, words) => write!(out, "no {feature} ({words})"),
            Self::ControlGroups => out.write_str("no control groups at `/sys/fs/cgroup`"),
            Self::Controllers(names) => write!(out, "control groups without `{}`", names.join("`, `")),
            Self::Disk => out.write_str("the folder for the disks of nodes is on an overlay"),
            Self::Watchers(left, needed) => {
                write!(out, "{left} inotify instances left where {needed} are needed")
            }
        }
    }
}

impl Missing {
    /// What to do about it.
    fn remedy(&self) -> String {
        match self {
            Self::Linux => "use a Linux machine, or a virtual one".to_owned(),
            Self::Root => "run it as root".to_owned(),
            Self::Programs(names) => format!("on Debian and Ubuntu `apt-get install {}`", packages(names)),
            Self::Namespaces(_) => {
                "in a container they need `--privileged`; otherwise ask whoever runs this machine".to_owned()
            }
            Self::Feature(..) => {
                "load or install that module of the kernel; in a container it needs `--privileged`".to_owned()
            }
            Self::ControlGroups => {
                "mount them there, of version 1 or 2; in a container that needs `--privileged`".to_owned()
            }
            Self::Controllers(_) => {
                "enable them with the kernel's parameters; one that version 1 has is missing in version 2"
                    .to_owned()
            }
            Self::Disk => "set `XDG_STATE_HOME` to a folder on a disk, in a container to a volume".to_owned(),
            Self::Watchers(..) => {
                "end another cluster, or `sysctl fs.inotify.max_user_instances=1024`".to_owned()
            }
        }
    }
}

fn packages(names: &[&'static str]) -> String {
    let mut packages: Vec<&str> = PROGRAMS
        .iter()
        .filter(|(name, _)| names.contains(name))
        .map(|(_, package)| *package)
        .collect();
    packages.sort_unstable();
    packages.dedup();
    packages.join(" ")
}

/// Everything that real nodes need and this machine lacks.
#[derive(Debug, thiserror::Error)]
#[error("real nodes are not possible here: {}", list(missing))]
pub struct RequirementsError {
    missing: Vec<Missing>,
}

fn list(missing: &[Missing]) -> String {
    let words: Vec<String> = missing.iter().map(Missing::to_string).collect();
    words.join("; ")
}

impl RequirementsError {
    /// What is missing.
    pub fn missing(&self) -> &[Missing] {
        &self.missing
    }

    /// What to do about each, and what remains possible without.
    pub fn hint(&self) -> String {
        let mut remedies: Vec<String> = self.missing.iter().map(Missing::remedy).collect();
        remedies.dedup();
        format!(
            "{}. Without `--real` there is a cluster of simulated nodes, anywhere: manifests apply, pods are scheduled and \
             zones are lost, but no container runs",
            remedies.join("; ")
        )
    }
}

/// What was found on the machine.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// Is it Linux?
    pub(crate) linux: bool,
    /// Is this root?
    pub(crate) root: bool,
    /// The programs of [`PROGRAMS`] that are not there.
    pub(crate) absent: Vec<&'static str>,
    /// Why namespaces cannot be made, if they cannot.
    pub(crate) namespaces: Option<String>,
    /// The features of [`FEATURES`] that failed, and their words.
    pub(crate) failed: Vec<(&'static str, String)>,
    /// The text of `/proc/self/mountinfo`.
    pub(crate) mounts: String,
    /// The text of `/sys/fs/cgroup/cgroup.controllers`, which version 2 alone has.
    pub(crate) controllers: Option<String>,
    /// The folder that disks would be in.
    pub(crate) disks: String,
    /// How many inotify instances root may have, and has.
    pub(crate) watchers: (usize, usize),
}

/// Refuses a machine that cannot have this many nodes, with their disks below a folder.
pub(crate) fn check(disks: &Path, nodes: usize, interrupt: &Interrupt) -> Result<(), ClusterError> {
    let missing = missing(&gather(disks, interrupt)?, nodes);
    if missing.is_empty() {
        return Ok(());
    }
    Err(RealError::from(RequirementsError { missing }).into())
}

/// What is missing, going by the facts.
fn missing(facts: &Facts, nodes: usize) -> Vec<Missing> {
    if !facts.linux {
        return vec![Missing::Linux];
    }
    let mut missing = Vec::new();
    if !facts.root {
        missing.push(Missing::Root);
    }
    if !facts.absent.is_empty() {
        missing.push(Missing::Programs(facts.absent.clone()));
    }
    missing.extend(facts.namespaces.clone().map(Missing::Namespaces));
    missing.extend(
        facts
            .failed
            .iter()
            .cloned()
            .map(|(feature, words)| Missing::Feature(feature, words)),
    );
    missing.extend(control_groups(facts));
    if kind_of_disk(facts) == Some("overlay") {
        missing.push(Missing::Disk);
    }
    let (allowed, taken) = facts.watchers;
    let (left, needed) = (
        allowed.saturating_sub(taken),
        WATCHERS_OF_CONTROL + nodes * WATCHERS,
    );
    if left < needed {
        missing.push(Missing::Watchers(left, needed));
    }
    missing
}

fn control_groups(facts: &Facts) -> Option<Missing> {
    let (present, needed): (BTreeSet<&str>, &[&'static str]) = match &facts.controllers {
        Some(text) => (text.split_whitespace().collect(), &CONTROLLERS_2),
        None => (controllers_of_version_1(&facts.mounts), &CONTROLLERS_1),
    };
    if present.is_empty() {
        return Some(Missing::ControlGroups);
    }
    let absent: Vec<&str> = needed
        .iter()
        .copied()
        .filter(|name| !present.contains(name))
        .collect();
    (!absent.is_empty()).then_some(Missing::Controllers(absent))
}

/// The controllers whose hierarchies are mounted where they belong.
fn controllers_of_version_1(mounts: &str) -> BTreeSet<&str> {
    let mounts = mounts.lines().filter_map(Mount::parse);
    mounts
        .filter(|mount| mount.kind == "cgroup" && mount.place.starts_with("/sys/fs/cgroup/"))
        .flat_map(|mount| mount.options.split(','))
        .collect()
}

/// The kind of the file system that the disks would be in.
fn kind_of_disk(facts: &Facts) -> Option<&str> {
    let holds = |place: &str| Path::new(&facts.disks).starts_with(place.replace("\\040", " "));
    let mounts = facts.mounts.lines().filter_map(Mount::parse);
    // Of two at one place the later one covers the earlier, and `max_by_key` gives the last of equals.
    let mount = mounts
        .filter(|mount| holds(mount.place))
        .max_by_key(|mount| mount.place.len());
    mount.map(|mount| mount.kind)
}

/// A line of `/proc/self/mountinfo`.
struct Mount<'a> {
    place: &'a str,
    kind: &'a str,
    options: &'a str,
}

impl<'a> Mount<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (front, back) = line.split_once(" - ")?;
        let mut back = back.split(' ');
        Some(Self {
            place: front.split(' ').nth(4)?,
            kind: back.next()?,
            options: back.nth(1)?,
        })
    }
}

fn gather(disks: &Path, interrupt: &Interrupt) -> Result<Facts, ProcessError> {
    let mut facts = Facts {
        linux: cfg!(target_os = "linux"),
        root: rustix::process::geteuid().is_root(),
        absent: absent(),
        mounts: fs::read_to_string("/proc/self/mountinfo").unwrap_or_default(),
        controllers: fs::read_to_string("/sys/fs/cgroup/cgroup.controllers").ok(),
        disks: existing(disks),
        watchers: watchers(),
        ..Facts::default()
    };
    // Without rights or programs each trial would only say that again.
    if !facts.linux || !facts.root || !facts.absent.is_empty() {
        return Ok(facts);
    }
    let namespaces = [
        "--net",
        "--uts",
        "--ipc",
        "--cgroup",
        "--pid",
        "--fork",
        "--mount-proc",
    ];
    facts.namespaces = failure(
        Run::of("unshare", interrupt)
            .arguments(namespaces)
            .arguments(["true"]),
    )?;
    if facts.namespaces.is_none() {
        for (feature, command) in FEATURES {
            let run = Run::of("unshare", interrupt).arguments(["--net", "--mount", "sh", "-c", command]);
            facts.failed.extend(failure(run)?.map(|words| (feature, words)));
        }
    }
    Ok(facts)
}

/// The last words of a run that fails.
fn failure(run: Run) -> Result<Option<String>, ProcessError> {
    let outcome = run.outcome()?;
    let words = outcome.words();
    let last = words.lines().last().unwrap_or("without a word");
    Ok((!outcome.status.success()).then(|| last.to_owned()))
}

fn absent() -> Vec<&'static str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let is_there = |name: &str| folders.iter().any(|folder| folder.join(name).is_file());
    PROGRAMS
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !is_there(name))
        .collect()
}

/// A path, or as much of it as is there, without links in it.
fn existing(path: &Path) -> String {
    let found = path.ancestors().find_map(|folder| folder.canonicalize().ok());
    found.unwrap_or_default().to_string_lossy().into_owned()
}

/// How many inotify instances root may have, and how many file descriptors of such it has: more than instances only
/// where processes share one.
fn watchers() -> (usize, usize) {
    let limit = fs::read_to_string("/proc/sys/fs/inotify/max_user_instances").unwrap_or_default();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let of_root = processes.filter(|entry| entry.metadata().is_ok_and(|process| process.uid() == 0));
    let taken = of_root
        .flat_map(|process| {
            fs::read_dir(process.path().join("fd"))
                .into_iter()
                .flatten()
                .flatten()
        })
        .filter(|file| {
            fs::read_link(file.path()).is_ok_and(|target| target == Path::new("anon_inode:inotify"))
        })
        .count();
    (limit.trim().parse().unwrap_or(usize::MAX), taken)
}
