//! The image stage as a whole: errors, coverage, findings, the digests that manifests may pin, and trivy.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use gate::finding::Level;
use gate::image::{AdvisoryFact, ManifestUse, trivy};
use gate::rules::{Policy, Profile};
use gate::stages::StageOutcome;
use gate::stages::image::{AdvisoryLookup, CheckedImage, ImageSource, Inspections, Settings, inspect, run};
use jiff::civil::date;
use serde_json::{Value, json};
use support::image::{Written, write_layout};
use tempfile::TempDir;

struct Fixture {
    folder: TempDir,
    written: Written,
    settings: Settings,
    policy: Policy,
}

impl Fixture {
    fn new(description: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let written = write_layout(description, &folder.path().join("image"));
        let source = ImageSource {
            path: folder.path().join("image"),
            name: "target/image/hello".to_owned(),
            repositories: vec!["registry.example/hello".to_owned()],
            ..ImageSource::default()
        };
        let settings = Settings {
            images: vec![source],
            trivy: trivy::Settings {
                program: Some(folder.path().join("trivy")),
                ..trivy::Settings::default()
            },
            ..Settings::default()
        };
        Self {
            folder,
            written,
            settings,
            policy: Policy::of(Profile::Production),
        }
    }

    fn trivy(&self, scan: &str) {
        let version = r#"{"Version":"0.67.2","VulnerabilityDB":{"UpdatedAt":"2026-11-24T06:12:01Z"}}"#;
        let script =
            format!("#!/bin/sh\nif [ \"$1\" = version ]; then echo '{version}'; exit 0; fi\n{scan}\n");
        let file = self.folder.path().join("trivy");
        std::fs::write(&file, script).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn run(&self) -> (StageOutcome, Vec<Inspections>) {
        self.run_with(&|_, _| Vec::new())
    }

    fn run_with(&self, advisories: &AdvisoryLookup<'_>) -> (StageOutcome, Vec<Inspections>) {
        run(&self.settings, &self.policy, advisories, date(2026, 11, 25))
    }
}

fn good() -> Value {
    let packages = json!([
        {"name": "hello", "version": "0.1.0", "source": "local", "root": true, "dependencies": [1]},
        {"name": "time", "version": "0.3.40", "source": "crates.io"},
    ]);
    json!({
        "config": {"User": "65532:65532", "Entrypoint": ["/hello"], "ExposedPorts": {"8080/tcp": {}}},
        "layers": [{"files": [{"path": "hello", "elf": {"packages": packages}}]}],
    })
}

fn debian() -> Value {
    let mut image = good();
    let database = json!({"path": "var/lib/dpkg/status", "text": "Package: a\n"});
    image["layers"][0]["files"].as_array_mut().unwrap().push(database);
    image
}

fn messages(outcome: &StageOutcome) -> Vec<&str> {
    outcome
        .errors
        .iter()
        .map(|error| error.message.as_str())
        .collect()
}

#[test]
fn a_good_image_passes_and_says_what_was_covered() {
    let fixture = Fixture::new(&good());
    let (outcome, inspections) = fixture.run();
    assert_eq!((messages(&outcome), outcome.findings.len()), (vec![], 0));
    let covered: Vec<_> = outcome.covered.into_iter().collect();
    assert_eq!(
        covered,
        [
            ("binaries", 1),
            ("embedded crates", 2),
            ("files", 1),
            ("images", 1),
            ("layers", 1)
        ]
    );
    assert_eq!(
        outcome.notes,
        ["`trivy` is not installed: only embedded dependency lists are audited"]
    );
    assert_eq!(
        inspections[0].checked(),
        [CheckedImage {
            repositories: vec!["registry.example/hello".to_owned()],
            index_digest: None,
            platform_digests: fixture.written.manifests.clone(),
        }]
    );
    let lists: Vec<_> = inspections[0].embedded_lists().collect();
    assert_eq!(
        (lists.len(), lists[0].path.as_str(), lists[0].packages.len()),
        (1, "/hello", 2)
    );
}

#[test]
fn no_images_cover_nothing() {
    let (outcome, _) = run(
        &Settings::default(),
        &Policy::of(Profile::Production),
        &|_, _| Vec::new(),
        date(2026, 11, 25),
    );
    assert!(outcome.covered.is_empty() && outcome.errors.is_empty());
}

#[test]
fn all_platforms_of_an_index_may_be_pinned() {
    let mut arm = good();
    arm["architecture"] = json!("arm64");
    arm["layers"][0]["files"][0]["elf"]["machine"] = json!(183);
    let fixture = Fixture::new(&json!({"platforms": [good(), arm]}));
    let (outcome, inspections) = fixture.run();
    assert_eq!((messages(&outcome), outcome.findings.len()), (vec![], 0));
    let checked = inspections[0].checked();
    assert_eq!(checked.len(), 1);
    assert_eq!(checked[0].index_digest, fixture.written.index);
    assert_eq!(checked[0].platform_digests, fixture.written.manifests);
}

#[test]
fn a_finding_names_image_layer_and_path() {
    let mut image = good();
    image["layers"][0]["files"][0]["mode"] = json!("4755");
    let (outcome, _) = Fixture::new(&image).run();
    assert!(outcome.errors.is_empty());
    assert_eq!(outcome.findings.len(), 1);
    let finding = &outcome.findings[0];
    assert_eq!(
        (finding.rule, finding.group, finding.level),
        ("setuid-file", "image", Level::Error)
    );
    assert_eq!(finding.image.as_deref(), Some("target/image/hello"));
    assert_eq!(finding.path.as_deref(), Some("layer 1: /hello"));
    assert_eq!(finding.fingerprint.len(), 16);
}

#[test]
fn the_policy_decides_what_runs_and_at_which_level() {
    let mut image = good();
    image["layers"][0]["files"][0]["mode"] = json!("4755");
    let mut fixture = Fixture::new(&image);
    fixture.policy = Policy::of(Profile::Baseline);
    assert!(
        fixture.run().0.findings.is_empty(),
        "the rule begins at the profile restricted"
    );
    fixture.policy = Policy::of(Profile::Restricted);
    fixture
        .policy
        .levels
        .insert("setuid-file".to_owned(), Some(Level::Note));
    assert_eq!(fixture.run().0.findings[0].level, Level::Note);
}

#[test]
fn a_broken_image_is_a_finding_and_an_error_and_may_not_be_pinned() {
    for damage in [
        "missing-layer",
        "changed-layer",
        "digest-is-path",
        "empty-index",
        "no-marker",
    ] {
        let mut image = good();
        image["damage"] = json!(damage);
        let (outcome, inspections) = Fixture::new(&image).run();
        let rules: Vec<_> = outcome.findings.iter().map(|finding| finding.rule).collect();
        assert_eq!(rules, ["broken-image"], "{damage}");
        assert_eq!(outcome.errors.len(), 1, "{damage}");
        assert!(outcome.errors[0].hint.is_some(), "{damage}");
        assert!(inspections[0].checked().is_empty(), "{damage}");
        assert!(outcome.covered.is_empty(), "{damage}: {:?}", outcome.covered);
        let folder = std::env::temp_dir();
        let message = &outcome.errors[0].message;
        assert!(!message.contains(folder.to_str().unwrap()), "{message}");
    }
}

#[test]
fn an_entry_that_leads_out_is_a_finding_and_an_error() {
    let mut image = good();
    let entry = json!({"path": "../x", "text": "x"});
    image["layers"][0]["files"].as_array_mut().unwrap().push(entry);
    let (outcome, inspections) = Fixture::new(&image).run();
    assert_eq!(
        messages(&outcome),
        ["image `target/image/hello`: `../x` in layer 1 leads out of the image with `..`"]
    );
    assert_eq!(outcome.findings.len(), 1);
    assert!(inspections[0].checked().is_empty());
}

#[test]
fn an_image_that_is_not_there_is_an_error_alone() {
    let mut fixture = Fixture::new(&good());
    fixture.settings.images[0].path = PathBuf::from("target/image/absent");
    fixture.settings.images[0].name = "target/image/absent".to_owned();
    let (outcome, _) = fixture.run();
    assert_eq!(messages(&outcome), ["there is no image at `target/image/absent`"]);
    assert_eq!(
        outcome.errors[0].hint.as_deref(),
        Some("build the image first, or correct the path")
    );
    assert!(outcome.findings.is_empty() && outcome.covered.is_empty());
}

#[test]
fn packages_that_nothing_scanned_are_an_error() {
    let (outcome, _) = Fixture::new(&debian()).run();
    assert_eq!(
        messages(&outcome),
        [
            "nothing has scanned the packages of `target/image/hello`, whose dpkg database is `/var/lib/dpkg/status`: \
             `trivy` is not installed"
        ]
    );
}

#[test]
fn what_trivy_reports_is_a_finding() {
    let fixture = Fixture::new(&debian());
    fixture.trivy(
        r#"echo '{"SchemaVersion":2,"Results":[{"Class":"os-pkgs","Type":"debian","Packages":[{}],"Vulnerabilities":
        [{"VulnerabilityID":"CVE-2026-1","PkgName":"a","FixedVersion":"2","Severity":"HIGH"}]}]}'; exit 10"#,
    );
    let (outcome, _) = fixture.run();
    assert_eq!(messages(&outcome), [""; 0]);
    assert_eq!(outcome.findings.len(), 1);
    assert_eq!(outcome.findings[0].identifiers, ["CVE-2026-1"]);
    assert_eq!(
        (outcome.tools[0].name.as_str(), outcome.tools[0].version.as_str()),
        ("trivy", "0.67.2")
    );
    assert_eq!(
        outcome.notes,
        ["the vulnerability database of trivy is of 2026-11-24"]
    );
}

#[test]
fn a_trivy_that_fails_is_an_error_even_where_gate_needs_none() {
    let fixture = Fixture::new(&good());
    fixture.trivy("echo FATAL >&2; exit 1");
    let (outcome, _) = fixture.run();
    assert_eq!(
        messages(&outcome),
        ["`trivy` failed on `target/image/hello` with exit code 1: FATAL"]
    );
}

#[test]
fn trivy_does_not_run_where_its_rule_is_off() {
    let mut fixture = Fixture::new(&debian());
    fixture
        .policy
        .levels
        .insert("image-vulnerability".to_owned(), None);
    fixture.trivy("exit 1");
    let (outcome, _) = fixture.run();
    assert_eq!(messages(&outcome), [""; 0]);
    assert_eq!(
        outcome.notes,
        ["installed packages are not scanned, since `image-vulnerability` is off"]
    );
}

#[test]
fn embedded_lists_are_audited() {
    let fact = AdvisoryFact {
        id: "RUSTSEC-2026-0009".to_owned(),
        aliases: vec!["CVE-2026-25727".to_owned()],
        kind: gate::image::AdvisoryKind::Vulnerability,
        patched: vec![">=0.3.47".to_owned()],
    };
    let (outcome, _) = Fixture::new(&good()).run_with(&|_, package| {
        let affected = package.name == "time" && package.version.to_string() == "0.3.40";
        affected.then(|| fact.clone()).into_iter().collect()
    });
    assert_eq!(outcome.findings.len(), 1);
    assert_eq!(outcome.findings[0].rule, "embedded-vulnerability");
    assert_eq!(
        outcome.findings[0].identifiers,
        ["RUSTSEC-2026-0009", "CVE-2026-25727"]
    );
}

#[test]
fn what_manifests_expect_is_compared() {
    let fixture = Fixture::new(&good());
    let mut inspections = inspect(&fixture.settings);
    inspections[0].expect(&[ManifestUse {
        object: "Deployment/hello, container hello".to_owned(),
        run_as_user: Some(1000),
        container_ports: Vec::new(),
    }]);
    let findings = gate::stages::image::findings(&inspections[0].images[0], &fixture.policy);
    let rules: Vec<_> = findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["user-differs"]);
}
