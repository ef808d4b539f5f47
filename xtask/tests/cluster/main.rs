//! What `cargo xtask cluster` says and leaves behind: the real program, with a `go` of ours that "builds" scripts in
//! the place of Kubernetes. What Kubernetes itself does is shown by the suites of `e2e/cluster`.

#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start programs, read files, and fail by panicking"
)]

mod place;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use place::{GO, Place, can_make_certificates, signal, wait_for};

#[test]
fn of_nothing_there_is_nothing_to_take_down_or_show() {
    let place = Place::with("");
    let (_, stderr) = place.done(&["down"]);
    assert_eq!(stderr, "xtask: there is no cluster `default`: nothing to do\n");
    assert_eq!(place.done(&["list"]), (String::new(), String::new()));
    for command in [
        &["status"][..],
        &["env"],
        &["zone-cut", "a"],
        &["zone-kill", "a"],
        &["zone-mend", "a"],
        &["load"],
        &["kubectl", "--", "get"],
        &["exec", "node-a1", "--", "ls"],
    ] {
        let stderr = place.refused(&[&["--name", "other"], command].concat());
        let words =
            "error: there is no cluster `other`\n\nhint: `cargo xtask cluster up --name other` brings it up";
        assert!(stderr.starts_with(words), "{stderr}");
    }
    let stderr = place.refused(&["load", "--name", "other"]);
    assert!(
        stderr.starts_with("error: there is no cluster `other`"),
        "{stderr}"
    );
    place.assert_nothing_left();
}

#[test]
fn what_no_cluster_can_be_is_refused_before_anything_is_done() {
    let place = Place::with("");
    for (arguments, words) in [
        (
            &["up", "--name", "../x"][..],
            "the name of a cluster `../x` is not up to 20 small letters",
        ),
        (&["down", "--name", "A"], "the name of a cluster `A` is not"),
        (&["up", "--zones", "a,a1"], "the name of a zone `a1` is not"),
        (
            &["up", "--nodes-per-zone", "10"],
            "the number of nodes in a zone `10` is not one to nine",
        ),
        (&["up", "--eviction-rate=-1"], "the eviction rate `-1` is not"),
    ] {
        let stderr = place.refused(arguments);
        assert!(stderr.starts_with(&format!("error: {words}")), "{stderr}");
    }
    assert!(!place.join(".local").exists());
}

#[test]
fn without_go_its_page_is_named() {
    let place = Place::with("");
    for command in ["build", "up"] {
        let stderr = place.refused(&[command]);
        assert!(
            stderr.starts_with("error: `go` is not installed, and"),
            "{stderr}"
        );
        assert!(
            stderr.contains("hint: install Go 1.24 or later, see https://go.dev/dl"),
            "{stderr}"
        );
    }
    place.assert_nothing_left();
}

#[test]
fn programs_are_built_once_and_a_failed_build_leaves_none() {
    let place = Place::new();
    std::fs::write(place.join("unreached"), "").unwrap();
    let stderr = place.refused(&["build"]);
    assert!(
        stderr.contains("error: the programs of `control-plane` could not be built: dial tcp"),
        "{stderr}"
    );
    assert!(
        stderr.contains("hint: allow this machine to reach a Go module proxy"),
        "{stderr}"
    );
    std::fs::remove_file(place.join("unreached")).unwrap();
    let (folder, stderr) = place.done(&["build"]);
    assert!(
        stderr.starts_with("xtask: building the programs of control-plane: ten minutes"),
        "{stderr}"
    );
    assert!(PathBuf::from(folder.trim()).join("etcd").is_file(), "{folder}");
    assert_eq!(place.done(&["build"]), (folder.clone(), String::new()));
    let builds = || {
        std::fs::read_to_string(place.join("builds"))
            .unwrap()
            .lines()
            .count()
    };
    assert_eq!(builds(), 2);
    place.script("bin/go", &format!("#!/bin/sh\n{}", GO.replace("go1.99", "go2.0")));
    let (other, _) = place.done(&["build"]);
    assert_ne!(other, folder, "another go makes other programs");
    assert_eq!(builds(), 3);
}

#[test]
fn a_cluster_comes_and_goes() {
    if !can_make_certificates() {
        return;
    }
    let place = Place::new();
    let (stdout, stderr) = place.done(&["up"]);
    assert_eq!(stdout, "");
    assert!(
        stderr.contains("xtask: cluster `default` has 9 nodes in zones a, b, c, after "),
        "{stderr}"
    );
    assert_eq!(place.processes(), 7);
    assert!(
        place
            .done(&["up"])
            .1
            .starts_with("xtask: cluster `default` is up already\n")
    );
    let stderr = place.refused(&["up", "--toleration-seconds", "3"]);
    assert!(
        stderr.starts_with("error: cluster `default` is there already, with other options"),
        "{stderr}"
    );
    let (status, _) = place.done(&["status"]);
    assert!(
        status.starts_with("cluster default: simulated nodes, 3 in each of 3 zones\n  etcd "),
        "{status}"
    );
    assert!(
        status.contains("no pods\n  zone a  no pod  1 node Ready\n"),
        "{status}"
    );
    let stderr = place.refused(&["zone-cut", "z"]);
    assert_eq!(
        stderr,
        "error: cluster `default` has no zone `z`\n\nhint: its zones are a, b, c\n"
    );
    place.done(&["zone-cut", "b"]);
    place.done(&["zone-kill", "b"]);
    assert_eq!(place.processes(), 6);
    assert!(place.done(&["status"]).0.contains("zone b is cut off\n"));
    place.done(&["zone-mend", "b"]);
    place.done(&["zone-mend", "b"]);
    assert_eq!(place.processes(), 7);
    assert!(place.done(&["load"]).1.contains("there is nothing to load"));
    assert!(
        place
            .refused(&["exec", "node-a1", "--", "ls"])
            .contains("the nodes of this cluster are simulated")
    );
    assert_eq!(place.done(&["down"]).1, "xtask: cluster `default` is gone\n");
    place.assert_nothing_left();
}

#[test]
fn a_shell_gets_the_pinned_kubectl_and_its_exit_code() {
    if !can_make_certificates() {
        return;
    }
    let place = Place::new();
    place.done(&["up"]);
    let (lines, _) = place.done(&["env"]);
    let script = format!("{lines}\ncommand -v kubectl; echo \"$KUBECONFIG\"");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    let folder = place
        .join(".local/state/hello-cluster/default")
        .display()
        .to_string();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said, format!("{folder}/bin/kubectl\n{folder}/kubeconfig\n"));
    assert_eq!(
        place.done(&["kubectl", "--", "get", "pods", "-A"]).0,
        "get pods -A\n"
    );
    assert_eq!(place.run(&["kubectl", "--", "fail"]).0, 7);
    let kubeconfig = std::fs::metadata(format!("{folder}/kubeconfig")).unwrap();
    assert_eq!(kubeconfig.permissions().mode() & 0o777, 0o600);
    assert_eq!(
        std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777,
        0o700
    );
}

#[test]
fn two_clusters_do_not_meet() {
    if !can_make_certificates() {
        return;
    }
    let place = Place::new();
    let mut both = ["default", "two"].map(|name| place.command(&["up", "--name", name]).spawn().unwrap());
    assert!(both.iter_mut().all(|child| child.wait().unwrap().success()));
    assert_eq!(place.done(&["list"]).0, "default\ntwo\n");
    let settings = |name: &str| -> serde_json::Value {
        let file = place
            .join(".local/state/hello-cluster")
            .join(name)
            .join("settings.json");
        serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
    };
    let (one, two) = (settings("default"), settings("two"));
    assert_ne!(one["slot"], two["slot"]);
    assert_ne!(one["ports"]["api"], two["ports"]["api"]);
    place.done(&["down"]);
    assert_eq!((place.processes(), &*place.done(&["list"]).0), (7, "two\n"));
    place.done(&["down", "--name", "two"]);
    place.assert_nothing_left();
}

#[test]
fn an_interrupted_start_leaves_nothing() {
    if !can_make_certificates() {
        return;
    }
    let place = Place::new();
    for name in ["-INT", "-TERM", "-HUP"] {
        let up = place.hanging();
        signal(&up, name);
        let output = up.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(130), "{name}: {stderr}");
        assert!(
            stderr.ends_with("xtask: ending what was started\nerror: interrupted\n"),
            "{stderr}"
        );
        place.assert_nothing_left();
    }
}

#[test]
fn a_start_whose_terminal_is_gone_clears_up_all_the_same() {
    if !can_make_certificates() {
        return;
    }
    let place = Place::new();
    let mut up = place.hanging();
    drop(up.stderr.take());
    signal(&up, "-HUP");
    assert_eq!(up.wait().unwrap().code(), Some(130));
    place.assert_nothing_left();
}

#[test]
fn a_killed_start_is_taken_down_or_begun_anew() {
    if !can_make_certificates() {
        return;
    }
    let place = Place::new();
    for next in ["down", "up"] {
        let mut up = place.hanging();
        signal(&up, "-KILL");
        up.wait().unwrap();
        let (code, status, stderr) = place.run(&["status"]);
        assert_eq!((code, status.lines().count()), (1, 3), "{status}");
        assert!(stderr.contains("its start is not finished"), "{stderr}");
        std::fs::remove_file(place.join("slow")).unwrap();
        let (_, stderr) = place.done(&[next]);
        assert_eq!(
            stderr.contains("clearing away what an unfinished start has left"),
            next == "up"
        );
        assert_eq!(place.processes(), if next == "up" { 7 } else { 0 });
    }
    place.done(&["down"]);
    place.assert_nothing_left();
}

#[test]
fn a_program_that_ends_at_once_ends_the_start_with_its_words() {
    if !can_make_certificates() {
        return;
    }
    let place = Place::new();
    std::fs::write(place.join("broken"), "kube-apiserver").unwrap();
    std::fs::write(place.join("refused"), "").unwrap();
    let (code, _, stderr) = place.run(&["up"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(
        stderr.ends_with("error: `kube-apiserver` ended by itself:\npanic: it broke\n"),
        "{stderr}"
    );
    place.assert_nothing_left();
}

#[test]
fn a_process_that_died_is_shown_and_the_rest_can_be_ended() {
    if !can_make_certificates() {
        return;
    }
    let place = Place::new();
    place.done(&["up"]);
    let (status, _) = place.done(&["status"]);
    let etcd = status.lines().find(|line| line.starts_with("  etcd ")).unwrap();
    let pid = etcd.split_whitespace().nth(1).unwrap();
    assert!(
        Command::new("kill")
            .args(["-KILL", pid])
            .status()
            .unwrap()
            .success()
    );
    wait_for(|| place.processes() == 6);
    let (code, status, stderr) = place.run(&["status"]);
    assert_eq!(code, 1);
    assert!(status.contains("  DEAD without a word\n"), "{status}");
    assert!(
        stderr.contains("`cargo xtask cluster down` clears it away"),
        "{stderr}"
    );
    let stderr = place.refused(&["up"]);
    assert!(
        stderr.contains("cluster `default` is there already, but its `etcd` has ended"),
        "{stderr}"
    );
    place.done(&["down"]);
    place.assert_nothing_left();
}
