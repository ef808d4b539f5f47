//! A zone is lost under load, by its cable or by its plug, and comes back.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::thread::sleep;
use std::time::{Duration, Instant};

use cluster::Cluster;
use cluster::traffic::Running;
use cluster::traffic::conntrack::Sampler;

use crate::drain::nothing_lost;
use crate::journal::Step;
use crate::losses::{self, Moments};
use crate::state;
use crate::support::{Outcome, Stop, Suite};
use crate::world::{PODS, PRODUCTION, World};

/// Requests in a second.
pub(crate) const RATE: u32 = 200;
/// Requests that are answered before anything happens.
const BEFORE: u64 = 400;

/// How a zone is lost.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Outage {
    /// Its network: its pods go on, unheard.
    Cut,
    /// Its power.
    Killed,
}

impl fmt::Display for Outage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Cut => "cut off",
            Self::Killed => "killed",
        })
    }
}

/// Zone c, by its cable.
pub(crate) fn cut(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    run(suite, world, Outage::Cut, "c")
}

/// Zone a, by its plug.
pub(crate) fn kill(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    run(suite, world, Outage::Killed, "a")
}

fn run(suite: &mut Suite, world: &mut World, outage: Outage, zone: &str) -> Result<(), Stop> {
    let victims = suite.needed("three Ready pods in each zone before", || victims(world, zone))?;
    let (traffic, sampler) = suite.needed(
        "requests are under way, and every connection's way is noted",
        || {
            let traffic = world.send_new(RATE)?;
            let sampler = notes(world, &traffic)?;
            world.until(20, || match traffic.progress().answered {
                0..BEFORE => Err("too few answers".into()),
                _ => Ok(()),
            })?;
            Ok((traffic, sampler))
        },
    )?;
    let moments = moments(suite, world, &traffic, outage, zone);
    let lost_spread = world.spread_now().unwrap_or_default();
    // What was sent last may still be lost, and shall be counted.
    sleep(Duration::from_secs(2));
    let account = traffic.stop();
    let seen = sampler.stop();
    let moments = moments?;
    losses::judge(suite, &account, &seen, &moments, &victims);
    let mut note = |name: &str, took| {
        let step = Step::of(format!("zone {zone} {outage}: {name}"));
        world.journal.note(suite, step.took(took));
    };
    note(
        "its nodes are NotReady",
        moments.noticed.saturating_sub(moments.lost),
    );
    note(
        "its endpoints are gone",
        moments.left.saturating_sub(moments.lost),
    );
    let step = Step::of(format!("zone {zone} {outage}: nine Ready again"));
    let step = step
        .took(moments.nine.saturating_sub(moments.lost))
        .requests(&account)
        .pods(lost_spread);
    world.journal.note(suite, step);
    mended(suite, world, outage, zone)
}

/// The addresses of the zone's pods.
fn victims(world: &World, zone: &str) -> Outcome<BTreeSet<IpAddr>> {
    world.until(60, || {
        world.three_in_each_zone()?;
        let pods = world.pods(PRODUCTION)?;
        let own = pods.iter().filter(|pod| world.zone(pod) == zone);
        own.map(|pod| Ok(pod.address.parse()?)).collect()
    })
}

/// Begins to note to which pod each connection goes.
fn notes(world: &World, traffic: &Running) -> Outcome<Sampler> {
    let cluster = Cluster::open(world.cluster.name())?;
    Ok(Sampler::start(traffic, move || {
        let read = cluster.exec("control", &["cat", "/proc/net/nf_conntrack"]);
        let output = read.map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(output.text());
        }
        Err(output.words())
    }))
}

/// Takes the zone away, and waits for what follows.
fn moments(
    suite: &mut Suite,
    world: &World,
    traffic: &Running,
    outage: Outage,
    zone: &str,
) -> Result<Moments, Stop> {
    let now = || traffic.started().elapsed();
    let lost = now();
    suite.needed(format!("zone {zone} is {outage}"), || {
        match outage {
            Outage::Cut => world.cluster.zone_cut(zone)?,
            Outage::Killed => world.cluster.zone_kill(zone)?,
        }
        Ok(())
    })?;
    let done = now();
    let noticed = suite.needed("its nodes become NotReady", || {
        world.until(60, || match state::ready_nodes(&world.kubectl, zone)? {
            0 => Ok(now()),
            ready => Err(format!("{ready} nodes of the zone are Ready").into()),
        })
    })?;
    let left = suite.needed("its endpoints leave", || {
        world.until(30, || {
            let endpoints = state::endpoints(&world.kubectl, PRODUCTION)?;
            let ready = endpoints
                .iter()
                .filter(|endpoint| endpoint.zone == zone && endpoint.ready);
            match ready.count() {
                0 => Ok(now()),
                ready => Err(format!("{ready} endpoints of the zone are ready").into()),
            }
        })
    })?;
    let nine = suite.needed(
        "nine are Ready again, four and five in the other two zones",
        || {
            world.until(180, || {
                let pods = world.pods(PRODUCTION)?;
                let mut ready = world.ready(&pods);
                let own = ready.remove(zone);
                let mut others: Vec<usize> = ready.into_values().collect();
                others.sort_unstable();
                if own == Some(0) && others == [4, 5] {
                    return Ok(now());
                }
                Err(format!("ready pods by zone: {}", world.spread(&pods)).into())
            })
        },
    )?;
    Ok(Moments {
        lost,
        done,
        noticed,
        left,
        nine,
    })
}

/// The zone comes back; nothing is lost by it, nor by the rollout that spreads the pods again.
fn mended(suite: &mut Suite, world: &mut World, outage: Outage, zone: &str) -> Result<(), Stop> {
    let traffic = suite.needed("requests are under way again", || world.send_new(RATE))?;
    let began = Instant::now();
    let back = suite.needed("the zone is mended, and its nodes are Ready", || {
        world.cluster.zone_mend(zone)?;
        world.until(120, || match state::ready_nodes(&world.kubectl, zone)? {
            2 => Ok(began.elapsed()),
            ready => Err(format!("{ready} nodes are Ready").into()),
        })
    })?;
    let spread = suite.needed(
        "what was left of its old pods goes, and nothing moves by itself",
        || {
            world.until(90, || {
                let pods = world.pods(PRODUCTION)?;
                match pods.len() {
                    PODS => Ok(world.spread(&pods)),
                    other => Err(format!("{other} pods").into()),
                }
            })
        },
    )?;
    let restarted = Instant::now();
    suite.check("a rolling restart spreads them again, three in each zone", || {
        world.restart()?;
        world.until(60, || world.three_in_each_zone())
    });
    let restarted = restarted.elapsed();
    let account = traffic.stop();
    suite.check(
        "no request is lost, neither by the return nor by the restart",
        || nothing_lost(&account),
    );
    let step = Step::of(format!("zone {zone} {outage} is back: its nodes are Ready"));
    world.journal.note(suite, step.took(back).pods(spread));
    let step = Step::of("the return, and a rolling restart")
        .took(restarted)
        .requests(&account);
    world
        .journal
        .note(suite, step.pods(world.spread_now().unwrap_or_default()));
    Ok(())
}
