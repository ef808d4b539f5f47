//! Carries a plan out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::{Change, Plan, Planned};
use crate::deps::{Advisories, Kind, ListedPackage};
use crate::exceptions::{self, Coverage};
use crate::finding::Finding;
use crate::image::{AdvisoryFact, AdvisoryKind};
use crate::kube::CheckedImage;
use crate::render::Pin;
use crate::report::{Difference, DifferenceKind, Parts, PolicyFrom, Report, StageRun, Work};
use crate::rules::{Check, Policy, by_id};
use crate::stages::image::{AdvisoryLookup, ImageSource, Inspections};
use crate::stages::manifests::Loaded;
use crate::stages::{ReportedAdvisory, StageOutcome, chain, deps, image, manifests};

/// The rule on advisories over the programs of images.
const EMBEDDED_RULE: &str = "embedded-vulnerability";

/// Judges everything that a plan asks for. The order of the stages is that of the report: manifests, deps, image.
///
/// Images are read first, since manifests are held against their digests and lockfiles against their programs;
/// manifests are rendered before images are judged, since images are held against what runs them.
pub fn judge(plan: &Plan) -> Report {
    let mut clock = Clock::default();
    let mut inspections = clock.time(&mut |clock| &mut clock.image, || match &plan.image {
        Some(Planned::Run(images)) => image::inspect(&images.settings),
        _ => Vec::new(),
    });
    let checked: Vec<CheckedImage> = inspections.iter().flat_map(Inspections::checked).collect();
    let manifests = clock.time(&mut |clock| &mut clock.manifests, || {
        let Some(Planned::Run(settings)) = &plan.manifests else {
            return None;
        };
        let pins = plan.as_released.then(|| pins(&inspections));
        let loaded = manifests::load(settings, pins.as_deref());
        expect(&mut inspections, &loaded);
        Some(manifests::judge(loaded, settings, &plan.policy, &checked))
    });
    let deps = clock.time(&mut |clock| &mut clock.deps, || judge_deps(plan, &inspections));
    let image = clock.time(&mut |clock| &mut clock.image, || {
        let reported = deps.as_ref().map_or(&[][..], |deps| &deps.reported);
        judge_images(plan, &mut inspections, reported)
    });
    let mut stages = Vec::new();
    stages.extend(stage(
        "manifests",
        plan.manifests.as_ref(),
        manifests,
        clock.manifests,
    ));
    stages.extend(stage("deps", plan.deps.as_ref(), deps, clock.deps));
    stages.extend(stage("image", plan.image.as_ref(), image, clock.image));
    report(plan, stages)
}

/// How long each stage took; parts of two of them alternate.
#[derive(Default)]
struct Clock {
    manifests: Duration,
    deps: Duration,
    image: Duration,
}

impl Clock {
    fn time<T>(&mut self, stage: &mut dyn FnMut(&mut Self) -> &mut Duration, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        *stage(self) += start.elapsed();
        result
    }
}

/// The digest of each image that is at hand and sound, for each of its repositories. One that cannot be read is an
/// error of the stage *image*.
fn pins(inspections: &[Inspections]) -> Vec<Vec<Pin>> {
    let digest = |image: &CheckedImage| {
        image
            .index_digest
            .clone()
            .or_else(|| image.platform_digests.first().cloned())
    };
    let pins = |found: &Inspections| {
        let digest = found.checked().first().and_then(digest)?;
        Some(
            found
                .source
                .repositories
                .iter()
                .filter_map(|name| Pin::new(name, &digest))
                .collect(),
        )
    };
    inspections.iter().filter_map(pins).collect()
}

/// Tells each image how manifests run it.
fn expect(inspections: &mut [Inspections], loaded: &Loaded) {
    for found in inspections {
        let uses = loaded.uses(&found.source.repositories);
        found.expect(&uses);
    }
}

fn judge_deps(plan: &Plan, inspections: &[Inspections]) -> Option<StageOutcome> {
    let Some(Planned::Run(settings)) = &plan.deps else {
        return None;
    };
    let mut settings = settings.clone();
    if let Some(Planned::Run(images)) = &plan.image {
        settings.lists = chain::lists(images, inspections);
    }
    Some(deps::run(&settings, &plan.policy, plan.today))
}

/// `reported` are the advisories that the stage *deps* reports: what it does not, be it skipped or failed, is reported
/// here.
fn judge_images(
    plan: &Plan,
    inspections: &mut [Inspections],
    reported: &[ReportedAdvisory],
) -> Option<StageOutcome> {
    let Some(Planned::Run(images)) = &plan.image else {
        return None;
    };
    let advisories = Advisories::open(
        &images.database,
        images.settings.repository.as_deref(),
        plan.today,
    );
    let lookup = |source: &ImageSource, package: &ListedPackage| {
        let lockfile = images.lockfiles.get(&source.path);
        let known = reported
            .iter()
            .filter(|known| lockfile.is_some_and(|file| file.name == known.file));
        let known: Vec<&ReportedAdvisory> = known.collect();
        let mut facts = advisories
            .as_ref()
            .map_or_else(|_| Vec::new(), |all| facts(all, package));
        facts.retain(|fact| !is_reported(fact, package, &known, &plan.policy));
        facts
    };
    let lookup: &AdvisoryLookup<'_> = &lookup;
    let mut outcome = image::judge(inspections, &images.settings, &plan.policy, lookup, plan.today);
    match &advisories {
        Ok(advisories) => outcome.databases.push(advisories.used()),
        Err(error) => outcome.errors.push(crate::stages::StageError::new(error)),
    }
    chain::judge(images, inspections, &plan.policy, &mut outcome);
    Some(outcome)
}

/// Is a defect of a listed package reported already, at the level that it would have here or above it?
fn is_reported(
    fact: &AdvisoryFact,
    package: &ListedPackage,
    known: &[&ReportedAdvisory],
    policy: &Policy,
) -> bool {
    let level = fact.kind.level(package.kind);
    let level = by_id(EMBEDDED_RULE).map_or(level, |rule| policy.level(rule, Some(level)));
    known.iter().any(|known| {
        known.package == package.name
            && known.version == package.version
            && known.identifiers.contains(&fact.id)
            && known.level >= level
    })
}

fn facts(advisories: &Advisories, package: &ListedPackage) -> Vec<AdvisoryFact> {
    let fact = |advisory: &crate::deps::Advisory| AdvisoryFact {
        id: advisory.id.clone(),
        aliases: advisory.aliases.clone(),
        kind: match advisory.kind {
            Kind::Vulnerability => AdvisoryKind::Vulnerability,
            Kind::Unsound => AdvisoryKind::Unsound,
            Kind::Unmaintained => AdvisoryKind::Unmaintained,
            Kind::Notice => AdvisoryKind::Notice,
        },
        patched: advisory.patched().iter().map(ToString::to_string).collect(),
    };
    advisories
        .matches(&package.name, &package.version)
        .into_iter()
        .map(fact)
        .collect()
}

fn stage<T>(
    name: &'static str,
    planned: Option<&Planned<T>>,
    outcome: Option<StageOutcome>,
    duration: Duration,
) -> Option<StageRun> {
    let work = match (planned?, outcome) {
        (Planned::Skipped(reason), _) => Work::Skipped {
            reason: reason.clone(),
        },
        (Planned::Run(_), outcome) => Work::Done {
            outcome: outcome.unwrap_or_default(),
            duration,
        },
    };
    Some(StageRun { name, work })
}

/// Applies the exceptions, judges them, and makes the report.
fn report(plan: &Plan, mut stages: Vec<StageRun>) -> Report {
    let coverage = coverage(plan, &stages);
    let findings = stages.iter_mut().flat_map(|stage| match &mut stage.work {
        Work::Done { outcome, .. } => outcome.findings.iter_mut(),
        Work::Skipped { .. } => [].iter_mut(),
    });
    let usage = exceptions::apply(findings, &plan.config.allows, plan.today, &coverage, &plan.policy);
    let judged = exceptions::judge(&usage, &plan.policy);
    let mut sources: BTreeMap<String, String> = [(plan.config.name.clone(), plan.config.text.clone())].into();
    let from = plan.policy_from.as_ref();
    sources.extend(from.iter().flat_map(|from| from.sources.clone()));
    sources.retain(|name, _| !name.is_empty());
    let mut report = Report::assemble(Parts {
        settings: plan.settings,
        stages,
        findings: judged,
        policy: plan.changes.clone(),
        not_checked: plan.not_checked.clone(),
        folder: plan.folder.clone(),
        errors: from.map(|from| from.errors.clone()).unwrap_or_default(),
        sources,
        ..Parts::default()
    });
    report.policy_from = from.map(|from| PolicyFrom {
        folder: from.folder.clone(),
        differences: from
            .changes
            .iter()
            .map(|change| weighed(change, &report, plan, &coverage))
            .collect(),
    });
    report
}

/// A difference with the number of findings that it would have touched, where that can be said.
fn weighed(change: &Change, report: &Report, plan: &Plan, coverage: &Coverage) -> Difference {
    let mut difference = change.difference.clone();
    let open = || report.open();
    difference.findings = match (&change.allow, difference.kind) {
        (Some(allow), _) => {
            let mut findings: Vec<Finding> = open().cloned().collect();
            let allows = std::slice::from_ref(allow);
            exceptions::apply(&mut findings, allows, plan.today, coverage, &plan.policy);
            let excused = findings.iter().filter(|finding| finding.allowed.is_some());
            Some(excused.count())
        }
        (None, DifferenceKind::Rule) => {
            let of_rule = open().filter(|finding| finding.rule == difference.subject);
            Some(of_rule.count())
        }
        _ => None,
    };
    difference
}

fn coverage(plan: &Plan, stages: &[StageRun]) -> Coverage {
    let whole = |name: &str| {
        let stage = stages.iter().find(|stage| stage.name == name);
        stage.is_some_and(
            |stage| matches!(&stage.work, Work::Done { outcome, .. } if outcome.errors.is_empty()),
        )
    };
    let ran = |check: &Check| match check {
        Check::Container(_) | Check::Workload(_) | Check::Render(_) | Check::Text(_) => whole("manifests"),
        // Programs of images are held against lockfiles by rules of dependencies.
        Check::Dependencies(_) => whole("deps") || whole("image"),
        Check::Image(_) => whole("image"),
        Check::Exceptions(_) => true,
    };
    let ran: BTreeSet<&'static str> = plan
        .policy
        .rules()
        .filter(|rule| ran(&rule.check))
        .map(|rule| rule.id)
        .collect();
    let complete = plan.complete && stages.iter().all(|stage| whole(stage.name));
    Coverage { ran, complete }
}
