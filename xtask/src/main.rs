//! Chores of this repository: `cargo xtask CHORE`.
//!
//! A chore builds, fetches or writes something below the workspace; judging is gate's work. Results go to standard
//! output, everything else to standard error. Exit codes: 0 done, 1 a page is stale, a cluster not whole or
//! `terraform/` at fault, 2 the chore could not be done, 130 it was interrupted; `verdict` has gate's, `browser` its
//! checks'.

mod advisories;
mod browser;
mod cluster;
mod docs;
mod environment;
mod image;
mod programs;
mod steps;
mod terraform;
mod tools;
mod verdict;
mod workspace;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use gate::stages::Hint;

use workspace::Workspace;

/// Chores of this repository
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Build the image, and have gate judge this repository
    Verdict,
    /// Build the image of the service: an OCI layout in target/image/hello
    Image(image::ImageArguments),
    /// Have a Kubernetes cluster in zones on this machine, and lose a zone of it
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Cluster(cluster::Arguments),
    /// Put the pinned tools that gate starts into target/tools/bin
    Tools,
    /// Write the page of all rules from the catalogue
    Docs(docs::DocsArguments),
    /// Open the page of the service in Chromium, and check what is seen
    Browser,
    /// Make the table of advisories that is built into gate
    Advisories(advisories::Arguments),
    /// Check terraform/ without a cloud
    Terraform(terraform::Arguments),
}

/// Why a chore failed.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
enum Failure {
    Workspace(#[from] workspace::WorkspaceError),
    Verdict(#[from] verdict::VerdictError),
    Image(#[from] image::ImageError),
    Cluster(#[from] cluster::Failure),
    Tools(#[from] tools::ToolError),
    Docs(#[from] docs::DocsError),
    Advisories(#[from] advisories::AdvisoriesError),
    Browser(#[from] browser::BrowserError),
    Terraform(#[from] terraform::TerraformError),
}

impl Failure {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Workspace(error) => error.hint(),
            Self::Verdict(error) => error.hint(),
            Self::Image(error) => error.hint(),
            Self::Cluster(error) => error.hint(),
            Self::Tools(error) => error.hint(),
            Self::Docs(error) => error.hint(),
            Self::Advisories(error) => error.hint(),
            Self::Browser(error) => error.hint(),
            Self::Terraform(error) => error.hint(),
        }
    }

    fn code(&self) -> ExitCode {
        match self {
            Self::Docs(docs::DocsError::Stale) => ExitCode::from(1),
            Self::Cluster(error) if error.is_interruption() => ExitCode::from(130),
            Self::Terraform(error) if error.is_fault() => ExitCode::from(1),
            _ => ExitCode::from(2),
        }
    }
}

fn main() -> ExitCode {
    run(&Cli::parse().chore).unwrap_or_else(|failure| {
        report(&failure);
        failure.code()
    })
}

fn run(chore: &Chore) -> Result<ExitCode, Failure> {
    let workspace = Workspace::find()?;
    match chore {
        Chore::Verdict => return Ok(ExitCode::from(verdict::run(&workspace)?)),
        Chore::Browser => return Ok(browser::run(&workspace)?),
        Chore::Image(arguments) => {
            let image = image::make(&workspace, *arguments)?;
            say(&image.summary);
            say(&image.sizes);
        }
        Chore::Cluster(arguments) => return Ok(cluster::run(&workspace, arguments)?),
        Chore::Tools => {
            tools::for_gate(&workspace)?;
            say(&workspace.shown(&tools::folder(&workspace)).to_string());
        }
        Chore::Docs(arguments) => say(&docs::run(&workspace, *arguments)?),
        Chore::Advisories(arguments) => say(&advisories::run(workspace.root(), arguments)?),
        Chore::Terraform(arguments) => say(&terraform::run(&workspace, arguments)?),
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints a line of the result. Whoever does not read to its end has read enough.
fn say(line: &str) {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            tell(&format!("error: standard output cannot be written: {error}"));
        }
        _ => {}
    }
}

/// Says something to people. A terminal that is gone is no reason to stop, least of all in the middle of clearing up.
fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Prints an error, its causes, and what to do.
fn report(failure: &Failure) {
    tell(&format!("error: {failure}"));
    let mut cause = failure.source();
    while let Some(error) = cause {
        tell(&format!(
            "  caused by: {}",
            error.to_string().replace('\n', "\n  ")
        ));
        cause = error.source();
    }
    if let Some(hint) = failure.hint() {
        tell(&format!("\nhint: {hint}"));
    }
}
