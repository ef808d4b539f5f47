//! Probes: they come from the kubelet, and leave nothing in the logs.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::state::Pod;
use crate::support::{Outcome, Stop, Suite};
use crate::world::{PRODUCTION, STAGING, World};

/// How long the logs must not grow.
const QUIET: Duration = Duration::from_mins(2);

/// The kernel remembers an ended connection for two minutes; in that time a pod is asked 24 times for readiness and 12
/// times for life. Fewer may be seen while the machine is busy, but not so few.
const PROBES: usize = 24;

/// The log files of staging at one time.
#[derive(Debug)]
pub(crate) struct Logs {
    since: Instant,
    bytes: BTreeMap<String, u64>,
}

/// Who asks, and the beginning of the two quiet minutes.
pub(crate) fn run(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    suite.check("every pod's admin port is asked by its own node", || {
        world.until(20, || {
            let mut pods = world.pods(PRODUCTION)?;
            pods.extend(world.pods(STAGING)?);
            let asked = asked(world, &pods)?;
            let unasked = pods.iter().find(|pod| !asked.contains_key(&pod.name));
            unasked.map_or(Ok(()), |pod| {
                Err(format!("{} was not asked by {}", pod.name, pod.node).into())
            })
        })
    });
    let bytes = suite.needed("each pod of staging has a log", || {
        let bytes = sizes(world)?;
        match bytes.values().filter(|size| **size > 0).count() {
            3 => Ok(bytes),
            _ => Err(format!("{bytes:?}").into()),
        }
    })?;
    world.logs = Some(Logs {
        since: Instant::now(),
        bytes,
    });
    Ok(())
}

/// The end of the two minutes.
pub(crate) fn quiet(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    let Some(before) = world.logs.take() else {
        return suite.needed("the logs were measured before", || Err("they were not".into()));
    };
    while before.since.elapsed() < QUIET && !suite.interrupt().is_set() {
        sleep(Duration::from_millis(200));
    }
    let probes = suite.check("each pod of staging was probed all the while", || {
        let pods = world.pods(STAGING)?;
        let asked = asked(world, &pods)?;
        let fewest = pods
            .iter()
            .map(|pod| asked.get(&pod.name).copied().unwrap_or_default())
            .min();
        match fewest {
            Some(fewest) if fewest >= PROBES => Ok(asked.values().sum::<usize>()),
            _ => Err(format!("probes in two minutes: {asked:?}").into()),
        }
    });
    suite.check("two minutes of probes leave not one byte in the logs", || {
        let after = sizes(world)?;
        if after == before.bytes {
            return Ok(());
        }
        Err(format!("before: {:?}\nafter: {after:?}", before.bytes).into())
    });
    let bytes: u64 = before.bytes.values().sum();
    let seconds = before.since.elapsed().as_secs();
    suite.figure(
        "staging's logs",
        format_args!(
            "{bytes} bytes before and after {seconds} s, with {} probes",
            probes.unwrap_or_default()
        ),
    );
    Ok(())
}

/// How often each pod's admin port was asked from an address of its own node in the last two minutes.
fn asked(world: &World, pods: &[Pod]) -> Outcome<BTreeMap<String, usize>> {
    let mut asked = BTreeMap::new();
    for node in world.zones.keys() {
        let own = world.in_node(node, &["ip", "-oneline", "-4", "address", "show"])?;
        let connections = world.in_node(node, &["cat", "/proc/net/nf_conntrack"])?;
        for line in connections.lines().filter(|line| line.contains(" dport=9090 ")) {
            let value = |name: &str| line.split_whitespace().find_map(|word| word.strip_prefix(name));
            let (Some(from), Some(to)) = (value("src="), value("dst=")) else {
                continue;
            };
            let pod = pods.iter().find(|pod| pod.node == *node && pod.address == to);
            if let Some(pod) = pod.filter(|_| own.contains(&format!(" {from}/"))) {
                *asked.entry(pod.name.clone()).or_default() += 1;
            }
        }
    }
    Ok(asked)
}

/// The size of each log file of staging, on all nodes.
fn sizes(world: &World) -> Outcome<BTreeMap<String, u64>> {
    let mut sizes = BTreeMap::new();
    for node in world.zones.keys() {
        let find = format!("find /var/log/pods -type f -path '*/{STAGING}_*' -printf '%s %p\\n'");
        for line in world.in_node(node, &["sh", "-c", &find])?.lines() {
            let (size, path) = line.split_once(' ').ok_or("a size and a path were expected")?;
            let file = path.trim_start_matches("/var/log/pods/");
            sizes.insert(format!("{node}: {file}"), size.parse()?);
        }
    }
    Ok(sizes)
}
