//! `gate rules`.

use clap::Args;

/// Arguments of `gate rules`.
#[derive(Debug, Args)]
pub struct RulesArguments {}
