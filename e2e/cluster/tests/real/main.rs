//! What is claimed of the service and its manifests, shown on real nodes: kubelets, containers, zones that are lost.
//!
//! The image is the one that `cargo xtask image` made, by the digest that the overlays pin; the overlays are applied as
//! they are. Needs root and a kernel that can hold nodes. See `docs/zones.md` for what it showed.

#[path = "../support/mod.rs"]
mod support;

mod container;
#[path = "../simulated/definitions.rs"]
mod definitions;
mod drain;
mod journal;
mod losses;
mod outage;
mod probes;
mod release;
mod restart;
mod start;
mod state;
mod world;

use std::process::ExitCode;

use support::{Plan, Section};
use world::World;

fn main() -> ExitCode {
    let section = |name, needs, run| Section { name, needs, run };
    let plan = Plan {
        name: "real",
        // Two minutes of silence are measured from `probes` to `quiet`, while what lies between is under way.
        sections: vec![
            section("definitions", &[], definitions::run),
            section("start", &["definitions"], start::run),
            section("container", &["start"], container::run),
            section("probes", &["start"], probes::run),
            section("drain", &["start"], drain::run),
            section("release", &["start"], release::run),
            section("restart", &["start"], restart::run),
            section("quiet", &["start", "probes"], probes::quiet),
            section("cut", &["start"], outage::cut),
            section("kill", &["start"], outage::kill),
        ],
        prepare: World::up,
        finish: World::down,
    };
    plan.main()
}
