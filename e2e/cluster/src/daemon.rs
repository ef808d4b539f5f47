//! Processes that outlive the command that starts them.
//!
//! Each leads a process group of its own, reads nothing, and writes into a log file. What is known of it is a record in
//! the cluster's folder: its id and the time of its start, written by the process itself before it becomes the program.
//! So no program runs of which there is no record, whenever the command that starts it is killed; and a process that
//! has the id by chance is not taken for it.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the module of this crate that starts lasting programs, and it reads their records and logs"
)]

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use crate::directory::Directory;
use crate::process_table::{self, Vital};
use crate::status::{ProcessState, ProcessStatus};

/// Leaves a record at `$1`, and becomes the program in the arguments after it.
const STARTER: &str = r#"
record=$1; shift
if [ -r /proc/$$/stat ]; then read -r start < /proc/$$/stat; else start=$(ps -o lstart= -p $$); fi
printf '%s\n%s\n' "$$" "$start" > "$record~" && mv "$record~" "$record" || exit 1
exec "$@"
"#;

/// How long a process may take to leave its record.
const START_LIMIT: Duration = Duration::from_secs(10);

/// How long a process may take to end after TERM, and again after KILL.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// How often a wait looks.
const PACE: Duration = Duration::from_millis(5);

/// How much of a log's end is read for its last words.
const TAIL: u64 = 8192;

/// Why a process was not started or ended.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The system refused.
    #[error("`{name}` could not be started")]
    Start {
        /// The process.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// It ended before it could leave its record, or did not leave it in time.
    #[error("`{name}` did not start{}", colon(words))]
    NoRecord {
        /// The process.
        name: String,
        /// The end of its log.
        words: String,
    },
    /// It was started and has ended by itself.
    #[error("`{name}` ended by itself{}", colon(words))]
    Ended {
        /// The process.
        name: String,
        /// The end of its log.
        words: String,
    },
    /// The records cannot be read.
    #[error("`{}` cannot be read", place.display())]
    Records {
        /// Their folder, or one of them.
        place: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is still there after KILL.
    #[error("`{name}` (process {pid}) does not end")]
    Stays {
        /// The process.
        name: String,
        /// Its id.
        pid: u32,
    },
}

fn colon(words: &str) -> String {
    if words.is_empty() {
        String::new()
    } else {
        format!(":\n{words}")
    }
}

/// A process that was started for a cluster, whether it still runs or not.
#[derive(Clone, Debug)]
pub(crate) struct Daemon {
    name: String,
    pid: u32,
    start: String,
    record: PathBuf,
    log: PathBuf,
}

/// Starts a process. Of the environment it has `PATH` alone; home and working folder are the cluster's.
pub(crate) fn start(directory: &Directory, name: &str, command: &[OsString]) -> Result<Daemon, DaemonError> {
    let failure = |source| DaemonError::Start {
        name: name.to_owned(),
        source,
    };
    let record = directory.join("processes").join(name);
    let log = log(directory, name);
    match fs::remove_file(&record) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failure(error)),
        _ => {}
    }
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&log)
        .map_err(failure)?;
    spawn(directory, &record, command, file).map_err(failure)?;
    let deadline = Instant::now() + START_LIMIT;
    while !record.exists() && Instant::now() < deadline {
        sleep(PACE);
    }
    find(directory, name)?.ok_or_else(|| DaemonError::NoRecord {
        name: name.to_owned(),
        words: last_lines(&log, 5),
    })
}

/// The child is never waited for: it outlives this process, and [`Daemon::has_ended`] reaps it where it does not.
fn spawn(directory: &Directory, record: &Path, command: &[OsString], log: File) -> io::Result<()> {
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    Command::new("sh")
        .args([
            OsStr::new("-c"),
            OsStr::new(STARTER),
            OsStr::new("start"),
            record.as_os_str(),
        ])
        .args(command)
        .env_clear()
        .env("PATH", path)
        .env("HOME", directory.path())
        .current_dir(directory.path())
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0)
        .spawn()?;
    Ok(())
}

fn log(directory: &Directory, name: &str) -> PathBuf {
    directory.join("logs").join(format!("{name}.log"))
}

/// The process of a name, if one was started and not stopped since.
pub(crate) fn find(directory: &Directory, name: &str) -> Result<Option<Daemon>, DaemonError> {
    let record = directory.join("processes").join(name);
    let text = match fs::read_to_string(&record) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(DaemonError::Records {
                place: record,
                source,
            });
        }
    };
    let Some((pid, start)) = parse(&text) else {
        let source = io::Error::new(io::ErrorKind::InvalidData, "it is no record of a process");
        return Err(DaemonError::Records {
            place: record,
            source,
        });
    };
    Ok(Some(Daemon {
        name: name.to_owned(),
        pid,
        start,
        log: log(directory, name),
        record,
    }))
}

/// A record's process id and time of start.
fn parse(record: &str) -> Option<(u32, String)> {
    let (pid, start) = record.split_once('\n')?;
    Some((pid.parse().ok()?, process_table::start_of(start)?))
}

/// All processes that were started and not stopped since, the oldest first.
pub(crate) fn all(directory: &Directory) -> Result<Vec<Daemon>, DaemonError> {
    let folder = directory.join("processes");
    let unreadable = |source| DaemonError::Records {
        place: folder.clone(),
        source,
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with('~') {
            continue; // half a record: that process has ended, or will before it becomes the program
        }
        let written = entry
            .metadata()
            .and_then(|metadata| metadata.modified())
            .map_err(unreadable)?;
        found.extend(find(directory, &name)?.map(|daemon| (written, daemon)));
    }
    found.sort_by(|(left, a), (right, b)| left.cmp(right).then_with(|| a.name.cmp(&b.name)));
    Ok(found.into_iter().map(|(_, daemon)| daemon).collect())
}

/// Refuses to go on if one of the processes has ended by itself, with the end of its log.
pub(crate) fn check(directory: &Directory) -> Result<(), DaemonError> {
    match all(directory)?.into_iter().find(Daemon::has_ended) {
        None => Ok(()),
        Some(daemon) => Err(DaemonError::Ended {
            words: last_lines(&daemon.log, 5),
            name: daemon.name,
        }),
    }
}

/// Ends processes: asks all at once, waits, and kills what stays; then forgets them.
pub(crate) fn stop(daemons: &[Daemon]) -> Result<(), DaemonError> {
    for signal in [Signal::TERM, Signal::KILL] {
        for daemon in daemons {
            daemon.signal(signal);
        }
        let deadline = Instant::now() + STOP_LIMIT;
        while !daemons.iter().all(Daemon::has_ended) && Instant::now() < deadline {
            sleep(PACE);
        }
    }
    for daemon in daemons {
        if !daemon.has_ended() {
            return Err(DaemonError::Stays {
                name: daemon.name.clone(),
                pid: daemon.pid,
            });
        }
        // A record of what has ended changes nothing if it stays.
        let _ = fs::remove_file(&daemon.record);
    }
    Ok(())
}

impl Daemon {
    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Its child, if it has exactly one.
    pub(crate) fn only_child(&self) -> Option<u32> {
        let children = format!("/proc/{0}/task/{0}/children", self.pid);
        let text = fs::read_to_string(children).ok()?;
        let mut children = text.split_whitespace();
        let child = children.next()?.parse().ok()?;
        (children.next().is_none() && !self.has_ended()).then_some(child)
    }

    /// Has it ended? A zombie has, and so has one whose id another process has now.
    pub(crate) fn has_ended(&self) -> bool {
        if let Some(pid) = self.raw() {
            // Takes the exit status if it is a child of this process; of others there is nothing to take.
            let _ = waitpid(Some(pid), WaitOptions::NOHANG);
        }
        self.vital().is_none()
    }

    /// Sends it a signal, if it is still the process that was started.
    pub(crate) fn signal(&self, signal: Signal) {
        if let (false, Some(pid)) = (self.has_ended(), self.raw()) {
            // It may end at this very moment.
            let _ = kill_process(pid, signal);
        }
    }

    /// How it is.
    pub(crate) fn status(&self) -> ProcessStatus {
        let state = match self.vital() {
            Some(vital) => ProcessState::Alive {
                memory: vital.memory,
                cpu: vital.cpu,
            },
            None => ProcessState::Dead {
                last_words: Some(last_lines(&self.log, 1)).filter(|words| !words.is_empty()),
            },
        };
        ProcessStatus {
            name: self.name.clone(),
            pid: self.pid,
            state,
        }
    }

    fn vital(&self) -> Option<Vital> {
        process_table::look(self.pid).filter(|vital| vital.start == self.start)
    }

    fn raw(&self) -> Option<Pid> {
        i32::try_from(self.pid).ok().and_then(Pid::from_raw)
    }
}

/// The last lines of a log that are not empty; nothing of a log that cannot be read.
pub(crate) fn last_lines(log: &Path, count: usize) -> String {
    let text = tail(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines
        .get(lines.len().saturating_sub(count)..)
        .unwrap_or_default()
        .join("\n")
}

fn tail(log: &Path) -> io::Result<String> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests;
