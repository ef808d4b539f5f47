//! Numbers: what was covered, what was found, and the last line.

use std::collections::BTreeMap;

use super::verdict::{Status, Verdict};
use super::{PolicyFrom, Report, StageReport};
use crate::config::MaxAge;
use crate::finding::Level;

/// Nouns in the order in which they are named; others follow in the order of the alphabet.
const ORDER: &[&str] = &[
    "renders",
    "renders as released",
    "objects",
    "workloads",
    "containers",
    "lockfiles",
    "binaries",
    "crates",
    "images",
    "platforms",
    "layers",
    "files",
    "documents",
    "embedded lists",
    "embedded crates",
];

/// The nouns that the last line names of a stage, where there are any of them.
fn headline(stage: &str) -> &'static [&'static str] {
    match stage {
        "manifests" => &["renders", "renders as released", "objects"],
        "deps" => &["lockfiles", "binaries", "crates"],
        "image" => &["images"],
        _ => &[],
    }
}

/// `1 lockfile`, `2 lockfiles`.
pub(super) fn count(number: usize, plural: &str) -> String {
    let noun = if number == 1 {
        singular(plural)
    } else {
        plural.to_owned()
    };
    format!("{number} {noun}")
}

fn singular(plural: &str) -> String {
    for link in [" as ", " of "] {
        if let Some((noun, rest)) = plural.split_once(link) {
            return format!("{}{link}{rest}", singular(noun));
        }
    }
    let endings = [
        ("ies", "y"),
        ("xes", "x"),
        ("sses", "ss"),
        ("ches", "ch"),
        ("shes", "sh"),
        ("s", ""),
    ];
    let ending = endings.iter().find(|(ending, _)| plural.ends_with(ending));
    ending.map_or(plural.to_owned(), |(ending, single)| {
        format!("{}{single}", &plural[..plural.len() - ending.len()])
    })
}

/// Everything that a stage covered, in a fixed order.
pub(super) fn covered(stage: &StageReport) -> String {
    let counts = ordered(&stage.covered);
    let words: Vec<String> = counts
        .into_iter()
        .map(|(noun, number)| count(number, noun))
        .collect();
    words.join(", ")
}

fn ordered(covered: &BTreeMap<&'static str, usize>) -> Vec<(&'static str, usize)> {
    let rank = |noun: &str| {
        ORDER
            .iter()
            .position(|known| *known == noun)
            .unwrap_or(ORDER.len())
    };
    let mut counts: Vec<_> = covered
        .iter()
        .filter(|(_, number)| **number > 0)
        .map(|(noun, number)| (*noun, *number))
        .collect();
    counts.sort_by_key(|(noun, _)| (rank(noun), *noun));
    counts
}

/// What the last line says of the coverage of a stage.
fn headline_of(stage: &StageReport) -> Option<String> {
    let mut counts = ordered(&stage.covered);
    let nouns = headline(stage.name);
    if counts.iter().any(|(noun, _)| nouns.contains(noun)) {
        counts.retain(|(noun, _)| nouns.contains(noun));
    }
    let mut words = String::new();
    for (noun, number) in counts {
        let separator = match (words.is_empty(), noun) {
            (true, _) => "",
            (false, "crates") => " with ",
            (false, _) => ", ",
        };
        words = words + separator + &count(number, noun);
    }
    (!words.is_empty()).then_some(words)
}

/// `2 errors, 1 warning and 3 notes` of the findings that no exception covers.
pub(super) fn found(report: &Report) -> Option<String> {
    levels(|level| report.open().filter(|finding| finding.level == level).count())
}

/// The same of any numbers by level.
pub(super) fn levels(number: impl Fn(Level) -> usize) -> Option<String> {
    let words: Vec<String> = [
        (number(Level::Error), "errors"),
        (number(Level::Warning), "warnings"),
        (number(Level::Note), "notes"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, noun)| count(number, noun))
    .collect();
    list(&words)
}

/// `a, b and c`.
pub(super) fn list(words: &[String]) -> Option<String> {
    let (last, rest) = words.split_last()?;
    Some(if rest.is_empty() {
        last.clone()
    } else {
        format!("{} and {last}", rest.join(", "))
    })
}

/// The verdict in one sentence.
pub(super) fn sentence(report: &Report) -> String {
    format!("{}: {}", report.verdict.name(), parts(report).join("; "))
}

/// What the sentence says after the verdict.
pub(super) fn parts(report: &Report) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(trouble(report));
    parts.extend(found(report));
    let coverage: Vec<String> = report.stages.iter().filter_map(headline_of).collect();
    if !coverage.is_empty() {
        parts.push(coverage.join(", "));
    }
    parts.extend(databases(report));
    parts.extend(excused(report));
    parts.extend(changed(report));
    parts.extend(report.policy_from.as_ref().map(PolicyFrom::sentence));
    parts.extend(left_out(report));
    parts
}

/// What could not be done, or was not there.
fn trouble(report: &Report) -> Option<String> {
    let names = |status| -> Vec<String> {
        let stages = report.stages.iter().filter(|stage| stage.status == status);
        stages.map(|stage| stage.name.to_owned()).collect()
    };
    match report.verdict {
        Verdict::Pass | Verdict::Fail => None,
        Verdict::Error => Some(match list(&names(Status::Error)) {
            Some(stages) => format!("{stages} could not be judged whole"),
            None => "the check could not be made".to_owned(),
        }),
        Verdict::Empty => Some(match list(&names(Status::Empty)) {
            Some(stages) => format!("nothing to check for {stages}"),
            None => "nothing was checked".to_owned(),
        }),
    }
}

/// The days of the databases; the advisories' first, with the limit where it is not the usual one.
fn databases(report: &Report) -> Vec<String> {
    let limit = match report.settings.max_age {
        age if age == MaxAge::default() => String::new(),
        age => format!(" (age limit {age})"),
    };
    let mut words: Vec<String> = Vec::new();
    for database in &report.databases {
        let word = if database.name.contains("advisories") {
            format!("advisories as of {}{limit}", database.updated)
        } else {
            format!("{} as of {}", database.name, database.updated)
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.sort_by_key(|word| !word.starts_with("advisories"));
    words
}

fn excused(report: &Report) -> Option<String> {
    let number = report.excused().count();
    (number > 0).then(|| format!("{} excused", count(number, "findings")))
}

/// Rules that say less than they would by themselves.
fn changed(report: &Report) -> Option<String> {
    let less = |effect| {
        report
            .policy
            .iter()
            .filter(|change| change.effect() == effect)
            .count()
    };
    let words: Vec<String> = [(less("off"), "off"), (less("lowered"), "lowered")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, effect)| format!("{} {effect}", count(number, "rules")))
        .collect();
    list(&words)
}

fn left_out(report: &Report) -> Vec<String> {
    let skipped = report
        .stages
        .iter()
        .filter(|stage| stage.status == Status::Skipped);
    let skipped: Vec<&str> = skipped.map(|stage| stage.name).collect();
    let mut words = Vec::new();
    if !skipped.is_empty() {
        words.push(format!("skipped: {}", skipped.join(", ")));
    }
    if !report.not_checked.is_empty() {
        words.push(format!("not checked: {}", report.not_checked.join(", ")));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn nouns_agree_with_their_number() {
        for (number, noun, expected) in [
            (1, "lockfiles", "1 lockfile"),
            (2, "lockfiles", "2 lockfiles"),
            (0, "crates", "0 crates"),
            (1, "binaries", "1 binary"),
            (1, "boxes", "1 box"),
            (1, "classes", "1 class"),
            (1, "images", "1 image"),
            (1, "embedded crates", "1 embedded crate"),
            (1, "renders as released", "1 render as released"),
            (1, "changes of them", "1 change of them"),
        ] {
            assert_eq!(count(number, noun), expected);
        }
    }
}
