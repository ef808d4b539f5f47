//! The command line: definitions only, one file a subcommand. Nothing here reads, prints or exits.

mod check;
mod common;
mod db;
mod deps;
mod explain;
mod image;
mod manifests;
mod pin;
mod render;
mod rules;

pub use check::CheckArguments;
pub use common::{
    CommonArguments, FailOn, OutputArgument, ProfileArgument, RendererArgument, RuleLevel, StageName,
};
pub use db::{DbArguments, DbCommand};
pub use deps::DepsArguments;
pub use explain::ExplainArguments;
pub use image::ImageArguments;
pub use manifests::ManifestsArguments;
pub use pin::PinArguments;
pub use render::RenderArguments;
pub use rules::RulesArguments;

use clap::{Parser, Subcommand};

const EXIT_CODES: &str = "\
Exit codes:
  0  clean
  1  findings at or above the fail level
  2  could not do its work: unreadable input, failed render, missing tool, stale database, wrong usage
  3  nothing to check";

/// Proves, before anything is applied, that what is about to run on Kubernetes is safe, is what was reviewed, and
/// survives the loss of a zone
#[derive(Debug, Parser)]
#[command(name = "gate", version, after_help = EXIT_CODES, disable_version_flag = true)]
pub struct Cli {
    /// Print the version, the day of the advisory table and the Kubernetes versions
    #[arg(short = 'V', long)]
    pub version: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options of every command.
    #[command(flatten)]
    pub common: CommonArguments,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Judge everything that gate.toml declares, and give one verdict
    Check(CheckArguments),
    /// Judge manifests only: kustomization folders, files, folders of files, standard input
    Manifests(ManifestsArguments),
    /// Judge dependencies only: lockfiles, or binaries with an embedded list
    Deps(DepsArguments),
    /// Judge images only: OCI layouts and archives, Docker archives
    Image(ImageArguments),
    /// Print the objects that the API server would see, as JSON, one a line
    Render(RenderArguments),
    /// Set tag and digest of an image in the file that names it
    Pin(PinArguments),
    /// List the catalogue of rules
    Rules(RulesArguments),
    /// Print the page of one rule
    Explain(ExplainArguments),
    /// Care for the advisory database
    Db(DbArguments),
}
