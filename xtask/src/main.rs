//! Chores of this repository.

mod advisories;

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

#[derive(Debug, Parser)]
enum Command {
    /// Makes the table of advisories that is built into gate.
    Advisories(advisories::Arguments),
}

fn main() -> ExitCode {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."));
    let Command::Advisories(arguments) = Command::parse();
    match advisories::run(workspace, &arguments) {
        Ok(sentence) => {
            eprintln!("{sentence}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
