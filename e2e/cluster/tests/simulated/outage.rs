//! A zone is lost, its Node objects stay: where the pods are then, and after its return.

use std::time::{Duration, Instant};

use crate::drain::overlays_even;
use crate::judgement;
use crate::objects::text;
use crate::overlays::{restart, rolled_out};
use crate::placement::{Application, Expected, Placement, Seen, all_seen, nine_in_two, settle, still};
use crate::spreads::{self, Spread};
use crate::support::{Outcome, Stop, Suite, wait_until};
use crate::world::{LOST, LOST_NODES, World};

/// What is seen of six of nine pods that stay, and three that wait for the lost zone.
const STUCK: &str = "a=3 b=3 -/Pending=3 c/Terminating=3";

pub(crate) fn run(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    let world = &*world;
    spreads::begin(world, suite)?;
    all_seen(&settle(world, suite, &overlays_even("before")))?;
    suite.needed("the zone is lost", || Ok(world.cluster.zone_cut(LOST)?))?;
    let lost = Instant::now();
    suite.needed("its nodes are seen to be gone", || nodes_are(world, "Unknown"))?;
    let noticed = lost.elapsed();
    suite.figure("zone lost: its nodes are not ready after", seconds(noticed));
    let expected = after_the_loss();
    let seen = settle(world, suite, &expected);
    table(suite, &expected, &seen, noticed);
    let stuck = expected.iter().filter(|expected| expected.spreads == [STUCK]);
    let stuck = stuck.map(|expected| Expected {
        check: format!("{}, and stays so", expected.check),
        application: expected.application.clone(),
        spreads: expected.spreads.clone(),
        within: 0,
    });
    still(world, suite, &stuck.collect::<Vec<_>>());
    new_version(suite, world);
    returns(suite, world)
}

fn seconds(took: Duration) -> String {
    format!("{:.0} s", took.as_secs_f64())
}

/// Waits until the Ready condition of each node of the zone has this status.
fn nodes_are(world: &World, status: &str) -> Outcome {
    let condition = format!("--for=condition=Ready={status}");
    let wait = ["wait", "nodes", "-l", LOST_NODES, &condition, "--timeout=60s"];
    world.kubectl.run(&wait)?;
    Ok(())
}

/// Production comes last: its pods say themselves that they tolerate the loss for 30 s.
fn after_the_loss() -> Vec<Expected> {
    let moved = nine_in_two("c/Terminating=3");
    let mut all: Vec<_> = spreads::ALL
        .into_iter()
        .map(|spread| Expected {
            check: format!("zone lost: {}", spread.words()),
            application: spread.application(),
            spreads: match spread {
                Spread::Honor | Spread::Soft => moved.clone(),
                Spread::Ignore | Spread::Minimum | Spread::HonorMinimum => vec![STUCK.to_owned()],
                Spread::SoftStateful => vec!["a=3 b=3 c/Terminating=3".to_owned()],
            },
            within: 90,
        })
        .collect();
    let staging = ["a=1 b=2 c/Terminating=1", "a=2 b=1 c/Terminating=1"];
    all.push(Expected::new(
        "zone lost: staging",
        Application::hello("staging"),
        &staging,
        90,
    ));
    all.push(Expected {
        check: "zone lost: production".to_owned(),
        application: Application::hello("production"),
        spreads: moved,
        within: 90,
    });
    all
}

/// What the scheduler made of each, and what gate had said before.
fn table(suite: &mut Suite, expected: &[Expected], seen: &[Seen], noticed: Duration) {
    for (position, (expected, seen)) in expected.iter().zip(seen).enumerate() {
        let Some((spread, took)) = seen else { continue };
        let gate = spreads::ALL.get(position).map(|kind| {
            let manifest = text(&[kind.workload(spreads::NAMESPACE, kind.name())]);
            let wanted = if matches!(kind, Spread::Soft | Spread::SoftStateful) {
                "soft-zone-spread"
            } else {
                "no rule yet"
            };
            suite.check(format!("gate on {}", kind.words()), || {
                let found = judgement::words(&judgement::findings(&manifest, Some("availability"))?);
                if found == wanted {
                    Ok(found)
                } else {
                    Err(format!("`{found}`, and not `{wanted}`").into())
                }
            })
        });
        let gate = gate
            .flatten()
            .map_or(String::new(), |found| format!("; gate: {found}"));
        suite.figure(
            &expected.check,
            format_args!("{spread} after {}{gate}", seconds(noticed + *took)),
        );
    }
}

/// Releases go on while the zone is away.
fn new_version(suite: &mut Suite, world: &World) {
    let started = Instant::now();
    let released = suite.check("a new version rolls out while the zone is away", || {
        let set = [
            "-n",
            "hello-production",
            "set",
            "env",
            "deployment/hello",
            "RELEASE=2",
        ];
        world.kubectl.run(&set)?;
        rolled_out(world, "production", &[])
    });
    if released.is_some() {
        suite.figure(
            "zone lost: a new version has rolled out after",
            seconds(started.elapsed()),
        );
    }
    let expected = Expected {
        check: "the new version: nine in two zones".to_owned(),
        application: Application::hello("production"),
        spreads: nine_in_two("c/Terminating=3"),
        within: 10,
    };
    settle(world, suite, &[expected]);
}

fn returns(suite: &mut Suite, world: &World) -> Result<(), Stop> {
    let hello = Application::hello("production");
    let before = Placement::read(world)
        .map(|placement| placement.ready(&hello))
        .unwrap_or_default();
    suite.needed("the zone returns", || Ok(world.cluster.zone_mend(LOST)?))?;
    suite.needed("its nodes are ready", || nodes_are(world, "True"))?;
    let waited = [Spread::Ignore, Spread::Minimum, Spread::HonorMinimum];
    let mut expected: Vec<_> = waited
        .map(|spread| {
            let check = format!("returned: {}: 3/3/3", spread.words());
            Expected::new(check, spread.application(), &["a=3 b=3 c=3"], 40)
        })
        .into();
    expected.push(Expected {
        check: "returned: production's dead pods are gone".to_owned(),
        application: hello.clone(),
        spreads: nine_in_two(""),
        within: 40,
    });
    settle(world, suite, &expected);
    let check = format!(
        "returned: {}: its dead pods are replaced",
        Spread::SoftStateful.words()
    );
    suite.check(check, || wait_until(&world.interrupt, 40, || all_replaced(world)));
    suite.check("returned: no pod of production moves by itself", || {
        wait_until(&world.interrupt, 0, || {
            let now = Placement::read(world)?.ready(&hello);
            let same = now == before && before.len() == 9;
            if same {
                Ok(())
            } else {
                Err(format!("{before:?}\n{now:?}").into())
            }
        })
    });
    suite.parallel(["production", "staging"].map(|environment| {
        (format!("returned: {environment} is restarted"), move || {
            restart(world, environment)
        })
    }));
    settle(world, suite, &overlays_even("restarted"));
    Ok(())
}

/// Where they go is open: they are replaced as soon as their kubelets return, which is before the taints are gone.
fn all_replaced(world: &World) -> Outcome {
    let stateful = Spread::SoftStateful.application();
    let placement = Placement::read(world)?;
    match placement.running(&stateful) {
        9 => Ok(()),
        _ => Err(placement.spread(&stateful).into()),
    }
}
