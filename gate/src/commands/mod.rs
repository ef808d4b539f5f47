//! What each command answers: a report, or a text, and an exit code. Nothing is printed here.

mod catalogue;
mod database;
mod objects;
mod pin;
mod version;

use jiff::civil::Date;

pub use version::version;

use crate::cli::{Cli, Command, CommonArguments};
use crate::plan::{self, Request};
use crate::report::{Parts, Report};
use crate::stages::{Hint, StageError};

/// What a command answers.
#[derive(Debug)]
pub enum Answer {
    /// A report; its verdict has the exit code.
    Report(Box<Report>),
    /// A text for standard output, and what went wrong on the way.
    Text {
        /// For standard output.
        text: String,
        /// For standard error; any makes the exit code 2.
        errors: Vec<StageError>,
    },
}

impl Answer {
    fn text(text: String) -> Self {
        Self::Text {
            text,
            errors: Vec::new(),
        }
    }

    fn failure(error: &(impl std::error::Error + Hint)) -> Self {
        Self::Text {
            text: String::new(),
            errors: vec![StageError::new(error)],
        }
    }
}

/// Carries a command out. `today` is the day in UTC.
pub fn run(cli: &Cli, command: &Command, today: Date) -> Answer {
    let options = &cli.common;
    match command {
        Command::Check(arguments) => judge(&Request::Check(arguments), options, today),
        Command::Manifests(arguments) => judge(&Request::Manifests(&arguments.paths), options, today),
        Command::Deps(arguments) => judge(&Request::Deps(&arguments.paths), options, today),
        Command::Image(arguments) => judge(&Request::Image(&arguments.paths), options, today),
        Command::Render(arguments) => objects::render(arguments, options),
        Command::Pin(arguments) => pin::run(arguments),
        Command::Rules(_) => Answer::text(catalogue::table()),
        Command::Explain(arguments) => catalogue::explain(&arguments.id),
        Command::Db(arguments) => database::run(&arguments.command),
    }
}

/// Judges what is asked for. A plan that cannot be made is a report too, so that every form can print it.
fn judge(request: &Request<'_>, options: &CommonArguments, today: Date) -> Answer {
    let report = match request.plan(options, today) {
        Ok(plan) => plan::judge(&plan),
        Err(error) => Report::assemble(Parts {
            errors: error.stage_errors(),
            ..Parts::default()
        }),
    };
    Answer::Report(Box::new(report))
}
