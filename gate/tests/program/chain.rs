//! The chain from the lockfile to the image: what the program of an image holds, and that one defect of it is one
//! finding.

use serde_json::{Value, json};

use crate::repository::{Repository, Run, image};
use crate::support::prerequisites::can_render;

const CHECK: [&str; 3] = ["check", "--format", "json"];

/// A crate with a known vulnerability, RUSTSEC-2020-0071, in two versions.
const OLD: (&str, &str) = ("time", "0.1.42");
const LATER: (&str, &str) = ("time", "0.1.43");

/// A repository whose lockfile and image hold these.
fn repository(locked: (&str, &str), listed: &[(&str, &str)]) -> Repository {
    let repository = Repository::new();
    let lockfile = std::fs::read_to_string(repository.path("Cargo.lock")).unwrap();
    let (name, version) = locked;
    let source = "registry+https://github.com/rust-lang/crates.io-index";
    let package =
        format!("\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\nsource = \"{source}\"\n");
    repository.write("Cargo.lock", &(lockfile + &package));
    let mut image = image();
    let packages = image["layers"][0]["files"][0]["elf"]["packages"]
        .as_array_mut()
        .unwrap();
    for (name, version) in listed {
        let index = json!(packages.len());
        packages.push(json!({"name": name, "version": version, "source": "crates.io"}));
        packages[0]["dependencies"].as_array_mut().unwrap().push(index);
    }
    repository.build(&image);
    repository
}

/// The rules of the findings, sorted.
fn rules(run: &Run) -> Vec<String> {
    let mut rules: Vec<String> = run.findings().into_iter().map(|(rule, _)| rule).collect();
    rules.sort();
    rules
}

fn check(repository: &Repository, more: &[&str]) -> Run {
    repository.gate(&[&CHECK, more].concat())
}

#[test]
fn a_vulnerable_crate_of_lockfile_and_image_is_one_finding() {
    if !can_render() {
        return;
    }
    let repository = repository(LATER, &[LATER]);
    let run = check(&repository, &[]);
    let line = repository.line("Cargo.lock", "name = \"time\"");
    let expected = ("vulnerable-crate".to_owned(), format!("Cargo.lock:{line}"));
    assert_eq!((run.code, run.findings()), (1, vec![expected]));
    let finding = &run.report()["findings"][0];
    assert_eq!(finding["level"], "error");
    let message = finding["message"].as_str().unwrap();
    assert!(message.contains("; it is in the binary's list"), "{message}");
}

#[test]
fn what_the_lockfile_does_not_report_the_image_does() {
    if !can_render() {
        return;
    }
    let repository = repository(LATER, &[LATER]);
    let run = check(&repository, &["--skip", "deps"]);
    assert_eq!(
        (run.code, rules(&run)),
        (1, vec!["embedded-vulnerability".to_owned()])
    );
    let run = check(&repository, &["--rule", "vulnerable-crate=off"]);
    assert_eq!(
        (run.code, rules(&run)),
        (1, vec!["embedded-vulnerability".to_owned()])
    );
    let run = check(&repository, &["--rule", "vulnerable-crate=note"]);
    let both = ["embedded-vulnerability", "vulnerable-crate"].map(str::to_owned);
    assert_eq!((run.code, rules(&run)), (1, both.to_vec()));

    let lockfile = std::fs::read_to_string(repository.path("Cargo.lock")).unwrap();
    repository.write("Cargo.lock", &lockfile[..lockfile.len() - 9]);
    let run = check(&repository, &[]);
    assert_eq!(
        (run.code, rules(&run)),
        (2, vec!["embedded-vulnerability".to_owned()])
    );
}

#[test]
fn another_version_in_the_lockfile_says_nothing_of_that_in_the_image() {
    if !can_render() {
        return;
    }
    let run = check(&repository(LATER, &[LATER, OLD]), &[]);
    let expected = ["embedded-vulnerability", "lockfile-mismatch", "vulnerable-crate"].map(str::to_owned);
    assert_eq!((run.code, rules(&run)), (1, expected.to_vec()), "{run:#?}");
}

#[test]
fn an_image_named_alone_is_judged_whole() {
    let run = repository(LATER, &[LATER]).gate(&["image", "--format", "json"]);
    assert_eq!(
        (run.code, rules(&run)),
        (1, vec!["embedded-vulnerability".to_owned()])
    );
}

#[test]
fn an_error_of_two_stages_is_printed_once_and_stands_in_both() {
    if !can_render() {
        return;
    }
    let repository = Repository::new();
    let arguments = ["check", "--advisory-db", "nowhere"];
    let run = repository.gate(&arguments);
    assert_eq!(run.code, 2, "{run:#?}");
    let printed = run
        .stdout
        .matches("error: the advisory database `nowhere`")
        .count();
    assert_eq!(printed, 1, "{}", run.stdout);
    let report = repository
        .gate(&[&arguments[..], &["--format", "json"]].concat())
        .report();
    let stages = report["stages"].as_array().unwrap().iter();
    let with_errors: Vec<&str> = stages
        .filter(|stage| stage["status"] == "error")
        .filter_map(|stage| stage["name"].as_str())
        .collect();
    assert_eq!(with_errors, ["deps", "image"]);
}

/// A repository that is trusted with cargo, with a workspace of folders: `hello` needs `shared`, whose feature `extra`
/// brings `unified`; the member `other` turns that on and needs `alone`; `hello` by itself may have `optional`.
fn trusted() -> Repository {
    let repository = Repository::new();
    let packages = [
        (
            "hello",
            "[features]\ntls = ['dep:optional']\n[dependencies]\nshared = { path = '../shared' }\n\
             optional = { path = '../optional', optional = true }\n",
        ),
        (
            "other",
            "[dependencies]\nshared = { path = '../shared', features = ['extra'] }\nalone = { path = '../alone' }\n",
        ),
        (
            "shared",
            "[features]\nextra = ['dep:unified']\n[dependencies]\nunified = { path = '../unified', optional = true }\n",
        ),
        ("unified", ""),
        ("alone", ""),
        ("optional", ""),
    ];
    repository.write(
        "Cargo.toml",
        "[workspace]\nmembers = ['hello', 'other']\nresolver = '2'\n",
    );
    for (name, rest) in packages {
        let head = format!("[package]\nname = '{name}'\nversion = '1.0.0'\nedition = '2021'\n");
        repository.write(&format!("{name}/Cargo.toml"), &(head + rest));
        repository.write(&format!("{name}/src/lib.rs"), "");
    }
    let lockfile = "version = 4\n\n[[package]]\nname = \"alone\"\nversion = \"1.0.0\"\n\n\
        [[package]]\nname = \"hello\"\nversion = \"1.0.0\"\ndependencies = [\n \"optional\",\n \"shared\",\n]\n\n\
        [[package]]\nname = \"optional\"\nversion = \"1.0.0\"\n\n\
        [[package]]\nname = \"other\"\nversion = \"1.0.0\"\ndependencies = [\n \"alone\",\n \"shared\",\n]\n\n\
        [[package]]\nname = \"shared\"\nversion = \"1.0.0\"\ndependencies = [\n \"unified\",\n]\n\n\
        [[package]]\nname = \"unified\"\nversion = \"1.0.0\"\n";
    repository.write("Cargo.lock", lockfile);
    let lockfiles = "lockfiles = [\"Cargo.lock\"]\n";
    repository.change("gate.toml", lockfiles, &format!("{lockfiles}deny = true\n"));
    repository
}

/// Builds an image whose program lists `hello` and these packages, and checks it with cargo at hand. The stage `deps`
/// is left out, since it would want cargo-deny.
fn listing(repository: &Repository, names: &[&str]) -> Run {
    let mut packages = vec![json!({"name": "hello", "version": "1.0.0", "source": "local", "root": true})];
    packages.extend(
        names
            .iter()
            .map(|name| json!({"name": name, "version": "1.0.0", "source": "local"})),
    );
    let indices: Vec<Value> = (1..packages.len()).map(|index| json!(index)).collect();
    packages[0]["dependencies"] = json!(indices);
    let mut image = image();
    image["layers"][0]["files"][0]["elf"]["packages"] = json!(packages);
    repository.build(&image);
    let mut command = repository.command();
    command.args(CHECK).args(["--skip", "deps"]);
    command.args(["--advisory-db-max-age", "unlimited"]);
    command.env("PATH", repository.path_with_cargo());
    // Cargo and the toolchain below it lie in the home of whoever runs the tests.
    command.env("XDG_CACHE_HOME", repository.home());
    for name in ["HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    repository.run(&mut command)
}

fn messages(run: &Run) -> Vec<String> {
    let report = run.report();
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| finding["message"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_list_is_held_against_what_cargo_builds() {
    if !can_render() {
        return;
    }
    let repository = trusted();
    for agreeing in [&["shared"][..], &["shared", "unified"]] {
        let run = listing(&repository, agreeing);
        assert_eq!((run.code, run.findings()), (0, vec![]), "{agreeing:?} {run:#?}");
    }
    let surplus = |name: &str| {
        format!(
            "`/hello` holds `{name}` 1.0.0 (local), which nothing that cargo builds for `hello` with its default features needs"
        )
    };
    let lacking =
        "`/hello` lacks `shared` 1.0.0 (local), which cargo builds for `hello` with its default features";
    let run = listing(&repository, &["shared", "alone"]);
    assert_eq!((run.code, messages(&run)), (1, vec![surplus("alone")]));
    let run = listing(&repository, &["unified"]);
    assert_eq!((run.code, messages(&run)), (1, vec![lacking.to_owned()]));
    let run = listing(&repository, &["shared", "optional"]);
    assert_eq!((run.code, messages(&run)), (1, vec![surplus("optional")]));
    assert_eq!(
        run.findings()[0],
        ("lockfile-mismatch".to_owned(), "Cargo.lock:1".to_owned())
    );
}

#[test]
fn features_of_the_configuration_are_built() {
    if !can_render() {
        return;
    }
    let repository = trusted();
    let lockfile = "lockfile = \"Cargo.lock\"\n";
    repository.change(
        "gate.toml",
        lockfile,
        &format!("{lockfile}features = [\"tls\"]\n"),
    );
    let run = listing(&repository, &["shared", "optional"]);
    assert_eq!((run.code, run.findings()), (0, vec![]), "{run:#?}");
    let run = listing(&repository, &["shared"]);
    let expected = "`/hello` lacks `optional` 1.0.0 (local), which cargo builds for `hello` with its default features and `tls`";
    assert_eq!((run.code, messages(&run)), (1, vec![expected.to_owned()]));
}

#[test]
fn a_program_of_no_member_is_an_error() {
    let repository = trusted();
    repository.change("Cargo.toml", "'hello', ", "");
    let run = listing(&repository, &["shared"]);
    assert_eq!(run.code, 2, "{run:#?}");
    let report = run.report();
    let stages = report["stages"].as_array().unwrap().iter();
    let mut errors = stages.filter_map(|stage| stage["reason"].as_str());
    assert!(
        errors.any(|error| error.contains("`hello` 1.0.0, which is no member of the workspace")),
        "{report:#}"
    );
}
