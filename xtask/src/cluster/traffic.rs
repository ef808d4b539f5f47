//! Requests to what runs on a cluster, and what became of each.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use cluster::traffic::{self, Account, Connections, Plan, Progress, Running, TrafficError};
use cluster::zones::PodsPerZone;
use cluster::{Cluster, ClusterError, Interrupt};

use super::{Failure, tell};
use crate::say;

/// How often it is looked whether the traffic is over.
const GLANCE: Duration = Duration::from_millis(50);

/// Arguments of `cargo xtask cluster traffic`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// http://HOST:PORT/PATH; what answers with its pod in JSON, as /version of the service does, is told apart
    url: String,
    /// Requests a second [default: 200 on new connections; on kept ones as many as are answered]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: Option<u32>,
    /// Send request after request on so many kept connections, instead of a new connection for each
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    kept: Option<u32>,
    /// For how long; without it until Ctrl-C
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    seconds: Option<u32>,
    /// How long a request may take
    #[arg(long, value_name = "NUMBER", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=600))]
    timeout_seconds: u32,
    /// How the account is written
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

/// How the account is written.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A table
    Human,
    /// Every lost request, in JSON
    Json,
}

impl Arguments {
    fn plan(&self, zones: BTreeMap<String, String>) -> Plan {
        let connections = match self.kept {
            None => Connections::New {
                per_second: self.rate.unwrap_or(200),
            },
            Some(connections) => Connections::Kept {
                connections,
                per_second: self.rate,
            },
        };
        Plan {
            connections,
            timeout: self.timeout(),
            duration: self.seconds.map(|seconds| Duration::from_secs(seconds.into())),
            zones,
            ..Plan::new(&self.url)
        }
    }

    fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds.into())
    }
}

/// Sends, and prints the account. The exit code is 1 where a request was lost or none was answered.
pub(super) fn run(name: &str, arguments: &Arguments, interrupt: &Interrupt) -> Result<ExitCode, Failure> {
    traffic::probe(&arguments.url, arguments.timeout())?;
    let running = traffic::start(arguments.plan(zones_of_nodes(name)))?;
    let account = follow(running, interrupt);
    match arguments.format {
        Format::Human => say(account.to_string().trim_end()),
        Format::Json => say(&json(&account)?),
    }
    let whole = account.lost.is_empty() && account.answered > 0;
    Ok(ExitCode::from(u8::from(!whole)))
}

fn json(account: &Account) -> Result<String, TrafficError> {
    serde_json::to_string_pretty(account).map_err(|error| TrafficError::System(error.into()))
}

/// The zone of each node of the cluster. Traffic may go elsewhere, so that one which is not there is no error.
fn zones_of_nodes(name: &str) -> BTreeMap<String, String> {
    let cluster = match Cluster::open(name) {
        Ok(cluster) => cluster,
        Err(ClusterError::NotFound(_)) => return BTreeMap::new(),
        Err(error) => {
            tell(&format!("the zones of nodes are not known: {error}"));
            return BTreeMap::new();
        }
    };
    PodsPerZone::zones_of_nodes(&cluster.kubectl()).unwrap_or_else(|error| {
        tell(&format!("the zones of nodes are not known: {error}"));
        BTreeMap::new()
    })
}

/// Waits for the end or for an interruption; says every second, or every ten where nobody watches, what happened.
fn follow(running: Running, interrupt: &Interrupt) -> Account {
    let period = Duration::from_secs(if io::stderr().is_terminal() { 1 } else { 10 });
    let mut before = Progress::default();
    let mut next = Instant::now() + period;
    while !running.is_over() && !interrupt.is_set() {
        std::thread::sleep(GLANCE);
        if Instant::now() >= next {
            let now = running.progress();
            eprintln!("{}", line(&before, &now));
            before = now;
            next += period;
        }
    }
    if interrupt.is_set() {
        let open = running.progress();
        let waiting = open.sent - open.answered - open.lost;
        if waiting > 0 {
            tell(&format!("waiting for {waiting} requests that are on their way"));
        }
    }
    running.stop()
}

/// What happened between two moments.
fn line(before: &Progress, now: &Progress) -> String {
    let zones: Vec<String> = now
        .per_zone
        .iter()
        .map(|(zone, count)| {
            let count = count - before.per_zone.get(zone).copied().unwrap_or_default();
            format!("{zone} {count}")
        })
        .collect();
    let line = format!(
        "{:>5} s  sent {:>6}  lost {:>5}  answered {:>6}",
        now.elapsed.as_secs(),
        now.sent - before.sent,
        now.lost - before.lost,
        now.answered - before.answered,
    );
    if zones.is_empty() {
        line
    } else {
        format!("{line}: zone {}", zones.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn plan(words: &[&str]) -> Plan {
        let words = [&["traffic", "http://127.0.0.1/"], words].concat();
        Cli::try_parse_from(words)
            .unwrap()
            .arguments
            .plan(BTreeMap::new())
    }

    #[test]
    fn arguments_make_a_plan() {
        let usual = plan(&[]);
        assert_eq!(usual.connections, Connections::New { per_second: 200 });
        assert_eq!((usual.timeout, usual.duration), (Duration::from_secs(5), None));
        let kept = plan(&["--kept", "16", "--seconds", "3", "--timeout-seconds", "2"]);
        let connections = |per_second| Connections::Kept {
            connections: 16,
            per_second,
        };
        assert_eq!(kept.connections, connections(None));
        assert_eq!(
            (kept.timeout, kept.duration),
            (Duration::from_secs(2), Some(Duration::from_secs(3)))
        );
        assert_eq!(
            plan(&["--kept", "16", "--rate", "50"]).connections,
            connections(Some(50))
        );
        for zero in [
            ["--rate", "0"],
            ["--kept", "0"],
            ["--seconds", "0"],
            ["--timeout-seconds", "0"],
        ] {
            assert!(Cli::try_parse_from([&["traffic", "http://127.0.0.1/"], &zero[..]].concat()).is_err());
        }
    }

    #[test]
    fn a_line_tells_what_happened_since_the_one_before() {
        let progress = |seconds, sent, lost, zones: &[(&str, u64)]| Progress {
            elapsed: Duration::from_secs(seconds),
            sent,
            answered: sent - lost,
            lost,
            per_zone: zones
                .iter()
                .map(|(zone, count)| ((*zone).to_owned(), *count))
                .collect(),
        };
        let before = progress(1, 200, 0, &[("a", 100)]);
        let now = progress(2, 400, 66, &[("a", 167), ("b", 67)]);
        assert_eq!(
            line(&before, &now),
            "    2 s  sent    200  lost    66  answered    134: zone a 67, b 67"
        );
    }
}
