//! What users see, whole: two typical failures, and the passing run.

use crate::changes::{BASE, PRODUCTION, setuid_image, unpin_production};
use crate::repository::Repository;

/// Holds a report against its snapshot. What changes with every new dependency and every new table of advisories is
/// replaced.
#[track_caller]
fn assert_snapshot(name: &str, repository: &Repository, arguments: &[&str]) {
    let run = repository.gate(arguments);
    assert_eq!(run.stderr, "");
    let replaced = [
        (r"\b\d{3} crates\b", "[number] crates"),
        (r"advisories as of \d{4}-\d\d-\d\d", "advisories as of [day]"),
        (r"sha256:[0-9a-f]{64}", "sha256:[digest]"),
    ];
    let text = format!(
        "$ gate {}\n{}$ echo $?\n{}\n",
        arguments.join(" "),
        run.stdout,
        run.code
    );
    let text = replaced.iter().fold(text, |text, (pattern, word)| {
        let pattern = regex::Regex::new(pattern).unwrap();
        pattern.replace_all(&text, *word).into_owned()
    });
    insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn a_base_without_run_as_non_root_and_an_overlay_without_digest() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    repository.change(BASE, "        runAsNonRoot: true\n", "");
    unpin_production(&repository);
    assert_snapshot("manifests-fail", &repository, &["manifests"]);
}

#[test]
fn a_patch_that_removes_the_spread_and_an_image_with_a_setuid_program() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    repository.build_only(&setuid_image());
    repository.change(
        PRODUCTION,
        "patches:\n",
        "patches:\n  - target: { kind: Deployment, name: hello }\n    patch: |\n      - { op: remove, path: \
         /spec/template/spec/topologySpreadConstraints/0 }\n",
    );
    assert_snapshot("check-fail", &repository, &["check", "--as-released"]);
}

#[test]
fn a_pass() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    assert_snapshot("check-pass", &repository, &["check"]);
}
