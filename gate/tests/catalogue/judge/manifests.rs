//! Judges a file of manifests, or a folder with `manifests.yaml` and `facts.toml`.

use std::path::Path;

use gate::kube::{Facts, Field, Index};
use gate::rules::{self, Rule};
use gate::yaml::{self, LineIndex, Span, Stream};

use super::{Judgement, Shown, facts, read, shown};

pub(super) fn judge(fixture: &Path, rules: &[&'static Rule]) -> Judgement {
    let (manifests, facts) = if fixture.is_dir() {
        (
            fixture.join("manifests.yaml"),
            facts::read(&fixture.join("facts.toml")).facts(),
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
