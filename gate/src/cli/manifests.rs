//! `gate manifests`.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `gate manifests`.
#[derive(Debug, Args)]
pub struct ManifestsArguments {
    /// Kustomization folders, files, folders of files, or `-` for standard input [default: those of gate.toml]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
}
