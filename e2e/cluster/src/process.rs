//! The one place of this crate that runs programs to their end. What lives longer is started by `daemon`.
//!
//! Each runs in a process group of its own, so that a Ctrl-C reaches this process alone, which then ends the group.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the module of this crate that runs programs"
)]

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// How often a wait looks whether it shall stop.
const GLANCE: Duration = Duration::from_millis(50);

/// Says to all who hold a copy that they shall stop.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// One that is set by the signals that end a command: a Ctrl-C, a TERM, and the loss of the terminal. From now on
    /// they do nothing else, so whoever asks for this must look at it.
    pub fn by_signals() -> io::Result<Self> {
        let interrupt = Self::default();
        for signal in [
            signal_hook::consts::SIGINT,
            signal_hook::consts::SIGTERM,
            signal_hook::consts::SIGHUP,
        ] {
            signal_hook::flag::register(signal, interrupt.flag())?;
        }
        Ok(interrupt)
    }

    /// The flag itself, for a handler of signals to set.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }

    /// Shall its holders stop?
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// An interrupt is no property of what it interrupts: all are alike.
impl PartialEq for Interrupt {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Why a program gave no outcome.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// There is none of that name.
    #[error("`{0}` is not installed")]
    NotInstalled(String),
    /// It could not be started or read.
    #[error("`{program}` could not be run")]
    Run {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// It ran longer than it may, and was killed.
    #[error("`{program}` gave no answer within {} s", limit.as_secs())]
    TimedOut {
        /// The program.
        program: String,
        /// How long it may run.
        limit: Duration,
    },
    /// It was killed because of an [`Interrupt`].
    #[error("interrupted")]
    Interrupted,
    /// It ended with a failure.
    #[error("`{run}` failed with {status}: {words}")]
    Failed {
        /// Program and first arguments.
        run: String,
        /// Its exit code or signal, in words.
        status: ExitStatus,
        /// What it said on standard error.
        words: String,
    },
}

/// How a program ended, and what it said.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its exit code or signal.
    pub status: ExitStatus,
    /// What it said on standard output.
    pub stdout: Vec<u8>,
    /// What it said on standard error.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Standard output as text; what is no UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text, without the blanks around it; what is no UTF-8 is replaced.
    pub fn words(&self) -> String {
        String::from_utf8_lossy(&self.stderr).trim().to_owned()
    }
}

/// A program to run to its end.
#[derive(Debug)]
pub(crate) struct Run {
    command: Command,
    input: Vec<u8>,
    limit: Duration,
    interrupt: Interrupt,
}

impl Run {
    /// A run of a program on `PATH`, or of one given by its path, in the environment of the caller.
    pub(crate) fn of(program: impl AsRef<OsStr>, interrupt: &Interrupt) -> Self {
        Self {
            command: Command::new(program),
            input: Vec::new(),
            limit: Duration::from_mins(1),
            interrupt: interrupt.clone(),
        }
    }

    /// Adds arguments.
    pub(crate) fn arguments<I: IntoIterator<Item: AsRef<OsStr>>>(mut self, arguments: I) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets a variable of its environment.
    pub(crate) fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Takes a variable out of its environment.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Sets its working folder.
    pub(crate) fn folder(mut self, folder: &std::path::Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Gives it something to read on standard input, which is empty otherwise.
    pub(crate) fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// Sets how long it may run; a minute otherwise.
    pub(crate) fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs it; how it ended is for the caller to judge.
    pub(crate) fn outcome(mut self) -> Result<Output, ProcessError> {
        if self.interrupt.is_set() {
            return Err(ProcessError::Interrupted);
        }
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let mut child = self.command.spawn().map_err(|source| self.failure(source))?;
        let outcome = self.attend(&mut child);
        if outcome.is_err() {
            end_group(&mut child);
        }
        outcome
    }

    /// Runs it, and takes anything but success for an error with its words.
    pub(crate) fn output(self) -> Result<Output, ProcessError> {
        let run = self.first_words();
        let output = self.outcome()?;
        if output.status.success() {
            return Ok(output);
        }
        Err(ProcessError::Failed {
            run,
            status: output.status,
            words: output.words(),
        })
    }

    fn attend(&self, child: &mut Child) -> Result<Output, ProcessError> {
        let deadline = Instant::now() + self.limit;
        if let Some(mut input) = child.stdin.take() {
            let text = self.input.clone();
            // Who does not read all of its input says why by its exit code.
            std::thread::spawn(move || input.write_all(&text));
        }
        let stdout = reader(child.stdout.take());
        let stderr = reader(child.stderr.take());
        let stdout = self.wait(&stdout, deadline)?;
        let stderr = self.wait(&stderr, deadline)?;
        let status = child.wait().map_err(|source| self.failure(source))?;
        Ok(Output {
            status,
            stdout,
            stderr,
        })
    }

    /// What a stream said until its end.
    fn wait(
        &self,
        stream: &Receiver<io::Result<Vec<u8>>>,
        deadline: Instant,
    ) -> Result<Vec<u8>, ProcessError> {
        loop {
            match stream.recv_timeout(GLANCE) {
                Ok(read) => return read.map_err(|source| self.failure(source)),
                Err(RecvTimeoutError::Disconnected) => return Ok(Vec::new()),
                Err(RecvTimeoutError::Timeout) if self.interrupt.is_set() => {
                    return Err(ProcessError::Interrupted);
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() >= deadline => {
                    return Err(ProcessError::TimedOut {
                        program: self.program(),
                        limit: self.limit,
                    });
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn failure(&self, source: io::Error) -> ProcessError {
        let program = self.program();
        if source.kind() == io::ErrorKind::NotFound {
            ProcessError::NotInstalled(program)
        } else {
            ProcessError::Run { program, source }
        }
    }

    fn program(&self) -> String {
        let program = std::path::Path::new(self.command.get_program());
        program
            .file_name()
            .unwrap_or(program.as_os_str())
            .to_string_lossy()
            .into_owned()
    }

    /// The program and its arguments up to the first option: enough to know which run it was.
    fn first_words(&self) -> String {
        let arguments = self.command.get_args().map(OsStr::to_string_lossy);
        let mut words = vec![self.program()];
        words.extend(
            arguments
                .take_while(|word| !word.starts_with('-'))
                .map(std::borrow::Cow::into_owned),
        );
        words.join(" ")
    }
}

fn reader(stream: Option<impl Read + Send + 'static>) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = channel();
    if let Some(mut stream) = stream {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = stream.read_to_end(&mut bytes).map(|_| bytes);
            // Nobody listens any more after an interruption.
            let _ = sender.send(read);
        });
    }
    receiver
}

/// Kills a child and all that it started.
fn end_group(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // Nothing is left to kill where it ended by itself.
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, interrupt: &Interrupt) -> Run {
        Run::of("sh", interrupt).arguments(["-c", script])
    }

    #[test]
    fn it_hears_both_streams_however_long_and_gives_the_input() {
        let script = "cat; head -c 300000 /dev/zero >&2; exit 4";
        let input = vec![b'x'; 200_000];
        let output = shell(script, &Interrupt::default())
            .input(input.clone())
            .outcome()
            .unwrap();
        assert_eq!(output.status.code(), Some(4));
        assert_eq!((output.stdout, output.stderr.len()), (input, 300_000));
    }

    #[test]
    fn a_failure_is_told_with_its_words() {
        let run = shell("echo 'it broke' >&2; exit 7", &Interrupt::default());
        assert_eq!(
            run.output().unwrap_err().to_string(),
            "`sh` failed with exit status: 7: it broke"
        );
        let error = Run::of("no-such-program", &Interrupt::default())
            .outcome()
            .unwrap_err();
        assert_eq!(error.to_string(), "`no-such-program` is not installed");
    }

    /// A script that starts a child, tells its id in a file, and waits for ever.
    fn family(folder: &std::path::Path) -> (String, std::path::PathBuf) {
        let file = folder.join("child");
        (
            format!(
                "sleep 1000 & echo $! > '{0}~'; mv '{0}~' '{0}'; wait",
                file.display()
            ),
            file,
        )
    }

    fn has_ended(pid: &str) -> bool {
        crate::process_table::look(pid.trim().parse().unwrap()).is_none()
    }

    #[test]
    fn an_interrupt_ends_it_and_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let (script, file) = family(folder.path());
        let interrupt = Interrupt::default();
        let run = shell(&script, &interrupt);
        let running = std::thread::spawn(move || run.outcome());
        while !file.exists() {
            std::thread::sleep(GLANCE);
        }
        interrupt.flag().store(true, Ordering::Relaxed);
        assert!(matches!(running.join().unwrap(), Err(ProcessError::Interrupted)));
        let child = std::fs::read_to_string(&file).unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while !has_ended(&child) {
            assert!(Instant::now() < deadline, "its child goes on");
            std::thread::sleep(GLANCE);
        }
        assert!(matches!(
            shell("exit 0", &interrupt).outcome(),
            Err(ProcessError::Interrupted)
        ));
    }

    #[test]
    fn one_that_takes_too_long_is_ended() {
        let run = shell("sleep 1000", &Interrupt::default()).limit(Duration::from_millis(10));
        let error = run.outcome().unwrap_err();
        assert!(matches!(error, ProcessError::TimedOut { .. }), "{error}");
    }
}
