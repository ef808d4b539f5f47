//! Judges a folder with `image.json`, from which an OCI layout is written (see `support/image.rs`).
//!
//! Besides the image it says what else the rules see: `claims` (`minimal`, `allowed-files`, `uses`: a list of
//! `object`, `run-as-user`, `container-ports`), `advisories` (a list of `package`, `version`, `id`, `aliases`, `kind`,
//! `patched`), and `trivy`: its report, in which `LAYER-1` stands for the digest of the first layer.

use std::path::{Path, PathBuf};

use gate::image::{AdvisoryFact, AdvisoryKind, Claims, Inspection, ManifestUse, Place, Port, trivy};
use gate::rules::{self, Rule};
use gate::stages::image::{ImageSource, Inspections, Settings, audit, inspect};
use serde::Deserialize;
use serde_json::Value;

use super::{Judgement, read, shown};
use crate::support::image::write_layout;

/// What the file says besides the image.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Said {
    claims: ClaimsFile,
    advisories: Vec<AdvisoryFile>,
    trivy: Option<Value>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct ClaimsFile {
    minimal: Option<bool>,
    allowed_files: Vec<String>,
    uses: Vec<UseFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct UseFile {
    object: String,
    run_as_user: Option<i64>,
    container_ports: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdvisoryFile {
    package: String,
    version: String,
    id: String,
    aliases: Vec<String>,
    kind: String,
    patched: Vec<String>,
}

pub(super) fn judge(fixture: &Path, rules: &[&'static Rule]) -> Judgement {
    let text = read(&fixture.join("image.json"));
    let description: Value = serde_json::from_str(&text).expect("JSON");
    let said: Said = serde_json::from_str(&text).expect("a description");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("image");
    let written = write_layout(&description, &path);
    let mut inspections = inspected(path, &said);
    audit(&mut inspections, &|_, package| {
        let affects = |advisory: &&AdvisoryFile| {
            advisory.package == package.name && advisory.version == package.version.to_string()
        };
        said.advisories.iter().filter(affects).map(fact).collect()
    });
    let mut findings = Vec::new();
    for image in inspections.iter_mut().flat_map(|found| &mut found.images) {
        if let Some(report) = &said.trivy {
            let layer = written.layers.first().map_or("", String::as_str);
            let report = report.to_string().replace("LAYER-1", layer);
            image.scan = Some(trivy::read_report(report.as_bytes()).expect("a report of trivy"));
        }
        findings.extend(run(rules, image));
    }
    let sound = inspections.iter().flat_map(|found| &found.images);
    let contents: Vec<_> = sound.filter_map(|image| image.contents.as_ref()).collect();
    let covered = [
        ("images", contents.len()),
        (
            "files",
            contents.iter().map(|contents| contents.files.len()).sum(),
        ),
    ];
    Judgement {
        covered: covered.into_iter().collect(),
        findings,
    }
}

fn inspected(path: PathBuf, said: &Said) -> Vec<Inspections> {
    let ports = |texts: &[String]| {
        texts
            .iter()
            .map(|text| Port::parse(text).expect("a port"))
            .collect()
    };
    let uses = said.claims.uses.iter().map(|one| ManifestUse {
        object: one.object.clone(),
        run_as_user: one.run_as_user,
        container_ports: ports(&one.container_ports),
    });
    let source = ImageSource {
        path,
        name: "image".to_owned(),
        repositories: Vec::new(),
        claims: Claims {
            minimal: said.claims.minimal,
            allowed_files: said.claims.allowed_files.clone(),
            uses: uses.collect(),
        },
    };
    inspect(&Settings {
        images: vec![source],
        ..Settings::default()
    })
}

fn fact(advisory: &AdvisoryFile) -> AdvisoryFact {
    AdvisoryFact {
        id: advisory.id.clone(),
        aliases: advisory.aliases.clone(),
        kind: match advisory.kind.as_str() {
            "vulnerability" => AdvisoryKind::Vulnerability,
            "unsound" => AdvisoryKind::Unsound,
            "unmaintained" => AdvisoryKind::Unmaintained,
            "notice" => AdvisoryKind::Notice,
            other => panic!("no such kind of advisory: {other}"),
        },
        patched: advisory.patched.clone(),
    }
}

fn run(rules: &[&'static Rule], image: &Inspection) -> Vec<super::Shown> {
    let hits = rules::image(image, rules.iter().copied()).into_iter();
    hits.map(|(rule, hit)| shown(rule, hit, Place::to_string, |_| (None, None)))
        .collect()
}
