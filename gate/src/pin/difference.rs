//! A change of a text as lines, for people.

use std::ops::Range;

use crate::edit::{Edit, apply};
use crate::report::{escape, shown_lines, without_commands};
use crate::yaml::LineIndex;

/// Lines around a change.
const CONTEXT: usize = 3;

/// A change of lines, counted from zero.
struct Region {
    before: Range<usize>,
    after: Range<usize>,
}

/// The change in the form of `diff -u`.
pub(super) fn unified(name: &str, text: &str, edits: &[Edit]) -> String {
    let changed = apply(text, edits);
    let (before, after) = (shown_lines(text), shown_lines(&changed));
    let name = escape(name);
    let mut shown = vec![format!("--- {name}"), format!("+++ {name}")];
    for regions in hunks(regions(text, &changed, edits)) {
        shown.extend(hunk(&regions, &before, &after));
    }
    without_commands(&(shown.join("\n") + "\n"))
}

/// Changes that stand near each other, with the lines around them.
fn hunk(regions: &[Region], before: &[String], after: &[String]) -> Vec<String> {
    let (Some(first), Some(last)) = (regions.first(), regions.last()) else {
        return Vec::new();
    };
    let lead = first.before.start.min(CONTEXT);
    let trail = before.len().saturating_sub(last.before.end).min(CONTEXT);
    let range = |start: usize, end: usize| {
        let (start, end) = (start - lead, end + trail);
        let first = if end > start { start + 1 } else { start };
        format!("{first},{}", end - start)
    };
    let mut shown = vec![format!(
        "@@ -{} +{} @@",
        range(first.before.start, last.before.end),
        range(first.after.start, last.after.end)
    )];
    let mut at = first.before.start - lead;
    for region in regions {
        shown.extend(marked(' ', before, at..region.before.start));
        shown.extend(marked('-', before, region.before.clone()));
        shown.extend(marked('+', after, region.after.clone()));
        at = region.before.end;
    }
    shown.extend(marked(' ', before, at..at + trail));
    shown
}

fn marked(mark: char, lines: &[String], range: Range<usize>) -> impl Iterator<Item = String> {
    let lines = lines.get(range).unwrap_or_default();
    lines.iter().map(move |line| format!("{mark}{line}"))
}

/// The lines that each change touches, without those that stay at its edges.
fn regions(text: &str, changed: &str, edits: &[Edit]) -> Vec<Region> {
    let (before, after) = (LineIndex::new(text), LineIndex::new(changed));
    let (lines, new_lines) = (raw_lines(text), raw_lines(changed));
    let mut regions: Vec<Region> = Vec::new();
    let (mut added, mut removed) = (0, 0);
    for edit in edits {
        let start = edit.span.start + added - removed;
        let line = |index: &LineIndex<'_>, byte| index.position(byte).line;
        let region = Region {
            before: line(&before, edit.span.start) - 1..line(&before, edit.span.end),
            after: line(&after, start) - 1..line(&after, start + edit.text.len()),
        };
        match regions.last_mut() {
            Some(last) if region.before.start < last.before.end => {
                last.before.end = region.before.end;
                last.after.end = region.after.end;
            }
            _ => regions.push(region),
        }
        added += edit.text.len();
        removed += edit.span.end - edit.span.start;
    }
    for region in &mut regions {
        while let (Some(one), Some(other)) = (
            lines.get(region.before.clone()).and_then(<[_]>::first),
            new_lines.get(region.after.clone()).and_then(<[_]>::first),
        ) && one == other
        {
            region.before.start += 1;
            region.after.start += 1;
        }
    }
    regions.into_iter().fold(Vec::new(), joined)
}

/// Changes of neighbouring lines are one.
fn joined(mut regions: Vec<Region>, region: Region) -> Vec<Region> {
    match regions.last_mut() {
        Some(last) if last.before.end == region.before.start => {
            last.before.end = region.before.end;
            last.after.end = region.after.end;
        }
        _ => regions.push(region),
    }
    regions
}

fn raw_lines(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n");
    text.split(['\n', '\r']).map(str::to_owned).collect()
}

/// Regions with less than twice the context between them are shown together.
fn hunks(regions: Vec<Region>) -> Vec<Vec<Region>> {
    let mut hunks: Vec<Vec<Region>> = Vec::new();
    for region in regions {
        let near = |hunk: &Vec<Region>| {
            hunk.last()
                .is_some_and(|last| region.before.start < last.before.end + 2 * CONTEXT)
        };
        match hunks.last_mut() {
            Some(hunk) if near(hunk) => hunk.push(region),
            _ => hunks.push(vec![region]),
        }
    }
    hunks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::unified;
    use crate::edit::{Edit, apply};
    use crate::yaml::Span;

    /// A text of numbered lines, and edits of some of them: a word replaced, or lines put in behind.
    fn edited() -> impl Strategy<Value = (String, Vec<Edit>)> {
        let kinds = prop::collection::vec(prop::sample::select(vec![0, 0, 0, 0, 1, 2]), 1..40);
        (kinds, any::<bool>()).prop_map(|(kinds, is_ended)| {
            let mut text = String::new();
            let mut edits = Vec::new();
            for (number, kind) in kinds.iter().enumerate() {
                let start = text.len();
                text = text + "line " + &number.to_string();
                let (start, written) = match kind {
                    1 => (start + 5, format!("n{number}")),
                    2 => (text.len(), "\nmore\nand more".to_owned()),
                    _ => (start, String::new()),
                };
                let end = if *kind == 1 { text.len() } else { start };
                let span = Span { start, end };
                if *kind != 0 {
                    let subject = String::new();
                    edits.push(Edit {
                        span,
                        text: written,
                        subject,
                        anchor: span,
                    });
                }
                if is_ended || number + 1 < kinds.len() {
                    text.push('\n');
                }
            }
            (text, edits)
        })
    }

    proptest! {
        #[test]
        fn a_difference_leads_from_one_text_to_the_other((text, edits) in edited()) {
            let changed = apply(&text, &edits);
            let shown = unified("a", &text, &edits);
            let mut before = text.lines();
            let mut rebuilt: Vec<&str> = Vec::new();
            let mut at = 0;
            for line in shown.lines().skip(2) {
                if let Some(header) = line.strip_prefix("@@ -") {
                    let start: usize = header.split(',').next().unwrap().parse().unwrap();
                    let first = if header.contains(",0 ") { start } else { start - 1 };
                    rebuilt.extend(before.by_ref().take(first - at));
                    at = first;
                    continue;
                }
                let (mark, line) = line.split_at(1);
                if mark != "+" {
                    prop_assert_eq!(before.next(), Some(line));
                    at += 1;
                }
                if mark != "-" {
                    rebuilt.push(line);
                }
            }
            rebuilt.extend(before);
            let expected: Vec<&str> = changed.lines().collect();
            prop_assert_eq!(rebuilt, expected);
            let counted = shown.lines().filter(|line| line.starts_with('+')).count() - 1;
            let put_in = edits.iter().map(|edit| 1.max(edit.text.matches('\n').count())).sum::<usize>();
            prop_assert_eq!(counted, put_in, "only what changes is marked: {}", shown);
        }
    }
}
