//! Runs the image rules over a fixture: a folder whose `image.json` describes an image (see `image.rs`).
//!
//! Besides the image it says what else the rules see: `claims` (`minimal`, `allowed-files`, `uses`: a list of
//! `object`, `run-as-user`, `container-ports`), `advisories` (a list of `package`, `version`, `id`, `aliases`, `kind`,
//! `patched`), and `trivy`: its report, in which `LAYER-1` stands for the digest of the first layer.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a fixture that cannot be read is a broken test"
)]

use std::path::Path;

use gate::finding::Finding;
use gate::image::{AdvisoryFact, AdvisoryKind, Claims, ManifestUse, Port, trivy};
use gate::rules::Policy;
use gate::stages::image::{ImageSource, Settings, audit, findings, inspect};
use serde_json::Value;

use super::image::write_layout;

/// The findings of a policy over a fixture.
pub(crate) fn run(fixture: &Path, policy: &Policy) -> Vec<Finding> {
    let text = std::fs::read_to_string(fixture.join("image.json")).unwrap();
    let description: Value = serde_json::from_str(&text).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image");
    let written = write_layout(&description, &path);
    let source = ImageSource {
        path,
        name: "image".to_owned(),
        repositories: Vec::new(),
        claims: claims(&description["claims"]),
    };
    let settings = Settings {
        images: vec![source],
        ..Settings::default()
    };
    let mut inspections = inspect(&settings);
    let advisories = description["advisories"].as_array().cloned().unwrap_or_default();
    audit(&mut inspections, &|name, version| {
        let affecting = advisories
            .iter()
            .filter(|advisory| advisory["package"] == name && advisory["version"] == version);
        affecting.map(advisory).collect()
    });
    let images = inspections.iter_mut().flat_map(|found| &mut found.images);
    images
        .flat_map(|image| {
            if let Some(report) = description.get("trivy") {
                let layer = written.layers.first().map_or("", String::as_str);
                let report = report.to_string().replace("LAYER-1", layer);
                image.scan = Some(trivy::read_report(report.as_bytes()).unwrap());
            }
            findings(image, policy)
        })
        .collect()
}

fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items.map(|item| item.as_str().unwrap().to_owned()).collect()
}

fn claims(value: &Value) -> Claims {
    let uses = value["uses"].as_array().into_iter().flatten();
    let ports = |value: &Value| {
        texts(value)
            .iter()
            .map(|text| Port::parse(text).unwrap())
            .collect()
    };
    Claims {
        minimal: value["minimal"].as_bool(),
        allowed_files: texts(&value["allowed-files"]),
        uses: uses
            .map(|one| ManifestUse {
                object: one["object"].as_str().unwrap().to_owned(),
                run_as_user: one["run-as-user"].as_i64(),
                container_ports: ports(&one["container-ports"]),
            })
            .collect(),
    }
}

fn advisory(value: &Value) -> AdvisoryFact {
    AdvisoryFact {
        id: value["id"].as_str().unwrap().to_owned(),
        aliases: texts(&value["aliases"]),
        kind: match value["kind"].as_str().unwrap() {
            "vulnerability" => AdvisoryKind::Vulnerability,
            "unsound" => AdvisoryKind::Unsound,
            "unmaintained" => AdvisoryKind::Unmaintained,
            "notice" => AdvisoryKind::Notice,
            other => panic!("no such kind of advisory: {other}"),
        },
        patched: texts(&value["patched"]),
    }
}
