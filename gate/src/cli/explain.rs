//! `gate explain`.

use clap::Args;

/// Arguments of `gate explain`.
#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// Id of a rule
    #[arg(value_name = "ID")]
    pub id: String,
}
