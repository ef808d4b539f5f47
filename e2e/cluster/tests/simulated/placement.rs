//! Where the pods are, and waiting until they are where they must be.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Outcome, Stop, Suite};
use crate::world::World;

/// Between two looks at all pods.
const PAUSE: Duration = Duration::from_millis(300);

/// What follows the zone of a pod that runs and is not Ready.
const NOT_READY: &str = "/NotReady";

/// All pods at one moment.
pub(crate) struct Placement(Vec<Pod>);

struct Pod {
    namespace: String,
    application: String,
    identity: String,
    node: String,
    place: String,
}

impl Placement {
    /// Looks at all pods of all namespaces.
    pub(crate) fn read(world: &World) -> Outcome<Self> {
        let list = world.kubectl.json(&["get", "pods", "--all-namespaces"])?;
        let pods = list["items"].as_array().ok_or("no list of pods")?;
        Ok(Self(pods.iter().map(|pod| Pod::of(pod, world)).collect()))
    }

    /// How many pods are Ready in each zone, then those that are not: `a=3 b=3 c/Terminating=3 -/Pending=1`.
    pub(crate) fn spread(&self, application: &Application) -> String {
        let mut counts: BTreeMap<(bool, &str), usize> = BTreeMap::new();
        for pod in self.pods(application) {
            let ready = !pod.place.contains('/');
            *counts.entry((!ready, &pod.place)).or_default() += 1;
        }
        let counts: Vec<_> = counts
            .into_iter()
            .map(|((_, place), count)| format!("{place}={count}"))
            .collect();
        if counts.is_empty() {
            "no pod".to_owned()
        } else {
            counts.join(" ")
        }
    }

    /// Each Ready pod by its identity, and its node.
    pub(crate) fn ready(&self, application: &Application) -> BTreeMap<String, String> {
        self.pods(application)
            .filter(|pod| !pod.place.contains('/'))
            .map(|pod| (pod.identity.clone(), pod.node.clone()))
            .collect()
    }

    /// How many pods run, Ready or not: a simulated kubelet says only once that a pod is Ready.
    pub(crate) fn running(&self, application: &Application) -> usize {
        let runs = |pod: &&Pod| !pod.place.contains('/') || pod.place.ends_with(NOT_READY);
        self.pods(application).filter(runs).count()
    }

    fn pods(&self, application: &Application) -> impl Iterator<Item = &Pod> {
        self.0
            .iter()
            .filter(|pod| pod.namespace == application.namespace && pod.application == application.name)
    }
}

impl Pod {
    fn of(pod: &Value, world: &World) -> Self {
        let text = |pointer: &str| pod.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let node = text("/spec/nodeName");
        let zone = world.zones.get(node).map_or("-", String::as_str);
        let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
        let ready = conditions
            .into_iter()
            .flatten()
            .any(|condition| condition["type"] == "Ready" && condition["status"] == "True");
        let place = match text("/status/phase") {
            _ if !text("/metadata/deletionTimestamp").is_empty() => format!("{zone}/Terminating"),
            "Running" if ready => zone.to_owned(),
            "Running" => format!("{zone}{NOT_READY}"),
            phase => format!("{zone}/{phase}"),
        };
        Self {
            namespace: text("/metadata/namespace").to_owned(),
            application: text("/metadata/labels/app.kubernetes.io~1name").to_owned(),
            identity: text("/metadata/uid").to_owned(),
            node: node.to_owned(),
            place,
        }
    }
}

/// Pods of one name in one namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Application {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Application {
    /// The pods that carry this value of `app.kubernetes.io/name`.
    pub(crate) fn new(namespace: &str, name: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    /// The project's own, in the namespace of an environment.
    pub(crate) fn hello(environment: &str) -> Self {
        Self::new(&format!("hello-{environment}"), "hello")
    }
}

/// Where pods must be, and how soon.
pub(crate) struct Expected {
    /// The check's name.
    pub(crate) check: String,
    pub(crate) application: Application,
    /// Any of these, as [`Placement::spread`] writes it.
    pub(crate) spreads: Vec<String>,
    /// In seconds.
    pub(crate) within: u64,
}

impl Expected {
    pub(crate) fn new(
        check: impl Into<String>,
        application: Application,
        spreads: &[&str],
        within: u64,
    ) -> Self {
        Self {
            check: check.into(),
            application,
            spreads: spreads.iter().map(|spread| (*spread).to_owned()).collect(),
            within,
        }
    }

    fn holds(&self, placement: &Placement) -> Result<String, String> {
        let spread = placement.spread(&self.application);
        if self.spreads.contains(&spread) {
            Ok(spread)
        } else {
            Err(spread)
        }
    }
}

/// A check that was waited for: what was seen and after which time.
pub(crate) type Seen = Option<(String, Duration)>;

/// Waits for all of them at once, with one look at the pods for all, and records each with the time that it took.
pub(crate) fn settle(world: &World, suite: &mut Suite, expected: &[Expected]) -> Vec<Seen> {
    let started = Instant::now();
    let mut outcomes: Vec<Option<(Duration, Outcome<String>)>> = expected.iter().map(|_| None).collect();
    while outcomes.iter().any(Option::is_none) && !world.interrupt.is_set() {
        let placement = Placement::read(world);
        let took = started.elapsed();
        for (expected, outcome) in expected.iter().zip(&mut outcomes) {
            let late = took.as_secs() >= expected.within;
            let seen = match &placement {
                Ok(placement) => expected.holds(placement),
                Err(failure) => Err(failure.to_string()),
            };
            match seen {
                _ if outcome.is_some() => {}
                Ok(spread) => *outcome = Some((took, Ok(spread))),
                Err(seen) if late => *outcome = Some((took, Err(expected.words(&seen).into()))),
                Err(_) => {}
            }
        }
        sleep(PAUSE);
    }
    let outcomes = expected.iter().zip(outcomes);
    outcomes
        .map(|(expected, outcome)| {
            let (took, outcome) = outcome?;
            let spread = suite.record(&expected.check, took, outcome)?;
            Some((spread, took))
        })
        .collect()
}

/// What comes next needs all of them.
pub(crate) fn all_seen(seen: &[Seen]) -> Result<(), Stop> {
    if seen.iter().all(Option::is_some) {
        Ok(())
    } else {
        Err(Stop)
    }
}

/// Looks once, after something else has happened meanwhile: is it still so?
pub(crate) fn still(world: &World, suite: &mut Suite, expected: &[Expected]) {
    let started = Instant::now();
    let placement = Placement::read(world).map_err(|failure| failure.to_string());
    for expected in expected {
        let outcome = match &placement {
            Ok(placement) => expected.holds(placement).map_err(|seen| expected.words(&seen)),
            Err(failure) => Err(failure.clone()),
        };
        suite.record(&expected.check, started.elapsed(), outcome.map_err(Into::into));
    }
}

impl Expected {
    fn words(&self, seen: &str) -> String {
        let wanted = self.spreads.join("` or `");
        format!("after {} s `{seen}`, and not `{wanted}`", self.within)
    }
}

/// Nine Ready pods in the two zones that are left, and what there is besides.
pub(crate) fn nine_in_two(besides: &str) -> Vec<String> {
    let spreads = ["a=4 b=5", "a=5 b=4"];
    spreads
        .map(|spread| format!("{spread} {besides}").trim().to_owned())
        .to_vec()
}
