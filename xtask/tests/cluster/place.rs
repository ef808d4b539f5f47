//! A home folder for clusters whose programs are scripts.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A go that notes its builds, and makes programs that run until they are asked to end.
pub(crate) const GO: &str = r#"
case "$1" in
  env) printf 'go1.99\nplan9\nz80\n'; exit 0 ;;
esac
echo "$PWD $*" >> "$HOME/builds"
[ ! -e "$HOME/unreached" ] || { echo 'go: downloading x' >&2; echo 'dial tcp: lookup proxy.example: no such host' >&2; exit 1; }
while [ "$1" != -o ]; do shift; done
mkdir -p "$2"
for name in server kube-apiserver kube-controller-manager kube-scheduler kwok; do
  cp "$HOME/daemon" "$2/$name"
done
cp "$HOME/client" "$2/kubectl"
"#;

/// Runs until it is asked to end. It is known by its path among its arguments.
const DAEMON: &str = r#"#!/bin/sh
trap 'exit 0' TERM
case "$0" in *"$(cat "$HOME/../../../../broken" 2>/dev/null || echo none)") echo 'panic: it broke' >&2; exit 2 ;; esac
while :; do sleep 0.05; done
"#;

/// A kubectl of a cluster of nine nodes, of which one zone is Ready; slow or refused where a file says so.
const CLIENT: &str = r#"#!/bin/sh
[ ! -e "$HOME/refused" ] || { echo 'connection refused' >&2; exit 1; }
while [ -e "$HOME/slow" ]; do sleep 0.05; done
case "$*" in
  *"-o json"*) echo '{"items": [{"kind": "Node", "metadata": {"name": "node-a1", "labels": {"topology.kubernetes.io/zone": "a"}},
    "status": {"conditions": [{"type": "Ready", "status": "True"}]}}]}' ;;
  *jsonpath*) for node in 1 2 3 4 5 6 7 8 9; do echo True; done ;;
  *fail*) exit 7 ;;
  *) echo "$@" ;;
esac
"#;

/// A home folder with programs first on `PATH`.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    path: String,
}

impl Place {
    /// With the `go` above, and what else the system has.
    pub(crate) fn new() -> Self {
        let place = Self::with("/usr/bin:/bin");
        place.script("bin/go", &format!("#!/bin/sh\n{GO}"));
        place.script("daemon", DAEMON);
        place.script("client", CLIENT);
        place
    }

    /// Without `go`, and with these folders of programs.
    pub(crate) fn with(system: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = format!("{}:{system}", folder.path().join("bin").display());
        std::fs::create_dir(folder.path().join("bin")).unwrap();
        Self { folder, path }
    }

    pub(crate) fn script(&self, name: &str, text: &str) {
        let file = self.join(name);
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .arg("cluster")
            .args(arguments)
            .env_clear()
            .env("PATH", &self.path)
            .env("HOME", self.folder.path())
            .current_dir(root);
        command
    }

    /// Exit code, standard output, standard error.
    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.code().unwrap(),
            text(output.stdout),
            text(output.stderr),
        )
    }

    /// Standard output and error of what must succeed.
    pub(crate) fn done(&self, arguments: &[&str]) -> (String, String) {
        let (code, stdout, stderr) = self.run(arguments);
        assert_eq!(code, 0, "{arguments:?}: {stdout}{stderr}");
        (stdout, stderr)
    }

    /// Standard error of what must fail.
    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        let (code, stdout, stderr) = self.run(arguments);
        assert_eq!((code, &*stdout), (2, ""), "{arguments:?}: {stderr}");
        stderr
    }

    /// `up` that waits for an API server which does not answer.
    pub(crate) fn hanging(&self) -> Child {
        std::fs::write(self.join("slow"), "").unwrap();
        let child = self.command(&["up"]).stderr(Stdio::piped()).spawn().unwrap();
        wait_for(|| self.processes() == 2);
        child
    }

    /// How many processes of clusters run.
    pub(crate) fn processes(&self) -> usize {
        let list = Command::new("ps")
            .args(["-A", "-ww", "-o", "args="])
            .output()
            .unwrap();
        let programs = self.join(".cache").display().to_string();
        let text = String::from_utf8_lossy(&list.stdout).into_owned();
        let is_daemon = |line: &&str| line.contains(&programs) && !line.contains("kubectl");
        text.lines().filter(is_daemon).count()
    }

    /// Refuses any process and file of a cluster.
    pub(crate) fn assert_nothing_left(&self) {
        assert_eq!(self.processes(), 0);
        let state = self.join(".local/state/hello-cluster");
        let left: Vec<_> = std::fs::read_dir(state)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// Ends whatever a failed test has left.
impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.join("slow"));
        for name in ["default", "two"] {
            let _ = self.command(&["down", "--name", name]).output();
        }
    }
}

pub(crate) fn wait_for(is_true: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !is_true() {
        assert!(Instant::now() < deadline, "it did not come");
        sleep(Duration::from_millis(20));
    }
}

pub(crate) fn signal(child: &Child, signal: &str) {
    let status = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

/// Certificates need the program `openssl`. Says aloud where there is none.
pub(crate) fn can_make_certificates() -> bool {
    let there = Command::new("openssl")
        .arg("version")
        .output()
        .is_ok_and(|output| output.status.success());
    if !there {
        assert!(std::env::var_os("CI").is_none(), "openssl is not installed");
        eprintln!("skipped: openssl is not installed");
    }
    there
}
