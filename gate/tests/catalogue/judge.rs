//! Judges one fixture: a function for each kind of check.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gate::finding::Level;
use gate::kube::{CheckedImage, Facts, Field, Index, Versions};
use gate::rules::{self, Check, Policy, Profile, Rule};
use gate::yaml::{self, LineIndex, Span, Stream};
use serde::Deserialize;

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
            manifests(fixture, rules)
        }
        Check::Dependencies(_) | Check::Image(_) | Check::Exceptions(_) => {
            panic!("{}: this suite cannot judge rules of its kind", subject.id)
        }
    }
}

/// A file of manifests, or a folder with `manifests.yaml` and what else is known in `facts.toml`.
fn manifests(fixture: &Path, rules: &[&'static Rule]) -> Judgement {
    let (manifests, facts) = if fixture.is_dir() {
        (
            fixture.join("manifests.yaml"),
            facts(&read(&fixture.join("facts.toml"))),
        )
    } else {
        (fixture.to_owned(), Facts::default())
    };
    let stream = yaml::read(read(&manifests), &yaml::Limits::default());
    let index = Index::new(&stream.documents, facts);
    assert!(
        index.incomplete().is_empty(),
        "{}: {:?}",
        fixture.display(),
        index.incomplete()
    );
    let mut findings = text_findings(&stream, rules);
    findings.extend(object_findings(&index, rules));
    let containers = index.workloads().map(|workload| workload.containers().len());
    let covered = [
        ("documents", stream.documents.len()),
        ("objects", index.objects().len()),
        ("containers", containers.sum()),
    ];
    Judgement {
        covered: covered.into_iter().collect(),
        findings,
    }
}

fn text_findings(stream: &Stream, rules: &[&'static Rule]) -> Vec<Shown> {
    let lines = LineIndex::new(&stream.text);
    let place = |span: &Span| {
        let (from, to) = lines.range(*span);
        format!("{}:{} to {}:{}", from.line, from.column, to.line, to.column)
    };
    let hits = rules::text(stream, rules.iter().copied());
    hits.into_iter()
        .map(|(rule, hit)| shown(rule, hit, place, |_| (None, None)))
        .collect()
}

fn object_findings(index: &Index<'_>, rules: &[&'static Rule]) -> Vec<Shown> {
    let object = |field: &Field| {
        let object = &index.objects()[field.object];
        (
            Some(format!("{} {}", object.kind, object.name)),
            field.container.clone(),
        )
    };
    let hits = rules::manifests(index, rules.iter().copied());
    hits.into_iter()
        .map(|(rule, hit)| shown(rule, hit, |field| field.path.to_string(), object))
        .collect()
}

fn shown<Place>(
    rule: &'static Rule,
    hit: rules::Hit<Place>,
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

/// What a fixture says of the run.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct FactsFile {
    kubernetes: u32,
    zones: Option<u32>,
    external_images: Vec<String>,
    checked_images: Vec<CheckedImageFile>,
}

impl Default for FactsFile {
    fn default() -> Self {
        Self {
            kubernetes: Versions::NEWEST_MINOR,
            zones: None,
            external_images: Vec::new(),
            checked_images: Vec::new(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CheckedImageFile {
    repositories: Vec<String>,
    index_digest: Option<String>,
    platform_digests: Vec<String>,
}

fn facts(text: &str) -> Facts {
    let file: FactsFile = toml::from_str(text).expect("facts.toml");
    let checked_images = file.checked_images.into_iter().map(|image| CheckedImage {
        repositories: image.repositories,
        index_digest: image.index_digest,
        platform_digests: image.platform_digests,
    });
    Facts {
        versions: Versions::only(file.kubernetes),
        zones: file.zones,
        external_images: file.external_images,
        checked_images: checked_images.collect(),
        ..Facts::default()
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
