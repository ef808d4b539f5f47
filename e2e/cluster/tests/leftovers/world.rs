//! The clusters of this run, and the looks at the machine before and after.

use std::collections::BTreeMap;
use std::env;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process;
use std::process::Command;
use std::thread;

use cluster::{Cluster, Interrupt, Kind, Options, ZoneState};
use rustix::process::Signal;

use crate::child;
use crate::machine::{self, Lines};
use crate::ours::{Left, Ours};
use crate::support::{Outcome, Stop, Suite, wait_until};

/// What `up` says in its middle, when all programs of the control plane run and the nodes begin to.
const MIDDLE: &str = "starting the nodes";

/// How long the kernel may take to clear away what nobody holds any more.
const SECONDS: u64 = 5;

/// A simulated cluster, and two real ones.
const NAMES: [&str; 3] = ["kwok", "first", "second"];

/// A pod that runs the program which every real node has.
const POD: &str = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "runs"}, "spec": {"containers": [{
    "name": "runs", "image": "IMAGE", "imagePullPolicy": "Never"}]}}"#;

/// See the module.
pub(crate) struct World {
    interrupt: Interrupt,
    prefix: String,
    ours: Ours,
    /// Those that are up.
    clusters: BTreeMap<&'static str, Cluster>,
    before: Before,
}

/// The machine before.
struct Before {
    strict: Vec<(&'static str, Lines)>,
    others: Vec<(&'static str, Lines)>,
    processes: Vec<u64>,
}

impl World {
    /// Looks at the machine.
    pub(crate) fn before(suite: &mut Suite) -> Result<Self, Stop> {
        let prefix = format!("left-{}-", process::id());
        let interrupt = suite.interrupt().clone();
        suite.needed("the machine is looked at", || {
            let before = Before {
                strict: strict()?,
                others: others(),
                processes: machine::processes().iter().map(|process| process.start).collect(),
            };
            Ok(Self {
                ours: Ours::below(&state()?.join(&prefix)),
                interrupt,
                prefix,
                clusters: BTreeMap::new(),
                before,
            })
        })
    }

    fn name(&self, short: &str) -> String {
        format!("{}{short}", self.prefix)
    }

    fn options(&self, short: &str) -> Options {
        let zones: &[&str] = match short {
            "second" => &["a", "b"],
            _ => &["a", "b", "c"],
        };
        Options {
            name: self.name(short),
            kind: if short == "kwok" {
                Kind::Simulated
            } else {
                Kind::Real
            },
            zones: zones.iter().map(|zone| (*zone).to_owned()).collect(),
            nodes_per_zone: 1,
            interrupt: self.interrupt.clone(),
            ..Options::default()
        }
    }

    /// After the checks: ends what still runs, whatever they came to.
    pub(crate) fn clear(suite: &mut Suite, world: Self) {
        let prefix = world.prefix;
        let names = NAMES.into_iter().chain(["broken", "killed"]);
        for cluster in names.filter_map(|short| Cluster::open(&format!("{prefix}{short}")).ok()) {
            let name = cluster.name().to_owned();
            suite.check(format!("{name} goes down"), || Ok(end(cluster)?));
        }
    }
}

/// The folder of all clusters.
fn state() -> Outcome<PathBuf> {
    let home = || Some(PathBuf::from(env::var_os("HOME")?).join(".local/state"));
    let set = env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    Ok(set.or_else(home).ok_or("no home folder")?.join("hello-cluster"))
}

/// What no cluster may change.
fn strict() -> Outcome<Vec<(&'static str, Lines)>> {
    Ok(vec![
        ("packet filter", machine::packet_filter()?),
        ("controllers that control groups hand out", machine::controllers()),
        ("places of kubelet and containerd", machine::places()),
        ("kernel settings", settings()),
    ])
}

fn settings() -> Lines {
    let settings = machine::settings().into_iter();
    settings
        .map(|(name, value)| format!("{name} = {value}"))
        .collect()
}

/// What others may change as well.
fn others() -> Vec<(&'static str, Lines)> {
    vec![
        ("links", machine::links()),
        ("routes", machine::routes()),
        ("mounts", machine::mounts()),
        ("control groups", machine::control_groups()),
        ("sockets", machine::sockets()),
    ]
}

fn end(cluster: Cluster) -> Result<(), cluster::ClusterError> {
    // An interruption of the suite does not interrupt a cluster's end.
    cluster.interruptible(&Interrupt::default()).down(&mut say)
}

/// A first build takes minutes; who waits may know for what.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// A simulated and two real clusters, brought up at the same time, all of which work.
pub(crate) fn together(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    let outcomes: Vec<_> = thread::scope(|scope| {
        let starts = NAMES.map(|short| {
            let options = world.options(short);
            scope.spawn(move || {
                let begun = std::time::Instant::now();
                let outcome = Cluster::up(&options, &mut |line| say(&format!("{}: {line}", options.name)));
                (begun.elapsed(), outcome)
            })
        });
        starts.into_iter().map(thread::ScopedJoinHandle::join).collect()
    });
    for (short, outcome) in NAMES.into_iter().zip(outcomes) {
        let (took, outcome) = outcome.map_err(|_| Stop)?;
        let up = suite.record(
            format!("{short} comes up beside the others"),
            took,
            outcome.map_err(Into::into),
        );
        world.clusters.insert(short, up.ok_or(Stop)?);
    }
    for short in ["first", "second"] {
        suite.check(format!("{short} runs a container"), || {
            runs_a_container(world, short)
        });
    }
    suite.check("kwok schedules a pod", || runs(world, "kwok", "any"));
    suite.needed("all that they consist of is noted", || {
        for short in NAMES {
            world.ours.learn(short)?;
        }
        Ok(())
    })?;
    let (processes, namespaces) = world.ours.counts();
    suite.figure("processes of three clusters", processes);
    suite.figure("namespaces of three clusters", namespaces);
    Ok(())
}

/// A pod of the program that sandboxes run is Ready on a real node.
fn runs_a_container(world: &World, short: &str) -> Outcome {
    let cluster = &world.clusters[short];
    let images = cluster
        .exec(
            "node-a1",
            &["ctr", "--namespace", "k8s.io", "images", "list", "--quiet"],
        )?
        .text();
    let image = images
        .lines()
        .find(|name| name.starts_with("localhost/pause@"))
        .ok_or("no image of sandboxes")?;
    runs(world, short, image)
}

fn runs(world: &World, short: &str, image: &str) -> Outcome {
    let kubectl = world.clusters[short].kubectl();
    kubectl.apply_text(&POD.replace("IMAGE", image))?;
    wait_until(&world.interrupt, 60, || {
        let ready = kubectl.run(&["get", "pod", "runs", "--output", READY])?;
        if ready == "True" {
            Ok(())
        } else {
            Err(format!("Ready is `{ready}`").into())
        }
    })
}

/// The status of a pod's condition Ready.
const READY: &str = r#"jsonpath={.status.conditions[?(@.type=="Ready")].status}"#;

/// A start that is interrupted in its middle leaves nothing, and harms no other cluster.
pub(crate) fn interrupted(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    let name = world.name("broken");
    let ours = &mut world.ours;
    suite.needed("a start ends with 130 at SIGINT", || {
        let status = child::signalled_at(&name, MIDDLE, Signal::INT, || ours.learn("broken"))?;
        if status.code() == Some(130) {
            Ok(())
        } else {
            Err(format!("it ended with {status}").into())
        }
    })?;
    gone(suite, world, "broken");
    Ok(())
}

/// A start that is killed in its middle is ended by `down`.
pub(crate) fn killed(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    let name = world.name("killed");
    let ours = &mut world.ours;
    suite.needed("a start is killed", || {
        let status = child::signalled_at(&name, MIDDLE, Signal::KILL, || ours.learn("killed"))?;
        child::expect_signal(status, Signal::KILL)
    })?;
    suite.check("it has left its processes", || {
        let left = world.ours.folder("killed");
        if left.exists() {
            Ok(())
        } else {
            Err("nothing to end".into())
        }
    });
    suite.needed("its cluster goes down", || Ok(end(Cluster::open(&name)?)?))?;
    gone(suite, world, "killed");
    Ok(())
}

/// The folder is gone, and the clusters that are up still are.
fn gone(suite: &mut Suite, world: &World, short: &str) {
    suite.check("its folder is gone", || {
        if world.ours.folder(short).exists() {
            Err("it is there".into())
        } else {
            Ok(())
        }
    });
    suite.check("no other cluster has lost a process", || {
        for cluster in world.clusters.values() {
            let dead = cluster
                .processes()?
                .into_iter()
                .find(|process| matches!(process.state, cluster::ProcessState::Dead { .. }));
            if let Some(dead) = dead {
                return Err(format!("{} has lost {}", cluster.name(), dead.name).into());
            }
        }
        Ok(())
    });
}

/// All go down, one with a zone without power and another cut off.
pub(crate) fn down(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    let real = &world.clusters["first"];
    suite.needed("a zone is without power, and another cut off", || {
        real.zone_kill("b")?;
        real.zone_cut("c")?;
        let states = [
            real.zone_state("a")?,
            real.zone_state("b")?,
            real.zone_state("c")?,
        ];
        if states == [ZoneState::Up, ZoneState::Killed, ZoneState::Cut] {
            Ok(())
        } else {
            Err(format!("the zones are {states:?}").into())
        }
    })?;
    for (short, cluster) in std::mem::take(&mut world.clusters) {
        suite.check(format!("{short} goes down"), || Ok(end(cluster)?));
    }
    Ok(())
}

/// Nothing is left.
pub(crate) fn look(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    leave_something(suite, world);
    let ours = &world.ours;
    let kinds: [(&str, &dyn Fn() -> Left); 7] = [
        ("no process", &|| ours.processes()),
        ("no namespace", &|| ours.namespaces()),
        ("no link and no route", &|| ours.links()),
        ("no mount", &|| ours.mounts()),
        ("no control group", &|| ours.control_groups()),
        ("no socket", &|| ours.sockets()),
        ("no file", &|| ours.files()),
    ];
    for (what, left) in kinds {
        suite.check(what, || {
            wait_until(&world.interrupt, SECONDS, || nothing(&left()))
        });
    }
    let after = suite.needed("the machine is looked at again", strict)?;
    for ((what, before), (_, after)) in world.before.strict.iter().zip(&after) {
        suite.check(format!("{what}: as before"), || {
            nothing(&differences(before, after))
        });
    }
    compare_others(suite, world);
    Ok(())
}

fn nothing(left: &[String]) -> Outcome {
    if left.is_empty() {
        Ok(())
    } else {
        Err(left.join("\n").into())
    }
}

/// What is new, and what is gone. A setting that is new came with a kernel module.
fn differences(before: &Lines, after: &Lines) -> Left {
    let name = |line: &str| line.split(" = ").next().unwrap_or_default().to_owned();
    let known: Lines = before.iter().map(|line| name(line)).collect();
    let is_setting = |line: &str| line.contains(" = ");
    let new = after
        .difference(before)
        .filter(|line| !is_setting(line) || known.contains(&name(line)));
    let lost = before.difference(after).map(|line| format!("- {line}"));
    new.map(|line| format!("+ {line}")).chain(lost).collect()
}

/// Everything else on the machine: a failure where it was promised that nothing else happens, a note elsewhere.
fn compare_others(suite: &mut Suite, world: &World) {
    let alone = env::var_os("GATE_E2E_ALONE").is_some_and(|value| value == "1");
    let mut kinds: Vec<(&str, Left)> = Vec::new();
    for ((what, before), (_, after)) in world.before.others.iter().zip(&others()) {
        kinds.push((what, differences(before, after)));
    }
    kinds.push(("processes", new_processes(&world.before.processes)));
    for (what, left) in kinds {
        if alone {
            suite.check(format!("{what} of all: as before"), || nothing(&left));
        } else if !left.is_empty() {
            suite.note(format_args!(
                "       {what}: {} differences that are not of these clusters",
                left.len()
            ));
        }
    }
}

/// Processes that were started meanwhile and are neither this one's children nor the kernel's.
fn new_processes(before: &[u64]) -> Left {
    let latest = before.iter().max().copied().unwrap_or_default();
    let new = machine::processes().into_iter().filter(|process| {
        process.start > latest && !process.command.is_empty() && process.parent != process::id()
    });
    new.map(|process| process.shown()).collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "runs the command that the environment asks for"
)]
fn leave_something(suite: &mut Suite, world: &World) {
    let Some(command) = env::var_os("GATE_E2E_LEAVE") else {
        return;
    };
    suite.note(format_args!(
        "leaving something on purpose: {}",
        command.display()
    ));
    suite.check("something is left on purpose", || {
        let status = Command::new("sh")
            .arg("-c")
            .arg(&command)
            .envs(world.ours.variables())
            .status()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("it ended with {status}").into())
        }
    });
}
