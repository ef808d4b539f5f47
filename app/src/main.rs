//! The program: settings from the environment, then [`hello::run`].
//!
//! Exit codes: 0 after a drain, 1 where the service cannot run, 2 for a bad setting, 128 and the signal's number where a second
//! signal cut the drain short.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use hello::{Ended, Settings};

fn main() -> ExitCode {
    let settings = match Settings::from_environment() {
        Ok(settings) => settings,
        Err(error) => return refuse(&error, &error.hint(), 2),
    };
    match hello::run(&settings) {
        Ok(Ended::Drained) => ExitCode::SUCCESS,
        Ok(Ended::Cut(signal)) => ExitCode::from(128 + signal),
        Err(error) => refuse(&error, &error.hint(), 1),
    }
}

fn refuse(error: &dyn Display, hint: &str, code: u8) -> ExitCode {
    // Where stderr is closed, the exit code has to say it.
    let _closed = writeln!(io::stderr(), "error: {error}\n\nhint: {hint}");
    ExitCode::from(code)
}
