//! A rolling restart under load, on new connections and on kept ones.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::{Duration, Instant};

use cluster::traffic::{Connections, Running};

use crate::drain::nothing_lost;
use crate::journal::Step;
use crate::support::{Outcome, Stop, Suite};
use crate::world::{PODS, PRODUCTION, World};

/// The least number of requests that make "none was lost" worth saying.
const NEW: u64 = 5_000;
const KEPT: u64 = 100_000;
/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(5);

const ON_KEPT: Connections = Connections::Kept {
    connections: 64,
    per_second: Some(2_500),
};

pub(crate) fn run(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    let old = suite.needed("the pods before are known", || names(world))?;
    let new = suite.needed("requests on new connections are under way", || {
        world.send(Connections::New { per_second: 150 }, TIMEOUT)
    })?;
    let kept = suite.needed("requests on kept connections are under way", || {
        world.send(ON_KEPT, TIMEOUT)
    })?;
    let began = Instant::now();
    suite.check("the rollout is complete", || world.restart());
    let rolled_out = began.elapsed();
    suite.check(
        "every pod of before is gone, and nine new ones are Ready, three in each zone",
        || replaced(world, &old),
    );
    let replaced = began.elapsed();
    suite.check("the traffic was as much as it should be", || {
        enough(world, &new, NEW)?;
        enough(world, &kept, KEPT)
    });
    let (new, kept) = (new.stop(), kept.stop());
    suite.check("no request on a new connection is lost", || nothing_lost(&new));
    suite.check("no request on a kept connection is lost", || nothing_lost(&kept));
    suite.check(
        "draining pods say `Connection: close`, and are not the ones to close first",
        || match (kept.connection_close, kept.closed_at_rest) {
            (0, _) => Err("no answer on a kept connection said so".into()),
            (_, 0) => Ok(()),
            (said, silent) => {
                Err(format!("{said} answers said so, {silent} connections were closed in silence").into())
            }
        },
    );
    let spread = world.spread_now().unwrap_or_default();
    let mut note = |step: Step| world.journal.note(suite, step);
    note(Step::of("rolling restart: the rollout is complete").took(rolled_out));
    note(
        Step::of("the old pods are gone; on new connections")
            .took(replaced)
            .requests(&new)
            .pods(spread),
    );
    note(Step::of("the same on kept connections").requests(&kept));
    suite.figure("answers with `Connection: close`", kept.connection_close);
    suite.figure("kept connections made", kept.kept_connections_made);
    Ok(())
}

fn names(world: &World) -> Outcome<BTreeSet<String>> {
    world.three_in_each_zone()?;
    let pods = world.pods(PRODUCTION)?;
    Ok(pods.into_iter().map(|pod| pod.name).collect())
}

fn replaced(world: &World, old: &BTreeSet<String>) -> Outcome {
    world.until(120, || {
        let now = names(world)?;
        let left = now.intersection(old).count();
        match (left, now.len()) {
            (0, PODS) => Ok(()),
            (left, all) => Err(format!("{left} of {all} pods are from before").into()),
        }
    })
}

/// Waits for the rest of the requests, if the machine was slow.
fn enough(world: &World, traffic: &Running, least: u64) -> Outcome {
    let mut sent = traffic.progress().sent;
    let deadline = Instant::now() + Duration::from_mins(3);
    while sent < least && Instant::now() < deadline && !world.interrupt.is_set() {
        sleep(Duration::from_millis(200));
        sent = traffic.progress().sent;
    }
    if sent < least {
        return Err(format!("{sent} requests were sent, not {least}").into());
    }
    Ok(())
}
