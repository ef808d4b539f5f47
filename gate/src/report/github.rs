//! The report as workflow commands of GitHub Actions, which shows them beside the lines of a change.
//!
//! Every line is one command of ours, whatever the input holds: in a message `%` and line ends are escaped, in a property
//! also `:` and `,`, after control characters were spelled out. A step may annotate ten times per level, so the verdict
//! comes first and says how many findings have no annotation
//! (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>).

use std::fmt::Write as _;

use super::escape::escape;
use super::verdict::{Verdict, fails};
use super::{Difference, Options, PolicyFrom, Report, human, snippet, summary};
use crate::finding::{Finding, Level, Location};
use crate::stages::StageError;

/// Annotations of one level that GitHub shows of a step.
const PER_LEVEL: usize = 10;

/// Longest message in bytes, as it is written.
const LONGEST_MESSAGE: usize = 4096;

/// Longest title in bytes, as it is written; GitHub cuts at 255 characters.
const LONGEST_TITLE: usize = 255;

struct Annotation<'a> {
    level: Level,
    title: String,
    location: Option<&'a Location>,
    lines: Vec<String>,
}

/// The whole text: a command a line.
pub(super) fn render(report: &Report, options: Options<'_>) -> String {
    let errors = human::distinct_errors(report).into_iter().map(of_error);
    let open = report
        .open()
        .filter(|finding| !options.quiet || fails(finding, report.settings.fail_on));
    let ignored = report.policy_from.iter().flat_map(PolicyFrom::ignored);
    let ignored = ignored.filter(|_| !options.quiet).map(of_difference);
    let annotations: Vec<Annotation<'_>> = errors.chain(open.map(of_finding)).chain(ignored).collect();
    let mut verdict = of_verdict(report);
    let mut room = [Level::Error, Level::Warning, Level::Note].map(|level| (level, PER_LEVEL));
    take(&mut room, verdict.level);
    let (shown, left): (Vec<_>, Vec<_>) = annotations
        .into_iter()
        .partition(|annotation| take(&mut room, annotation.level));
    verdict.lines.extend(left_out(&left, options));
    std::iter::once(verdict)
        .chain(shown)
        .map(|annotation| command(&annotation, &report.folder) + "\n")
        .collect()
}

/// Takes one of the annotations of a level that a step may still have.
fn take(room: &mut [(Level, usize)], level: Level) -> bool {
    let left = room.iter_mut().find(|(known, _)| *known == level);
    left.is_some_and(|(_, left)| {
        let is_free = *left > 0;
        *left = left.saturating_sub(1);
        is_free
    })
}

fn of_verdict(report: &Report) -> Annotation<'static> {
    let level = match report.verdict {
        Verdict::Pass => Level::Note,
        Verdict::Fail | Verdict::Error | Verdict::Empty => Level::Error,
    };
    Annotation {
        level,
        title: format!("gate: {}", report.verdict.name()),
        location: None,
        lines: vec![report.sentence()],
    }
}

fn left_out(left: &[Annotation<'_>], options: Options<'_>) -> Option<String> {
    let number = |level| left.iter().filter(|annotation| annotation.level == level).count();
    let words = summary::levels(number)?;
    Some(format!(
        "not annotated, since a step has {PER_LEVEL} annotations per level: {words}; {}",
        options.whole_report()
    ))
}

fn of_error(error: &StageError) -> Annotation<'_> {
    let help = error.hint.as_ref().map(|hint| format!("help: {hint}"));
    Annotation {
        level: Level::Error,
        title: "gate".to_owned(),
        location: error.location.as_ref(),
        lines: std::iter::once(error.message.clone()).chain(help).collect(),
    }
}

fn of_finding(finding: &Finding) -> Annotation<'_> {
    let mut lines = vec![finding.message.clone()];
    lines.extend(finding.detail.clone());
    lines.extend(snippet::subject(finding));
    lines.extend(snippet::origin(finding));
    lines.extend(finding.related.iter().map(|related| {
        let location = &related.location;
        format!(
            "{} at `{}:{}:{}`",
            related.label, location.file, location.line, location.column
        )
    }));
    lines.extend(finding.help.as_ref().map(|help| format!("help: {help}")));
    Annotation {
        level: finding.level,
        title: format!("gate: {}", finding.rule),
        location: finding.location.as_ref(),
        lines,
    }
}

/// A change of the rules that does not count is of interest where it stands.
fn of_difference(difference: &Difference) -> Annotation<'_> {
    let [subject, words] = difference.words();
    Annotation {
        level: Level::Note,
        title: "gate: not counted".to_owned(),
        location: difference.location.as_ref(),
        lines: vec![format!("{subject}: {words}")],
    }
}

/// One command without its line end.
fn command(annotation: &Annotation<'_>, folder: &str) -> String {
    let name = match annotation.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let mut command = format!("::{name} title={}", property(&annotation.title, LONGEST_TITLE));
    let mut lines: Vec<String> = annotation
        .lines
        .iter()
        .map(|line| escape(line).into_owned())
        .collect();
    if let Some(location) = annotation.location {
        match in_repository(folder, &location.file) {
            Some(file) => {
                let place = place(location);
                let _infallible = write!(command, ",file={}{place}", property(&file, usize::MAX));
            }
            None => lines.push(format!(
                "at `{}:{}:{}`",
                escape(&location.file),
                location.line,
                location.column
            )),
        }
    }
    command + "::" + &message(&lines.join("\n"), LONGEST_MESSAGE)
}

/// Line and columns. An annotation of several lines would be shown below the last of them, so it is one of the first.
fn place(location: &Location) -> String {
    let mut place = format!(",line={},col={}", location.line, location.column);
    if location.end_line == location.line {
        // Of GitHub's columns the last one belongs to the place.
        let last = location.end_column.saturating_sub(1).max(location.column);
        let _infallible = write!(place, ",endLine={},endColumn={last}", location.end_line);
    }
    place
}

/// The path of a file from the root of the repository, which is how GitHub knows it; none of what is no file there.
fn in_repository(folder: &str, file: &str) -> Option<String> {
    if file == "-" || file.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(file.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

fn message(text: &str, longest: usize) -> String {
    escaped(text, longest, |letter| match letter {
        '%' => Some("%25"),
        '\r' => Some("%0D"),
        '\n' => Some("%0A"),
        _ => None,
    })
}

fn property(text: &str, longest: usize) -> String {
    escaped(&escape(text), longest, |letter| match letter {
        '%' => Some("%25"),
        '\r' => Some("%0D"),
        '\n' => Some("%0A"),
        ':' => Some("%3A"),
        ',' => Some("%2C"),
        _ => None,
    })
}

/// A text with some characters spelled otherwise, and no longer than so many bytes.
fn escaped(text: &str, longest: usize, spelled: impl Fn(char) -> Option<&'static str>) -> String {
    const CUT: char = '…';
    let mut whole = String::with_capacity(text.len());
    let mut cut = 0;
    for letter in text.chars() {
        match spelled(letter) {
            Some(spelled) => whole.push_str(spelled),
            None => whole.push(letter),
        }
        if whole.len() > longest {
            whole.truncate(cut);
            whole.push(CUT);
            return whole;
        }
        if whole.len() + CUT.len_utf8() <= longest {
            cut = whole.len();
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::{escaped, in_repository, message, property};

    #[test]
    fn signs_of_commands_are_spelled_otherwise() {
        assert_eq!(message("100% ::error::\r\n, a", 99), "100%25 ::error::%0D%0A, a");
        assert_eq!(property("a:b,c%\n\u{1b}", 99), "a%3Ab%2Cc%25\\n\\u{1b}");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let spelled = |letter| (letter == '%').then_some("%25");
        assert_eq!(escaped("abc%", 6, spelled), "abc%25");
        assert_eq!(escaped("abc%%", 8, spelled), "abc…");
        assert_eq!(escaped("ääää", 7, spelled), "ää…");
    }

    #[test]
    fn files_are_named_from_the_root_of_the_repository() {
        for (folder, file, expected) in [
            ("", "a/b.yaml", Some("a/b.yaml")),
            ("deploy", "./a.yaml", Some("deploy/a.yaml")),
            ("deploy/x", "../a.yaml", Some("deploy/a.yaml")),
            ("", "../a.yaml", None),
            ("deploy", "../../a.yaml", None),
            ("deploy", "-", None),
            ("", "/etc/passwd", None),
        ] {
            assert_eq!(
                in_repository(folder, file).as_deref(),
                expected,
                "{folder} {file}"
            );
        }
    }
}
