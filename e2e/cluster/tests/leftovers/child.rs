//! `up` in a process of its own, which can be interrupted and killed.

use std::env;
use std::io::{BufRead, BufReader, Write, stdout};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};

use cluster::{Cluster, Interrupt, Kind, Options};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::Outcome;

/// The first argument of a process that shall do this.
const ARGUMENT: &str = "--up";

/// The name of the cluster, if this process shall bring one up.
pub(crate) fn asked_for() -> Option<String> {
    let mut arguments = env::args().skip(1);
    (arguments.next()? == ARGUMENT).then(|| arguments.next())?
}

/// Brings a small real cluster up, with a line for all that is done.
pub(crate) fn up(name: &str) -> ExitCode {
    let mut say = |line: &str| {
        // Who killed the reader does not read on.
        let _ = writeln!(stdout(), "{line}");
    };
    let outcome = Interrupt::by_signals()
        .map_err(|error| (error.to_string(), false))
        .and_then(|interrupt| {
            let options = Options {
                interrupt,
                ..small(name)
            };
            Cluster::up(&options, &mut say).map_err(|error| (error.to_string(), error.is_interruption()))
        });
    match outcome {
        Ok(_) => ExitCode::SUCCESS,
        Err((_, true)) => ExitCode::from(130),
        Err((words, false)) => {
            say(&words);
            ExitCode::FAILURE
        }
    }
}

/// One real node.
pub(crate) fn small(name: &str) -> Options {
    Options {
        name: name.to_owned(),
        kind: Kind::Real,
        zones: vec!["a".to_owned()],
        nodes_per_zone: 1,
        ..Options::default()
    }
}

/// Starts this program anew to bring a cluster up, waits until it says `line`, runs `then`, and sends it a signal.
#[expect(clippy::disallowed_methods, reason = "the program is this one")]
pub(crate) fn signalled_at(
    name: &str,
    line: &str,
    signal: Signal,
    then: impl FnOnce() -> Outcome,
) -> Outcome<ExitStatus> {
    let mut child = Command::new(env::current_exe()?)
        .args([ARGUMENT, name])
        .stdout(Stdio::piped())
        .spawn()?;
    let reached = read_until(&mut child, line).and_then(|()| then());
    let pid = i32::try_from(child.id())
        .ok()
        .and_then(Pid::from_raw)
        .ok_or("no process")?;
    // Without the line it shall end as well.
    let signalled = kill_process(pid, signal);
    let status = child.wait()?;
    reached?;
    signalled?;
    Ok(status)
}

fn read_until(child: &mut Child, wanted: &str) -> Outcome {
    let out = child.stdout.take().ok_or("no output")?;
    let mut said = Vec::new();
    for line in BufReader::new(out).lines() {
        let line = line?;
        if line == wanted {
            return Ok(());
        }
        said.push(line);
    }
    Err(format!("it ended without saying `{wanted}`, after:\n{}", said.join("\n")).into())
}

/// Fails unless a process was killed by this signal.
pub(crate) fn expect_signal(status: ExitStatus, signal: Signal) -> Outcome {
    if status.signal() == Some(signal.as_raw()) {
        return Ok(());
    }
    Err(format!("it ended with {status}").into())
}
