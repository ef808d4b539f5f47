//! One pod is deleted: it leaves the endpoints at once, serves through preStop and drain, and ends by itself.

use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use cluster::KubectlError;
use cluster::traffic::Account;
use jiff::Timestamp;
use serde_json::Value;

use crate::journal::Step;
use crate::state;
use crate::support::{Outcome, Stop, Suite};
use crate::world::{PRODUCTION, World};

/// `preStop` of the base, and `DRAIN_SECONDS` of the service.
const PRE_STOP: Duration = Duration::from_secs(20);
const DRAIN: Duration = Duration::from_secs(10);
/// What the kubelet and a busy machine may add to each.
const SLACK: Duration = Duration::from_secs(10);
/// `FINISH_SECONDS`, and the second that the admin port may take.
const FINISH: Duration = Duration::from_secs(11);
/// `terminationGracePeriodSeconds`: then it would be killed.
const GRACE: Duration = Duration::from_mins(1);
/// Until the endpoints know that a pod goes.
const AT_ONCE: Duration = Duration::from_secs(5);

/// A pod on its way out.
struct Leaving {
    pod: String,
    deleted: Instant,
    deleted_at: Timestamp,
    /// What its log says until its end.
    log: JoinHandle<Result<String, KubectlError>>,
}

impl Leaving {
    /// Asks the pod itself, through the API server.
    fn ask(&self, world: &World, port: u16, path: &str) -> Result<String, KubectlError> {
        let pod = &self.pod;
        let path = format!("/api/v1/namespaces/{PRODUCTION}/pods/{pod}:{port}/proxy/{path}");
        world.kubectl.run(&["get", "--raw", &path])
    }

    /// Is the pod ready by its own account? `None`: there is no telling.
    fn says_ready(&self, world: &World) -> Option<bool> {
        match self.ask(world, 9090, "readyz") {
            Ok(_) => Some(true),
            Err(error) => error.words()?.contains("ServiceUnavailable").then_some(false),
        }
    }

    fn serves(&self, world: &World) -> Outcome {
        let answer = self.ask(world, 8080, "version")?;
        if answer.contains(&self.pod) {
            return Ok(());
        }
        Err(format!("it answers `{answer}`").into())
    }
}

pub(crate) fn run(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    let traffic = suite.needed("requests are under way", || world.send_new(100))?;
    let leaving = suite.needed("a pod is deleted", || delete(world))?;
    let left = suite.check("it leaves the endpoints at once", || left(world, &leaving));
    suite.check(
        "meanwhile it is ready by its own account, and serves",
        || match leaving.says_ready(world) {
            Some(true) => leaving.serves(world),
            other => Err(format!("ready: {other:?}").into()),
        },
    );
    suite.check(
        "after preStop it says that it is not ready, and still serves",
        || {
            world.until(40, || match leaving.says_ready(world) {
                Some(false) => Ok(()),
                other => Err(format!("ready: {other:?}").into()),
            })?;
            leaving.serves(world)
        },
    );
    let gone = suite.check("it is gone after preStop and drain, and is not killed", || {
        gone(world, &leaving)
    });
    suite.check(
        "its log says `draining` after preStop, and `ended` after the drain",
        || log_is_on_time(leaving),
    );
    suite.check("nine are Ready again, three in each zone", || {
        world.until(30, || world.three_in_each_zone())
    });
    let account = traffic.stop();
    suite.check("no request is lost", || nothing_lost(&account));
    let spread = world.spread_now().unwrap_or_default();
    if let (Some(left), Some(gone)) = (left, gone) {
        let mut note = |name: &str, took| world.journal.note(suite, Step::of(name).took(took));
        note("a pod is deleted: out of the endpoints", left);
        let step = Step::of("the same pod: gone")
            .took(gone)
            .requests(&account)
            .pods(spread);
        world.journal.note(suite, step);
    }
    Ok(())
}

fn delete(world: &World) -> Outcome<Leaving> {
    let pods = world.pods(PRODUCTION)?;
    let pod = pods.iter().find(|pod| pod.ready && !pod.terminating);
    let pod = pod.ok_or("no pod is Ready")?.name.clone();
    let log = {
        let (kubectl, pod) = (world.kubectl.clone(), pod.clone());
        thread::spawn(move || kubectl.run(&["-n", PRODUCTION, "logs", "--follow", "--tail=1", &pod]))
    };
    let (deleted, deleted_at) = (Instant::now(), Timestamp::now());
    world
        .kubectl
        .run(&["-n", PRODUCTION, "delete", "pod", &pod, "--wait=false"])?;
    Ok(Leaving {
        pod,
        deleted,
        deleted_at,
        log,
    })
}

fn left(world: &World, leaving: &Leaving) -> Outcome<Duration> {
    world.until(20, || {
        let endpoints = state::endpoints(&world.kubectl, PRODUCTION)?;
        let own = endpoints.iter().find(|endpoint| endpoint.pod == leaving.pod);
        match own.ok_or("it is no endpoint at all, though it serves")? {
            own if own.ready => Err("it is a ready endpoint".into()),
            own if own.serving && own.terminating => Ok(()),
            own => Err(format!("{own:?}").into()),
        }
    })?;
    let took = leaving.deleted.elapsed();
    if took < AT_ONCE {
        return Ok(took);
    }
    Err(format!("only after {:.1} s", took.as_secs_f64()).into())
}

fn gone(world: &World, leaving: &Leaving) -> Outcome<Duration> {
    world.until(70, || {
        let found = world.pods(PRODUCTION)?;
        if found.iter().any(|pod| pod.name == leaving.pod) {
            return Err("it is still there".into());
        }
        Ok(())
    })?;
    let took = leaving.deleted.elapsed();
    within("it was gone", took, PRE_STOP + DRAIN, GRACE)?;
    Ok(took)
}

fn log_is_on_time(leaving: Leaving) -> Outcome {
    let log = leaving.log.join().map_err(|_| "the log's reader panicked")??;
    let at = |message: &str| -> Outcome<Timestamp> {
        let lines = log
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let found = lines.into_iter().find(|line| line["message"] == message);
        let found = found.ok_or_else(|| format!("its log does not say `{message}`:\n{log}"))?;
        Ok(found["timestamp"].as_str().unwrap_or_default().parse()?)
    };
    let (draining, ended) = (at("draining")?, at("ended")?);
    let before = Duration::try_from(draining.duration_since(leaving.deleted_at))?;
    let drained = Duration::try_from(ended.duration_since(draining))?;
    within("it drained", before, PRE_STOP, PRE_STOP + SLACK)?;
    within(
        "it ended",
        drained,
        DRAIN.saturating_sub(Duration::from_millis(100)),
        DRAIN + FINISH + SLACK,
    )
}

fn within(what: &str, took: Duration, least: Duration, most: Duration) -> Outcome {
    if (least..=most).contains(&took) {
        return Ok(());
    }
    let [took, least, most] = [took, least, most].map(|time| time.as_secs_f64());
    Err(format!("{what} after {took:.1} s, expected {least} to {most} s").into())
}

/// Every request was answered, and there were some.
pub(crate) fn nothing_lost(account: &Account) -> Outcome {
    match account.lost.as_slice() {
        [] if account.sent > 0 => Ok(()),
        [] => Err("no request was sent".into()),
        [first, ..] => Err(format!(
            "{} of {} requests lost: {:?}; the first {:.1} s after the start",
            account.lost.len(),
            account.sent,
            account.causes,
            first.at.as_secs_f64()
        )
        .into()),
    }
}
