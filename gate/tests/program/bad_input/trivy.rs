//! trivy that is missing, fails, hangs, talks nonsense or sees nothing. Scripts stand in for it.

use jiff::{Timestamp, ToSpan};
use serde_json::json;
use std::fs;

use super::{owned, refusals, run_without_waiting, script};
use crate::image::write_layout;
use crate::repository::{Repository, Run};

const IMAGE: &str = "target/image/hello";
const BY_HAND: &str = "try `trivy image --input` on it by hand; a newer trivy may know this image";
const CURRENT: &str = "install a current trivy outside the repository and put it on the PATH";

/// A repository whose image holds a Debian package database, and a folder for the stand-in.
struct Scanned {
    repository: Repository,
    tools: tempfile::TempDir,
    label: String,
}

impl Scanned {
    fn new() -> Self {
        let repository = Repository::new();
        fs::remove_dir_all(repository.path(IMAGE)).unwrap();
        let files = json!([{"path": "var/lib/dpkg/status", "text": "Package: a\n"}]);
        let layers = json!({"config": {"User": "65532"}, "layers": [{"files": files}]});
        write_layout(&layers, &repository.path(IMAGE));
        Self {
            repository,
            tools: tempfile::tempdir().unwrap(),
            label: IMAGE.to_owned(),
        }
    }

    /// `version` is run for `trivy version`, `scan` for `trivy image`.
    fn stand_in(&self, version: &str, scan: &str) {
        let text = format!("if [ \"$1\" = version ]; then {version}; else {scan}; fi");
        script(&self.tools.path().join("trivy"), &text);
    }

    fn run(&self, more: &[&str]) -> Run {
        let mut command = self.repository.command();
        command
            .args([
                "image",
                IMAGE,
                "--no-config",
                "--format",
                "json",
                "--advisory-db-max-age",
                "unlimited",
            ])
            .args(more)
            .env("GATE_TOOLS", self.tools.path());
        run_without_waiting(&self.repository, &mut command)
    }

    #[track_caller]
    fn refused(&self, version: &str, scan: &str, message: &str, hint: &str) {
        self.stand_in(version, scan);
        let run = self.run(&["--trivy-timeout", "2"]);
        let message = message.replace("IMAGE", &self.label);
        assert_eq!(
            (run.code, refusals(&run)),
            (2, owned(&[[&message, "", hint]])),
            "{scan}"
        );
    }
}

/// What `trivy version` says with a database of so many days ago.
fn version(days: i64) -> String {
    let updated = Timestamp::now() - (24 * days).hours();
    let report =
        json!({"Version": "0.67.2", "VulnerabilityDB": {"Version": 2, "UpdatedAt": updated.to_string()}});
    format!("echo '{report}'")
}

#[test]
fn trivy_that_recognises_nothing() {
    let scanned = Scanned::new();
    let hint = "a scan that sees nothing proves nothing: use a newer trivy, or remove the package database that nobody can read";
    for scan in [
        r#"echo '{"SchemaVersion":2}'"#,
        r#"echo '{"SchemaVersion":2,"Results":[]}'"#,
        r#"echo '{"SchemaVersion":2,"Results":[{"Class":"os-pkgs","Type":"debian"}]}'"#,
    ] {
        let message =
            "`trivy` recognised nothing in `IMAGE`, which has a dpkg database at `/var/lib/dpkg/status`";
        scanned.refused(&version(1), scan, message, hint);
    }
}

#[test]
fn trivy_that_fails() {
    let scanned = Scanned::new();
    let scan = "echo '2026 INFO start' >&2; echo '2026 FATAL unable to open the image' >&2; exit 1";
    let message = "`trivy` failed on `IMAGE` with exit code 1: 2026 FATAL unable to open the image";
    scanned.refused(&version(1), scan, message, BY_HAND);
    scanned.refused(
        &version(1),
        "exit 3",
        "`trivy` failed on `IMAGE` with exit code 3: it said nothing",
        BY_HAND,
    );
    scanned.refused(
        &version(1),
        "kill -9 $$",
        "`trivy` was ended by a signal",
        CURRENT,
    );
}

#[test]
fn trivy_that_hangs() {
    let scanned = Scanned::new();
    let message = "`trivy` gave no answer within 2 s and was stopped";
    let hint = "try `trivy image --input` on it by hand, or give it more time with `--trivy-timeout`";
    let survived = scanned.tools.path().join("survived");
    let hang = format!("(/bin/sleep 4; echo > {}) & /bin/sleep 600", survived.display());
    scanned.refused(&version(1), &hang, message, hint);
    scanned.refused(&hang, "exit 0", message, hint);
    std::thread::sleep(std::time::Duration::from_secs(5));
    assert!(!survived.exists(), "what it started must end with it");
}

#[test]
fn trivy_that_never_stops_talking() {
    let scanned = Scanned::new();
    scanned.stand_in(&version(1), "exec /bin/cat /dev/zero");
    let run = scanned.run(&[]);
    let message = "`trivy` printed more than 67108864 bytes and was stopped";
    assert_eq!((run.code, refusals(&run)), (2, owned(&[[message, "", CURRENT]])));
}

#[test]
fn trivy_that_talks_nonsense() {
    let scanned = Scanned::new();
    for (scan, reason) in [
        ("echo nonsense", "expected ident at line 1 column 2"),
        ("exit 0", "EOF while parsing a value at line 1 column 0"),
        (
            r#"echo '{"SchemaVersion":1}'"#,
            "its schema has the version 1, and only 2 is known",
        ),
        (
            r#"echo '{"SchemaVersion":2}'; exit 10"#,
            "exit code 10 does not fit 0 vulnerabilities",
        ),
    ] {
        let message = format!("the report of `trivy` on `IMAGE` is not usable: {reason}");
        scanned.refused(&version(1), scan, &message, BY_HAND);
    }
}

#[test]
fn trivy_that_cannot_say_its_version_or_has_no_database() {
    let scanned = Scanned::new();
    let message = "`trivy version` gave no usable answer: expected ident at line 1 column 2";
    scanned.refused("echo nonsense", "exit 0", message, CURRENT);
    let message = "`trivy version` gave no usable answer: exit code 1: it said nothing";
    scanned.refused("exit 1", "exit 0", message, CURRENT);
    let message = "`trivy` has the version 0.50.0, and at least 0.60 is needed";
    scanned.refused(r#"echo '{"Version":"0.50.0"}'"#, "exit 0", message, CURRENT);
    let fetch =
        "run `trivy image --download-db-only`; gate itself fetches nothing and lets trivy fetch nothing";
    let none = r#"echo '{"Version":"0.67.2"}'"#;
    scanned.refused(none, "exit 0", "`trivy` has no vulnerability database", fetch);
    let updated = (Timestamp::now() - (24 * 30).hours()).to_string();
    let message = format!(
        "the vulnerability database of `trivy` is of {}, which is older than 7 days",
        &updated[..10]
    );
    scanned.refused(&version(30), "exit 0", &message, fetch);
}

#[test]
fn trivy_that_is_missing_where_something_needs_it() {
    let scanned = Scanned::new();
    let run = scanned.run(&[]);
    if run.report()["tools"].as_array().unwrap().is_empty() {
        let message = format!(
            "nothing has scanned the packages of `{}`, whose dpkg database is `/var/lib/dpkg/status`: `trivy` is not \
             installed",
            scanned.label
        );
        assert_eq!((run.code, refusals(&run)), (2, owned(&[[&message, "", CURRENT]])));
    } else {
        eprintln!("skipped: trivy is installed");
    }
}

#[test]
fn a_file_of_the_repository_does_not_speak_for_it() {
    let scanned = Scanned::new();
    let seen = scanned.tools.path().join("seen");
    let scan = format!(
        "{{ pwd; ls -A; env; }} > {}; echo '{{\"SchemaVersion\":2}}'",
        seen.display()
    );
    scanned.stand_in(&version(1), &format!("PATH=/bin:/usr/bin; {scan}"));
    for file in [".trivyignore", "trivy.yaml", "trivy-secret.yaml"] {
        scanned.repository.write(file, "CVE-2026-1\n");
    }
    let mut command = scanned.repository.command();
    command
        .args([
            "image",
            IMAGE,
            "--no-config",
            "--advisory-db-max-age",
            "unlimited",
        ])
        .env("GATE_TOOLS", scanned.tools.path())
        .env("TRIVY_IGNOREFILE", scanned.repository.path(".trivyignore"));
    scanned.repository.run(&mut command);
    let seen = fs::read_to_string(seen).unwrap();
    let lines: Vec<&str> = seen.lines().collect();
    assert!(
        !lines[0].starts_with(scanned.repository.path("").to_str().unwrap()),
        "{seen}"
    );
    assert!(lines[1].contains('='), "its folder is empty: {seen}");
    assert!(!seen.contains("TRIVY_IGNOREFILE"), "{seen}");
}
