//! Processes of a cluster that has no others.

use std::collections::BTreeMap;

use super::*;
use crate::directory::Settings;
use crate::options::Options;
use crate::ports::Ports;

/// The folder of a cluster in which nothing runs, and nothing goes on after a test that fails.
struct Place {
    directory: Directory,
    _root: tempfile::TempDir,
}

impl std::ops::Deref for Place {
    type Target = Directory;

    fn deref(&self) -> &Directory {
        &self.directory
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = all(&self.directory).map(|daemons| stop(&daemons));
    }
}

fn place() -> Place {
    let root = tempfile::tempdir().unwrap();
    let directory = Directory::below(root.path(), "daemons");
    let ports = Ports {
        api: 0,
        etcd: 0,
        peer: 0,
        controller_manager: 0,
        scheduler: 0,
        zones: BTreeMap::new(),
    };
    let settle = |slot| {
        Ok(Settings {
            options: Options::default(),
            slot,
            ports,
            programs: PathBuf::new(),
            node_programs: None,
        })
    };
    directory.claim(|_| true, settle).unwrap();
    Place {
        directory,
        _root: root,
    }
}

fn shell(script: &str) -> Vec<OsString> {
    ["sh", "-c", script].map(OsString::from).to_vec()
}

fn wait_for(is_true: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_true() {
        assert!(Instant::now() < deadline, "it did not come");
        sleep(PACE);
    }
}

#[test]
fn a_process_is_found_again_by_its_record_and_ended() {
    let directory = place();
    let started = start(&directory, "sleeper", &shell("exec sleep 1000")).unwrap();
    let found = find(&directory, "sleeper").unwrap().unwrap();
    assert_eq!((found.pid, &found.start), (started.pid, &started.start));
    assert!(!found.has_ended());
    assert!(matches!(found.status().state, ProcessState::Alive { .. }));
    check(&directory).unwrap();
    stop(&all(&directory).unwrap()).unwrap();
    assert!(started.has_ended());
    assert!(process_table::look(started.pid).is_none_or(|vital| vital.start != started.start));
    assert!(all(&directory).unwrap().is_empty());
}

#[test]
fn a_process_that_ignores_the_request_is_killed() {
    let directory = place();
    let script = "trap 'echo no' TERM; echo ready; while :; do sleep 0.05; done";
    let stubborn = start(&directory, "stubborn", &shell(script)).unwrap();
    wait_for(|| last_lines(&stubborn.log, 1) == "ready");
    stop(std::slice::from_ref(&stubborn)).unwrap();
    assert!(stubborn.has_ended());
    assert_eq!(last_lines(&stubborn.log, 1), "no");
}

#[test]
fn what_ended_by_itself_is_told_with_its_last_words() {
    let directory = place();
    let daemon = start(
        &directory,
        "short",
        &shell("echo first; echo 'address in use' >&2; echo; exit 3"),
    )
    .unwrap();
    wait_for(|| daemon.has_ended());
    let error = check(&directory).unwrap_err().to_string();
    assert_eq!(error, "`short` ended by itself:\nfirst\naddress in use");
    let ProcessState::Dead { last_words } = daemon.status().state else {
        panic!("it has ended")
    };
    assert_eq!(last_words.as_deref(), Some("address in use"));
    // A zone that is mended, for one, is started again under the same name.
    let again = start(&directory, "short", &shell("exec sleep 1000")).unwrap();
    assert_ne!(again.pid, daemon.pid);
    check(&directory).unwrap();
    stop(&[again]).unwrap();
}

#[test]
fn a_zombie_has_ended() {
    let directory = place();
    let daemon = start(&directory, "zombie", &shell("exit 0")).unwrap();
    // Not by `has_ended`, which reaps: this is how a command sees it that is not its parent.
    wait_for(|| daemon.vital().is_none());
}

#[test]
fn a_process_that_has_the_id_by_chance_is_not_taken_for_it() {
    let directory = place();
    let daemon = start(&directory, "ours", &shell("exec sleep 1000")).unwrap();
    let record = fs::read_to_string(&daemon.record).unwrap();
    let other = record.replace(&format!(" {} ", daemon.start), " 1 ");
    assert_ne!(other, record, "the time of start is in the record");
    fs::write(&daemon.record, other).unwrap();
    let stranger = find(&directory, "ours").unwrap().unwrap();
    assert!(stranger.has_ended());
    stop(&[stranger]).unwrap();
    assert!(!daemon.has_ended(), "a stranger was killed");
    stop(&[daemon]).unwrap();
}

#[test]
fn no_program_runs_without_a_record() {
    let directory = place();
    fs::remove_dir(directory.join("processes")).unwrap();
    let witness = directory.join("witness");
    let script = format!("echo > '{}'", witness.display());
    let file = File::create(directory.join("logs/early.log")).unwrap();
    let record = directory.join("processes/early");
    spawn(&directory, &record, &shell(&script), file).unwrap();
    wait_for(|| last_lines(&directory.join("logs/early.log"), 1).contains("early"));
    sleep(Duration::from_millis(100));
    assert!(!witness.exists());
}

#[test]
fn a_record_that_is_none_is_an_error() {
    let directory = place();
    fs::write(directory.join("processes/odd"), "nonsense").unwrap();
    let error = all(&directory).unwrap_err().to_string();
    assert!(error.ends_with("processes/odd` cannot be read"), "{error}");
}
