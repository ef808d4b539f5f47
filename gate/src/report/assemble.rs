//! From the outcomes of the stages to the whole report: one order, one finding for one defect, no secrets.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use super::verdict::{Status, Verdict, fails};
use super::{Parts, PolicyChange, Report, StageReport, StageRun, Work, mask};
use crate::finding::{Allowed, Finding, Level, Location};
use crate::stages::StageError;

/// A message or detail of more characters is cut: it is output of a program or data.
const LONGEST_TEXT: usize = 4_000;

impl Report {
    /// Makes the report.
    pub fn assemble(parts: Parts) -> Self {
        let Parts {
            settings,
            stages,
            findings,
            policy,
            policy_from,
            errors,
            not_checked,
            notes,
            folder,
            sources,
        } = parts;
        let mut report = Self {
            settings,
            verdict: Verdict::Empty,
            stages: Vec::new(),
            findings,
            tools: Vec::new(),
            databases: Vec::new(),
            policy,
            policy_from,
            not_checked,
            notes,
            errors,
            folder,
            sources,
        };
        for stage in stages {
            report.add(stage);
        }
        report.order();
        report.mask();
        let statuses: Vec<Status> = report.stages.iter().map(|stage| stage.status).collect();
        let has_failures = report
            .findings
            .iter()
            .any(|finding| fails(finding, settings.fail_on));
        report.verdict = Verdict::of(!report.errors.is_empty(), &statuses, has_failures);
        report
    }

    fn add(&mut self, stage: StageRun) {
        let name = stage.name;
        let (outcome, duration) = match stage.work {
            Work::Done { outcome, duration } => (outcome, duration),
            Work::Skipped { reason } => return self.stages.push(skipped(name, reason)),
        };
        let status = Status::of(&outcome, self.settings.fail_on);
        let reason = match status {
            Status::Error => outcome.errors.first().map(|error| error.message.clone()),
            Status::Empty => Some("nothing to check".to_owned()),
            Status::Passed | Status::Failed | Status::Skipped => None,
        };
        self.stages.push(StageReport {
            name,
            status,
            reason,
            covered: outcome.covered,
            errors: outcome.errors,
            duration,
        });
        self.findings.extend(outcome.findings);
        self.tools.extend(outcome.tools);
        self.databases.extend(outcome.databases);
        self.notes.extend(outcome.notes);
        self.sources.extend(outcome.sources);
    }

    fn order(&mut self) {
        self.findings = merged(std::mem::take(&mut self.findings));
        self.findings
            .sort_by(|left, right| order(left).cmp(&order(right)));
        self.tools.sort();
        self.tools.dedup();
        self.databases.sort();
        self.databases.dedup();
        self.policy.sort_by_key(|change: &PolicyChange| change.rule);
        let mut seen = Vec::new();
        self.notes.retain(|note| {
            let new = !seen.contains(note);
            seen.push(note.clone());
            new
        });
    }

    fn mask(&mut self) {
        for finding in &mut self.findings {
            hide(&mut finding.message);
            finding.detail.iter_mut().for_each(hide);
            finding.help.iter_mut().for_each(hide);
            finding
                .related
                .iter_mut()
                .for_each(|place| hide(&mut place.label));
        }
        for stage in &mut self.stages {
            stage.reason.iter_mut().for_each(hide);
            stage.errors.iter_mut().for_each(hide_in_error);
        }
        self.errors.iter_mut().for_each(hide_in_error);
        self.notes.iter_mut().for_each(hide);
    }
}

fn skipped(name: &'static str, reason: String) -> StageReport {
    StageReport {
        name,
        status: Status::Skipped,
        reason: Some(reason),
        covered: BTreeMap::new(),
        errors: Vec::new(),
        duration: Duration::ZERO,
    }
}

/// Masks secrets, and cuts what is too long to be a sentence.
fn hide(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(LONGEST_TEXT) {
        text.truncate(end);
        text.push('…');
    }
    *text = mask::text(text);
}

pub(super) fn hide_in_error(error: &mut StageError) {
    hide(&mut error.message);
    error.hint.iter_mut().for_each(hide);
}

/// Worst first, then in the order of a reader: by file and place.
fn order(finding: &Finding) -> (Reverse<Level>, Option<&Location>, &str, Option<&str>, &str) {
    (
        Reverse(finding.level),
        finding.location.as_ref(),
        finding.rule,
        finding.path.as_deref(),
        &finding.fingerprint,
    )
}

/// One field of one file that several renders show is one finding, which lists them.
fn merged(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    let mut places: BTreeMap<Defect, usize> = BTreeMap::new();
    for finding in findings {
        match places.entry(Defect::of(&finding)) {
            Entry::Occupied(place) => {
                if let Some(first) = kept.get_mut(*place.get()) {
                    join(first, finding);
                }
            }
            Entry::Vacant(place) => {
                place.insert(kept.len());
                kept.push(finding);
            }
        }
    }
    for finding in &mut kept {
        finding.also_rendered.sort();
        finding.also_rendered.dedup();
        let first = finding.rendered.clone();
        finding
            .also_rendered
            .retain(|place| Some(place) != first.as_ref());
    }
    kept
}

/// What two findings must share to be one. The namespace may differ, as it does between overlays.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Defect {
    rule: &'static str,
    level: Level,
    texts: [Option<String>; 5],
    object: Option<[String; 3]>,
    location: Option<Location>,
    identifiers: Vec<String>,
    allowed: Option<Allowed>,
}

impl Defect {
    fn of(finding: &Finding) -> Self {
        let object = finding.object.as_ref();
        let unplaced = finding.location.is_none().then(|| finding.fingerprint.clone());
        Self {
            rule: finding.rule,
            level: finding.level,
            texts: [
                Some(finding.message.clone()),
                finding.detail.clone(),
                finding.container.clone(),
                finding.path.clone(),
                unplaced,
            ],
            object: object.map(|object| [&object.api_version, &object.kind, &object.name].map(String::clone)),
            location: finding.location.clone(),
            identifiers: finding.identifiers.clone(),
            allowed: finding.allowed.clone(),
        }
    }
}

fn join(first: &mut Finding, other: Finding) {
    first.also_rendered.extend(other.rendered);
    first.also_rendered.extend(other.also_rendered);
    for place in other.related {
        if !first.related.contains(&place) {
            first.related.push(place);
        }
    }
}
