//! What the suites on a cluster share: named checks in order, a table at the end, and an exit code that is never
//! green by accident.
//!
//! A suite is a [`Plan`]: sections of checks, each saying which sections it needs, on one cluster that is brought up
//! first and down last. A check that fails does not end the suite; one that the rest needs ([`Suite::needed`]) ends
//! its section and those that need it. The exit code is 0 only when at least one check of a section was made and
//! none failed, the cluster's own end included.
//! Ctrl-C and TERM end the waiting, take the cluster down and make the exit code 130.
//!
//! Environment:
//!
//! - `GATE_E2E=1` runs the suite. Without it one line says that it was skipped.
//! - `GATE_E2E_ONLY=outage,drain` runs these sections and those that they need.
//! - `GATE_E2E_RESULTS=FILE` also writes checks, seconds and figures as JSON.
#![allow(dead_code, reason = "each suite uses the part that it needs")]
#![allow(unreachable_pub, reason = "a module of test programs, which export nothing")]
#![allow(unused_imports, reason = "each suite uses the part that it needs")]

mod interruption;
mod plan;
mod report;
mod suite;
mod wait;

pub use plan::{Plan, Section, Settings};
pub use suite::{Failure, Outcome, Stop, Suite};
pub use wait::wait_until;
