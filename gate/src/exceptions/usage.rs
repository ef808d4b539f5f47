//! What the exceptions of a run covered.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{Allow, Scope};
use crate::config::nearest;
use crate::finding::{Allowed, Finding, Location};
use crate::rules::{self, CATALOGUE, Policy, Rule, RuleHit};

/// Rules that report advisories: an exception that names an advisory is theirs.
const ADVISORY_RULES: [&str; 5] = [
    "vulnerable-crate",
    "unsound-crate",
    "unmaintained-crate",
    "embedded-vulnerability",
    "image-vulnerability",
];

/// How much of what is declared was judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Ids of the rules that ran.
    pub ran: BTreeSet<&'static str>,
    /// Was everything judged that `gate.toml` declares, to its end? Not so where a stage was skipped or failed, or
    /// where the command line named paths: then an entry that matched nothing may still be needed.
    pub complete: bool,
}

/// The part of an entry that a rule reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The entry as a whole.
    Entry,
    /// Its rule.
    Rule,
    /// Its scope.
    Scope,
    /// Its reason.
    Reason,
    /// Its end date.
    Until,
}

/// The place that exception rules report: a part of an entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Index of the entry.
    pub entry: usize,
    /// The part of it; a part that is not written stands where the entry begins.
    pub part: Part,
}

/// What the rule of an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A rule of the catalogue.
    Rule {
        /// May an exception cover it?
        excusable: bool,
        /// Does the policy run it?
        enabled: bool,
        /// Did it run?
        ran: bool,
    },
    /// An advisory or CVE.
    Advisory {
        /// Did a rule run that reports advisories?
        ran: bool,
    },
    /// Neither.
    Unknown {
        /// The rule that was probably meant.
        nearest: Option<&'static str>,
    },
}

/// One entry and what it matched.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryUse<'a> {
    /// The entry.
    pub allow: &'a Allow,
    /// What its rule is.
    pub target: Target,
    /// How many different findings its rule and scope match, whether it covers them or not.
    pub matched: usize,
}

impl EntryUse<'_> {
    /// Does it name something that exceptions can cover?
    pub fn is_valid(&self) -> bool {
        match self.target {
            Target::Rule { excusable, .. } => excusable,
            Target::Advisory { .. } => true,
            Target::Unknown { .. } => false,
        }
    }

    /// Is its end date past?
    pub fn is_expired(&self, today: Date) -> bool {
        self.allow.until.as_ref().is_some_and(|until| until.value < today)
    }

    /// Has it a reason that says something?
    pub fn has_reason(&self) -> bool {
        let reason = self.allow.reason.as_ref();
        reason.is_some_and(|reason| says_something(&reason.value))
    }

    /// Does it cover what it matches?
    pub fn holds(&self, today: Date) -> bool {
        self.is_valid() && self.has_reason() && self.allow.until.is_some() && !self.is_expired(today)
    }

    /// Is it limited to certain things? An advisory is one by itself.
    pub fn is_narrow(&self) -> bool {
        let scope = self.allow.scope.as_ref();
        matches!(self.target, Target::Advisory { .. }) || scope.is_some_and(|scope| scope.value.is_narrow())
    }

    fn matches(&self, finding: &Finding, catalogue: &[&Rule]) -> bool {
        let named = &self.allow.rule.value;
        let same = match self.target {
            Target::Rule { .. } => finding.rule == named,
            Target::Advisory { .. } => finding
                .identifiers
                .iter()
                .any(|identifier| identifier.eq_ignore_ascii_case(named)),
            Target::Unknown { .. } => false,
        };
        let scope = self.allow.scope.as_ref();
        let covered = |scope: &Scope| scope.covers(finding);
        same && excusable(finding, catalogue) && scope.is_none_or(|scope| covered(&scope.value))
    }
}

/// Findings of rules that no exception may cover stay as they are, even by the id of an advisory.
fn excusable(finding: &Finding, catalogue: &[&Rule]) -> bool {
    let fixed = |rule: &&Rule| rule.id == finding.rule && !rule.excusable;
    !catalogue.iter().any(fixed)
}

/// A reason of ten characters or more that is not made of filler.
fn says_something(reason: &str) -> bool {
    const FILLER: [&str; 28] = [
        "a",
        "accepted",
        "allowed",
        "and",
        "be",
        "because",
        "exception",
        "fix",
        "fixed",
        "fixme",
        "for",
        "ignore",
        "ignored",
        "is",
        "it",
        "later",
        "n/a",
        "needed",
        "now",
        "ok",
        "please",
        "reason",
        "tbd",
        "temporarily",
        "temporary",
        "this",
        "todo",
        "will",
    ];
    let lower = reason.to_lowercase();
    let said = |word: &&str| !FILLER.contains(word) && word.chars().any(char::is_alphanumeric);
    let words: BTreeSet<&str> = lower
        .split(|letter: char| letter.is_whitespace() || ",.;:!?".contains(letter))
        .filter(said)
        .collect();
    let letters: BTreeSet<char> = lower.chars().filter(|letter| letter.is_alphanumeric()).collect();
    reason.trim().chars().count() >= 10 && !words.is_empty() && letters.len() >= 4
}

/// All exceptions and what they matched.
#[derive(Clone, Debug, PartialEq)]
pub struct Usage<'a> {
    /// The entries in the order of the file.
    pub entries: Vec<EntryUse<'a>>,
    /// The day that end dates are held against.
    pub today: Date,
    /// Was everything judged that is declared?
    pub complete: bool,
}

impl Usage<'_> {
    /// Where a place stands.
    pub fn location(&self, place: &Place) -> Option<&Location> {
        let allow = self.entries.get(place.entry)?.allow;
        let part = match place.part {
            Part::Entry => None,
            Part::Rule => Some(&allow.rule.location),
            Part::Scope => allow.scope.as_ref().map(|scope| &scope.location),
            Part::Reason => allow.reason.as_ref().map(|reason| &reason.location),
            Part::Until => allow.until.as_ref().map(|until| &until.location),
        };
        Some(part.unwrap_or(&allow.location))
    }

    /// The entries with the index that a [`Place`] takes.
    pub fn indexed(&self) -> impl Iterator<Item = (usize, &EntryUse<'_>)> {
        self.entries.iter().enumerate()
    }
}

/// Marks the findings that entries cover, and counts what each entry matches. Where two cover one finding, the first
/// is named. `today` is the day in UTC.
pub fn apply<'a, 'f>(
    findings: impl IntoIterator<Item = &'f mut Finding>,
    allows: &'a [Allow],
    today: Date,
    coverage: &Coverage,
    policy: &Policy,
) -> Usage<'a> {
    let world = World {
        catalogue: CATALOGUE,
        coverage,
        policy,
    };
    world.apply(findings, allows, today)
}

/// What decides what an entry means.
pub(super) struct World<'w> {
    pub(super) catalogue: &'w [&'static Rule],
    pub(super) coverage: &'w Coverage,
    pub(super) policy: &'w Policy,
}

impl World<'_> {
    pub(super) fn apply<'a, 'f>(
        &self,
        findings: impl IntoIterator<Item = &'f mut Finding>,
        allows: &'a [Allow],
        today: Date,
    ) -> Usage<'a> {
        let unmatched = |allow: &'a Allow| EntryUse {
            allow,
            target: self.target(&allow.rule.value),
            matched: 0,
        };
        let mut entries: Vec<EntryUse<'a>> = allows.iter().map(unmatched).collect();
        let mut seen: Vec<BTreeSet<String>> = vec![BTreeSet::new(); entries.len()];
        for finding in findings {
            for (entry, seen) in entries.iter().zip(&mut seen) {
                if !entry.matches(finding, self.catalogue) {
                    continue;
                }
                seen.insert(finding.fingerprint.clone());
                if finding.allowed.is_none() && entry.holds(today) {
                    finding.allowed = allowed(entry.allow);
                }
            }
        }
        for (entry, seen) in entries.iter_mut().zip(seen) {
            entry.matched = seen.len();
        }
        Usage {
            entries,
            today,
            complete: self.coverage.complete,
        }
    }

    fn target(&self, id: &str) -> Target {
        if let Some(rule) = self.catalogue.iter().find(|rule| rule.id == id) {
            return Target::Rule {
                excusable: rule.excusable,
                enabled: self.policy.runs(rule),
                ran: self.coverage.ran.contains(rule.id),
            };
        }
        if is_advisory(id) {
            let ran = ADVISORY_RULES.iter().any(|rule| self.coverage.ran.contains(rule));
            return Target::Advisory { ran };
        }
        Target::Unknown {
            nearest: nearest(id, self.catalogue.iter().map(|rule| rule.id)),
        }
    }
}

/// `RUSTSEC-2026-0001`, `CVE-2026-12345`, `GHSA-abcd-efgh-ijkl`.
fn is_advisory(id: &str) -> bool {
    let parts: Vec<&str> = id.split('-').collect();
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let group = |part: &&str| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match parts.as_slice() {
        ["RUSTSEC" | "CVE", year, number] => {
            year.len() == 4 && number.len() >= 4 && digits(year) && digits(number)
        }
        ["GHSA", groups @ ..] => groups.len() == 3 && groups.iter().all(group),
        _ => false,
    }
}

fn allowed(allow: &Allow) -> Option<Allowed> {
    Some(Allowed {
        reason: allow.reason.as_ref()?.value.clone(),
        until: allow.until.as_ref()?.value.to_string(),
        place: format!("{}:{}", allow.location.file, allow.location.line),
    })
}

/// The findings of the rules that judge exceptions, sealed.
pub fn judge(usage: &Usage<'_>, policy: &Policy) -> Vec<Finding> {
    let finding = |(rule, hit): RuleHit<Place>| {
        let mut finding = policy.finding(rule, &hit);
        finding.location = usage.location(&hit.place).cloned();
        finding.seal()
    };
    let hits = rules::exceptions(usage, policy.rules()).into_iter();
    hits.map(finding).collect()
}
