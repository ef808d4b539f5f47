use super::*;

const SUMMARY: &str = r#"{"fields":{"bans":{"errors":1,"helps":0,"notes":0,"warnings":0},"licenses":{"errors":0,"helps":138,"notes":5,"warnings":1},"sources":{"errors":0,"helps":0,"notes":0,"warnings":0}},"type":"summary"}"#;
const BANNED: &str = r#"{"fields":{"code":"banned","graphs":[{"Krate":{"name":"serde_yaml","version":"0.9.34+deprecated"},"parents":[{"Krate":{"kind":"dev","name":"gate","version":"0.1.0"}}]}],"labels":[{"column":14,"line":30,"message":"banned here","span":"serde_yaml"}],"message":"crate 'serde_yaml = 0.9.34+deprecated' is explicitly banned","severity":"error"},"type":"diagnostic"}"#;
const UNUSED: &str = r#"{"fields":{"code":"license-not-encountered","labels":[{"column":4,"line":9,"message":"unmatched license allowance","span":"0BSD"}],"message":"license was not encountered","notes":["note"],"severity":"warning"},"type":"diagnostic"}"#;
const LOG: &str = r#"{"fields":{"level":"ERROR","message":"failed to fetch crates: error: failed\n\nCaused by:\n  more","timestamp":"2026-11-24T23:33:12Z"},"type":"log"}"#;

fn output(code: i32, lines: &[&str]) -> Output {
    Output {
        code,
        stdout: Vec::new(),
        stderr: lines.join("\n").into_bytes(),
    }
}

#[test]
fn refusals_have_code_severity_packages_and_place() {
    let refusals = judge(&output(6, &[BANNED, UNUSED, SUMMARY])).unwrap();
    let expected = [
        Refusal {
            code: "banned".to_owned(),
            level: Level::Error,
            message: "crate 'serde_yaml = 0.9.34+deprecated' is explicitly banned".to_owned(),
            detail: Some("banned here: serde_yaml".to_owned()),
            packages: vec![("serde_yaml".to_owned(), "0.9.34+deprecated".to_owned())],
            line: Some(30),
        },
        Refusal {
            code: "license-not-encountered".to_owned(),
            level: Level::Warning,
            message: "license was not encountered".to_owned(),
            detail: Some("unmatched license allowance: 0BSD; note".to_owned()),
            packages: Vec::new(),
            line: Some(9),
        },
    ];
    assert_eq!(refusals, expected);
}

#[test]
fn without_a_summary_it_failed_whatever_its_exit_code() {
    for (code, lines, reason) in [
        (1, &[LOG][..], "failed to fetch crates: error: failed"),
        (0, &[], "it said nothing"),
        (0, &[BANNED], BANNED),
        (2, &["error: unexpected argument"], "error: unexpected argument"),
    ] {
        let error = judge(&output(code, lines)).unwrap_err();
        let DependencyError::DenyFailed {
            code: found,
            reason: said,
        } = &error
        else {
            panic!("{error}");
        };
        assert_eq!((*found, said.as_str()), (code, reason));
    }
}

#[test]
fn a_summary_that_counts_more_than_is_shown_is_no_verdict() {
    let error = judge(&output(2, &[BANNED, SUMMARY])).unwrap_err();
    assert!(
        matches!(error, DependencyError::DenyContradiction { counted: 2, shown: 1 }),
        "{error}"
    );
}

#[test]
fn without_a_configuration_it_does_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let lockfile = InputFile::new(folder.path().join("Cargo.lock"));
    let error = deny(&DenySettings::default(), &lockfile, None).unwrap_err();
    assert!(
        matches!(error, DependencyError::NoDenyConfiguration { .. }),
        "{error}"
    );
}

/// A workspace beside which a report lies, judged by a program in the place of cargo-deny.
#[cfg(unix)]
fn stand_in(program: &str) -> (tempfile::TempDir, DenySettings, InputFile) {
    let folder = tempfile::tempdir().unwrap();
    let report = [BANNED, UNUSED, SUMMARY].join("\n");
    std::fs::write(folder.path().join("deny.jsonl"), report).unwrap();
    std::fs::write(folder.path().join("deny.toml"), "").unwrap();
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stand-ins");
    let settings = DenySettings {
        program: Some(programs.join(program)),
        offline: true,
        ..DenySettings::default()
    };
    let lockfile = InputFile::new(folder.path().join("Cargo.lock"));
    (folder, settings, lockfile)
}

#[test]
#[cfg(unix)]
fn global_options_stand_before_the_command() {
    let (folder, settings, lockfile) = stand_in("cargo-deny");
    let report = deny(&settings, &lockfile, None).unwrap();
    assert_eq!(report.refusals.len(), 2);
    assert_eq!(report.tool.version, "0.20.2");
    let arguments = InputFile::new(folder.path().join("arguments"));
    let arguments = crate::deps::read::bytes(&arguments, 10_000).unwrap();
    let arguments = String::from_utf8(arguments).unwrap();
    let (options, command) = arguments.split_once(" check ").unwrap();
    for option in [
        "--format json",
        "--locked",
        "--offline",
        "--manifest-path",
        "--config",
    ] {
        assert!(options.contains(option), "{arguments}");
    }
    assert_eq!(command, "bans licenses sources\n");
}

#[test]
#[cfg(unix)]
fn another_version_is_refused() {
    let (_folder, settings, lockfile) = stand_in("cargo-deny-newer");
    let error = deny(&settings, &lockfile, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cargo-deny is of version `0.21.0`, and 0.20 is needed"
    );
}
