//! `gate deps`.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `gate deps`.
#[derive(Debug, Args)]
pub struct DepsArguments {
    /// Lockfiles, or binaries that cargo-auditable built [default: the lockfiles of gate.toml]
    #[arg(value_name = "LOCKFILE|BINARY")]
    pub paths: Vec<PathBuf>,
}
