//! What the input may not do to a reader, to a terminal or to a pipeline: drive it, deceive it, or learn a secret.

use std::fs;
use std::path::Path;

use crate::repository::{Repository, Run};

/// A file name that is a command of a pipeline, with a colour and a character that turns the reading direction.
const FILE: &str = "::error::\u{1b}[31mn\u{202e}ame.yaml";

/// A pod whose names do the same.
const POD: &str = r#"apiVersion: v1
kind: Pod
metadata: {name: "p\e[31m\u202e::pod"}
spec:
  containers:
  - name: "::error::c\e]0;x\a\n::warning::\u2066c"
    image: "x\e[2J\r::set-output name=a::b:latest"
    ##[group]x
"#;

fn forms(repository: &Repository, path: &str) -> Vec<Run> {
    let json = ["manifests", path, "--format", "json"];
    [
        &["manifests", path][..],
        &["manifests", path, "--verbose"],
        &["manifests", path, "--quiet"],
        &["manifests", path, "--format", "markdown"],
        &json,
        &["render", path],
    ]
    .map(|arguments| repository.gate(arguments))
    .into()
}

/// Asserts that every line of a run with `--format github` is an annotation, and that nothing drives a terminal.
#[track_caller]
fn assert_annotations(repository: &Repository, arguments: &[&str]) {
    let run = repository.gate(&[arguments, &["--format", "github"]].concat());
    let is_ours = |line: &str| {
        let levels = [
            "::error title=gate",
            "::warning title=gate",
            "::notice title=gate",
        ];
        levels.iter().any(|level| line.starts_with(level)) && !line.contains(['\u{1b}', '\u{202e}', '\r'])
    };
    assert!(
        !run.stdout.is_empty() && run.stdout.lines().all(is_ours),
        "{run:#?}"
    );
    let properties = run
        .stdout
        .lines()
        .map(|line| line[2..].split_once("::").unwrap().0);
    for properties in properties {
        assert!(!properties.contains(':'), "{properties}");
    }
}

/// Asserts that nothing in an output drives a terminal, turns the direction or is a command.
#[track_caller]
fn assert_harmless(run: &Run) {
    let shown = format!("{}{}", run.stdout, run.stderr);
    let unsafe_letter = |letter: char| {
        (letter.is_control() && letter != '\n')
            || ('\u{202a}'..='\u{202e}').contains(&letter)
            || letter == '\u{2066}'
    };
    assert!(!shown.contains(unsafe_letter), "{shown:?}");
    assert!(
        !shown.lines().any(|line| line.trim_start().starts_with("::")),
        "{shown}"
    );
    assert!(!shown.contains("##["), "{shown}");
}

#[test]
fn names_that_drive_a_terminal_or_a_pipeline_are_escaped() {
    let repository = Repository::new();
    repository.write(&format!("all/{FILE}"), POD);
    for run in forms(&repository, "all") {
        assert_harmless(&run);
    }
    assert_annotations(&repository, &["manifests", "all"]);
    let run = repository.gate(&["manifests", "all"]);
    for text in [
        "all/::error::\\u{1b}[31mn\\u{202e}ame.yaml:",
        "in Pod `default/p\\u{1b}[31m\\u{202e}::pod`",
        "container `::error::c\\u{1b}]0;x\\u{7}\\n::warning::\\u{2066}c`",
        "x\\u{1b}[2J\\r::set-output name=a::b:latest",
    ] {
        assert!(run.stdout.contains(text), "{text}\n{}", run.stdout);
    }
    let run = repository.gate(&["manifests", "all", "--format", "json"]);
    let report = run.report();
    assert_eq!(
        report["findings"][0]["object"]["name"], "p\u{1b}[31m\u{202e}::pod",
        "a program reads the name as it is"
    );
}

#[test]
fn names_that_cannot_be_judged_are_escaped_too() {
    let repository = Repository::new();
    let name = "::error::\u{1b}[1m\u{202e}\nx";
    let kustomization = "resources: [\"::error::\\e[1m\\u202ehttps://example.com\"]\n";
    repository.write("k/kustomization.yaml", kustomization);
    repository.write("gate.toml", "\"::error::\\u001b[1m\\u202e\" = 1\n");
    repository.write(&format!("{name}/broken.yaml"), "kind: [\n");
    fs::create_dir_all(repository.path(&format!("{name}-chart"))).unwrap();
    fs::write(repository.path(&format!("{name}-chart/Chart.yaml")), "").unwrap();
    for arguments in [
        &["manifests", name, "--no-config"][..],
        &["manifests", &format!("{name}-chart"), "--no-config"],
        &["manifests", "k", "--no-config"],
        &["manifests", "no/::error::\u{1b}[1m", "--no-config"],
        &["deps", "no/::error::\u{1b}[1m", "--no-config"],
        &["image", "::error::\u{1b}[1m\n::x", "--no-config"],
        &["render", "no/\u{1b}[1m\n::x"],
        &["explain", "::error::\u{1b}[1m"],
        &["check"],
    ] {
        let run = repository.gate(arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {run:#?}");
        assert_harmless(&run);
        if arguments[0] != "render" && arguments[0] != "explain" {
            let run = repository.gate(&[arguments, &["--format", "json"]].concat());
            assert_harmless(&run);
            assert_annotations(&repository, arguments);
        }
    }
}

#[test]
fn what_programs_say_is_escaped_too() {
    let repository = Repository::new();
    repository.write("k/kustomization.yaml", "resources: []\n");
    let tools = tempfile::tempdir().unwrap();
    let work = "if [ \"$1\" = version ]; then echo v5.7.1; else printf '::error::a\\033[31m\\n::error::b\\n' >&2; exit 1; fi";
    super::script(&Path::new(tools.path()).join("kustomize"), work);
    let mut command = repository.command();
    command
        .args(["manifests", "k", "--renderer", "kustomize"])
        .env("GATE_TOOLS", tools.path());
    let run = repository.run(&mut command);
    let expected = "error: `kustomize` could not render `k`: ::error::a\\u{1b}[31m ::error::b\n";
    assert!(run.code == 2 && run.stdout.starts_with(expected), "{run:#?}");
    assert_harmless(&run);
}

/// Values that no output may hold.
const SECRETS: [&str; 5] = [
    "zanzibar-one",
    "zanzibar-two",
    "zanzibar-three",
    "zanzibar-four",
    "emFuemliYXI=",
];

#[test]
fn secrets_are_masked_in_snippets() {
    let repository = Repository::new();
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  first: zanzibar-one\n  first: zanzibar-two\n\
                data: {second: emFuemliYXI=, second: emFuemliYXI=}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  \
                containers:\n  - {name: c, image: 'x:latest', env: [{name: DB_PASSWORD, value: zanzibar-three}]}\n---\n\
                apiVersion: v1\nkind: Secret\nmetadata: {name: broken}\nstringData: {third: zanzibar-four, [\n";
    repository.write("all/a.yaml", text);
    for run in forms(&repository, "all") {
        let shown = format!("{}{}", run.stdout, run.stderr);
        for secret in SECRETS {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
    }
    let annotations = repository
        .gate(&["manifests", "all", "--format", "github"])
        .stdout;
    for secret in SECRETS {
        assert!(!annotations.contains(secret), "{secret}: {annotations}");
    }
    let run = repository.gate(&["manifests", "all"]);
    for line in [
        "6 |   first: za**********\n",
        "14 |   - {name: c, image: 'x:latest', env: [{name: DB_PASSWORD, value: za************}]}\n",
    ] {
        assert!(run.stdout.contains(line), "{line}\n{}", run.stdout);
    }
    let run = repository.gate(&["render", "all", "--show-secrets"]);
    assert!(
        run.stdout.contains("zanzibar-two"),
        "for one's own eyes: {run:#?}"
    );
}

#[test]
fn secrets_are_masked_in_errors() {
    let repository = Repository::new();
    let address = "https://bob:zanzibar-one@example.com/base.git";
    repository.write("k/kustomization.yaml", &format!("resources: ['{address}']\n"));
    for run in forms(&repository, "k") {
        let shown = format!("{}{}", run.stdout, run.stderr);
        assert!(run.code == 2 && !shown.contains("zanzibar-one"), "{shown}");
    }
}
