//! `gate check`.

use clap::Args;

use super::StageName;

/// Arguments of `gate check`.
#[derive(Debug, Default, Args)]
pub struct CheckArguments {
    /// Also judge the kustomizations as they would be released: with the digests of the images at hand
    #[arg(long)]
    pub as_released: bool,
    /// Run this stage only; may be given several times
    #[arg(long, value_name = "STAGE", conflicts_with = "skip")]
    pub only: Vec<StageName>,
    /// Leave this stage out; the verdict says so
    #[arg(long, value_name = "STAGE")]
    pub skip: Vec<StageName>,
}
