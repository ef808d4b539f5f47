//! A whole zone is drained: of the overlays it succeeds; under constraints and budgets of other kinds it ends in
//! Pending pods, or never.

use cluster::KubectlError;
use serde_json::{Value, json};

use crate::objects::text;
use crate::placement::{Application, Expected, all_seen, nine_in_two, settle};
use crate::spreads::{Spread, namespace};
use crate::support::{Outcome, Stop, Suite};
use crate::world::{LOST_NODES, World};

const NAMESPACE: &str = "drains";

/// Of each node; long enough to see that kubectl tries again after 5 s and is refused again.
const BLOCKED: &str = "--timeout=6s";

/// Of each node; never reached.
const ENOUGH: &str = "--timeout=30s";

/// A constraint and a budget.
struct Case {
    spread: Spread,
    /// The budget's `maxUnavailable`.
    missing: u8,
    ends: End,
}

#[derive(Clone, Copy)]
enum End {
    /// Drained, and all pods Ready elsewhere.
    Moved,
    /// Drained, and this many pods wait for the zone.
    Waiting,
    /// The budget refuses the second eviction for ever.
    Blocked,
}

const CASES: [Case; 6] = [
    Case {
        spread: Spread::Honor,
        missing: 3,
        ends: End::Moved,
    },
    Case {
        spread: Spread::Honor,
        missing: 1,
        ends: End::Moved,
    },
    Case {
        spread: Spread::Ignore,
        missing: 3,
        ends: End::Waiting,
    },
    Case {
        spread: Spread::Ignore,
        missing: 1,
        ends: End::Blocked,
    },
    Case {
        spread: Spread::Minimum,
        missing: 3,
        ends: End::Waiting,
    },
    Case {
        spread: Spread::Minimum,
        missing: 1,
        ends: End::Blocked,
    },
];

impl Case {
    fn name(&self) -> String {
        format!("{}-{}", self.spread.name(), self.missing)
    }

    fn words(&self) -> String {
        format!("{}, maxUnavailable: {}", self.spread.words(), self.missing)
    }

    fn objects(&self) -> [Value; 2] {
        let name = self.name();
        let budget = json!({
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": { "name": name, "namespace": NAMESPACE },
            "spec": {
                "maxUnavailable": self.missing,
                "selector": { "matchLabels": { "app.kubernetes.io/name": name } },
            },
        });
        [self.spread.workload(NAMESPACE, &name), budget]
    }

    fn spreads(&self) -> Vec<String> {
        match self.ends {
            End::Moved => nine_in_two(""),
            End::Waiting => vec!["a=3 b=3 -/Pending=3".to_owned()],
            End::Blocked => vec!["a=3 b=3 c=2 -/Pending=1".to_owned()],
        }
    }

    fn drained(&self, world: &World) -> Outcome {
        let timeout = if matches!(self.ends, End::Blocked) {
            BLOCKED
        } else {
            ENOUGH
        };
        match (self.ends, drain(world, &self.name(), timeout)) {
            (End::Moved | End::Waiting, drained) => Ok(drained?),
            (End::Blocked, Err(KubectlError::Refused { words, .. }))
                if words.contains("Cannot evict pod as it would violate the pod's disruption budget") =>
            {
                Ok(())
            }
            (End::Blocked, Err(error)) => Err(error.into()),
            (End::Blocked, Ok(())) => Err("the zone was drained".into()),
        }
    }
}

pub(crate) fn run(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    let world = &*world;
    suite.needed("workloads with budgets are applied", || {
        let mut objects = vec![namespace(NAMESPACE)];
        objects.extend(CASES.iter().flat_map(Case::objects));
        Ok(world.kubectl.apply_text(&text(&objects))?)
    })?;
    let before = CASES.iter().map(|case| {
        let check = format!("before: {}: 3/3/3", case.words());
        Expected::new(
            check,
            Application::new(NAMESPACE, &case.name()),
            &["a=3 b=3 c=3"],
            30,
        )
    });
    let mut before: Vec<_> = before.collect();
    before.extend(overlays_even("before"));
    all_seen(&settle(world, suite, &before))?;
    drains(suite, world);
    let expected = afterwards();
    let seen = settle(world, suite, &expected);
    for (expected, seen) in expected.iter().zip(seen) {
        if let Some((spread, _)) = seen {
            suite.figure(&expected.check, spread);
        }
    }
    suite.check(
        "blocked: the scheduler says that the spread keeps the pod waiting",
        || waits_for_zone(world),
    );
    again(suite, world);
    Ok(())
}

/// All at once: each drain takes the pods of one application.
fn drains(suite: &mut Suite, world: &World) {
    type Body<'a> = Box<dyn FnOnce() -> Outcome + Send + 'a>;
    let mut all: Vec<(String, Body<'_>)> = vec![(
        "the zone is drained of all overlays' pods".to_owned(),
        Box::new(|| Ok(drain(world, "hello", ENOUGH)?)),
    )];
    for case in &CASES {
        let ends = match case.ends {
            End::Blocked => "can NOT be drained",
            End::Moved | End::Waiting => "is drained",
        };
        let check = format!("{}: the zone {ends}", case.words());
        all.push((check, Box::new(|| case.drained(world))));
    }
    suite.parallel(all);
}

fn drain(world: &World, name: &str, timeout: &str) -> Result<(), KubectlError> {
    let pods = format!("--pod-selector=app.kubernetes.io/name={name}");
    let drain = ["drain", "-l", LOST_NODES, &pods, timeout];
    world.kubectl.run(&drain).map(drop)
}

fn afterwards() -> Vec<Expected> {
    let mut all = vec![
        Expected {
            check: "drained: production".to_owned(),
            application: Application::hello("production"),
            spreads: nine_in_two(""),
            within: 20,
        },
        Expected::new(
            "drained: staging",
            Application::hello("staging"),
            &["a=1 b=2", "a=2 b=1"],
            20,
        ),
    ];
    all.extend(CASES.iter().map(|case| Expected {
        check: format!("drained: {}", case.words()),
        application: Application::new(NAMESPACE, &case.name()),
        spreads: case.spreads(),
        within: 20,
    }));
    all
}

fn waits_for_zone(world: &World) -> Outcome {
    let pending = [
        "-n",
        NAMESPACE,
        "get",
        "pods",
        "--field-selector=status.phase=Pending",
    ];
    let pods = world.kubectl.json(&pending)?;
    let pods = pods["items"].as_array().ok_or("no list of pods")?;
    let name = |pod: &Value| pod.pointer("/metadata/labels/app.kubernetes.io~1name").cloned();
    for case in CASES.iter().filter(|case| matches!(case.ends, End::Blocked)) {
        let pod = pods.iter().find(|pod| name(pod) == Some(json!(case.name())));
        let message = pod
            .and_then(|pod| pod.pointer("/status/conditions/0/message"))
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !message.contains("didn't match pod topology spread constraints") {
            return Err(format!("{}: `{message}`", case.name()).into());
        }
    }
    Ok(())
}

/// The zone takes pods again: those that waited go there, the others only when they start anew.
fn again(suite: &mut Suite, world: &World) {
    suite.check("the zone takes pods again", || {
        Ok(world.kubectl.run(&["uncordon", "-l", LOST_NODES])?)
    });
    let waited = CASES
        .iter()
        .filter(|case| !matches!(case.ends, End::Moved))
        .map(|case| {
            let check = format!("{}: 3/3/3 again", case.words());
            Expected::new(
                check,
                Application::new(NAMESPACE, &case.name()),
                &["a=3 b=3 c=3"],
                30,
            )
        });
    settle(world, suite, &waited.collect::<Vec<_>>());
    suite.check("the workloads with budgets are removed", || {
        Ok(world
            .kubectl
            .run(&["delete", "namespace", NAMESPACE, "--wait=false"])?)
    });
}

/// Both overlays over three zones.
pub(crate) fn overlays_even(when: &str) -> [Expected; 2] {
    [
        ("production", "3/3/3", "a=3 b=3 c=3"),
        ("staging", "1/1/1", "a=1 b=1 c=1"),
    ]
    .map(|(environment, words, spread)| {
        let check = format!("{when}: {environment}: {words}");
        Expected::new(check, Application::hello(environment), &[spread], 20)
    })
}
