//! `gate pin`: writes tag and digest of an image into the file that names it.

use super::Answer;
use crate::cli::PinArguments;
use crate::pin::{Outcome, PinError, Summary, Wanted, change};
use crate::report::escape;

/// Pins the image, or shows what would change.
pub(super) fn run(arguments: &PinArguments) -> Answer {
    match pinned(arguments) {
        Ok(text) => Answer::text(text),
        Err(error) => Answer::Text {
            text: String::new(),
            errors: vec![error.stage_error()],
        },
    }
}

fn pinned(arguments: &PinArguments) -> Result<String, PinError> {
    let wanted = Wanted::new(
        &arguments.image,
        arguments.tag.as_deref(),
        arguments.digest.as_deref(),
    )?;
    let change = match change(&arguments.path, &wanted)? {
        Outcome::Already(summary) => {
            return Ok(format!(
                "{}: already {}{}\n",
                place(&summary),
                escape(&wanted.name),
                escape(&summary.after)
            ));
        }
        Outcome::Change(change) => change,
    };
    if arguments.dry_run {
        return Ok(change.difference());
    }
    change.write()?;
    let summary = &change.summary;
    let before = if summary.before.is_empty() {
        "neither tag nor digest"
    } else {
        &summary.before
    };
    Ok(format!(
        "{}: {}{} instead of {}\n",
        place(summary),
        escape(&wanted.name),
        escape(&summary.after),
        escape(before)
    ))
}

/// `file:line`, or `file:line,line`.
fn place(summary: &Summary) -> String {
    let lines: Vec<String> = summary.lines.iter().map(ToString::to_string).collect();
    format!("{}:{}", escape(&summary.file), lines.join(","))
}
