//! Chores of this repository: `cargo xtask CHORE`.
//!
//! A chore builds, fetches or writes something below the workspace; judging is gate's work. Results go to standard
//! output, everything else to standard error. Exit codes: 0 done, 1 a page is stale or `terraform/` has a fault, 2 the
//! chore could not be done; `verdict` has gate's.

mod advisories;
mod browser;
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

#[expect(
    clippy::disallowed_macros,
    reason = "the one place of xtask that prints results"
)]
fn say(line: &str) {
    println!("{line}");
}

/// Prints an error, its causes, and what to do.
fn report(failure: &Failure) {
    eprintln!("error: {failure}");
    let mut cause = failure.source();
    while let Some(error) = cause {
        eprintln!("  caused by: {}", error.to_string().replace('\n', "\n  "));
        cause = error.source();
    }
    if let Some(hint) = failure.hint() {
        eprintln!("\nhint: {hint}");
    }
}
