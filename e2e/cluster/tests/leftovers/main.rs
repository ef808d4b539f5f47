//! What a cluster leaves on the machine: nothing, however it ends.
//!
//! A simulated and two real clusters are brought up at the same time; a fourth start is interrupted in its middle and a
//! fifth one killed; of the real ones a zone is without power and another cut off when all go down. Then the machine is
//! looked at.
//!
//! Other clusters, and whatever else runs on the machine, may come and go meanwhile. So each kind of leftovers is looked
//! for in the way that is sure of whose it is:
//!
//! - **By name.** Processes that have a folder of these clusters in their command line, environment or working folder;
//!   links, routes and control groups of these clusters' slots, unless another cluster has the slot by now; mounts, in
//!   the namespace of every process, sockets and files with such a folder in their name.
//! - **By identity.** All processes of these clusters, by id and start, and all namespaces that they are in, by number,
//!   are noted while they are up: none may live on, under whatever name or with whoever in it.
//! - **By comparison.** Packet filter, kernel settings, the places outside its own folder where a kubelet or a containerd
//!   would write, and the controllers that control groups hand out, are as before. No cluster may change them, so no
//!   other cluster is an excuse.
//!
//! With `GATE_E2E_ALONE=1`, for a machine on which nothing else happens, everything else is compared as well: links,
//! routes, mounts, control groups, sockets, and processes that were started since. Without it such differences are
//! noted. Kernel modules that were loaded on demand stay, and are not looked for.
//!
//! `GATE_E2E_LEAVE=COMMAND` runs a shell command before the last look, with `FOLDER`, `LINK`, `GROUP` and `NETWORK` of a
//! cluster that is gone, to see the suite notice what it leaves: `ip link add "$LINK" type bridge`. What it leaves is
//! its author's to remove.

#[path = "../support/mod.rs"]
mod support;

mod child;
mod machine;
mod ours;
mod world;

use std::process::ExitCode;

use support::{Plan, Section};
use world::World;

fn main() -> ExitCode {
    if let Some(name) = child::asked_for() {
        return child::up(&name);
    }
    let section = |name, needs, run| Section { name, needs, run };
    let plan = Plan {
        name: "leftovers",
        sections: vec![
            section("together", &[], world::together),
            section("interrupted", &[], world::interrupted),
            section("killed", &[], world::killed),
            section("down", &["together"], world::down),
            section("nothing is left", &[], world::look),
        ],
        prepare: World::before,
        finish: World::clear,
    };
    plan.main()
}
