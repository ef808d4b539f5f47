//! `gate pin`.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `gate pin`.
#[derive(Debug, Args)]
pub struct PinArguments {
    /// The image, by a name that the file gives it, without tag and digest
    #[arg(long, value_name = "NAME")]
    pub image: String,
    /// Its tag; without it only an image that has none is pinned
    #[arg(long, value_name = "TAG")]
    pub tag: Option<String>,
    /// Its digest; needed, since a tag alone can be moved
    #[arg(long, value_name = "DIGEST")]
    pub digest: Option<String>,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// A kustomization folder, a chart (its values.yaml), or a file that names the image
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
}
