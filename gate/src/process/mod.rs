//! The only room that starts other programs.
//!
//! The author of a change may be an attacker, and the programs run on what he wrote. So each is an absolute path
//! outside the repository or in a folder that the caller vouches for, gets a reduced environment and closed standard input, runs in a process group of its
//! own, and is ended with all its children at the time limit or once it prints more than it may.

#![expect(clippy::disallowed_methods, reason = "this is the room that starts programs")]

mod locate;

pub use locate::{TOOLS_VARIABLE, locate};

use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::stages::Hint;

/// Why a program gave no usable outcome.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// No program of that name on `PATH`.
    #[error("`{name}` is not installed")]
    NotFound {
        /// The name that was looked for.
        name: String,
    },
    /// The only programs of that name lie inside the repository that is judged.
    #[error("`{name}` was found only inside the repository, at `{}`", path.display())]
    InsideRepository {
        /// The name that was looked for.
        name: String,
        /// Where it was found.
        path: PathBuf,
    },
    /// A folder of [`TOOLS_VARIABLE`] is none.
    #[error("`{TOOLS_VARIABLE}` names `{}`, which is no absolute path of a folder", path.display())]
    ToolsFolder {
        /// What it names.
        path: PathBuf,
    },
    /// It could not be started.
    #[error("`{program}` could not be started: {source}")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// It ran longer than it may; its process group was killed.
    #[error("`{program}` gave no answer within {} and was stopped", seconds(*limit))]
    TimedOut {
        /// The program.
        program: String,
        /// The limit.
        limit: Duration,
    },
    /// It printed more than it may; its process group was killed.
    #[error("`{program}` printed more than {limit} bytes and was stopped")]
    TooMuchOutput {
        /// The program.
        program: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// A signal ended it.
    #[error("`{program}` was ended by a signal")]
    Signalled {
        /// The program.
        program: String,
    },
    /// Its output could not be read.
    #[error("what `{program}` printed could not be read: {source}")]
    Read {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
}

impl Hint for ProcessError {
    /// What can be done whatever the program; each room knows more of its own.
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::InsideRepository { .. } => {
                "install it outside the repository: a program that a change brings along is never started"
            }
            Self::ToolsFolder { .. } => {
                "name absolute paths of folders that exist, or leave the variable unset"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

fn seconds(limit: Duration) -> String {
    if limit.subsec_millis() == 0 {
        format!("{} s", limit.as_secs())
    } else {
        format!("{} ms", limit.as_millis())
    }
}

/// What a program left behind. The exit code is not judged here: each program has its own contract.
#[derive(Debug)]
pub struct Output {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Standard output as text; what is no UTF-8 becomes U+FFFD.
    pub fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text; what is no UTF-8 becomes U+FFFD.
    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

/// Variables that every program gets, where they are set: without them many cannot find their own files.
const PASSED_VARIABLES: [&str; 6] = ["HOME", "TMPDIR", "SystemRoot", "USERPROFILE", "TEMP", "TMP"];

/// One run of a program.
#[derive(Debug)]
pub struct Invocation {
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    directory: Option<PathBuf>,
    time_limit: Duration,
    output_limit: usize,
}

impl Invocation {
    /// A run of a program that [`locate()`] found, with one minute and 64 MiB of output.
    pub fn new(program: &Path) -> Self {
        Self {
            program: program.to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            directory: None,
            time_limit: Duration::from_mins(1),
            output_limit: 64 << 20,
        }
    }

    /// Adds arguments.
    #[must_use]
    pub fn arguments<T: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.arguments
            .extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Sets a variable. `PATH` and all others of the caller's environment are absent unless set here, save for
    /// the home and temporary folders.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Sets the working directory.
    #[must_use]
    pub fn directory(mut self, directory: &Path) -> Self {
        self.directory = Some(directory.to_owned());
        self
    }

    /// Sets the time limit.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Sets the limit of each of the two output streams in bytes.
    #[must_use]
    pub fn output_limit(mut self, limit: usize) -> Self {
        self.output_limit = limit;
        self
    }

    fn name(&self) -> String {
        self.program
            .file_stem()
            .unwrap_or(self.program.as_os_str())
            .to_string_lossy()
            .into_owned()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env_clear();
        for name in PASSED_VARIABLES {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
            .env("LANG", "C.UTF-8")
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
    }

    /// Runs it to its end.
    pub fn run(&self) -> Result<Output, ProcessError> {
        let deadline = Instant::now() + self.time_limit;
        let start = |source| ProcessError::Start {
            program: self.name(),
            source,
        };
        let mut group = Group(self.command().spawn().map_err(start)?);
        let stdout = self.collect(group.0.stdout.take());
        let stderr = self.collect(group.0.stderr.take());
        let stdout = self.receive(&stdout, deadline)?;
        let stderr = self.receive(&stderr, deadline)?;
        loop {
            let read = |source| ProcessError::Read {
                program: self.name(),
                source,
            };
            if let Some(status) = group.0.try_wait().map_err(read)? {
                let code = status
                    .code()
                    .ok_or_else(|| ProcessError::Signalled { program: self.name() })?;
                return Ok(Output { code, stdout, stderr });
            }
            if Instant::now() >= deadline {
                return Err(self.timed_out());
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn timed_out(&self) -> ProcessError {
        ProcessError::TimedOut {
            program: self.name(),
            limit: self.time_limit,
        }
    }

    /// Reads a stream to its end on a thread of its own, one byte more than the limit at most.
    fn collect(&self, stream: Option<impl Read + Send + 'static>) -> Receiver<io::Result<Vec<u8>>> {
        let (sender, receiver) = channel();
        let limit = self.output_limit as u64 + 1;
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let outcome = stream.map_or(Ok(0), |stream| stream.take(limit).read_to_end(&mut bytes));
            // The receiver is gone only when the run has already failed.
            let _ = sender.send(outcome.map(|_| bytes));
        });
        receiver
    }

    fn receive(
        &self,
        stream: &Receiver<io::Result<Vec<u8>>>,
        deadline: Instant,
    ) -> Result<Vec<u8>, ProcessError> {
        let remaining = deadline.saturating_duration_since(Instant::now());
        let bytes = match stream.recv_timeout(remaining) {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(source)) => {
                return Err(ProcessError::Read {
                    program: self.name(),
                    source,
                });
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Err(self.timed_out()),
        };
        if bytes.len() > self.output_limit {
            return Err(ProcessError::TooMuchOutput {
                program: self.name(),
                limit: self.output_limit,
            });
        }
        Ok(bytes)
    }
}

/// A child with its process group: whichever way a run ends, nothing of the group is left.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(group) = i32::try_from(self.0.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw)
        {
            // Fails only where nothing of the group is left, which is what is wanted.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        #[cfg(not(unix))]
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Invocation {
        Invocation::new(Path::new("/bin/sh")).arguments(["-c", script])
    }

    #[test]
    fn output_and_code_come_back() {
        let output = shell("echo out; echo err >&2; exit 3").run().unwrap();
        assert_eq!(
            (output.code, &*output.stdout, &*output.stderr),
            (3, &b"out\n"[..], &b"err\n"[..])
        );
    }

    #[test]
    fn the_whole_group_ends_at_the_time_limit() {
        let folder = tempfile::tempdir().unwrap();
        let script = "sh -c 'sleep 1; touch survived' & sleep 30";
        let run = shell(script)
            .variable("PATH", "/bin:/usr/bin")
            .directory(folder.path());
        let error = run.time_limit(Duration::from_millis(200)).run().unwrap_err();
        assert!(matches!(error, ProcessError::TimedOut { .. }), "{error}");
        thread::sleep(Duration::from_millis(1500));
        assert!(
            !folder.path().join("survived").exists(),
            "a grandchild outlived the limit"
        );
    }

    #[test]
    fn a_child_that_keeps_the_pipe_open_does_not_hold_the_run() {
        let run = shell("sleep 30 & exit 0").variable("PATH", "/bin:/usr/bin");
        let error = run.time_limit(Duration::from_millis(200)).run().unwrap_err();
        assert!(matches!(error, ProcessError::TimedOut { .. }), "{error}");
    }

    #[test]
    fn output_is_capped() {
        let error = shell("while :; do echo line; done")
            .output_limit(1000)
            .run()
            .unwrap_err();
        assert!(
            matches!(error, ProcessError::TooMuchOutput { limit: 1000, .. }),
            "{error}"
        );
    }

    #[test]
    fn the_environment_is_reduced() {
        let output = shell("env").variable("GIVEN", "yes").run().unwrap().stdout_text();
        assert!(output.contains("GIVEN=yes"), "{output}");
        assert!(!output.contains("CARGO"), "{output}");
    }
}
