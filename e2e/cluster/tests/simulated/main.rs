//! The project's own manifests on a real API server, controller manager and scheduler, with nine simulated nodes in
//! three zones: what the server refuses, what the robot may do, and what is left when a zone is lost.
//!
//! Pods become Ready at once and run nothing here; what only real nodes can show is the other suite's.
//! `GATE_E2E_KUSTOMIZE=DIR` takes the manifests from a copy, to see the suite notice what was changed in it.

#[path = "../support/mod.rs"]
mod support;

mod definitions;
mod drain;
mod judgement;
mod objects;
mod outage;
mod overlays;
mod placement;
mod refusals;
mod removal;
mod robot;
mod rules;
mod spreads;
mod world;

use std::process::ExitCode;

use support::{Plan, Section};
use world::World;

fn main() -> ExitCode {
    plan().main()
}

fn plan() -> Plan<World> {
    let section = |name, needs, run| Section { name, needs, run };
    Plan {
        name: "simulated",
        sections: vec![
            section("definitions", &[], definitions::run),
            section("overlays", &["definitions"], overlays::run),
            section("robot", &["overlays"], robot::run),
            section("refusals", &["overlays"], refusals::run),
            section("outage", &["overlays"], outage::run),
            section("drain", &["overlays"], drain::run),
            section("removal", &["overlays"], removal::run),
        ],
        prepare: world::prepare,
        finish: world::finish,
    }
}
