//! The command `gate`: parses arguments, calls the library, prints, gives the exit code.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use gate::cli::{Cli, OutputArgument};
use gate::commands::{self, Answer};
use gate::report::{self, Options, Report};
use jiff::Timestamp;
use jiff::tz::TimeZone;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = answer(&cli);
    // A reader that closed its end, such as `head`, has what it wanted; any other failure lost the report.
    outcome.unwrap_or_else(|error| {
        if error.kind() != io::ErrorKind::BrokenPipe {
            let _ = writeln!(io::stderr(), "error: the report could not be written: {error}");
        }
        ExitCode::from(2)
    })
}

fn answer(cli: &Cli) -> io::Result<ExitCode> {
    let mut out = io::stdout().lock();
    if cli.version {
        out.write_all(commands::version().as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(command) = &cli.command else {
        write!(io::stderr(), "{}", Cli::command().render_help())?;
        return Ok(ExitCode::from(2));
    };
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    match commands::run(cli, command, today) {
        Answer::Report(report) => write_reports(cli, &report, &mut out),
        Answer::Text { text, errors } => {
            out.write_all(text.as_bytes())?;
            report::write_errors(&errors, &mut io::stderr())?;
            Ok(ExitCode::from(if errors.is_empty() { 0 } else { 2 }))
        }
    }
}

fn write_reports(cli: &Cli, report: &Report, out: &mut dyn Write) -> io::Result<ExitCode> {
    let common = &cli.common;
    let whole = common.whole_report();
    let plain = Options {
        colour: false,
        quiet: common.quiet,
        verbose: common.verbose,
        whole: whole.as_deref(),
    };
    // A file that cannot be written does not keep the report from those who read it here.
    let files = common
        .output
        .iter()
        .map(|output| write_file(report, output, plain))
        .fold(Ok(()), io::Result::and);
    let options = Options {
        colour: common.color.enabled(),
        ..plain
    };
    report::write(report, common.format, &options, out)?;
    out.flush()?;
    files?;
    Ok(ExitCode::from(report.verdict.exit_code()))
}

fn write_file(report: &Report, output: &OutputArgument, options: Options<'_>) -> io::Result<()> {
    let failed =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", output.file.display()));
    let mut file = std::fs::File::create(&output.file).map_err(failed)?;
    report::write(report, output.format, &options, &mut file).map_err(failed)
}
