//! The whole program, as its users see it: arguments in, report and exit code out.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "these tests start the program and write the repositories that it judges"
)]

mod artifacts;
mod bad_input;
mod chain;
mod changes;
mod commands;
mod exceptions;
mod human;
mod json;
mod overlays;
mod pin;
mod pipeline;
mod policy_from;
mod released;
mod repository;
#[path = "../support/mod.rs"]
mod support;

use support::image;
