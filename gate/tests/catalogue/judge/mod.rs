//! Judges one fixture: a function for each kind of check.

mod dependencies;
mod exceptions;
mod facts;
mod image;
mod manifests;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gate::finding::Level;
use gate::rules::{Check, Hit, Policy, Profile, Rule};

/// What a fixture gave.
pub(crate) struct Judgement {
    /// What was looked at: a noun in the plural and a count. A fixture of which nothing was seen proves nothing.
    pub(crate) covered: BTreeMap<&'static str, usize>,
    pub(crate) findings: Vec<Shown>,
}

/// A finding as snapshots show it.
pub(crate) struct Shown {
    pub(crate) rule: &'static str,
    pub(crate) level: Level,
    pub(crate) object: Option<String>,
    pub(crate) container: Option<String>,
    pub(crate) place: String,
    pub(crate) message: String,
    pub(crate) detail: Option<String>,
    pub(crate) help: Option<String>,
    /// Place and label.
    pub(crate) related: Vec<(String, String)>,
}

/// Runs rules over a fixture of a rule, in the manner of that rule's kind.
pub(crate) fn with(subject: &Rule, fixture: &Path, rules: &[&'static Rule]) -> Judgement {
    match subject.check {
        Check::Container(_) | Check::Workload(_) | Check::Render(_) | Check::Text(_) => {
            manifests::judge(fixture, rules)
        }
        Check::Exceptions(_) => exceptions::judge(fixture, rules),
        Check::Dependencies(_) => dependencies::judge(fixture, rules),
        Check::Image(_) => image::judge(fixture, rules),
    }
}

fn shown<Place>(
    rule: &'static Rule,
    hit: Hit<Place>,
    place: impl Fn(&Place) -> String,
    object: impl Fn(&Place) -> (Option<String>, Option<String>),
) -> Shown {
    let (object, container) = object(&hit.place);
    Shown {
        rule: rule.id,
        level: Policy::of(Profile::Production).level(rule, hit.level),
        object,
        container,
        place: place(&hit.place),
        message: hit.message,
        detail: hit.detail,
        help: hit.help,
        related: hit
            .related
            .iter()
            .map(|(related, label)| (place(related), label.clone()))
            .collect(),
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
