//! The stage *deps*: lockfiles and binaries against the advisories, and cargo-deny where it is asked for.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Date;

use super::{ReportedAdvisory, StageError, StageOutcome};
use crate::deps::{
    Advisories, Audit, Binary, DatabaseChoice, DenySettings, DependencyError, EmbeddedList, Input, InputFile,
    Lockfile, Place, Range, ShippingMap, Version, compare, deny, outside_workspace, read_input,
};
use crate::finding::{Certainty, Finding, Location, RelatedLocation};
use crate::rules::{self, Policy, RuleHit};
use crate::yaml::Position;

/// What the stage is to do.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Lockfiles and binaries.
    pub inputs: Vec<InputFile>,
    /// What is known of the binaries that a lockfile builds, by the lockfile's name: lists that another stage read.
    pub lists: BTreeMap<PathBuf, Vec<EmbeddedList>>,
    /// Which advisories.
    pub database: DatabaseChoice,
    /// How cargo-deny is run; none means not at all. It trusts the repository.
    pub deny: Option<DenySettings>,
    /// No program inside this folder is started.
    pub repository: Option<PathBuf>,
}

/// Runs the stage. `today` is the day against which the age of the database is held.
pub fn run(settings: &Settings, policy: &Policy, today: Date) -> StageOutcome {
    let mut outcome = StageOutcome::default();
    let advisories = open_database(settings, today, &mut outcome);
    let inputs = read_inputs(settings, &mut outcome);
    let work = Work {
        settings,
        policy,
        advisories: advisories.as_ref(),
    };
    let only_lockfile = match inputs.lockfiles.as_slice() {
        [one] => Some(one),
        _ => None,
    };
    for (file, lockfile) in &inputs.lockfiles {
        let lists = if only_lockfile.is_some() {
            inputs.lists()
        } else {
            Vec::new()
        };
        work.lockfile(file, lockfile, lists, &mut outcome);
    }
    for (file, list) in &inputs.binaries {
        work.binary(file, list.as_ref(), only_lockfile, &mut outcome);
    }
    if !inputs.lockfiles.is_empty() || !inputs.binaries.is_empty() {
        outcome.notes.push("yanked: not checked".to_owned());
    }
    outcome
}

fn open_database(settings: &Settings, today: Date, outcome: &mut StageOutcome) -> Option<Advisories> {
    if settings.inputs.is_empty() {
        return None;
    }
    match Advisories::open(&settings.database, settings.repository.as_deref(), today) {
        Ok(advisories) => {
            outcome.databases.push(advisories.used());
            let limit = settings.database.max_age;
            outcome
                .notes
                .push(format!("age limit of the advisory database: {limit}"));
            if let Some(first) = advisories.strays.first() {
                let count = advisories.strays.len();
                let note =
                    format!("{count} files in the advisory database are no advisories, `{first}` first");
                outcome.notes.push(note);
            }
            Some(advisories)
        }
        Err(error) => {
            outcome.errors.push(StageError::new(&error));
            None
        }
    }
}

/// The inputs that could be read.
#[derive(Default)]
struct Inputs {
    lockfiles: Vec<(InputFile, Lockfile)>,
    binaries: Vec<(InputFile, Option<EmbeddedList>)>,
}

impl Inputs {
    fn lists(&self) -> Vec<EmbeddedList> {
        self.binaries
            .iter()
            .filter_map(|(_, list)| list.clone())
            .collect()
    }
}

fn read_inputs(settings: &Settings, outcome: &mut StageOutcome) -> Inputs {
    let mut inputs = Inputs::default();
    for file in &settings.inputs {
        match read_input(file) {
            Ok(Input::Lockfile(lockfile, text)) => {
                outcome.sources.insert(file.label(), text);
                inputs.lockfiles.push((file.clone(), lockfile));
            }
            Ok(Input::Binary(list)) => inputs.binaries.push((file.clone(), list)),
            Err(error) => outcome.errors.push(stage_error(&error, file)),
        }
    }
    inputs
}

fn stage_error(error: &DependencyError, file: &InputFile) -> StageError {
    let position = error.position();
    StageError {
        location: position.map(|position| location(file, (position, position), Certainty::Exact)),
        ..StageError::new(error)
    }
}

fn location(file: &InputFile, range: Range, certainty: Certainty) -> Location {
    Location {
        file: file.label(),
        line: range.0.line,
        column: range.0.column,
        end_line: range.1.line,
        end_column: range.1.column,
        certainty,
    }
}

struct Work<'a> {
    settings: &'a Settings,
    policy: &'a Policy,
    advisories: Option<&'a Advisories>,
}

impl Work<'_> {
    fn lockfile(
        &self,
        file: &InputFile,
        lockfile: &Lockfile,
        mut lists: Vec<EmbeddedList>,
        outcome: &mut StageOutcome,
    ) {
        lists.extend(self.settings.lists.get(&file.name).into_iter().flatten().cloned());
        let shipping = ShippingMap::of_lists(&lists);
        let outside = outside(file, outcome);
        let mut audit = Audit::of_lockfile(lockfile, self.advisories, shipping.as_ref(), outside.as_ref());
        self.deny(file, &mut audit, outcome);
        self.judge(file, &audit, outcome);
        self.cover("lockfiles", lockfile.packages.len(), outcome);
    }

    fn deny(&self, file: &InputFile, audit: &mut Audit, outcome: &mut StageOutcome) {
        let Some(settings) = &self.settings.deny else {
            return;
        };
        match deny(settings, file, self.settings.repository.as_deref()) {
            Ok(report) => {
                audit.refusals = report.refusals;
                if !outcome.tools.contains(&report.tool) {
                    outcome.tools.push(report.tool);
                }
            }
            Err(error) => outcome.errors.push(StageError::new(&error)),
        }
    }

    /// A binary given beside one lockfile is compared with it, and only what that lockfile lacks is judged again.
    fn binary(
        &self,
        file: &InputFile,
        list: Option<&EmbeddedList>,
        lockfile: Option<&(InputFile, Lockfile)>,
        outcome: &mut StageOutcome,
    ) {
        let path = file.label();
        let Some(list) = list else {
            outcome
                .errors
                .push(StageError::new(&DependencyError::NoList { path: path.clone() }));
            let audit = Audit::default().with_binary(Binary::without_list(path));
            self.judge(file, &audit, outcome);
            return;
        };
        let mut audit = Audit::of_list(list, self.advisories);
        if let Some((lockfile_file, lockfile)) = lockfile {
            let locked = |name: &str, version: &Version| {
                let mut packages = lockfile.packages.iter();
                packages.any(|package| package.name == name && package.version == *version)
            };
            audit
                .packages
                .retain(|package| !locked(&package.name, &package.version));
            let differences = compare(lockfile, list);
            audit = audit.with_binary(Binary::compared(path, lockfile_file.label(), differences));
        } else {
            outcome
                .notes
                .push(format!("`{path}` was compared with no lockfile"));
        }
        self.judge(file, &audit, outcome);
        self.cover("binaries", list.packages.len(), outcome);
    }

    fn judge(&self, file: &InputFile, audit: &Audit, outcome: &mut StageOutcome) {
        let deny = self.settings.deny.as_ref();
        let configuration = deny.map(|deny| deny.configuration_for(file));
        let place = |place: &Place| match place {
            Place::Package(index) => {
                let range = audit.packages.get(*index).and_then(|package| package.range);
                Some(range.map_or_else(
                    || line_of(file, 1),
                    |range| location(file, range, Certainty::Exact),
                ))
            }
            Place::Binary(_) => Some(line_of(file, 1)),
            Place::DenyConfiguration(line) => configuration
                .as_ref()
                .map(|configuration| line_of(configuration, line.unwrap_or(1))),
        };
        for (at, finding) in judged(audit, self.policy, place) {
            outcome.reported.extend(reported(file, audit, &at, &finding));
            outcome.findings.push(finding);
        }
    }

    /// Counts only what was held against advisories.
    fn cover(&self, noun: &'static str, packages: usize, outcome: &mut StageOutcome) {
        if self.advisories.is_some() {
            *outcome.covered.entry(noun).or_default() += 1;
            *outcome.covered.entry("crates").or_default() += packages;
        }
    }
}

fn outside(file: &InputFile, outcome: &mut StageOutcome) -> Option<BTreeMap<String, String>> {
    match outside_workspace(file) {
        Ok(Some(outside)) => Some(outside),
        Ok(None) => {
            outcome.notes.push(format!(
                "no `Cargo.toml` beside `{}`: where its local packages lie was not checked",
                file.label()
            ));
            None
        }
        Err(error) => {
            outcome.errors.push(stage_error(&error, file));
            None
        }
    }
}

/// The beginning of a line, where no more is known.
fn line_of(file: &InputFile, line: usize) -> Location {
    let position = Position { line, column: 1 };
    location(file, (position, position), Certainty::Nearest)
}

/// Runs the rules of dependencies that the policy turns on over an audit. `place` turns the place of a hit into a
/// location, where it has one. Findings are sealed.
pub fn findings(audit: &Audit, policy: &Policy, place: impl Fn(&Place) -> Option<Location>) -> Vec<Finding> {
    let judged = judged(audit, policy, place).into_iter();
    judged.map(|(_, finding)| finding).collect()
}

fn judged(
    audit: &Audit,
    policy: &Policy,
    place: impl Fn(&Place) -> Option<Location>,
) -> Vec<(Place, Finding)> {
    let finding = |(rule, hit): RuleHit<Place>| {
        let mut finding = policy.finding(rule, &hit);
        if let Place::Package(index) = hit.place {
            finding.package = audit.packages.get(index).map(|package| package.name.clone());
        }
        finding.location = place(&hit.place);
        let related = hit.related.into_iter();
        finding.related = related
            .filter_map(|(at, label)| place(&at).map(|location| RelatedLocation { location, label }))
            .collect();
        (hit.place, finding.seal())
    };
    let hits = rules::dependencies(audit, policy.rules()).into_iter();
    hits.map(finding).collect()
}

/// The advisory that a finding is about, if it is about one.
fn reported(file: &InputFile, audit: &Audit, place: &Place, finding: &Finding) -> Option<ReportedAdvisory> {
    let Place::Package(index) = place else {
        return None;
    };
    let package = audit.packages.get(*index)?;
    (!finding.identifiers.is_empty()).then(|| ReportedAdvisory {
        file: file.name.clone(),
        package: package.name.clone(),
        version: package.version.clone(),
        identifiers: finding.identifiers.clone(),
        level: finding.level,
    })
}

#[cfg(test)]
#[path = "deps_tests.rs"]
mod tests;
