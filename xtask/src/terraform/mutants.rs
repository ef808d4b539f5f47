//! Breaks the roots in one way at a time; the tests must notice each, and the run that is meant to must be the one.

#![expect(
    clippy::disallowed_methods,
    reason = "reads the list of mutants of this workspace"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Args;
use serde::Deserialize;

use super::copy::{Copy, Settings};
use super::provider::Provider;
use super::suite::{self, INVALID, Suite};
use super::{ROOTS, TerraformError, at, check};
use crate::programs::Words;
use crate::steps::Step;
use crate::workspace::Workspace;

const LIST: &str = "terraform/mutants.toml";

/// How many are tried at the same time: a run of Terraform and its provider keep about one core busy.
const AT_ONCE: usize = 2;

/// Arguments of `cargo xtask terraform mutants`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Try only those whose fault has this text
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

#[derive(Debug, Deserialize)]
struct List {
    mutant: Vec<Mutant>,
}

/// A fault that a person could make.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutant {
    /// What is wrong, in a few words.
    fault: String,
    /// What it would do to a team, in one sentence.
    harm: String,
    /// The file, below `terraform/`.
    file: String,
    /// The text that is replaced. It stands in the file once.
    find: String,
    /// What comes in its place.
    replace: String,
    /// The run that must fail, or `validate` where the configuration is not even valid.
    by: String,
}

/// What came of a mutant.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    /// The run that should notice it did.
    Noticed,
    /// Only other runs did.
    NoticedElsewhere(Vec<String>),
    /// Nothing did.
    Survived,
    /// Its text stands in the file so many times, and not once.
    NotApplied(usize),
}

/// Tries the mutants; the answer says how many there were.
pub(super) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<String, TerraformError> {
    let suites = suites(workspace)?;
    let mut mutants = read(workspace, &suites)?;
    if let Some(text) = &arguments.only {
        mutants.retain(|mutant| mutant.fault.contains(text.as_str()));
        if mutants.is_empty() {
            return Err(TerraformError::MutantList(format!(
                "no fault has the text `{text}`"
            )));
        }
    }
    let provider = Provider::ensure(workspace)?;
    let settings = provider.settings();
    let sound = Copy::make(workspace, Settings::Example)?;
    let what = format!("trying {} mutants, {AT_ONCE} at a time", mutants.len());
    let step = Step::begin(&what, "2 minutes for all");
    soundness(&settings, &sound)?;
    let missed = try_all(workspace, &settings, &sound, &suites, &mutants)?;
    step.end();
    if missed > 0 {
        return Err(TerraformError::Missed {
            missed,
            all: mutants.len(),
        });
    }
    Ok(format!("mutants: {} passed, 0 failed", mutants.len()))
}

fn suites(workspace: &Workspace) -> Result<Vec<(&'static str, Suite)>, TerraformError> {
    ROOTS
        .into_iter()
        .map(|root| Ok((root, Suite::read(workspace, root)?)))
        .collect()
}

/// Reads the list. A run that no mutant is meant for has never been seen to fail, and is an error.
fn read(workspace: &Workspace, suites: &[(&'static str, Suite)]) -> Result<Vec<Mutant>, TerraformError> {
    let path = workspace.root().join(LIST);
    let text = fs::read_to_string(&path).map_err(at(workspace, &path))?;
    let list: List = toml::from_str(&text).map_err(|error| TerraformError::MutantList(error.to_string()))?;
    let problems = problems(&list.mutant, suites);
    if problems.is_empty() {
        return Ok(list.mutant);
    }
    Err(TerraformError::MutantList(problems.join("; ")))
}

fn problems(mutants: &[Mutant], suites: &[(&'static str, Suite)]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut faults = BTreeSet::new();
    for mutant in mutants {
        if !faults.insert(&mutant.fault) {
            problems.push(format!("`{}` is there twice", mutant.fault));
        }
        if mutant.harm.trim().is_empty() {
            problems.push(format!("`{}` does not say what it would do", mutant.fault));
        }
        if place(mutant, suites).is_none() {
            problems.push(format!(
                "`{}` is to be noticed by `{}`, which is no run",
                mutant.fault, mutant.by
            ));
        }
    }
    let noticing: BTreeSet<_> = mutants.iter().map(|mutant| mutant.by.as_str()).collect();
    for (root, suite) in suites {
        let idle = suite.runs.keys().filter(|run| !noticing.contains(run.as_str()));
        problems.extend(idle.map(|run| format!("no mutant is for the run `{run}` of `{root}`")));
    }
    problems
}

/// The root in which a mutant must be noticed, and the test file that must do it; none where it is not even valid.
fn place<'a>(
    mutant: &'a Mutant,
    suites: &'a [(&'static str, Suite)],
) -> Option<(&'static str, Option<&'a str>)> {
    if mutant.by == INVALID {
        let own = mutant.file.split('/').next()?;
        return ROOTS
            .into_iter()
            .find(|root| *root == own)
            .map(|root| (root, None));
    }
    suites.iter().find_map(|(root, suite)| {
        let run = suite.runs.get(&mutant.by)?;
        Some((*root, Some(run.file.as_str())))
    })
}

/// Without a fault everything passes: otherwise every mutant would seem to be noticed.
fn soundness(settings: &Path, sound: &Copy) -> Result<(), TerraformError> {
    let tested = check::at_once(|root| {
        check::prepare(settings, sound, root)?;
        let outcome = suite::test(settings, &sound.root(root), None)?;
        if outcome.failed.is_empty() {
            return Ok(());
        }
        Err(TerraformError::Tests {
            root,
            source: Words(outcome.words.join("\n")),
        })
    });
    tested.into_iter().collect()
}

/// Tries every mutant on a copy of its own; the answer is the number of those that were not noticed as they should be.
fn try_all(
    workspace: &Workspace,
    settings: &Path,
    sound: &Copy,
    suites: &[(&'static str, Suite)],
    mutants: &[Mutant],
) -> Result<usize, TerraformError> {
    let next = AtomicUsize::new(0);
    let missed = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    let work = || {
        while let Some(mutant) = mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
            match try_one(workspace, settings, sound, suites, mutant) {
                Ok(fate) => {
                    missed.fetch_add(usize::from(fate != Fate::Noticed), Ordering::Relaxed);
                    eprintln!("{}", told(mutant, &fate));
                }
                Err(error) => {
                    // What keeps one from being tried keeps the others too.
                    next.store(mutants.len(), Ordering::Relaxed);
                    if let Ok(mut failure) = failure.lock() {
                        failure.get_or_insert(error);
                    }
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    match failure.into_inner() {
        Ok(Some(error)) => Err(error),
        _ => Ok(missed.into_inner()),
    }
}

fn try_one(
    workspace: &Workspace,
    settings: &Path,
    sound: &Copy,
    suites: &[(&'static str, Suite)],
    mutant: &Mutant,
) -> Result<Fate, TerraformError> {
    let copy = sound.again(workspace)?;
    let part = format!("terraform/{}", mutant.file);
    let found = copy
        .replace(&part, &mutant.find, &mutant.replace)
        .map_err(at(workspace, &workspace.root().join(&part)))?;
    let Some((root, file)) = place(mutant, suites) else {
        return Ok(Fate::Survived);
    };
    if found != 1 || mutant.find == mutant.replace {
        return Ok(Fate::NotApplied(found));
    }
    let failed = match file {
        Some(file) => suite::test(settings, &copy.root(root), Some(file))?.failed,
        None => match check::validate(settings, &copy, root) {
            Ok(()) => Vec::new(),
            Err(TerraformError::Invalid { .. }) => vec![INVALID.to_owned()],
            Err(error) => return Err(error),
        },
    };
    Ok(fate(mutant, failed))
}

fn fate(mutant: &Mutant, failed: Vec<String>) -> Fate {
    if failed.contains(&mutant.by) {
        Fate::Noticed
    } else if failed.is_empty() {
        Fate::Survived
    } else {
        Fate::NoticedElsewhere(failed)
    }
}

fn told(mutant: &Mutant, fate: &Fate) -> String {
    let Mutant { fault, harm, by, .. } = mutant;
    match fate {
        Fate::Noticed => format!("noticed   {fault}: {harm} ({by})"),
        Fate::NoticedElsewhere(runs) => {
            format!("ELSEWHERE {fault}: {harm} (not {by}, but {})", runs.join(", "))
        }
        Fate::Survived => format!("SURVIVED  {fault}: {harm} ({by} passes)"),
        Fate::NotApplied(found) => {
            format!(
                "NO MUTANT {fault}: its text stands in {} {found} times",
                mutant.file
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(by: &str) -> Mutant {
        Mutant {
            fault: "public nodes".to_owned(),
            harm: "nodes are attacked".to_owned(),
            file: "cluster/cluster.tf".to_owned(),
            find: "true".to_owned(),
            replace: "false".to_owned(),
            by: by.to_owned(),
        }
    }

    #[test]
    fn only_the_run_that_is_meant_counts() {
        let mutant = mutant("closed");
        assert_eq!(
            fate(&mutant, vec!["other".into(), "closed".into()]),
            Fate::Noticed
        );
        assert_eq!(fate(&mutant, vec![]), Fate::Survived);
        assert_eq!(
            fate(&mutant, vec![INVALID.into()]),
            Fate::NoticedElsewhere(vec![INVALID.into()])
        );
    }

    #[test]
    fn a_list_that_proves_nothing_is_refused() {
        let workspace = Workspace::at(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
        let suites = suites(&workspace).unwrap();
        let told = problems(&[mutant("no_such_run"), mutant(INVALID)], &suites);
        assert!(
            told.contains(&"`public nodes` is to be noticed by `no_such_run`, which is no run".to_owned())
        );
        assert!(told.contains(&"`public nodes` is there twice".to_owned()));
        assert!(told.contains(&"no mutant is for the run `nobody_comes_in_unasked` of `cluster`".to_owned()));
    }

    #[test]
    fn the_list_of_this_workspace_is_usable() {
        let workspace = Workspace::at(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
        let mutants = read(&workspace, &suites(&workspace).unwrap()).unwrap();
        assert!(mutants.len() >= 20, "{}", mutants.len());
    }
}
