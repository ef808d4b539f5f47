use super::*;

const VERSION_1: &str = "\
24 1 254:0 / / rw,relatime - ext4 /dev/vda rw
26 24 0:23 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
27 26 0:24 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct
28 26 0:25 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset
29 26 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
30 26 0:27 / /sys/fs/cgroup/devices rw - cgroup cgroup rw,devices
31 26 0:28 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
32 24 0:29 / /var/lib/one\\040two rw - overlay overlay rw,lowerdir=x
";

/// A machine that lacks nothing for six nodes.
fn able() -> Facts {
    Facts {
        linux: true,
        root: true,
        mounts: VERSION_1.to_owned(),
        disks: "/home/someone/.local/state/hello-cluster".to_owned(),
        watchers: (128, 10),
        ..Facts::default()
    }
}

fn told(facts: &Facts) -> Vec<String> {
    missing(facts, 6).iter().map(Missing::to_string).collect()
}

#[test]
fn nothing_is_missing_where_all_is_there() {
    assert_eq!(missing(&able(), 6), []);
    let version_2 = Facts {
        controllers: Some("cpuset cpu io memory hugetlb pids rdma\n".to_owned()),
        mounts: "24 1 254:0 / / rw - ext4 /dev/vda rw\n".to_owned(),
        ..able()
    };
    assert_eq!(missing(&version_2, 6), []);
}

#[test]
fn elsewhere_than_on_linux_nothing_else_is_told() {
    assert_eq!(missing(&Facts::default(), 6), [Missing::Linux]);
}

#[test]
fn all_that_is_missing_is_told_at_once() {
    let facts = Facts {
        root: false,
        absent: vec!["ctr", "runc"],
        namespaces: Some("Operation not permitted".to_owned()),
        failed: vec![("overlayfs", "unknown filesystem type".to_owned())],
        controllers: Some("cpu memory".to_owned()),
        disks: "/var/lib/one two/state".to_owned(),
        watchers: (128, 100),
        ..able()
    };
    assert_eq!(
        told(&facts),
        [
            "this is not run by root",
            "`ctr`, `runc` not installed",
            "no namespaces can be made (Operation not permitted)",
            "no overlayfs (unknown filesystem type)",
            "control groups without `cpuset`, `pids`",
            "the folder for the disks of nodes is on an overlay",
            "28 inotify instances left where 65 are needed",
        ]
    );
}

#[test]
fn control_groups_of_version_1_are_known_by_their_mounts() {
    let without = |word: &str| {
        let lines = VERSION_1.lines().filter(|line| !line.contains(word));
        Facts {
            mounts: lines.flat_map(|line| [line, "\n"]).collect(),
            ..able()
        }
    };
    assert_eq!(told(&without("cpuset")), ["control groups without `cpuset`"]);
    assert_eq!(
        told(&without("cgroup/")),
        ["no control groups at `/sys/fs/cgroup`"]
    );
}

#[test]
fn each_thing_comes_with_what_to_do() {
    let error = RequirementsError {
        missing: vec![Missing::Programs(vec!["ctr", "containerd", "ip"]), Missing::Root],
    };
    let hint = error.hint();
    assert!(
        hint.starts_with("on Debian and Ubuntu `apt-get install containerd iproute2`; run it as root. "),
        "{hint}"
    );
    assert!(hint.contains("simulated nodes"), "{hint}");
}
