//! The suites' own machinery: red when it must be.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unnecessary_wraps,
    reason = "a test reads what it has written, and its sections have the shape that a plan asks for"
)]

#[path = "support/mod.rs"]
mod support;

use std::fs;
use std::io::{self, Write};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use cluster::Interrupt;
use serde_json::Value;
use support::{Outcome, Plan, Section, Settings, Stop, Suite, wait_until};

/// What a suite printed.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .expect("no panic while writing")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Printed {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no panic while writing").clone()).expect("UTF-8")
    }
}

/// Which sections ran, in order; "down" when the world came down.
type World = Arc<Mutex<Vec<&'static str>>>;

fn ran(world: &World, name: &'static str) {
    world.lock().expect("no panic while noting").push(name);
}

fn first(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    ran(world, "first");
    suite.needed("the ground holds", || Ok(()))
}

fn second(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    ran(world, "second");
    suite.check("one and one", || Ok(()));
    suite.figure("sum", 2);
    Ok(())
}

fn breaks(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    ran(world, "breaks");
    suite.check("is not so", || Err::<(), _>("first line\nsecond line".into()));
    suite.check("is so", || Ok(()));
    Ok(())
}

fn stops(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    ran(world, "stops");
    suite.needed("is not there", || Err::<(), _>("gone".into()))?;
    suite.check("is never reached", || Ok(()));
    Ok(())
}

fn says_nothing(_: &mut Suite, _: &mut World) -> Result<(), Stop> {
    Ok(())
}

fn panics(suite: &mut Suite, _: &mut World) -> Result<(), Stop> {
    suite.check("panics inside", || -> Outcome { panic!("oh dear") });
    Ok(())
}

fn section(
    name: &'static str,
    needs: &'static [&'static str],
    run: fn(&mut Suite, &mut World) -> Result<(), Stop>,
) -> Section<World> {
    Section { name, needs, run }
}

fn plan(sections: Vec<Section<World>>) -> Plan<World> {
    Plan {
        name: "sample",
        sections,
        prepare: |suite| suite.needed("it comes up", || Ok(World::default())),
        finish: |suite, world| {
            let ran = world.lock().expect("no panic while noting").join(", ");
            suite.note(format_args!("down after {ran}"));
        },
    }
}

/// Whether it is green, and what it printed.
fn run(sections: Vec<Section<World>>, settings: &Settings) -> (bool, String) {
    let printed = Printed::default();
    let green = plan(sections).run(&mut Suite::new(printed.clone(), Interrupt::default()), settings);
    (green, printed.text())
}

fn all() -> Settings {
    Settings::default()
}

fn only(names: &[&str]) -> Settings {
    Settings {
        only: names.iter().map(|name| (*name).to_owned()).collect(),
        ..Settings::default()
    }
}

#[test]
fn all_checks_hold() {
    let (green, text) = run(
        vec![
            section("first", &[], first),
            section("second", &["first"], second),
        ],
        &all(),
    );
    assert!(green, "{text}");
    assert!(text.contains(" s  the ground holds\n"), "{text}");
    assert!(text.contains("\nfigures\n  sum  2\n"), "{text}");
    assert!(text.contains("down after first, second\n"), "{text}");
    assert!(
        text.contains("\nall                            3       0 "),
        "{text}"
    );
}

#[test]
fn one_failure_makes_it_red_and_the_rest_still_runs() {
    let (green, text) = run(
        vec![section("breaks", &[], breaks), section("second", &[], second)],
        &all(),
    );
    assert!(!green, "{text}");
    let reason = text.lines().skip_while(|line| !line.starts_with("FAIL")).take(3);
    let [verdict, first, second] = reason.collect::<Vec<_>>()[..] else {
        panic!("three lines: {text}");
    };
    assert!(verdict.ends_with(" s  is not so"), "{text}");
    assert_eq!(
        (first.trim_start(), second.trim_start()),
        ("first line", "second line")
    );
    assert!(first.starts_with("    ") && second.starts_with("    "), "{text}");
    assert!(text.contains("ok      0.0 s  is so"), "{text}");
    assert!(text.contains("ok      0.0 s  one and one"), "{text}");
    assert!(text.contains("\nfailed\n  breaks: is not so\n"), "{text}");
}

#[test]
fn what_is_needed_ends_its_section_and_those_that_need_it() {
    let sections = vec![
        section("stops", &[], stops),
        section("first", &["stops"], first),
        section("second", &[], second),
    ];
    let (green, text) = run(sections, &all());
    assert!(!green, "{text}");
    assert!(!text.contains("is never reached"), "{text}");
    assert!(!text.contains("the ground holds"), "{text}");
    assert!(text.contains("it needs `stops`, which failed"), "{text}");
    assert!(text.contains("one and one"), "{text}");
}

#[test]
fn nothing_checked_is_red() {
    let (green, text) = run(vec![], &all());
    assert!(!green, "{text}");
    assert!(text.contains("no check was made, so nothing is proven"), "{text}");
    let (green, text) = run(
        vec![section("silent", &[], says_nothing), section("first", &[], first)],
        &all(),
    );
    assert!(!green, "{text}");
    assert!(text.contains("the section makes no check"), "{text}");
}

#[test]
fn a_world_that_does_not_come_up_is_red_and_nothing_runs() {
    let printed = Printed::default();
    let mut plan = plan(vec![section("first", &[], first)]);
    plan.prepare = |suite| suite.needed("it comes up", || Err("no etcd".into()));
    assert!(!plan.run(&mut Suite::new(printed.clone(), Interrupt::default()), &all()));
    let text = printed.text();
    assert!(
        text.contains("no etcd") && !text.contains("the ground holds"),
        "{text}"
    );
}

#[test]
fn an_end_that_fails_is_red() {
    let printed = Printed::default();
    let mut plan = plan(vec![section("first", &[], first)]);
    plan.finish = |suite, _| {
        suite.check("it comes down", || Err::<(), _>("etcd stays".into()));
    };
    assert!(!plan.run(&mut Suite::new(printed.clone(), Interrupt::default()), &all()));
    assert!(printed.text().contains("etcd stays"));
}

#[test]
fn a_panic_is_a_failure_and_the_world_still_comes_down() {
    let (green, text) = run(vec![section("panics", &[], panics)], &all());
    assert!(!green, "{text}");
    assert!(text.contains("it panicked: oh dear"), "{text}");
    assert!(text.contains("down after "), "{text}");
}

#[test]
fn sections_by_name_bring_what_they_need() {
    let sections = || {
        vec![
            section("breaks", &[], breaks),
            section("first", &[], first),
            section("second", &["first"], second),
        ]
    };
    let (green, text) = run(sections(), &only(&["second"]));
    assert!(green, "{text}");
    assert!(
        text.contains("the ground holds") && text.contains("one and one"),
        "{text}"
    );
    assert!(text.contains("not asked for: breaks"), "{text}");
    let (green, text) = run(sections(), &only(&["secnd"]));
    assert!(!green, "{text}");
    assert!(
        text.contains("no section `secnd`; there are breaks, first, second"),
        "{text}"
    );
}

#[test]
fn checks_side_by_side_wait_for_one_another() {
    // Each of the two ends only when the other has begun.
    let (left, right) = std::sync::mpsc::channel::<()>();
    let (answer, question) = std::sync::mpsc::channel::<()>();
    let printed = Printed::default();
    let mut suite = Suite::new(printed.clone(), Interrupt::default());
    let here: Box<dyn FnOnce() -> Outcome + Send> = Box::new(move || {
        left.send(())?;
        Ok(question.recv()?)
    });
    let there: Box<dyn FnOnce() -> Outcome + Send> = Box::new(move || {
        answer.send(())?;
        right.recv()?;
        Err("seen".into())
    });
    assert!(!suite.parallel([("here", here), ("there", there)]));
    let text = printed.text();
    assert!(text.contains(" s  here\nFAIL"), "{text}");
}

#[test]
fn waiting_ends_with_the_last_words() {
    let calm = Interrupt::default();
    let mut looks = 0;
    let found = wait_until(&calm, 60, || {
        looks += 1;
        if looks < 3 {
            Err("not yet".into())
        } else {
            Ok(looks)
        }
    });
    assert_eq!(found.expect("the third look finds it"), 3);
    let failure = wait_until(&calm, 0, || Err::<(), _>("a=3 b=3".into())).expect_err("never so");
    assert_eq!(failure.to_string(), "not within 0 s: a=3 b=3");
}

fn is_interrupted(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    ran(world, "interrupted");
    let interrupt = suite.interrupt().clone();
    suite.needed("waits for ever", || {
        wait_until(&interrupt, 600, || {
            interrupt.flag().store(true, Ordering::SeqCst);
            Err::<(), _>("not yet".into())
        })
    })
}

#[test]
fn an_interruption_takes_the_world_down_and_proves_nothing() {
    let (green, text) = run(
        vec![
            section("second", &[], second),
            section("interrupted", &[], is_interrupted),
            section("first", &[], first),
        ],
        &all(),
    );
    assert!(!green, "{text}");
    assert!(text.contains("down after second, interrupted\n"), "{text}");
    assert!(text.contains("interrupted: nothing is proven"), "{text}");
    assert!(
        !text.contains("waits for ever") && !text.contains("FAIL"),
        "{text}"
    );
}

#[test]
fn results_are_written_as_json() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("results.json");
    let settings = Settings {
        results: Some(path.clone()),
        ..all()
    };
    let (green, _) = run(
        vec![section("breaks", &[], breaks), section("second", &[], second)],
        &settings,
    );
    assert!(!green);
    let results: Value = serde_json::from_slice(&fs::read(&path).expect("written")).expect("JSON");
    assert_eq!(results["suite"], "sample");
    assert_eq!(results["green"], false);
    assert_eq!(
        (&results["passed"], &results["failed"]),
        (&Value::from(3), &Value::from(1))
    );
    assert_eq!(
        results["sections"][1]["checks"][0]["reason"],
        "first line\nsecond line"
    );
    assert_eq!(results["figures"][0]["value"], "2");
    let unwritable = Settings {
        results: Some(folder.path().join("no/such/folder")),
        ..all()
    };
    assert!(
        !run(vec![section("first", &[], first)], &unwritable).0,
        "asked for and not written"
    );
}
