//! Programs that a change brings along are not started, and a folder of programs that is none is not passed over.

use std::path::Path;

use super::{GOOD, owned, refusals, script};
use crate::repository::{Repository, Run};
use crate::support::prerequisites::can_render;

const OUTSIDE: &str =
    "install it outside the repository: a program that a change brings along is never started";

/// A repository with something to render and its own kubectl, git and trivy, each of which would leave a mark.
fn with_programs() -> Repository {
    let repository = Repository::new();
    repository.write("k/kustomization.yaml", "resources: [good.yaml]\n");
    repository.write("k/good.yaml", GOOD);
    for name in ["kubectl", "kustomize", "git", "trivy", "cargo-deny", "cargo"] {
        let mark = repository.path("started").display().to_string();
        script(
            &repository.path("bin").join(name),
            &format!("echo {name} >> {mark}"),
        );
    }
    repository
}

fn started(repository: &Repository) -> bool {
    repository.path("started").exists()
}

fn run(repository: &Repository, arguments: &[&str], path: &str) -> Run {
    let mut command = repository.command();
    let unlimited = ["--advisory-db-max-age", "unlimited"];
    repository.run(command.args(arguments).args(unlimited).env("PATH", path))
}

fn path() -> String {
    std::env::var("PATH").unwrap()
}

#[test]
fn a_program_of_the_repository_is_passed_over_for_one_outside() {
    if !can_render() {
        return;
    }
    let repository = with_programs();
    let bin = repository.path("bin").display().to_string();
    let run = run(&repository, &["manifests", "k"], &format!("{bin}:{}", path()));
    assert_eq!((run.code, started(&repository)), (0, false), "{run:#?}");
}

#[test]
fn a_program_that_is_only_in_the_repository_is_not_started() {
    let repository = with_programs();
    let bin = repository
        .path("bin")
        .canonicalize()
        .unwrap()
        .display()
        .to_string();
    let outcome = run(&repository, &["manifests", "k", "--format", "json"], &bin);
    let message = format!("`kubectl` was found only inside the repository, at `{bin}/kubectl`");
    assert_eq!(
        (outcome.code, refusals(&outcome)),
        (2, owned(&[[&message, "", OUTSIDE]]))
    );
    let outcome = run(&repository, &["image", "target/image/hello", "--no-config"], &bin);
    let note = format!("note: `trivy` was found only inside the repository, at `{bin}/trivy`: ");
    assert!(outcome.stdout.contains(&note), "{outcome:#?}");
    let outcome = run(&repository, &["db", "update"], &bin);
    let message = format!("error: `git` was found only inside the repository, at `{bin}/git`\n");
    assert!(
        outcome.code == 2 && outcome.stderr.starts_with(&message),
        "{outcome:#?}"
    );
    assert!(!started(&repository));
}

#[test]
fn a_relative_folder_of_the_path_and_a_link_into_the_repository_are_no_way_around() {
    let repository = with_programs();
    let outcome = run(&repository, &["manifests", "k"], "bin:.:./bin");
    assert!(
        outcome
            .stdout
            .starts_with("error: neither `kubectl` nor `kustomize` is installed\n"),
        "{outcome:#?}"
    );
    let links = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(repository.path("bin/kubectl"), links.path().join("kubectl")).unwrap();
    let outcome = run(&repository, &["manifests", "k"], links.path().to_str().unwrap());
    let start = "error: `kubectl` was found only inside the repository, at `";
    assert!(
        outcome.code == 2 && outcome.stdout.starts_with(start),
        "{outcome:#?}"
    );
    assert!(!started(&repository));
}

#[test]
fn nothing_of_the_repository_runs_where_lockfiles_are_read() {
    let repository = with_programs();
    let bin = repository.path("bin").display().to_string();
    repository.write(
        ".cargo/config.toml",
        &format!("[build]\nrustc = \"{bin}/cargo\"\n"),
    );
    let outcome = run(&repository, &["deps", "Cargo.lock"], &format!("{bin}:{}", path()));
    assert_eq!((outcome.code, started(&repository)), (0, false), "{outcome:#?}");
    let outcome = run(
        &repository,
        &["check", "--skip", "manifests"],
        &format!("{bin}:{}", path()),
    );
    assert_eq!((outcome.code, started(&repository)), (0, false), "{outcome:#?}");
    // Not even where gate.toml trusts the repository: what is named on the command line may be anything.
    let trusting = "[dependencies]\nlockfiles = [\"Cargo.lock\"]\ndeny = true\n";
    repository.write("gate.toml", trusting);
    let outcome = run(&repository, &["deps", "Cargo.lock"], &format!("{bin}:{}", path()));
    assert_eq!((outcome.code, started(&repository)), (0, false), "{outcome:#?}");
}

#[test]
fn a_folder_of_tools_that_is_none() {
    let repository = with_programs();
    repository.write("file", "");
    let file = repository.path("file").display().to_string();
    for tools in ["bin", "./bin", "/no/such/folder", file.as_str()] {
        for arguments in [
            ["manifests", "k"],
            ["image", "target/image/hello"],
            ["db", "update"],
        ] {
            let mut command = repository.command();
            command
                .args(arguments)
                .args(["--advisory-db-max-age", "unlimited"]);
            let run = repository.run(command.env("GATE_TOOLS", tools));
            let expected = format!(
                "error: `GATE_TOOLS` names `{tools}`, which is no absolute path of a folder\n |\n = help: name absolute paths of \
                 folders that exist, or leave the variable unset\n"
            );
            let shown = format!("{}{}", run.stdout, run.stderr);
            assert!(
                run.code == 2 && shown.contains(&expected),
                "{arguments:?}: {run:#?}"
            );
        }
    }
    assert!(!started(&repository));
}

#[test]
fn a_renderer_that_says_no_version() {
    let repository = with_programs();
    let tools = tempfile::tempdir().unwrap();
    for (text, message) in [
        ("exit 0", "`kubectl` does not say its version"),
        ("echo nonsense", "`kubectl` does not say its version"),
        ("exit 1", "`kubectl` does not say its version"),
        ("kill -9 $$", "`kubectl` was ended by a signal"),
    ] {
        script(&tools.path().join("kubectl"), text);
        let mut command = repository.command();
        command
            .args(["manifests", "k", "--format", "json"])
            .env("GATE_TOOLS", tools.path());
        let run = repository.run(&mut command);
        let hint = "try the other one with `--renderer kubectl` or `--renderer kustomize`";
        assert_eq!((run.code, refusals(&run)), (2, owned(&[[message, "", hint]])));
    }
}

#[test]
fn a_renderer_that_prints_nonsense_is_not_believed() {
    let repository = with_programs();
    let tools = tempfile::tempdir().unwrap();
    let outcome = |printed: &str| -> Run {
        let text = format!("if [ \"$1\" = version ]; then echo v5.7.1; else {printed}; fi");
        script(&Path::new(tools.path()).join("kustomize"), &text);
        let mut command = repository.command();
        command.args(["manifests", "k", "--format", "json", "--renderer", "kustomize"]);
        repository.run(command.env("GATE_TOOLS", tools.path()))
    };
    assert_eq!(outcome("exit 0").code, 3, "nothing rendered is nothing to check");
    let run = outcome("echo nonsense");
    assert_eq!(
        (run.code, refusals(&run)[0][0].as_str()),
        (2, "a document of `k` is no mapping")
    );
    let run = outcome("echo 'a: [' ");
    assert!(
        run.code == 2 && refusals(&run)[0][0].starts_with("a document of `k` cannot be read: "),
        "{run:#?}"
    );
    let run = outcome("exit 4");
    let message = "`kustomize` could not render `k`: it gave no reason";
    assert_eq!((run.code, refusals(&run)[0][0].as_str()), (2, message));
}
