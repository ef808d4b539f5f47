//! How a cluster is: its processes, the nodes of its zones, its pods.

use std::process::ExitCode;

use cluster::{Cluster, Kind, ProcessState, ProcessStatus, ZoneState};

use super::{Failure, settings, tell, watch};
use crate::say;

/// Prints it. The exit code is 1 where a process has ended by itself, or never was.
pub(super) fn show(cluster: &Cluster, arguments: &watch::Arguments) -> Result<ExitCode, Failure> {
    let processes = cluster.processes()?;
    say(&heading(cluster));
    for line in table(&processes) {
        say(&line);
    }
    for remark in cluster.remarks() {
        say(&format!("  {remark}"));
    }
    let name = settings::argument(cluster.name());
    let down = format!("`cargo xtask cluster down{name}` clears it away");
    if !cluster.is_complete() {
        tell(&format!(
            "its start is not finished; if nothing is at it any more, {down}"
        ));
        return Ok(ExitCode::from(1));
    }
    for zone in cluster.zones() {
        if let Some(line) = lost_zone(zone, cluster.zone_state(zone)?) {
            say(&line);
        }
    }
    say(&format!("kubeconfig {}", cluster.kubeconfig().display()));
    if let Some(address) = cluster.node_port_address() {
        say(&format!("NodePorts answer at {address}"));
    }
    let dead = processes
        .iter()
        .any(|process| matches!(process.state, ProcessState::Dead { .. }));
    if dead {
        tell(&format!("what is DEAD ended by itself; {down}"));
    }
    match watch::picture(cluster, arguments) {
        Ok(picture) => say(&format!("\n{}", picture.trim_end())),
        Err(error) => tell(&format!("nodes and pods are not known: {error}")),
    }
    Ok(ExitCode::from(u8::from(dead)))
}

fn heading(cluster: &Cluster) -> String {
    let kind = match cluster.kind() {
        Kind::Simulated => "simulated",
        Kind::Real => "real",
    };
    let options = cluster.options();
    format!(
        "cluster {}: {kind} nodes, {} in each of {} zones",
        options.name,
        options.nodes_per_zone,
        options.zones.len()
    )
}

fn table(processes: &[ProcessStatus]) -> Vec<String> {
    let width = processes
        .iter()
        .map(|process| process.name.len())
        .max()
        .unwrap_or(0);
    let line = |process: &ProcessStatus| {
        let how = match &process.state {
            ProcessState::Alive { memory, cpu } => {
                format!("{:>5} MiB {:>7.1} s of CPU", memory >> 20, cpu.as_secs_f32())
            }
            ProcessState::Dead { last_words } => {
                format!("DEAD {}", last_words.as_deref().unwrap_or("without a word"))
            }
        };
        format!("  {:<width$}  {:>7}  {how}", process.name, process.pid)
    };
    processes.iter().map(line).collect()
}

/// What was done to a zone; the API server may not know it yet.
fn lost_zone(zone: &str, state: ZoneState) -> Option<String> {
    match state {
        ZoneState::Up => None,
        ZoneState::Cut | ZoneState::Killed => Some(format!("zone {zone} is {}", watch::deed(state))),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_dead_are_shown_with_their_last_words() {
        let process = |name: &str, pid, state| ProcessStatus {
            name: name.to_owned(),
            pid,
            state,
        };
        let memory = 43 << 20;
        let cpu = Duration::from_millis(1_240);
        let lines = table(&[
            process("etcd", 77, ProcessState::Alive { memory, cpu }),
            process(
                "kwok-a",
                12_345,
                ProcessState::Dead {
                    last_words: Some("no more".to_owned()),
                },
            ),
            process("kwok-b", 8, ProcessState::Dead { last_words: None }),
        ]);
        assert_eq!(lines[0], "  etcd         77     43 MiB     1.2 s of CPU");
        assert_eq!(lines[1], "  kwok-a    12345  DEAD no more");
        assert_eq!(lines[2], "  kwok-b        8  DEAD without a word");
    }

    #[test]
    fn a_lost_zone_says_why() {
        assert_eq!(
            lost_zone("c", ZoneState::Cut).as_deref(),
            Some("zone c is cut off")
        );
        assert_eq!(lost_zone("c", ZoneState::Up), None);
    }
}
