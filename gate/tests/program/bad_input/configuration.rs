//! Configurations and command lines that say something gate does not understand.

use super::{assert_refused, refusals};
use crate::repository::{Repository, Run};

fn refused(text: &str, message: &str, place: &str, hint: &str) {
    let repository = Repository::new();
    repository.write("gate.toml", text);
    assert_refused(&repository, &["check"], &[[message, place, hint]]);
    // A configuration that is not understood judges nothing, whatever is asked for.
    assert_refused(&repository, &["deps", "Cargo.lock"], &[[message, place, hint]]);
}

#[test]
fn an_unknown_key() {
    refused(
        "[manifests]\npath = [\"kustomize\"]\n",
        "unknown key `path` in `manifests`",
        "gate.toml:2:1",
        "did you mean `paths`?",
    );
    refused(
        "severity = 3\n",
        "unknown key `severity` in `gate.toml`",
        "gate.toml:1:1",
        "its keys are `kubernetes`, `profile`, `manifests`, `dependencies`, `images`, `rules`, `allow`",
    );
}

#[test]
fn an_unknown_rule() {
    let hint = "did you mean `unpinned-image`?";
    refused(
        "[rules]\nunpined-image = \"off\"\n",
        "unknown rule `unpined-image`",
        "gate.toml:2:1",
        hint,
    );
    let hint = "`gate rules` lists every rule";
    refused(
        "[rules]\nzzz = \"off\"\n",
        "unknown rule `zzz`",
        "gate.toml:2:1",
        hint,
    );
}

#[test]
fn a_rule_whose_level_is_fixed() {
    refused(
        "[rules]\nhidden-content = \"off\"\n",
        "the level of `hidden-content` cannot be changed",
        "gate.toml:2:1",
        "it judges what would let other findings go unseen; mend what it finds",
    );
}

#[test]
fn what_a_change_turns_off_lowers_or_excuses_is_listed() {
    let repository = Repository::new();
    repository.write(
        "gate.toml",
        "[manifests]\npaths = [\"a.yaml\"]\n[rules]\nprivileged-container = \"off\"\nmay-run-as-root = \"note\"\n\
         [[allow]]\nrule = \"no-zone-spread\"\nwhere = { name = \"a\" }\nreason = \"a trial that ends with the year\"\n\
         until = 2099-12-31\n",
    );
    repository.write(
        "a.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  replicas: 3\n  selector: {matchLabels: {a: b}}\n  \
         template: {metadata: {labels: {a: b}}, spec: {containers: []}}\n",
    );
    let run = repository.gate(&["check"]);
    for text in [
        "\noff      privileged-container  off instead of error, gate.toml:4:1\n",
        "\nlowered  may-run-as-root       note instead of error, gate.toml:5:1\n",
        "\nexcused  no-zone-spread        at a.yaml:",
        "1 finding excused; 1 rule off and 1 rule lowered",
    ] {
        assert!(run.stdout.contains(text), "{text}\n{}", run.stdout);
    }
}

#[test]
fn a_section_that_is_not_used_yet() {
    let hint = "remove it: what nothing reads would only look like a check";
    for (text, what, place) in [
        ("[cluster]\nzones = [\"a\"]\n", "`[cluster]`", "1:2"),
        (
            "[manifests]\npaths = [\"kustomize\"]\nvendored = [\"charts/*\"]\n",
            "`manifests.vendored`",
            "3:1",
        ),
    ] {
        let message = format!("{what} is not used by this version of gate");
        refused(text, &message, &format!("gate.toml:{place}"), hint);
    }
}

#[test]
fn broken_toml() {
    for (text, reason, place) in [
        ("[manifests\n", "unclosed table, expected `]`", "1:11"),
        (
            "profile = \"baseline\"\nprofile = \"production\"\n",
            "duplicate key",
            "2:1",
        ),
    ] {
        let message = format!("this is not TOML: {reason}");
        refused(text, &message, &format!("gate.toml:{place}"), "");
    }
}

#[test]
fn no_configuration() {
    let repository = Repository::new();
    std::fs::remove_file(repository.path("gate.toml")).unwrap();
    assert_refused(
        &repository,
        &["check"],
        &[[
            "there is no gate.toml here or in a folder above, up to the root of the repository",
            "",
            "write a gate.toml that says what to judge, or name one with `--config`",
        ]],
    );
    let run = repository.gate(&["check"]);
    assert!(
        run.stdout.ends_with("\nerror: the check could not be made\n"),
        "{run:#?}"
    );
    let missing = "other.toml: it cannot be read: No such file or directory (os error 2)";
    let hint = "`--config FILE` names another one";
    assert_refused(
        &repository,
        &["check", "--config", "other.toml"],
        &[[missing, "", hint]],
    );
    let message = "no path was given, and no gate.toml declares manifests";
    let hint = "name what to judge, or declare it in gate.toml";
    assert_refused(&repository, &["manifests"], &[[message, "", hint]]);
}

#[test]
fn a_configuration_above_the_repository_is_someone_elses() {
    let repository = Repository::new();
    std::fs::create_dir_all(repository.path("inner/.git")).unwrap();
    let run = repository.run(
        repository
            .command()
            .args(["check", "--format", "json"])
            .current_dir(repository.path("inner")),
    );
    assert_eq!((run.code, refusals(&run).len()), (2, 1), "{run:#?}");
}

#[test]
fn a_configuration_that_declares_nothing_is_nothing_to_check() {
    let repository = Repository::new();
    repository.write("gate.toml", "");
    let run = repository.gate(&["check"]);
    let last = "empty: nothing was checked; not checked: manifests, dependencies, images\n";
    assert!(run.code == 3 && run.stdout.ends_with(last), "{run:#?}");
}

#[test]
fn a_stage_that_is_left_out_or_not_declared() {
    let repository = Repository::new();
    repository.write("gate.toml", "[dependencies]\nlockfiles = [\"Cargo.lock\"]\n");
    assert_refused(
        &repository,
        &["check", "--only", "image"],
        &[[
            "`image` is not declared in gate.toml",
            "",
            "declare it there, or leave out `--only image`",
        ]],
    );
    let run = repository.gate(&["check", "--skip", "deps"]);
    assert_eq!(run.code, 3, "{run:#?}");
}

#[test]
fn a_command_line_that_is_not_understood() {
    let repository = Repository::new();
    let said = |arguments: &[&str]| -> Run { repository.run(repository.command().args(arguments)) };
    for (arguments, text) in [
        (&["frobnicate"][..], "error: unrecognized subcommand 'frobnicate'"),
        (
            &["check", "--frobnicate"],
            "error: unexpected argument '--frobnicate' found",
        ),
        (
            &["check", "--rule", "unpined-image=off"],
            "did you mean `unpinned-image`?",
        ),
        (
            &["check", "--kubernetes", "2.0"],
            "`2.0` is not a minor version of Kubernetes from 1.0 to 1.37",
        ),
        (
            &["check", "--format", "sarif"],
            "invalid value 'sarif' for '--format <FORMAT>'",
        ),
        (
            &["check", "--trivy-timeout", "0"],
            "invalid value '0' for '--trivy-timeout <SECONDS>'",
        ),
        (
            &["check", "--advisory-db-max-age", "0d"],
            "`0d` is not an age: days such as `7d`",
        ),
        (
            &["explain", "unpined-image"],
            "error: there is no rule `unpined-image`",
        ),
    ] {
        let run = said(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(run.stderr.contains(text), "{arguments:?}: {}", run.stderr);
    }
    let run = said(&["check", "--only-group", "nope"]);
    let expected = "error: there is no group `nope` of rules\n |\n = help: the groups are pod_security, ";
    assert!(run.code == 2 && run.stdout.starts_with(expected), "{run:#?}");
}
