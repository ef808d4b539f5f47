//! Whole reports: what a person sees, what a program reads, and what must never be printed.

mod forms;
mod order;
mod pipeline;
mod safety;

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Format, Options, Parts, Report, StageRun, Work, write};
use crate::finding::{
    Allowed, Certainty, Finding, IntroducedBy, IntroductionKind, Level, Location, ObjectReference,
    RelatedLocation, RenderedPlace,
};
use crate::stages::{DatabaseUse, StageError, StageOutcome, ToolUse};

const BASE: &str = "kustomize/base/deployment.yaml";
const OVERLAY: &str = "kustomize/overlays/production/kustomization.yaml";

const BASE_TEXT: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: hello
spec:
  template:
    spec:
      containers:
        - name: server
          image: registry.example/hello:v1
          env:
            - {name: DB_PASSWORD, value: hunter2hunter2, extra: true}
";

const OVERLAY_TEXT: &str = "resources:
  - ../../base
images:
  - name: registry.example/hello
    newTag: latest
";

/// A location that ends on its line.
fn location(file: &str, line: usize, column: usize, end_column: usize) -> Location {
    Location {
        file: file.to_owned(),
        line,
        column,
        end_line: line,
        end_column,
        certainty: Certainty::Exact,
    }
}

fn rendered(overlay: &str, line: usize) -> RenderedPlace {
    RenderedPlace {
        file: format!("kustomize/overlays/{overlay}"),
        line,
        column: 11,
    }
}

/// A finding with everything that a finding can have.
fn unpinned() -> Finding {
    let message = "the image has no digest".to_owned();
    let mut finding = Finding::new("unpinned-image", "supply_chain", Level::Error, message);
    finding.detail = Some("registry.example/hello:latest".to_owned());
    finding.help = Some("write `digest: sha256:…` beside the tag".to_owned());
    finding.object = Some(ObjectReference {
        api_version: "apps/v1".to_owned(),
        kind: "Deployment".to_owned(),
        namespace: Some("hello".to_owned()),
        name: "hello".to_owned(),
    });
    finding.container = Some("server".to_owned());
    finding.path = Some("/spec/template/spec/containers/0/image".to_owned());
    finding.location = Some(location(OVERLAY, 5, 13, 19));
    finding.related.push(RelatedLocation {
        location: location(BASE, 10, 18, 43),
        label: "named here".to_owned(),
    });
    finding.rendered = Some(rendered("production", 31));
    finding.introduced_by = Some(IntroducedBy {
        file: OVERLAY.to_owned(),
        line: 4,
        kind: IntroductionKind::Images,
    });
    finding.seal()
}

/// A finding with nothing but a message and a level.
fn bare(rule: &'static str, level: Level) -> Finding {
    Finding::new(rule, "dependencies", level, "something is wrong".to_owned()).seal()
}

fn excused(mut finding: Finding) -> Finding {
    finding.allowed = Some(Allowed {
        reason: "reads the node's log directory".to_owned(),
        until: "2027-03-31".to_owned(),
        place: "gate.toml:20".to_owned(),
    });
    finding
}

fn manifests(findings: Vec<Finding>) -> StageOutcome {
    let texts = [(BASE, BASE_TEXT), (OVERLAY, OVERLAY_TEXT)];
    StageOutcome {
        covered: [("renders", 2), ("objects", 22)].into(),
        findings,
        tools: vec![ToolUse {
            name: "kubectl".to_owned(),
            version: "1.35.1".to_owned(),
            path: "/usr/bin/kubectl".to_owned(),
        }],
        sources: texts
            .map(|(file, text)| (file.to_owned(), text.to_owned()))
            .into(),
        ..StageOutcome::default()
    }
}

fn dependencies(findings: Vec<Finding>) -> StageOutcome {
    StageOutcome {
        covered: [("crates", 190), ("lockfiles", 1)].into(),
        findings,
        databases: vec![DatabaseUse {
            name: "RustSec advisories (embedded table)".to_owned(),
            revision: None,
            updated: "2026-08-21".to_owned(),
            entries: 1043,
        }],
        notes: vec!["yanked: not checked".to_owned()],
        ..StageOutcome::default()
    }
}

fn image() -> StageOutcome {
    let covered: BTreeMap<&'static str, usize> = [("layers", 1), ("images", 1), ("files", 1)].into();
    StageOutcome {
        covered,
        ..StageOutcome::default()
    }
}

fn done(name: &'static str, outcome: StageOutcome) -> StageRun {
    let duration = Duration::from_millis(12);
    StageRun {
        name,
        work: Work::Done { outcome, duration },
    }
}

fn broken(message: &str) -> StageOutcome {
    StageOutcome {
        errors: vec![StageError {
            message: message.to_owned(),
            hint: Some("run `gate db update`".to_owned()),
            location: None,
        }],
        ..StageOutcome::default()
    }
}

fn report(stages: Vec<StageRun>) -> Report {
    Report::assemble(Parts {
        stages,
        ..Parts::default()
    })
}

fn printed(report: &Report, format: Format, options: Options<'_>) -> String {
    let mut bytes = Vec::new();
    write(report, format, &options, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn human(report: &Report) -> String {
    printed(report, Format::Human, Options::default())
}
