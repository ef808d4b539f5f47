//! What belongs to the clusters of this run, and what of it is there.

#![expect(
    clippy::disallowed_methods,
    reason = "reads the settings of clusters of this run"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::machine::{self, Lines, Process};
use crate::support::Outcome;

/// What belongs to the clusters of this run.
#[derive(Debug, Default)]
pub(crate) struct Ours {
    /// What the path of every folder of theirs begins with.
    folders: String,
    slots: BTreeSet<u64>,
    /// Id and start of every process.
    processes: BTreeSet<(u32, u64)>,
    namespaces: Lines,
    /// The start of the youngest process on the machine when all this was noted.
    noted: u64,
}

/// Something that was left, of a kind.
pub(crate) type Left = Vec<String>;

impl Ours {
    /// Those of clusters whose folders begin like this.
    pub(crate) fn below(folders: &Path) -> Self {
        Self {
            folders: folders.display().to_string(),
            ..Self::default()
        }
    }

    /// The folder of a cluster.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("{}{name}", self.folders))
    }

    /// Notes what a cluster consists of at this moment.
    pub(crate) fn learn(&mut self, name: &str) -> Outcome {
        let text = fs::read_to_string(self.folder(name).join("settings.json"))?;
        let settings: Value = serde_json::from_str(&text)?;
        self.slots
            .insert(settings["slot"].as_u64().ok_or("the settings name no slot")?);
        let own = machine::namespaces_of(std::process::id());
        for process in machine::processes() {
            self.noted = self.noted.max(process.start);
            if self.is_named_by(&process) || Self::is_grouped(&process, &self.slots) {
                self.processes.insert((process.id, process.start));
                self.namespaces
                    .extend(machine::namespaces_of(process.id).difference(&own).cloned());
            }
        }
        Ok(())
    }

    /// How many processes and namespaces were noted.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.processes.len(), self.namespaces.len())
    }

    /// Variables that describe a cluster, for a command that leaves something of it.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        let slot = self.slots().last().copied().unwrap_or_default();
        vec![
            ("FOLDER", self.folder("gone").display().to_string()),
            ("LINK", link(slot)),
            ("GROUP", group(slot)),
            ("NETWORK", network(slot)),
        ]
    }

    /// The slots that were ours, without those that another cluster has by now.
    fn slots(&self) -> BTreeSet<u64> {
        let (root, prefix) = self.folders.rsplit_once('/').unwrap_or_default();
        let entries = fs::read_dir(root).into_iter().flatten().flatten();
        let others = entries.filter(|entry| !entry.file_name().to_string_lossy().starts_with(prefix));
        let taken: BTreeSet<u64> = others.filter_map(|entry| slot(&entry.path())).collect();
        self.slots.difference(&taken).copied().collect()
    }

    fn is_named_by(&self, process: &Process) -> bool {
        process.words.contains(&self.folders)
    }

    fn is_grouped(process: &Process, slots: &BTreeSet<u64>) -> bool {
        let groups = fs::read_to_string(format!("/proc/{}/cgroup", process.id)).unwrap_or_default();
        let is_ours = |part: &str| slots.iter().any(|slot| part == group(*slot));
        groups.split(['/', '\n']).any(is_ours)
    }

    /// Processes.
    pub(crate) fn processes(&self) -> Left {
        let slots = self.slots();
        let is_ours = |process: &Process| {
            self.processes.contains(&(process.id, process.start))
                || self.is_named_by(process)
                || Self::is_grouped(process, &slots)
        };
        let all = machine::processes();
        all.iter()
            .filter(|process| is_ours(process))
            .map(Process::shown)
            .collect()
    }

    /// Namespaces: held by a mount, or by a process that was there when they were noted. The kernel gives the numbers
    /// of those that are gone to new ones, and what is in them is younger.
    pub(crate) fn namespaces(&self) -> Left {
        let mut left = Left::new();
        for process in machine::processes()
            .iter()
            .filter(|process| process.start <= self.noted)
        {
            let namespaces = machine::namespaces_of(process.id);
            left.extend(
                namespaces
                    .intersection(&self.namespaces)
                    .map(|namespace| held(namespace, &process.shown())),
            );
        }
        for (namespace, mount) in machine::mounted_namespaces() {
            if self.namespaces.contains(&namespace) {
                left.push(held(&namespace, &mount));
            }
        }
        left
    }

    /// Links and routes.
    pub(crate) fn links(&self) -> Left {
        let slots = self.slots();
        let is_link = |name: &String| slots.iter().any(|slot| *name == link(*slot));
        let is_route = |route: &String| slots.iter().any(|slot| route.starts_with(&network(*slot)));
        let links = machine::links().into_iter().filter(is_link);
        links
            .chain(machine::routes().into_iter().filter(is_route))
            .collect()
    }

    /// Mounts, in any namespace.
    pub(crate) fn mounts(&self) -> Left {
        let all = machine::mounts().into_iter().chain(machine::foreign_mounts());
        all.filter(|mount| mount.contains(&self.folders)).collect()
    }

    /// Control groups.
    pub(crate) fn control_groups(&self) -> Left {
        let slots = self.slots();
        let is_ours = |path: &String| {
            let name = path.rsplit('/').next().unwrap_or_default();
            slots.iter().any(|slot| name == group(*slot))
        };
        machine::control_groups().into_iter().filter(is_ours).collect()
    }

    /// Unix sockets.
    pub(crate) fn sockets(&self) -> Left {
        let all = machine::sockets().into_iter();
        all.filter(|name| name.contains(&self.folders)).collect()
    }

    /// Folders, locks, and what else has a name like them.
    pub(crate) fn files(&self) -> Left {
        let (folder, prefix) = self.folders.rsplit_once('/').unwrap_or_default();
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| name.starts_with(prefix)).collect()
    }
}

/// The slot of a cluster, by its folder.
fn slot(folder: &Path) -> Option<u64> {
    let text = fs::read_to_string(folder.join("settings.json")).ok()?;
    serde_json::from_str::<Value>(&text).ok()?["slot"].as_u64()
}

fn held(namespace: &str, holder: &str) -> String {
    format!("{namespace}, held by {holder}")
}

/// The machine's link into the network of a slot.
fn link(slot: u64) -> String {
    format!("hello-{slot}")
}

/// The control group of a slot.
fn group(slot: u64) -> String {
    format!("hello-cluster-{slot}")
}

/// How the addresses of a slot begin.
fn network(slot: u64) -> String {
    format!("10.{}.", 203 + slot)
}
