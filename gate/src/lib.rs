//! Proves, before anything is applied, that what is about to run on Kubernetes is safe, is what was reviewed, and
//! survives the loss of a zone.
//!
//! Data goes one way through the rooms: *input → render → yaml → kube → rules → exceptions → verdict → report*.
//! A plan goes in, a report comes out; nothing here prints or exits.

pub mod blame;
pub mod cli;
pub mod commands;
pub mod config;
pub mod deps;
pub mod edit;
pub mod exceptions;
pub mod finding;
mod glob;
pub mod image;
pub mod input;
pub mod kube;
pub mod pin;
pub mod plan;
pub mod process;
pub mod render;
pub mod report;
pub mod rules;
pub mod stages;
pub mod yaml;

#[cfg(test)]
#[path = "../tests/support/mod.rs"]
mod support;
