//! Stand-ins for trivy: scripts that behave as it does when things go wrong.

#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use super::*;
use crate::image::inspect;
use crate::support::image::{Written, write_layout};

const TODAY: Date = jiff::civil::date(2026, 11, 25);
const VERSION: &str =
    r#"{"Version":"0.67.2","VulnerabilityDB":{"Version":2,"UpdatedAt":"2026-11-24T06:12:01Z"}}"#;

/// A folder with an image and a script in the place of trivy.
struct Stage {
    folder: TempDir,
    written: Written,
    settings: Settings,
}

impl Stage {
    fn new(files: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let written = write_layout(
            &json!({"layers": [{"files": files}]}),
            &folder.path().join("image"),
        );
        let settings = Settings {
            program: Some(folder.path().join("trivy")),
            ..Settings::default()
        };
        Self {
            folder,
            written,
            settings,
        }
    }

    /// `version` is printed for `trivy version`, `scan` is run for `trivy image`.
    fn script(&self, version: &str, scan: &str) {
        let script =
            format!("#!/bin/sh\nif [ \"$1\" = version ]; then echo '{version}'; exit 0; fi\n{scan}\n");
        let file = self.folder.path().join("trivy");
        std::fs::write(&file, script).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn scan(&self) -> Result<Scan, TrivyError> {
        let limits = Limits::default();
        let path = self.folder.path().join("image");
        let image = inspect(&path, "image", &limits).images.remove(0);
        assert!(image.is_sound(), "{:?}", image.errors);
        Trivy::find(None, &self.settings, TODAY)?.scan(&path, &image, &limits, &self.settings)
    }

    fn error(&self, version: &str, scan: &str) -> String {
        self.script(version, scan);
        self.scan().unwrap_err().to_string()
    }
}

fn debian() -> Value {
    json!([{"path": "var/lib/dpkg/status", "text": "Package: a\n"}])
}

fn audited() -> Value {
    let packages = json!([{"name": "hello", "version": "0.1.0", "source": "local", "root": true}]);
    json!([{"path": "hello", "elf": {"packages": packages}}])
}

const FOUND_ONE: &str = r#"echo '{"SchemaVersion":2,"Results":[{"Class":"os-pkgs","Type":"debian","Packages":[{}],
"Vulnerabilities":[{"VulnerabilityID":"CVE-2026-1","PkgName":"a","Severity":"HIGH"}]}]}'; exit 10"#;

#[test]
fn what_it_finds_is_read() {
    let stage = Stage::new(&debian());
    stage.script(VERSION, FOUND_ONE);
    let scan = stage.scan().unwrap();
    assert_eq!((scan.system_packages, scan.vulnerabilities.len()), (1, 1));
    let trivy = Trivy::find(None, &stage.settings, TODAY).unwrap();
    assert_eq!(
        (trivy.version.as_str(), trivy.updated.to_string().as_str()),
        ("0.67.2", "2026-11-24")
    );
}

#[test]
fn it_is_given_nothing_but_the_image() {
    let stage = Stage::new(&debian());
    let seen = stage.folder.path().join("seen");
    let script = format!(
        "{{ pwd; ls -A; echo \"$@\"; for last; do :; done; cat \"$last/index.json\"; cat \"$last\"/blobs/sha256/* | wc -c; \
         env; }} > {} 2>&1; {FOUND_ONE}",
        seen.display()
    );
    stage.script(VERSION, &format!("PATH=/bin:/usr/bin\n{script}"));
    stage.scan().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the test reads what the script wrote")]
    let seen = std::fs::read_to_string(seen).unwrap();
    let lines: Vec<&str> = seen.lines().collect();
    assert!(lines[0].ends_with("/work"), "{seen}");
    assert!(
        lines[1].starts_with("image --format json --scanners vuln "),
        "the folder is not empty: {seen}"
    );
    for option in ["--config", "--ignorefile", "--secret-config"] {
        assert!(lines[1].contains(&format!("{option} /")), "{option}: {seen}");
    }
    for option in [
        "--skip-db-update",
        "--offline-scan",
        "--exit-code 10",
        "--list-all-pkgs",
    ] {
        assert!(lines[1].contains(option), "{option}: {seen}");
    }
    assert!(lines[2].contains(&stage.written.manifests[0]), "{seen}");
    let variables: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|line| line.starts_with("TRIVY_"))
        .collect();
    assert_eq!(variables.len(), 2, "{seen}");
}

#[test]
fn recognising_nothing_is_an_error_where_there_is_something() {
    let nothing = r#"echo '{"SchemaVersion":2}'"#;
    let other =
        r#"echo '{"SchemaVersion":2,"Results":[{"Class":"lang-pkgs","Type":"rustbinary","Packages":[{}]}]}'"#;
    let expected =
        "`trivy` recognised nothing in `image`, which has a dpkg database at `/var/lib/dpkg/status`";
    for scan in [nothing, other] {
        assert_eq!(Stage::new(&debian()).error(VERSION, scan), expected);
    }
    assert_eq!(
        Stage::new(&audited()).error(VERSION, nothing),
        "`trivy` recognised nothing in `image`, which has a dependency list embedded in `/hello`"
    );
    let empty = Stage::new(&json!([]));
    empty.script(VERSION, nothing);
    assert_eq!(empty.scan().unwrap(), Scan::default());
}

#[test]
fn failing_is_an_error_with_its_own_words() {
    let failing = "echo '2026 INFO start' >&2; echo '2026 FATAL no such image' >&2; exit 1";
    assert_eq!(
        Stage::new(&debian()).error(VERSION, failing),
        "`trivy` failed on `image` with exit code 1: 2026 FATAL no such image"
    );
}

#[test]
fn hanging_is_an_error() {
    let mut stage = Stage::new(&debian());
    stage.settings.time_limit = Duration::from_millis(300);
    let error = stage.error(VERSION, "PATH=/bin:/usr/bin; sleep 60");
    assert_eq!(error, "`trivy` gave no answer within 300 ms and was stopped");
}

#[test]
fn nonsense_is_an_error() {
    let stage = Stage::new(&debian());
    for scan in ["echo nonsense", "true", r#"echo '{"SchemaVersion":3}'"#] {
        let error = stage.error(VERSION, scan);
        assert!(
            error.starts_with("the report of `trivy` on `image` is not usable: "),
            "{error}"
        );
    }
    let contradiction = FOUND_ONE.replace("exit 10", "exit 0");
    let error = stage.error(VERSION, &contradiction);
    assert!(
        error.ends_with("exit code 0 does not fit 1 vulnerabilities"),
        "{error}"
    );
    let other = r#"echo '{"SchemaVersion":2,"Metadata":{"ImageID":"sha256:aa"}}'"#;
    let error = stage.error(VERSION, other);
    assert!(
        error.contains("reports on the image `sha256:aa` instead of"),
        "{error}"
    );
}

#[test]
fn version_and_database_are_proven() {
    let stage = Stage::new(&debian());
    let cases = [
        ("nonsense", "`trivy version` gave no usable answer: "),
        (r#"{"Version":"0.67.2"}"#, "`trivy` has no vulnerability database"),
        (
            &VERSION.replace("0.67.2", "0.59.9"),
            "`trivy` has the version 0.59.9, and at least 0.60 is needed",
        ),
        (
            &VERSION.replace("0.67.2", "dev"),
            "`trivy version` gave no usable answer: `dev` is no version",
        ),
        (
            &VERSION.replace("2026-11-24", "never"),
            "`trivy version` gave no usable answer: ",
        ),
        (
            &VERSION.replace("2026-11-24", "2026-11-17"),
            "the vulnerability database of `trivy` is of 2026-11-17, which is older than 7 days",
        ),
    ];
    for (version, expected) in cases {
        let error = stage.error(version, FOUND_ONE);
        assert!(error.starts_with(expected), "{error}");
    }
    stage.script(&VERSION.replace("2026-11-24", "2026-11-18"), FOUND_ONE);
    assert!(stage.scan().is_ok(), "seven days are allowed");
}

#[test]
fn a_program_that_is_not_there_is_not_installed() {
    let error = Stage::new(&debian()).scan().unwrap_err();
    assert_eq!(error.to_string(), "`trivy` is not installed");
}

#[test]
fn a_real_trivy_reads_the_layout_it_is_given() {
    let mut stage = Stage::new(&audited());
    stage.settings.program = None;
    stage.settings.maximum_age = None;
    match stage.scan() {
        Ok(scan) => {
            assert_eq!(scan.image.as_ref(), stage.written.configurations.first());
            assert_eq!(scan.other_packages, 1);
        }
        Err(TrivyError::Process(ProcessError::NotFound { .. }) | TrivyError::NoDatabase) => {
            eprintln!("skipped: no trivy with a database is installed");
        }
        Err(error) => panic!("{error}"),
    }
}
