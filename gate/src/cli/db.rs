//! `gate db`.

use clap::{Args, Subcommand};

/// Arguments of `gate db`.
#[derive(Debug, Args)]
pub struct DbArguments {
    /// What to do with the database.
    #[command(subcommand)]
    pub command: DbCommand,
}

/// The subcommands of `gate db`.
#[derive(Debug, Subcommand)]
pub enum DbCommand {
    /// Fetch fresh advisories through git
    Update {
        /// Give up after this many seconds
        #[arg(long, value_name = "SECONDS", default_value_t = 120)]
        timeout: u64,
    },
}
