//! Starts the program, listens to what it writes, and ends it.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::client::{Client, get};

/// Longer than anything here takes on a busy machine; only a hanging test meets it.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until something is so; a test in which it never becomes so fails.
pub(crate) fn until(mut so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !so() {
        assert!(begin.elapsed() < PATIENCE, "it never came");
        sleep(Duration::from_millis(5));
    }
}

/// A running service.
pub(crate) struct Program {
    child: Child,
    pub(crate) public: SocketAddr,
    pub(crate) admin: SocketAddr,
    lines: Receiver<String>,
    errors: Option<JoinHandle<String>>,
}

/// What a service wrote and returned, once it has ended.
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) lines: Vec<String>,
    pub(crate) errors: String,
}

#[expect(
    clippy::disallowed_methods,
    reason = "the program under test is started here and nowhere else"
)]
pub(crate) fn command(settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hello"));
    command
        .env_clear()
        .env("PUBLIC_ADDRESS", "127.0.0.1:0")
        .env("ADMIN_ADDRESS", "127.0.0.1:0")
        .envs(settings.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

impl Program {
    /// Starts the service on free ports and waits until it says which.
    pub(crate) fn start(settings: &[(&str, &str)]) -> Self {
        let mut child = command(settings).spawn().unwrap();
        let (sender, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        spawn(move || {
            for line in output.lines() {
                sender.send(line.unwrap()).unwrap_or_default();
            }
        });
        let mut output = child.stderr.take().unwrap();
        let errors = spawn(move || {
            let mut text = String::new();
            output.read_to_string(&mut text).unwrap();
            text
        });
        let line = lines.recv_timeout(PATIENCE).unwrap();
        let first: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(first["message"], "listening");
        let address = |name: &str| first[name].as_str().unwrap().parse().unwrap();
        Self {
            public: address("public"),
            admin: address("admin"),
            child,
            lines,
            errors: Some(errors),
        }
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Sends SIGTERM and waits until it is seen: readiness is gone.
    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
        until(|| get(self.admin, "/readyz").status == 503);
    }

    /// The next line of the log.
    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).unwrap()
    }

    /// Waits until a series of `/metrics` has this value, so that a test knows what the service has seen.
    pub(crate) fn wait_for(&self, sample: &str) {
        let mut client = Client::connect(self.admin);
        until(|| client.get("/metrics").body.lines().any(|line| line == sample));
    }

    /// Waits for the end.
    pub(crate) fn outcome(mut self) -> Outcome {
        let code = self.child.wait().unwrap().code();
        let errors = self.errors.take().unwrap().join().unwrap();
        Outcome {
            code,
            errors,
            lines: self.lines.iter().collect(),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended already, or a test has failed.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}
