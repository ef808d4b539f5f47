//! What a changed `gate.toml` says otherwise than the one whose rules hold.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::config::{Config, Dependencies, Image, Manifests, Written};
use crate::exceptions::Allow;
use crate::finding::{Certainty, Location};
use crate::input::{self, normalized};
use crate::report::{Difference, DifferenceKind};
use crate::rules::by_id;

/// No `deny.toml` is larger than this many bytes.
const FILE_LIMIT: u64 = 1024 * 1024;

/// A difference, and what it takes to say what it would have done.
#[derive(Clone, Debug)]
pub struct Change {
    /// The difference.
    pub difference: Difference,
    /// Of an exception that does not count: the exception.
    pub allow: Option<Allow>,
}

impl From<Difference> for Change {
    fn from(difference: Difference) -> Self {
        Self {
            difference,
            allow: None,
        }
    }
}

/// Compares, and takes over what adds to the check: further paths to judge, and that an exception is gone.
pub(super) fn compare(base: &mut Config, change: &Config) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    let differences = settings(base, change)
        .into_iter()
        .chain(rules(base, change))
        .chain(images(base, change));
    changes.extend(differences.map(Change::from));
    changes.extend(manifests(base, change).into_iter().map(Change::from));
    changes.extend(dependencies(base, change).into_iter().map(Change::from));
    changes.extend(exceptions(base, change));
    changes.sort_by(|left, right| key(left).cmp(&key(right)));
    changes
}

/// What does not count comes first, in the order of the changed file.
fn key(change: &Change) -> (bool, Option<&Location>, &str) {
    let difference = &change.difference;
    (
        difference.counted,
        difference.location.as_ref(),
        &difference.subject,
    )
}

/// The judged tree has no `gate.toml` where the rules have it, or another one comes first.
pub(super) fn replaced(below: &Path, other: Option<&Path>) -> Change {
    let change = match other {
        Some(other) => format!("`{}` takes its place", other.display()),
        None => "taken out or renamed".to_owned(),
    };
    Difference::ignored(DifferenceKind::File, below.display().to_string(), change).into()
}

/// A file that differs from its counterpart; its place is the first line that does.
pub(super) fn file_difference(own: &Path, base: &Path, folder: &Path) -> Option<Change> {
    let read = |path| input::read_bytes(path, FILE_LIMIT).ok();
    let (before, after) = (read(base), read(own));
    if before == after {
        return None;
    }
    let name = normalized(own);
    let name = name.strip_prefix(folder).unwrap_or(&name);
    let name = name.to_string_lossy().replace('\\', "/");
    let (change, location) = match (before, after) {
        (Some(before), Some(after)) => {
            let line = first_difference(&before, &after);
            let location = Location {
                file: name.clone(),
                line,
                column: 1,
                end_line: line,
                end_column: 1,
                certainty: Certainty::Nearest,
            };
            (format!("edited at line {line}"), Some(location))
        }
        (None, _) => ("added".to_owned(), None),
        (Some(_), None) => ("taken out, or cannot be read".to_owned(), None),
    };
    let difference = Difference::ignored(DifferenceKind::File, name, change);
    Some(difference.at(location.as_ref()).into())
}

fn first_difference(before: &[u8], after: &[u8]) -> usize {
    let lines =
        |bytes: &[u8]| -> Vec<Vec<u8>> { bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect() };
    let (before, after) = (lines(before), lines(after));
    let same = before.iter().zip(&after).take_while(|(one, other)| one == other);
    (same.count() + 1).min(after.len())
}

/// Settings with one value.
fn settings(base: &Config, change: &Config) -> Vec<Difference> {
    let values = |config: &Config| {
        let manifests = config.manifests.as_ref();
        let dependencies = config.dependencies.as_ref();
        let database = dependencies.and_then(|section| section.advisory_database.as_ref());
        [
            ("kubernetes", config.kubernetes.map(|range| range.to_string())),
            ("profile", config.profile.map(|profile| profile.name().to_owned())),
            (
                "manifests.namespace",
                manifests
                    .filter(|_| base.manifests.is_some())
                    .and_then(|section| section.namespace.clone()),
            ),
            (
                "dependencies.deny",
                Some(dependencies.is_some_and(|section| section.deny).to_string()),
            ),
            (
                "dependencies.advisory-db.path",
                database.map(|path| path.value.clone()),
            ),
            (
                "dependencies.advisory-db.max-age",
                dependencies
                    .and_then(|section| section.max_age)
                    .map(|age| age.to_string()),
            ),
        ]
    };
    let pairs = values(base).into_iter().zip(values(change));
    pairs
        .filter(|((_, before), (_, after))| before != after)
        .map(|((key, before), (_, after))| {
            Difference::ignored(DifferenceKind::Setting, key, instead(before, after))
        })
        .collect()
}

/// `new instead of old`.
fn instead(before: Option<String>, after: Option<String>) -> String {
    let word = |value: Option<String>| value.unwrap_or_else(|| "nothing".to_owned());
    format!("{} instead of {}", word(after), word(before))
}

/// Levels of rules. Where both files say the same, the place is that of the changed one, which is the one to edit.
fn rules(base: &mut Config, change: &Config) -> Vec<Difference> {
    let ids: BTreeSet<&String> = base.rules.keys().chain(change.rules.keys()).collect();
    let mut differences = Vec::new();
    for id in ids {
        let level = |config: &Config| match config.rules.get(id) {
            Some(setting) => setting.level,
            None => by_id(id).map(|rule| rule.level),
        };
        let (before, after) = (level(base), level(change));
        if before != after {
            let name =
                |level: Option<crate::finding::Level>| level.map_or("off", crate::finding::Level::name);
            let words = format!("{} instead of {}", name(after), name(before));
            let location = change.rules.get(id).map(|setting| &setting.location);
            differences.push(Difference::ignored(DifferenceKind::Rule, id, words).at(location));
        }
    }
    for (id, setting) in &mut base.rules {
        if let Some(same) = change.rules.get(id).filter(|same| same.level == setting.level) {
            setting.location.clone_from(&same.location);
        }
    }
    differences
}

/// Images are those of the rules: one that the change declares would make what it pins count as checked.
fn images(base: &Config, change: &Config) -> Vec<Difference> {
    let by_source = |config: &Config| -> BTreeMap<String, Image> {
        let images = config.images.iter().cloned();
        images.map(|image| (image.source.value.clone(), image)).collect()
    };
    let (before, after) = (by_source(base), by_source(change));
    let sources: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let difference = |source: &String| {
        let words = match (before.get(source), after.get(source)) {
            (Some(before), Some(after)) => {
                let edited = edited_keys(before, after);
                (!edited.is_empty()).then(|| format!("edited: {}", edited.join(", ")))?
            }
            (None, _) => "added".to_owned(),
            (_, None) => "taken out".to_owned(),
        };
        let location = after.get(source).map(|image| &image.location);
        Some(Difference::ignored(DifferenceKind::Image, source, words).at(location))
    };
    sources.into_iter().filter_map(difference).collect()
}

fn edited_keys(before: &Image, after: &Image) -> Vec<&'static str> {
    let texts =
        |list: &[Written<String>]| -> Vec<String> { list.iter().map(|text| text.value.clone()).collect() };
    let lockfile = |image: &Image| image.lockfile.as_ref().map(|path| path.value.clone());
    let keys = [
        (
            "repository",
            texts(&before.repositories) != texts(&after.repositories),
        ),
        ("lockfile", lockfile(before) != lockfile(after)),
        ("features", texts(&before.features) != texts(&after.features)),
        (
            "default-features",
            before.default_features != after.default_features,
        ),
        ("minimal", before.minimal != after.minimal),
        (
            "allowed-files",
            texts(&before.allowed_files) != texts(&after.allowed_files),
        ),
    ];
    let edited = keys.into_iter().filter(|(_, differs)| *differs);
    edited.map(|(key, _)| key).collect()
}

fn manifests(base: &mut Config, change: &Config) -> Vec<Difference> {
    let none = Manifests::default();
    let after = change.manifests.as_ref().unwrap_or(&none);
    if base.manifests.is_none() && change.manifests.is_none() {
        return Vec::new();
    }
    // Where the rules judge no manifests, no namespace of theirs is there to hold.
    let namespace = after.namespace.clone();
    let section = base.manifests.get_or_insert_with(|| Manifests {
        namespace,
        ..Manifests::default()
    });
    let mut differences = paths("manifests.paths", &mut section.paths, &after.paths);
    let key = "manifests.external-images";
    let list = |list: &[Written<String>]| -> BTreeMap<String, Location> {
        let texts = list.iter().cloned();
        texts.map(|text| (text.value, text.location)).collect()
    };
    let (before, after) = (list(&section.external_images), list(&after.external_images));
    for image in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        let words = match (before.contains_key(image), after.contains_key(image)) {
            (false, true) => format!("added to `{key}`"),
            (true, false) => format!("taken out of `{key}`"),
            _ => continue,
        };
        differences.push(Difference::ignored(DifferenceKind::Image, image, words).at(after.get(image)));
    }
    differences
}

fn dependencies(base: &mut Config, change: &Config) -> Vec<Difference> {
    let none = Dependencies::default();
    let after = change.dependencies.as_ref().unwrap_or(&none);
    if base.dependencies.is_none() && change.dependencies.is_none() {
        return Vec::new();
    }
    let section = base.dependencies.get_or_insert_with(Dependencies::default);
    paths("dependencies.lockfiles", &mut section.lockfiles, &after.lockfiles)
}

/// Paths that the change takes out stay; those that it adds are judged too.
fn paths(key: &str, base: &mut Vec<Written<String>>, change: &[Written<String>]) -> Vec<Difference> {
    let plain = |path: &Written<String>| normalized(Path::new(&path.value));
    let has = |list: &[Written<String>], path| list.iter().any(|known| plain(known) == plain(path));
    let dropped = base.iter().filter(|path| !has(change, path)).map(|path| {
        let words = format!("taken out of `{key}`");
        Difference::ignored(DifferenceKind::Path, &path.value, words)
    });
    let mut differences: Vec<Difference> = dropped.collect();
    let added: Vec<Written<String>> = change.iter().filter(|path| !has(base, path)).cloned().collect();
    differences.extend(added.iter().map(|path| {
        let words = format!("added to `{key}`");
        Difference::counted(DifferenceKind::Path, &path.value, words).at(Some(&path.location))
    }));
    base.extend(added);
    differences
}

/// An exception counts if both trees have it, word for word, or if the change only edits it: then the one of the rules
/// counts. What the change takes out is gone, since that leaves nothing unseen.
fn exceptions(base: &mut Config, change: &Config) -> Vec<Change> {
    let mut changes = Vec::new();
    for allow in &change.allows {
        let near: Vec<&Allow> = base
            .allows
            .iter()
            .filter(|known| same_target(known, allow))
            .collect();
        if near.iter().any(|known| same(known, allow)) {
            continue;
        }
        let verb = if near.is_empty() { "added" } else { "edited" };
        let words = format!("{verb}{}", terms(allow));
        let difference = Difference::ignored(DifferenceKind::Exception, allow.to_string(), words);
        changes.push(Change {
            difference: difference.at(Some(&allow.location)),
            allow: Some(allow.clone()),
        });
    }
    let mut kept = Vec::new();
    for known in std::mem::take(&mut base.allows) {
        if let Some(equal) = change.allows.iter().find(|allow| same(&known, allow)) {
            kept.push(equal.clone());
        } else if change.allows.iter().any(|allow| same_target(&known, allow)) {
            kept.push(known);
        } else {
            let words = "taken out";
            let difference = Difference::counted(DifferenceKind::Exception, known.to_string(), words);
            changes.push(difference.into());
        }
    }
    base.allows = kept;
    changes
}

fn terms(allow: &Allow) -> String {
    let until = allow
        .until
        .as_ref()
        .map(|until| format!(", until {}", until.value));
    let reason = allow.reason.as_ref().map(|reason| format!(": {}", reason.value));
    until.unwrap_or_default() + &reason.unwrap_or_default()
}

/// Are they for the same rule and the same things?
fn same_target(one: &Allow, other: &Allow) -> bool {
    let scope = |allow: &Allow| allow.scope.as_ref().map(|scope| scope.value.clone());
    one.rule.value == other.rule.value && scope(one) == scope(other)
}

/// Do they say the same, wherever they stand?
fn same(one: &Allow, other: &Allow) -> bool {
    let reason = |allow: &Allow| allow.reason.as_ref().map(|reason| reason.value.clone());
    let until = |allow: &Allow| allow.until.as_ref().map(|until| until.value);
    same_target(one, other) && reason(one) == reason(other) && until(one) == until(other)
}
