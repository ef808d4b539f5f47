//! Runs the rules over what was rendered, and blames each hit on the line that one would edit.

use crate::blame::{Blame, Blamer};
use crate::finding::{Finding, ObjectReference, RelatedLocation};
use crate::kube::{CheckedImage, Facts, Field, Incomplete, Index};
use crate::render::Rendered;
use crate::rules::{self, Hit, Policy, Rule};
use crate::stages::{StageError, StageOutcome};
use crate::yaml::ProblemKind;

use super::load::View;
use super::{Loaded, Settings};

/// Judges everything that was loaded, with the images that were checked.
pub fn judge(loaded: Loaded, settings: &Settings, policy: &Policy, checked: &[CheckedImage]) -> StageOutcome {
    let mut outcome = loaded.outcome;
    for (view, rendered) in &loaded.renders {
        let mut facts = settings.facts.clone();
        // The pin of what is committed is that of the last release, which was compared when it was released.
        facts.checked_images = if *view == View::Committed {
            Vec::new()
        } else {
            checked.to_vec()
        };
        let judged = Judged {
            rendered,
            policy,
            view: *view,
            blamer: Blamer::new(rendered),
        };
        judged.text(&mut outcome);
        judged.objects(facts, &mut outcome);
    }
    outcome.notes.sort();
    outcome.notes.dedup();
    outcome
}

struct Judged<'a> {
    rendered: &'a Rendered,
    policy: &'a Policy,
    view: View,
    blamer: Blamer<'a>,
}

impl Judged<'_> {
    /// What is wrong with the text itself.
    fn text(&self, outcome: &mut StageOutcome) {
        let stream = &self.rendered.stream;
        for (rule, hit) in rules::text(stream, self.policy.rules()) {
            let mut finding = self.policy.finding(rule, &hit);
            finding.location = Some(self.rendered.location(hit.place));
            let related = hit.related.iter();
            finding.related = related
                .map(|(span, label)| RelatedLocation {
                    location: self.rendered.location(*span),
                    label: label.clone(),
                })
                .collect();
            outcome.findings.push(finding.seal());
        }
        for problem in stream.problems_of(ProblemKind::Invalid) {
            outcome.errors.push(StageError {
                message: format!(
                    "a document of `{}` cannot be read: {}",
                    self.rendered.name, problem.message
                ),
                hint: Some("mend the document; the others were judged".to_owned()),
                location: Some(self.rendered.location(problem.span)),
            });
        }
        outcome.errors.extend(self.rendered.encoding_error());
    }

    /// What is wrong with the objects.
    fn objects(&self, facts: Facts, outcome: &mut StageOutcome) {
        let index = Index::new(&self.rendered.stream.documents, facts);
        for incomplete in index.incomplete() {
            outcome.errors.push(self.incomplete(incomplete));
        }
        for (rule, hit) in rules::manifests(&index, self.policy.rules()) {
            outcome.findings.push(self.object_finding(&index, rule, &hit));
        }
        self.cover(&index, outcome);
    }

    fn cover(&self, index: &Index<'_>, outcome: &mut StageOutcome) {
        let skipped = index.skipped();
        if skipped.local_config > 0 {
            let name = &self.rendered.name;
            let count = skipped.local_config;
            outcome.notes.push(format!(
                "{count} objects of `{name}` are marked as local configuration and were left out"
            ));
        }
        // The same objects twice over are counted once.
        if self.view == View::Released {
            *outcome.covered.entry("renders as released").or_default() += 1;
            return;
        }
        let workloads = index.workloads();
        let (mut count, mut containers) = (0, 0);
        for workload in workloads {
            count += 1;
            containers += workload.containers().len();
        }
        for (noun, number) in [
            ("objects", index.objects().len()),
            ("workloads", count),
            ("containers", containers),
        ] {
            *outcome.covered.entry(noun).or_default() += number;
        }
        if !index.objects().is_empty() {
            *outcome.covered.entry("renders").or_default() += 1;
        }
    }

    fn incomplete(&self, incomplete: &Incomplete) -> StageError {
        let blame = self.blamer.blame(incomplete.document, &incomplete.path);
        StageError {
            message: format!("a document of `{}` {}", self.rendered.name, incomplete.reason),
            hint: Some("kubectl refuses it; complete it, or leave the file out".to_owned()),
            location: blame.location,
        }
    }

    fn object_finding(&self, index: &Index<'_>, rule: &'static Rule, hit: &Hit<Field>) -> Finding {
        let mut finding = self.policy.finding(rule, hit);
        finding.object = placed(index, &hit.place);
        finding.container.clone_from(&hit.place.container);
        finding.path = Some(hit.place.path.to_string());
        let Some(blame) = self.blame(index, &hit.place) else {
            return finding.seal();
        };
        finding.location = blame.location;
        finding.rendered = blame.rendered;
        finding.introduced_by = blame.introduced_by;
        finding.related = blame.related;
        for (field, label) in &hit.related {
            let place = self.blame(index, field).and_then(|blame| blame.location);
            finding.related.extend(place.map(|location| RelatedLocation {
                location,
                label: label.clone(),
            }));
        }
        finding.seal()
    }

    fn blame(&self, index: &Index<'_>, field: &Field) -> Option<Blame> {
        let (document, path) = index.document_path(field)?;
        Some(self.blamer.blame(document, &path))
    }
}

/// The object of a field, in the namespace where it will lie: every rule so far judges kinds that lie in one.
fn placed(index: &Index<'_>, field: &Field) -> Option<ObjectReference> {
    let object = index.objects().get(field.object)?;
    Some(ObjectReference {
        namespace: Some(index.namespace_of(object).to_owned()),
        ..object.reference()
    })
}
