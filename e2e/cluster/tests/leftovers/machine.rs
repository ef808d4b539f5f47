//! What a machine has: processes, links, routes, mounts, namespaces, control groups, packet filter, settings, sockets.

#![expect(
    clippy::disallowed_methods,
    reason = "reads what the kernel tells in /proc and /sys, and asks iptables"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::Outcome;

/// Lines, each of them something that the machine has.
pub(crate) type Lines = BTreeSet<String>;

/// Where kubelet, containerd, kube-proxy and CNI plugins write unless told otherwise.
const PLACES: [&str; 14] = [
    "/etc/cni",
    "/etc/containerd",
    "/etc/kubernetes",
    "/opt/cni",
    "/opt/containerd",
    "/run/cni",
    "/run/containerd",
    "/run/kubernetes",
    "/run/netns",
    "/usr/libexec/kubernetes",
    "/var/lib/cni",
    "/var/lib/containerd",
    "/var/lib/kubelet",
    "/var/log/pods",
];

/// Folders of `/proc/sys` whose settings a kubelet or a kube-proxy has reason to change.
const SETTINGS: [&str; 7] = [
    "fs/inotify",
    "kernel",
    "net/bridge",
    "net/core",
    "net/ipv4",
    "net/netfilter",
    "vm",
];

/// Settings, or folders of such, that are readings: they change by themselves.
const READINGS: [&str; 8] = [
    "kernel/ns_last_pid",
    "kernel/pty/nr",
    "kernel/random",
    "kernel/sched_domain",
    "net/ipv4/conf",
    "net/ipv4/neigh",
    "net/ipv4/route",
    "net/netfilter/nf_conntrack_count",
];

/// A process.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    pub(crate) id: u32,
    /// In ticks since the machine's start.
    pub(crate) start: u64,
    pub(crate) parent: u32,
    /// The kernel's own have none.
    pub(crate) command: String,
    /// What may name a folder: command line, environment and working folder.
    pub(crate) words: String,
}

impl Process {
    fn of(id: u32) -> Option<Self> {
        let folder = proc(id);
        let stat = fs::read_to_string(folder.join("stat")).ok()?;
        // The name before it may hold blanks and parentheses.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        if matches!(fields.first(), Some(&("Z" | "X"))) {
            return None;
        }
        let text = |name: &str| {
            let bytes = fs::read(folder.join(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes)
                .replace('\0', " ")
                .trim()
                .to_owned()
        };
        let command = text("cmdline");
        let place = fs::read_link(folder.join("cwd")).unwrap_or_default();
        Some(Self {
            id,
            start: fields.get(19)?.parse().ok()?,
            parent: fields.get(1)?.parse().ok()?,
            words: format!("{command} {} {}", text("environ"), place.display()),
            command,
        })
    }

    /// For people.
    pub(crate) fn shown(&self) -> String {
        let command: String = self.command.chars().take(150).collect();
        format!("{} {command}", self.id)
    }
}

fn proc(id: u32) -> PathBuf {
    Path::new("/proc").join(id.to_string())
}

/// The names of what is in a folder, or none where it is not.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

fn ids() -> impl Iterator<Item = u32> {
    names(Path::new("/proc"))
        .into_iter()
        .filter_map(|name| name.parse().ok())
}

/// All processes that run.
pub(crate) fn processes() -> Vec<Process> {
    ids().filter_map(Process::of).collect()
}

/// The namespaces that a process is in: `net:[4026531840]`.
pub(crate) fn namespaces_of(id: u32) -> Lines {
    let folder = proc(id).join("ns");
    let links = names(&folder)
        .into_iter()
        .filter_map(|name| fs::read_link(folder.join(name)).ok());
    links.map(|link| link.display().to_string()).collect()
}

/// Namespaces that a mount keeps, with the mount.
pub(crate) fn mounted_namespaces() -> Vec<(String, String)> {
    let name = |mount: &str| {
        mount
            .split(' ')
            .find(|word| word.contains(":["))
            .map(str::to_owned)
    };
    mounts()
        .into_iter()
        .filter_map(|mount| Some((name(&mount)?, mount)))
        .collect()
}

/// The mounts of this process: place, kind, and what is mounted of it.
pub(crate) fn mounts() -> Lines {
    mounts_of("self").unwrap_or_default()
}

/// The mounts of all mount namespaces but this process' own.
pub(crate) fn foreign_mounts() -> Lines {
    let mut seen = Lines::new();
    let own = fs::metadata("/proc/self/ns/mnt")
        .map(|namespace| namespace.ino())
        .ok();
    let mut lines = Lines::new();
    for id in ids() {
        let Ok(namespace) = fs::metadata(proc(id).join("ns/mnt")) else {
            continue;
        };
        if Some(namespace.ino()) != own && seen.insert(namespace.ino().to_string()) {
            lines.extend(mounts_of(&id.to_string()).unwrap_or_default());
        }
    }
    lines
}

fn mounts_of(process: &str) -> Option<Lines> {
    let text = fs::read_to_string(Path::new("/proc").join(process).join("mountinfo")).ok()?;
    let line = |line: &str| {
        let (front, back) = line.split_once(" - ")?;
        let mut front = front.split(' ').skip(3);
        let (root, place) = (front.next()?, front.next()?);
        Some(format!("{place} {root} {back}"))
    };
    Some(text.lines().filter_map(line).collect())
}

/// Links of this network namespace.
pub(crate) fn links() -> Lines {
    names(Path::new("/sys/class/net")).into_iter().collect()
}

/// Routes of this network namespace, addresses as they are written.
pub(crate) fn routes() -> Lines {
    let text = fs::read_to_string("/proc/net/route").unwrap_or_default();
    let route = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let target = u32::from_be(u32::from_str_radix(words.get(1)?, 16).ok()?);
        Some(format!("{} {}", std::net::Ipv4Addr::from(target), words.first()?))
    };
    text.lines().skip(1).filter_map(route).collect()
}

/// Control groups of the first two levels below the root, and what each hierarchy hands out.
pub(crate) fn control_groups() -> Lines {
    let root = Path::new("/sys/fs/cgroup");
    let folders = |folder: &Path| {
        let names = names(folder).into_iter().map(|name| folder.join(name));
        names
            .filter(|path| path.is_dir() && !path.is_symlink())
            .collect::<Vec<_>>()
    };
    let mut found = Lines::new();
    for outer in folders(root) {
        found.extend(folders(&outer).iter().map(|path| path.display().to_string()));
        found.insert(outer.display().to_string());
    }
    found
}

/// The controllers that the root of version 2 hands out, where it is used.
pub(crate) fn controllers() -> Lines {
    let text = fs::read_to_string("/sys/fs/cgroup/cgroup.subtree_control").unwrap_or_default();
    text.split_whitespace().map(str::to_owned).collect()
}

/// Unix sockets with a name.
pub(crate) fn sockets() -> Lines {
    let text = fs::read_to_string("/proc/net/unix").unwrap_or_default();
    let names = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().nth(7));
    names.map(str::to_owned).collect()
}

/// The rules, chains and refusing policies of this network namespace. A table that refuses nothing appears when somebody
/// looks at it.
pub(crate) fn packet_filter() -> Outcome<Lines> {
    let mut lines = Lines::new();
    for program in ["iptables-save", "ip6tables-save"] {
        let output = Command::new(program).output()?;
        if !output.status.success() {
            return Err(format!("`{program}` ended with {}", output.status).into());
        }
        let mut table = String::new();
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            if line.starts_with('*') {
                line.clone_into(&mut table);
            } else if line.starts_with(['-', ':']) && !line.contains(" ACCEPT [") {
                let rule = line.split(" [").next().unwrap_or(line);
                lines.insert(format!("{program} {table} {rule}"));
            }
        }
    }
    Ok(lines)
}

/// Settings of the kernel and their values.
pub(crate) fn settings() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for folder in SETTINGS {
        read_settings(folder, &mut found);
    }
    found
}

fn read_settings(name: &str, found: &mut BTreeMap<String, String>) {
    if READINGS.contains(&name) {
        return;
    }
    let path = Path::new("/proc/sys").join(name);
    if path.is_dir() {
        for inner in names(&path) {
            read_settings(&format!("{name}/{inner}"), found);
        }
    } else if let Ok(value) = fs::read_to_string(&path) {
        found.insert(name.to_owned(), value.trim().to_owned());
    }
}

/// What lies at [`PLACES`], two levels of it.
pub(crate) fn places() -> Lines {
    let mut found = Lines::new();
    for place in PLACES.map(Path::new) {
        if !place.exists() {
            continue;
        }
        found.insert(place.display().to_string());
        for inner in names(place) {
            let inner = place.join(inner);
            found.extend(
                names(&inner)
                    .iter()
                    .map(|name| inner.join(name).display().to_string()),
            );
            found.insert(inner.display().to_string());
        }
    }
    found
}
