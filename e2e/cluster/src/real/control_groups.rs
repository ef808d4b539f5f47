//! The control groups that nodes live in: `/sys/fs/cgroup/[CONTROLLER/]hello-cluster-SLOT/NODE`.
//!
//! The kubelet makes the groups of its pods in there. With version 1 there is such a folder below each controller's
//! hierarchy, with version 2 there is one.

#![expect(
    clippy::disallowed_methods,
    reason = "reads and writes files of /sys/fs/cgroup, which the kernel makes"
)]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Where control groups are.
const ROOT: &str = "/sys/fs/cgroup";

/// How long the processes of a node may take to be gone once process 1 is.
const LIMIT: Duration = Duration::from_secs(20);

/// How often it is looked whether they are.
const PACE: Duration = Duration::from_millis(20);

/// The controllers of version 2 that a kubelet and its pods use.
const NEEDED: [&str; 6] = ["cpu", "cpuset", "hugetlb", "io", "memory", "pids"];

/// Files of version 1 without which nothing can run in a group; they begin empty.
const CPUSET: [&str; 2] = ["cpuset.cpus", "cpuset.mems"];

/// The folders under which controllers are: one for each with version 1, the root itself with version 2.
pub(crate) fn hierarchies() -> Vec<PathBuf> {
    let root = Path::new(ROOT);
    if root.join("cgroup.controllers").exists() {
        return vec![root.to_owned()];
    }
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.join("tasks").exists() && !path.is_symlink())
        .collect();
    found.sort();
    found
}

/// Is there a group of this name in any hierarchy?
pub(crate) fn exists(group: &str) -> bool {
    hierarchies()
        .iter()
        .any(|hierarchy| hierarchy.join(group).exists())
}

/// Makes `group/node` in every hierarchy, with all controllers in it.
pub(crate) fn make(group: &str, node: &str) -> io::Result<()> {
    for hierarchy in hierarchies() {
        let outer = hierarchy.join(group);
        let inner = outer.join(node);
        if hierarchy == Path::new(ROOT) {
            hand_out(&hierarchy)?;
            make_folder(&outer)?;
            hand_out(&outer)?;
            make_folder(&inner)?;
            continue;
        }
        for folder in [&outer, &inner] {
            make_folder(folder)?;
            for file in CPUSET.iter().filter(|file| folder.join(file).exists()) {
                fs::write(folder.join(file), fs::read(hierarchy.join(file))?)?;
            }
        }
    }
    Ok(())
}

fn make_folder(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Gives the groups below a group of version 2 the controllers that a node needs.
fn hand_out(folder: &Path) -> io::Result<()> {
    let present = fs::read_to_string(folder.join("cgroup.controllers"))?;
    let handed = fs::read_to_string(folder.join("cgroup.subtree_control"))?;
    for controller in missing(&present, &handed) {
        fs::write(folder.join("cgroup.subtree_control"), format!("+{controller}"))?;
    }
    Ok(())
}

/// The controllers that a node needs, are present, and are not handed out yet.
fn missing(present: &str, handed: &str) -> Vec<&'static str> {
    let has = |list: &str, controller: &str| list.split_whitespace().any(|word| word == controller);
    let needed = NEEDED.into_iter();
    needed
        .filter(|controller| has(present, controller) && !has(handed, controller))
        .collect()
}

/// What all processes in a group and below hold of memory in bytes, and how long they have been on processors.
pub(crate) fn usage(group: &str) -> Option<(u64, Duration)> {
    let root = Path::new(ROOT);
    let read = |place: PathBuf| fs::read_to_string(place).ok();
    if let Some(text) = read(root.join(group).join("cpu.stat")) {
        let memory = read(root.join(group).join("memory.stat"))?;
        let memory = field(&memory, "anon")? + field(&memory, "file_mapped")?;
        return Some((memory, Duration::from_micros(field(&text, "usage_usec")?)));
    }
    let memory = read(root.join("memory").join(group).join("memory.stat"))?;
    let memory = field(&memory, "total_rss")? + field(&memory, "total_mapped_file")?;
    // Where the controllers `cpu` and `cpuacct` share a hierarchy, either name leads to it.
    let cpu = read(root.join("cpuacct").join(group).join("cpuacct.usage"))?;
    Some((memory, Duration::from_nanos(cpu.trim().parse().ok()?)))
}

/// The number in a line `NAME NUMBER`.
fn field(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().filter_map(|line| line.split_once(' '));
    lines.find(|(word, _)| *word == name)?.1.trim().parse().ok()
}

/// Removes a group, `group` or `group/node`, with all groups in it, once its processes are gone. A process that is still
/// there is killed: nothing but nodes is ever put there.
pub(crate) fn remove(group: &str) -> io::Result<()> {
    let deadline = Instant::now() + LIMIT;
    for hierarchy in hierarchies() {
        let folder = hierarchy.join(group);
        loop {
            match remove_now(&folder) {
                Err(_) if Instant::now() < deadline => sleep(PACE),
                outcome => break outcome?,
            }
        }
    }
    Ok(())
}

fn remove_now(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries.flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_now(&entry.path())?;
        }
    }
    for process in processes(folder) {
        // It may have ended in between.
        let _ = kill_process(process, Signal::KILL);
    }
    match fs::remove_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The processes in a group itself.
fn processes(folder: &Path) -> Vec<Pid> {
    let text = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
    let numbers = text.lines().filter_map(|line| line.parse().ok());
    numbers.filter_map(Pid::from_raw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let text = "total_rss_huge 1\ntotal_rss 2\nrss 3\n";
        assert_eq!(field(text, "rss"), Some(3));
        assert_eq!(field(text, "total_rss"), Some(2));
        assert_eq!(field(text, "total"), None);
    }

    #[test]
    fn only_what_is_needed_and_not_handed_out_is_handed_out() {
        assert_eq!(
            missing(
                "cpuset cpu io memory hugetlb pids rdma misc\n",
                "cpu memory pids\n"
            ),
            ["cpuset", "hugetlb", "io"]
        );
        assert_eq!(missing("cpu memory", "memory cpu"), [""; 0]);
    }
}
