//! `gate render`.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `gate render`.
#[derive(Debug, Args)]
pub struct RenderArguments {
    /// Kustomization folders, files, folders of files, or `-` for standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Print the data of Secrets, for one's own eyes
    #[arg(long)]
    pub show_secrets: bool,
}
