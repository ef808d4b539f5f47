//! Bad releases: each stops at its first pods while the old nine serve, and applying the overlay again undoes it.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::drain::nothing_lost;
use crate::journal::Step;
use crate::state::{self, Pod};
use crate::support::{Outcome, Stop, Suite};
use crate::world::{PODS, PRODUCTION, World, overlay};

/// `maxSurge` of the base.
const SURGE: usize = 3;
/// How long a bad release is watched once it stands.
const HOLD: Duration = Duration::from_secs(10);

/// A release that cannot work.
struct Bad {
    words: &'static str,
    folder: &'static str,
    /// Does a new pod show what is wrong?
    shows: fn(&World, &Pod) -> Outcome<bool>,
}

const RELEASES: [Bad; 2] = [
    Bad {
        words: "a release that never becomes Ready",
        folder: "never-ready",
        shows: |world, pod| {
            let said = state::warnings(&world.kubectl, PRODUCTION, &pod.name)?;
            let failed = "Readiness probe failed: HTTP probe failed with statuscode: 404";
            Ok(pod.running && pod.restarts == 0 && said.contains(failed))
        },
    },
    Bad {
        words: "a release that ends at once with exit code 2",
        folder: "exits",
        shows: |_, pod| Ok(pod.restarts > 0 && pod.exit_code == Some(2)),
    },
];

pub(crate) fn run(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    for bad in RELEASES {
        let old = suite.needed("nine good pods are there", || good(world))?;
        let traffic = suite.needed("requests are under way", || world.send_new(200))?;
        let began = Instant::now();
        let stood = suite.check(format!("{}: three new pods show it", bad.words), || {
            stands(world, &bad, &old)
        });
        let stood_after = began.elapsed();
        let held = suite.check(
            "it stops there: no fourth pod, none Ready, the old nine serve",
            || stays(world, &old),
        );
        suite.check(
            "applying the overlay undoes it: the old nine, the same as before",
            || undone(world, &old),
        );
        let account = traffic.stop();
        suite.check("no request is lost", || nothing_lost(&account));
        if let (Some(()), Some(spread)) = (stood, held) {
            let step = Step::of(bad.words)
                .took(stood_after)
                .requests(&account)
                .pods(spread);
            world.journal.note(suite, step);
        }
    }
    Ok(())
}

/// The names of nine Ready pods, three in each zone.
fn good(world: &World) -> Outcome<BTreeSet<String>> {
    world.until(30, || {
        world.three_in_each_zone()?;
        let pods = world.pods(PRODUCTION)?;
        let names: BTreeSet<_> = pods
            .into_iter()
            .filter(|pod| pod.ready && !pod.terminating)
            .map(|pod| pod.name)
            .collect();
        match names.len() {
            PODS => Ok(names),
            other => Err(format!("{other} pods").into()),
        }
    })
}

/// The pods that are not of the old nine, and do not go.
fn fresh(world: &World, old: &BTreeSet<String>) -> Outcome<Vec<Pod>> {
    let pods = world.pods(PRODUCTION)?.into_iter();
    Ok(pods
        .filter(|pod| !pod.terminating && !old.contains(&pod.name))
        .collect())
}

fn stands(world: &World, bad: &Bad, old: &BTreeSet<String>) -> Outcome {
    let folder = format!("e2e/cluster/tests/real/releases/{}", bad.folder);
    world.kubectl.run(&["apply", "-k", &folder])?;
    world.until(90, || {
        let fresh = fresh(world, old)?;
        let mut showing = 0;
        for pod in &fresh {
            showing += usize::from((bad.shows)(world, pod)?);
        }
        match showing {
            SURGE => Ok(()),
            _ => Err(format!("{showing} of {} new pods show it", fresh.len()).into()),
        }
    })
}

fn stays(world: &World, old: &BTreeSet<String>) -> Outcome<String> {
    let began = Instant::now();
    let mut spread = String::new();
    while began.elapsed() < HOLD && !world.interrupt.is_set() {
        let fresh = fresh(world, old)?;
        if fresh.len() != SURGE || fresh.iter().any(|pod| pod.ready) {
            return Err(format!("new pods:\n{}", state::told(&fresh)).into());
        }
        let endpoints = state::endpoints(&world.kubectl, PRODUCTION)?;
        let ready: BTreeSet<_> = endpoints
            .into_iter()
            .filter(|endpoint| endpoint.ready)
            .map(|endpoint| endpoint.pod)
            .collect();
        if ready != *old {
            return Err(format!("ready endpoints: {ready:?}").into());
        }
        spread = world.spread_now()?;
        sleep(Duration::from_secs(1));
    }
    Ok(spread)
}

fn undone(world: &World, old: &BTreeSet<String>) -> Outcome {
    world.kubectl.run(&["apply", "-k", &overlay("production")])?;
    world.rolled_out(PRODUCTION)?;
    world.until(30, || {
        let left = fresh(world, old)?;
        if !left.is_empty() {
            return Err(format!("still there:\n{}", state::told(&left)).into());
        }
        if good(world)? == *old {
            return Ok(());
        }
        Err("other pods than before serve".into())
    })
}
