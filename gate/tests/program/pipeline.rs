//! The forms of a report that a pipeline shows: a page and annotations.

use std::fs;

use crate::changes::{BASE, PRODUCTION, setuid_image, unpin_production};
use crate::repository::Repository;

/// Holds what a run prints against its snapshot, but for what changes with dependencies and advisories.
#[track_caller]
fn assert_snapshot(name: &str, text: &str) {
    let replaced = [
        (r"\b\d{3} crates\b", "[number] crates"),
        (r"advisories as of \d{4}-\d\d-\d\d", "advisories as of [day]"),
        (r"sha256:[0-9a-f]{64}", "sha256:[digest]"),
    ];
    let text = replaced.iter().fold(text.to_owned(), |text, (pattern, word)| {
        let pattern = regex::Regex::new(pattern).unwrap();
        pattern.replace_all(&text, *word).into_owned()
    });
    insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!(name, text);
    });
}

fn failing() -> Option<Repository> {
    let repository = Repository::rendered()?;
    repository.change(BASE, "        runAsNonRoot: true\n", "");
    unpin_production(&repository);
    repository.build_only(&setuid_image());
    Some(repository)
}

#[test]
fn a_page_and_annotations_of_a_failure() {
    let Some(repository) = failing() else {
        return;
    };
    for (form, code) in [("markdown", 1), ("github", 1)] {
        let run = repository.gate(&["check", "--as-released", "--format", form]);
        assert_eq!((run.code, run.stderr.as_str()), (code, ""), "{run:#?}");
        assert_snapshot(&format!("check-fail-{form}"), &run.stdout);
    }
}

#[test]
fn every_form_can_be_written_to_a_file_in_one_run() {
    let Some(repository) = failing() else {
        return;
    };
    let forms = ["markdown", "github", "json", "human"];
    let outputs = forms.map(|form| format!("--output={form}=report.{form}"));
    let mut arguments = vec!["check"];
    arguments.extend(outputs.iter().map(String::as_str));
    let run = repository.gate(&arguments);
    assert_eq!(run.code, 1, "{run:#?}");
    let written = |form: &str| fs::read_to_string(repository.path(&format!("report.{form}"))).unwrap();
    assert_eq!(written("human"), run.stdout);
    for form in ["markdown", "github"] {
        assert_eq!(
            written(form),
            repository.gate(&["check", "--format", form]).stdout,
            "{form}"
        );
    }
}

#[test]
fn annotations_name_files_from_the_root_of_the_repository() {
    let Some(repository) = failing() else {
        return;
    };
    let configuration = fs::read_to_string(repository.path("gate.toml")).unwrap();
    fs::remove_file(repository.path("gate.toml")).unwrap();
    let configuration = configuration.replace("kustomize/", "");
    let configuration = configuration
        .replace("\"Cargo.lock\"", "\"../Cargo.lock\"")
        .replace("\"target/", "\"../target/");
    repository.write("kustomize/gate.toml", &configuration);
    let mut command = repository.command();
    command.current_dir(repository.path("kustomize/overlays")).args([
        "check",
        "--format",
        "github",
        "--advisory-db-max-age",
        "unlimited",
    ]);
    let run = repository.run(&mut command);
    let line = repository.line(PRODUCTION, "newTag: v0.1.0");
    let expected = format!("::error title=gate%3A unpinned-image,file={PRODUCTION},line={line},col=13,");
    assert!(run.stdout.contains(&expected), "{run:#?}");
}

#[test]
fn what_is_not_annotated_is_told_with_the_place_of_the_whole_report() {
    let repository = Repository::new();
    let container = |number| format!("  - {{name: c{number}, image: \"a{number}:latest\"}}\n");
    let containers = (0..15).map(container).collect::<Vec<_>>().concat();
    let pod = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n{containers}");
    repository.write("pod.yaml", &pod);
    let arguments = ["manifests", "pod.yaml", "--no-config", "--format", "github"];
    for (more, place) in [
        (
            &["--output", "json=report.json"][..],
            "the whole report is in `report.json`",
        ),
        (&[], "`--output json=FILE` writes the whole report"),
    ] {
        let run = repository.gate(&[&arguments[..], more].concat());
        let errors = run.stdout.lines().filter(|line| line.starts_with("::error "));
        assert_eq!((run.code, errors.count()), (1, 10), "{run:#?}");
        let first = run.stdout.lines().next().unwrap();
        assert!(
            first.starts_with("::error title=gate%3A fail::fail: ") && first.ends_with(place),
            "{first}"
        );
        assert!(
            first.contains("%0Anot annotated, since a step has 10 annotations per level: "),
            "{first}"
        );
    }
}

#[test]
fn a_plan_that_cannot_be_made_is_shown_too() {
    let repository = Repository::new();
    repository.write("gate.toml", "[manifest]\npaths = [\"k\"]\n");
    let run = repository.gate(&["check", "--format", "github"]);
    let expected = "::error title=gate%3A error::error: the check could not be made\n\
                    ::error title=gate,file=gate.toml,line=1,col=2,endLine=1,endColumn=9::unknown key `manifest` in \
                    `gate.toml`%0Ahelp: did you mean `manifests`?\n";
    assert_eq!((run.code, run.stdout.as_str()), (2, expected), "{run:#?}");
    let run = repository.gate(&["check", "--format", "markdown"]);
    assert!(
        run.code == 2
            && run
                .stdout
                .starts_with("## gate: error\n\n- `the check could not be made`\n"),
        "{run:#?}"
    );
}
