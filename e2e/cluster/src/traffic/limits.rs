//! What the system allows this process. Refuses a plan that this process could not keep, before it looks like a fault of the server.

use rustix::process::{Resource, getrlimit, setpriority_process, setrlimit};

use super::{Connections, Plan, TrafficError};

/// Files that are open besides connections, with room.
const OTHER_FILES: u64 = 64;

/// Between the usual 0 and the most preferred -20.
const NICENESS: i32 = -10;

/// Refuses what sends nothing, and makes sure that all connections that may be open at once can be: the soft limit of
/// open files is raised towards the hard one.
pub(super) fn check(plan: &Plan) -> Result<(), TrafficError> {
    let zero = match plan.connections {
        Connections::New { per_second: 0 }
        | Connections::Kept {
            per_second: Some(0), ..
        } => Some("requests a second"),
        Connections::Kept { connections: 0, .. } => Some("kept connections"),
        _ if plan.timeout.is_zero() => Some("seconds until a timeout"),
        _ => None,
    };
    match zero {
        Some(what) => Err(TrafficError::Zero(what)),
        None => raise(needed(plan)),
    }
}

/// In an open loop all requests of one timeout may be waiting.
fn needed(plan: &Plan) -> u64 {
    let connections = match plan.connections {
        Connections::New { per_second } => {
            u64::from(per_second).saturating_mul(plan.timeout.as_secs().saturating_add(1))
        }
        Connections::Kept { connections, .. } => u64::from(connections),
    };
    connections.saturating_add(OTHER_FILES)
}

/// Lets this thread run before others, where that is allowed: what measures must not wait for what is measured.
/// On Linux the niceness is that of a thread.
pub(super) fn prefer_this_thread() {
    let _not_allowed = setpriority_process(None, NICENESS);
}

fn raise(needed: u64) -> Result<(), TrafficError> {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|soft| soft >= needed) {
        return Ok(());
    }
    if let Some(allowed) = limit.maximum.filter(|hard| *hard < needed) {
        return Err(TrafficError::TooFewFiles { needed, allowed });
    }
    limit.current = Some(needed);
    setrlimit(Resource::Nofile, limit).map_err(|error| TrafficError::System(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(connections: Connections) -> Plan {
        Plan {
            connections,
            ..Plan::new("http://127.0.0.1/")
        }
    }

    #[test]
    fn nothing_to_send_is_refused() {
        for connections in [
            Connections::New { per_second: 0 },
            Connections::Kept {
                connections: 0,
                per_second: None,
            },
            Connections::Kept {
                connections: 1,
                per_second: Some(0),
            },
        ] {
            assert!(
                matches!(check(&plan(connections)), Err(TrafficError::Zero(_))),
                "{connections:?}"
            );
        }
        assert!(check(&plan(Connections::New { per_second: 1 })).is_ok());
    }

    #[test]
    fn more_connections_than_files_are_refused_before_the_first() {
        let many = plan(Connections::Kept {
            connections: u32::MAX,
            per_second: None,
        });
        assert!(matches!(check(&many), Err(TrafficError::TooFewFiles { .. })));
        assert_eq!(needed(&plan(Connections::New { per_second: 200 })), 200 * 6 + 64);
    }
}
