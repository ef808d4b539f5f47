//! `gate image`.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `gate image`.
#[derive(Debug, Args)]
pub struct ImageArguments {
    /// OCI layouts or archives, Docker archives [default: the images of gate.toml]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
}
