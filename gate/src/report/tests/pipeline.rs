//! The forms for GitHub Actions: whole, within its limits, and harmless whatever the input holds.

use proptest::prelude::*;

use super::safety::filled;
use super::*;
use crate::report::{escape, is_unsafe, mask_text};

fn snapshot(name: &str, text: &str) {
    insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!(name, text);
    });
}

fn markdown(report: &Report) -> String {
    printed(report, Format::Markdown, Options::default())
}

fn github(report: &Report) -> String {
    printed(report, Format::Github, Options::default())
}

/// A run with something of everything.
fn mixed() -> Report {
    let mut note = bare("unmaintained-crate", Level::Note);
    note.location = Some(location("../Cargo.lock", 7, 1, 12));
    let mut warning = bare("may-run-as-root", Level::Warning);
    warning.location = Some(Location {
        end_line: 11,
        ..location(BASE, 8, 7, 3)
    });
    let findings = vec![warning, unpinned(), excused(bare("host-path", Level::Error))];
    Report::assemble(Parts {
        stages: vec![
            done("manifests", manifests(findings)),
            done("deps", broken("the advisories are 95 days old")),
            StageRun {
                name: "image",
                work: Work::Skipped {
                    reason: "by `--skip image`".to_owned(),
                },
            },
        ],
        findings: vec![note],
        folder: "deploy".to_owned(),
        ..Parts::default()
    })
}

#[test]
fn a_page_and_annotations() {
    snapshot("markdown", &markdown(&mixed()));
    snapshot("github", &github(&mixed()));
    let passed = report(vec![done("image", image())]);
    snapshot("markdown-pass", &markdown(&passed));
    snapshot("github-pass", &github(&passed));
}

#[test]
fn quiet_leaves_what_needs_no_action() {
    let quiet = Options {
        quiet: true,
        ..Options::default()
    };
    for format in [Format::Markdown, Format::Github] {
        let text = printed(&mixed(), format, quiet);
        assert!(
            text.contains("unpinned-image") && !text.contains("unmaintained-crate"),
            "{text}"
        );
    }
}

/// A run with many findings of each level, each with a long message.
fn many(number: usize, length: usize) -> Report {
    let levels = [Level::Error, Level::Warning, Level::Note].into_iter().cycle();
    let findings = levels.take(number).enumerate().map(|(number, level)| {
        let mut finding = bare("unpinned-image", level);
        finding.location = Some(location(OVERLAY, number + 1, 1, 2));
        finding.message = "%".repeat(length);
        finding.seal()
    });
    report(vec![
        done("manifests", manifests(findings.collect())),
        done("deps", broken("a")),
    ])
}

#[test]
fn a_step_has_ten_annotations_of_each_level() {
    let text = github(&many(60, 8));
    for (level, number) in [("::error ", 10), ("::warning ", 10), ("::notice ", 10)] {
        let lines = text.lines().filter(|line| line.starts_with(level));
        assert_eq!(lines.count(), number, "{level}");
    }
    let first = text.lines().next().unwrap();
    let expected = "not annotated, since a step has 10 annotations per level: 12 errors, 10 warnings and 10 notes; \
                    `--output json=FILE` writes the whole report";
    assert!(first.ends_with(expected), "{first}");
    let whole = Options {
        whole: Some("the log of this step"),
        ..Options::default()
    };
    let text = printed(&many(60, 8), Format::Github, whole);
    let first = text.lines().next().unwrap();
    assert!(
        first.ends_with("; the whole report is in the log of this step"),
        "{first}"
    );
}

#[test]
fn a_page_and_a_message_are_cut_at_their_limits() {
    for line in github(&many(30, 3_900)).lines() {
        assert!(line.len() < 4_500, "{}", line.len());
    }
    let page = markdown(&many(900, 3_000));
    assert!(page.len() > 900_000 && page.len() < 1_000_000, "{}", page.len());
    let blocks = page.matches("```text").count();
    let last = page.lines().last().unwrap();
    let expected = format!(
        "Left out, since a page has a limit: {} findings; `--output json=FILE` writes the whole report.",
        900 - (blocks - 1)
    );
    assert_eq!(last, expected);
    assert!(page.starts_with("## gate: error\n\n- `deps could not be judged whole`\n"));
}

struct Command {
    name: String,
    properties: Vec<(String, String)>,
    message: String,
}

/// What the runner makes of a line: command, properties and message, unescaped. None where it is no command.
fn run(line: &str) -> Option<Command> {
    let (header, message) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    let (name, properties) = header.split_once(' ').unwrap_or((header, ""));
    let unescape = |text: &str| {
        let text = text.replace("%0D", "\r").replace("%0A", "\n");
        text.replace("%3A", ":").replace("%2C", ",").replace("%25", "%")
    };
    let properties = properties
        .split(',')
        .filter_map(|property| property.split_once('='))
        .map(|(key, value)| (key.to_owned(), unescape(value)));
    Some(Command {
        name: name.to_owned(),
        properties: properties.collect(),
        message: unescape(message),
    })
}

/// Why an output is more than annotations of ours.
fn complaint(output: &str) -> Option<String> {
    let known = ["title", "file", "line", "col", "endLine", "endColumn"];
    let is_ours = |line: &str| {
        let Some(Command { name, properties, .. }) = run(line) else {
            return false;
        };
        let rest = line.replace("%25", "").replace("%0A", "");
        let rest = rest.replace("%3A", "").replace("%2C", "");
        ["error", "warning", "notice"].contains(&name.as_str())
            && line.starts_with("::")
            && properties.iter().all(|(key, _)| known.contains(&key.as_str()))
            && properties.iter().any(|(key, _)| key == "title")
            && !line.contains(is_unsafe)
            && !line.contains("##[")
            && !rest.contains('%')
    };
    output
        .split_inclusive('\n')
        .find(|line| !line.ends_with('\n') || !is_ours(line.trim_end_matches('\n')))
        .map(str::to_owned)
}

/// The lines of a page outside fenced blocks, as `CommonMark` finds these, and whether the last block ends.
fn outside(page: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut fence: Option<usize> = None;
    for line in page.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            Some(length) if ticks >= length && line.trim_start_matches('`').trim().is_empty() => fence = None,
            Some(_) => {}
            None if ticks >= 3 && !line[ticks..].contains('`') => fence = Some(ticks),
            None => lines.push(line.to_owned()),
        }
    }
    assert_eq!(fence, None, "a block does not end: {page}");
    lines
}

/// A line without its code spans, as `CommonMark` finds these.
fn without_spans(line: &str) -> String {
    let mut plain = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        let run = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        let inner = &rest[start + run..];
        let mut at = 0;
        let end = loop {
            let Some(next) = inner[at..].find('`') else {
                break None;
            };
            let next = at + next;
            let length = inner[next..].len() - inner[next..].trim_start_matches('`').len();
            if length == run {
                break Some(next + length);
            }
            at = next + length;
        };
        plain.push_str(&rest[..start]);
        if let Some(end) = end {
            rest = &inner[end..];
        } else {
            plain.push('`');
            rest = inner;
        }
    }
    plain + rest
}

/// A line of a page that holds something of the input outside of code.
fn leak(page: &str) -> Option<String> {
    let words = regex::Regex::new(
        r"^(|## gate: \w+|### [\w ]+|- |- \w+ \w+: |\| stage \| status \| covered \||\|---\|---\|---\||\| \w+ \| \w+ \| [\w, ]* \||profile \w+, Kubernetes [\d. to]+, fails at \w+|Left out, .*)$",
    )
    .unwrap();
    let lines = outside(page).into_iter();
    lines
        .map(|line| without_spans(&line))
        .find(|line| !words.is_match(line))
}

const HOSTILE: [&str; 14] = [
    "::error::x",
    "a\n::error file=b,line=1::x",
    "\r::set-output name=a::b",
    "%0A::error::x%25",
    "a,file=/etc/passwd::x",
    "##[add-mask]x",
    "<img src=x onerror=alert(1)><!--",
    "</code></pre><script>x</script>",
    "```\n# heading\n````\n",
    "` `` ``` | a | b |\n|---|",
    "[link](javascript:x) ![i](http://x) @team #1",
    "user\u{202e}nimda\u{200b}\u{1b}[2J",
    "\\| \\` \\\\|",
    "::stop-commands::t",
];

#[test]
fn hostile_texts_stay_texts() {
    for text in HOSTILE {
        let report = filled(text);
        let commands = github(&report);
        assert_eq!(complaint(&commands), None, "{text:?}\n{commands}");
        let page = markdown(&report);
        assert_eq!(leak(&page), None, "{text:?}\n{page}");
        assert!(
            !page.contains(is_unsafe_but_break) && !page.contains("##["),
            "{text:?}\n{page}"
        );
    }
}

fn is_unsafe_but_break(letter: char) -> bool {
    letter != '\n' && is_unsafe(letter)
}

#[test]
fn a_message_and_a_file_are_read_as_they_are() {
    let mut finding = unpinned();
    finding.message = "100% of `a::b`, c".to_owned();
    finding.location = Some(location("a%3A::b, c.yaml", 5, 13, 19));
    let text = github(&report(vec![done("manifests", manifests(vec![finding.seal()]))]));
    let command = run(text.lines().nth(1).unwrap()).unwrap();
    assert_eq!(command.name, "error");
    let expected = [
        ("title", "gate: unpinned-image"),
        ("file", "a%3A::b, c.yaml"),
        ("line", "5"),
        ("col", "13"),
        ("endLine", "5"),
        ("endColumn", "18"),
    ];
    let properties: Vec<(&str, &str)> = command
        .properties
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    assert_eq!(properties, expected);
    assert!(
        command.message.starts_with("100% of `a::b`, c\n"),
        "{}",
        command.message
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_text_is_a_command_or_markup(
        text in "(::|##\\[|%0A|%|,|=|`{1,5}|\\||\n|\r|<b>|@a|\\[x\\]\\(y\\)|\\\\|\n#|\n- |\u{202e}|\\PC|.){0,14}",
    ) {
        let report = filled(&text);
        prop_assert_eq!(complaint(&github(&report)), None);
        let page = markdown(&report);
        prop_assert_eq!(leak(&page), None);
        prop_assert!(!page.contains(is_unsafe_but_break));
    }

    #[test]
    fn a_message_is_read_as_it_was_escaped(text in "(::|%0A|%25|%|:|,|=|\n|\\PC|.){1,14}") {
        let mut finding = bare("unpinned-image", Level::Error);
        finding.message.clone_from(&text);
        finding.location = Some(location(&format!("{}.yaml", text.replace(['/', '\\'], "")), 1, 1, 2));
        let output = github(&report(vec![done("manifests", manifests(vec![finding.seal()]))]));
        let command = run(output.lines().nth(1).unwrap()).unwrap();
        let masked = mask_text(&text);
        prop_assert_eq!(&command.message, &escape(&masked).into_owned());
        let file = escape(&format!("{}.yaml", text.replace(['/', '\\'], ""))).into_owned();
        prop_assert_eq!(&command.properties[1], &("file".to_owned(), file));
    }
}
