//! Paths that lead to nothing, to no file, or to more than can be taken; standard input and output.

use std::fs::{self, File};
use std::io::Write;
use std::process::Stdio;

use super::{DUPLICATE, GOOD, assert_refused, owned, pipe, refusals, run_without_waiting};
use crate::repository::{Repository, Run};

const MANIFESTS: &str =
    "give a kustomization folder, a manifest, a folder of manifests, or `-` for standard input";
const STREAM: &str = "give a file or a folder; a stream comes in as `-`";
const LOCKFILE: &str = "name a `Cargo.lock`, or a binary that was built with cargo-auditable";
const CHART: &str = "render it with `helm template` and give the result as a file or as `-`";

#[test]
fn a_missing_path() {
    let repository = Repository::new();
    for (command, message, hint) in [
        ("manifests", "`no/such` does not exist", MANIFESTS),
        ("deps", "`no/such` does not exist", LOCKFILE),
        (
            "image",
            "there is no image at `no/such`",
            "build the image first, or correct the path",
        ),
    ] {
        assert_refused(&repository, &[command, "no/such"], &[[message, "", hint]]);
    }
}

#[test]
fn a_missing_path_of_the_configuration_is_named_as_one_would_write_it() {
    let repository = Repository::new();
    repository.write("gate.toml", "[manifests]\npaths = [\"no/such\"]\n");
    assert_refused(
        &repository,
        &["check"],
        &[["`no/such` does not exist", "", MANIFESTS]],
    );
    fs::create_dir(repository.path("below")).unwrap();
    let run = repository.run(
        repository
            .command()
            .arg("check")
            .current_dir(repository.path("below")),
    );
    assert_eq!(run.code, 2);
    assert!(
        run.stdout.starts_with("error: `../no/such` does not exist\n"),
        "{run:#?}"
    );
}

#[test]
fn a_folder_without_manifests_is_nothing_to_check() {
    let repository = Repository::new();
    repository.write("docs/README.md", "# Title\n");
    let run = repository.gate(&["manifests", "docs"]);
    assert_eq!(run.code, 3, "{run:#?}");
    assert!(
        run.stdout
            .starts_with("note: `docs` holds no manifests: there is nothing to check\n"),
        "{run:#?}"
    );
    assert!(
        run.stdout
            .ends_with("\nempty: nothing to check for manifests; not checked: dependencies, images\n"),
        "{run:#?}"
    );
}

#[test]
fn a_chart() {
    let repository = Repository::new();
    repository.write("chart/Chart.yaml", "name: x\nversion: 1.0.0\n");
    repository.write("chart/templates/a.yaml", "{{ bad }}\n");
    let refused = |path| {
        [[
            format!("`{path}` is a Helm chart, and charts are not supported yet"),
            String::new(),
            CHART.to_owned(),
        ]]
    };
    let run = repository.gate(&["manifests", "chart", "--format", "json"]);
    assert_eq!((run.code, refusals(&run)), (2, refused("chart").to_vec()));
    repository.write("all/a.yaml", DUPLICATE);
    repository.write("all/chart/Chart.yaml", "name: x\n");
    let run = repository.gate(&["manifests", "all", "--format", "json"]);
    assert_eq!((run.code, refusals(&run)), (2, refused("all/chart").to_vec()));
    assert_eq!(
        run.findings(),
        [("duplicate-key".to_owned(), "all/a.yaml:5".to_owned())],
        "the rest is still judged"
    );
}

#[test]
fn a_pipe_or_a_device_is_refused_and_not_waited_for() {
    let repository = Repository::new();
    fs::create_dir(repository.path("folder")).unwrap();
    pipe(&repository.path("folder/pipe.yaml"));
    let neither = |path: &str| format!("`{path}` is neither a file nor a folder");
    let image = "`folder/pipe.yaml` is no image: it is neither a folder nor a file".to_owned();
    for (arguments, message) in [
        (["manifests", "folder/pipe.yaml"], neither("folder/pipe.yaml")),
        (["manifests", "folder"], neither("folder/pipe.yaml")),
        (["manifests", "/dev/zero"], neither("/dev/zero")),
        (["deps", "folder/pipe.yaml"], neither("folder/pipe.yaml")),
        (["image", "folder/pipe.yaml"], image),
    ] {
        let mut command = repository.command();
        command
            .args(arguments)
            .args(["--advisory-db-max-age", "unlimited"]);
        let run = run_without_waiting(&repository, command.args(["--format", "json"]));
        let messages: Vec<String> = refusals(&run).into_iter().map(|[message, ..]| message).collect();
        assert_eq!((run.code, messages), (2, vec![message]), "{arguments:?}");
    }
}

#[test]
fn a_pipe_that_a_kustomization_or_an_option_names() {
    let repository = Repository::new();
    repository.write("k/kustomization.yaml", "resources: [pipe.yaml]\n");
    pipe(&repository.path("k/pipe.yaml"));
    let file = ["`k/pipe.yaml` is neither a file nor a folder", "", STREAM];
    let database = "the advisory database `k/pipe.yaml` does not exist, or is no folder";
    let fetch =
        "name a clone of https://github.com/RustSec/advisory-db, or run `gate db update` and name none";
    let configuration = [
        "k/pipe.yaml: it is not a file",
        "",
        "`--config FILE` names another one",
    ];
    for (arguments, expected) in [
        (&["manifests", "k"][..], file),
        (&["deps", "--advisory-db", "k/pipe.yaml"], [database, "", fetch]),
        (&["check", "--config", "k/pipe.yaml"], configuration),
    ] {
        let mut command = repository.command();
        let run = run_without_waiting(&repository, command.args(arguments).args(["--format", "json"]));
        assert_eq!(
            (run.code, refusals(&run)),
            (2, owned(&[expected])),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_file_beyond_the_limit() {
    let repository = Repository::new();
    let limit = |path: &str, length: u64| {
        let file = File::create(repository.path(path)).unwrap();
        file.set_len(length + 1).unwrap();
    };
    limit("huge.yaml", 64 << 20);
    let split = "split it, or keep what is not a manifest out of the folder";
    let message = "`huge.yaml` is larger than the limit of 67108864 bytes";
    assert_refused(&repository, &["manifests", "huge.yaml"], &[[message, "", split]]);
    limit("huge.lock", 16 << 20);
    let message = "`huge.lock` is larger than the limit of 16777216 bytes";
    assert_refused(&repository, &["deps", "huge.lock"], &[[message, "", LOCKFILE]]);
    limit("gate.toml", 1 << 20);
    let message = "gate.toml: it is larger than 1048576 bytes";
    assert_refused(&repository, &["check"], &[[message, "", ""]]);
}

#[test]
fn a_file_that_is_not_utf_8() {
    let repository = Repository::new();
    let latin = |path: &str, text: &str| {
        fs::write(
            repository.path(path),
            text.chars().map(|letter| letter as u8).collect::<Vec<_>>(),
        )
        .unwrap();
    };
    latin("latin.yaml", &GOOD.replace("good", "gut, schön"));
    let message =
        "`latin.yaml` is not UTF-8 text: kubectl would apply U+FFFD in the place of what does not fit";
    let expected = [message, "latin.yaml:3:26", "save it as UTF-8"];
    assert_refused(&repository, &["manifests", "latin.yaml"], &[expected]);
    latin("Cargo.lock", "# schön\nversion = 4\n");
    let message = "`Cargo.lock` is not UTF-8 text: byte 5 does not fit";
    assert_refused(&repository, &["deps", "Cargo.lock"], &[[message, "", LOCKFILE]]);
    latin("gate.toml", "# schön\n");
    assert_refused(
        &repository,
        &["check"],
        &[["gate.toml: it is not UTF-8 text", "", ""]],
    );
    let wide: Vec<u8> = std::iter::once(0xfeff)
        .chain(DUPLICATE.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    fs::write(repository.path("wide.yaml"), wide).unwrap();
    let run = repository.gate(&["manifests", "wide.yaml", "--no-config", "--format", "json"]);
    let expected = ("duplicate-key".to_owned(), "wide.yaml:5".to_owned());
    assert_eq!(
        (run.code, run.findings()),
        (1, vec![expected]),
        "UTF-16 with its mark is judged"
    );
}

#[test]
fn standard_input_is_judged_and_empty_is_nothing() {
    let repository = Repository::new();
    let judge = |text: &str| {
        let mut command = repository.command();
        let command = command.args(["manifests", "-", "--format", "json"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        Run::from(child.wait_with_output().unwrap())
    };
    let run = judge(DUPLICATE);
    let expected = ("duplicate-key".to_owned(), "-:5".to_owned());
    assert_eq!((run.code, run.findings()), (1, vec![expected]));
    let run = judge(GOOD);
    assert_eq!((run.code, run.findings()), (0, vec![]));
    assert_eq!(judge("\n---\n# nothing\n").code, 3);
    assert_eq!(judge("").code, 3);
    let run = judge("kind: [\n");
    assert_eq!(
        (run.code, refusals(&run)[0][1].as_str()),
        (2, "-:2:1"),
        "{run:#?}"
    );
}

#[test]
fn a_reader_that_went_away_is_no_crash_and_a_full_disk_is_said() {
    let repository = Repository::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let run = rules_into(&repository, writer.into());
    assert_eq!((run.code, run.stderr.as_str()), (2, ""));
    let full = File::options().write(true).open("/dev/full").unwrap();
    let run = rules_into(&repository, full.into());
    let prefix = "error: the report could not be written: ";
    assert!(run.code == 2 && run.stderr.starts_with(prefix), "{run:#?}");
    let arguments = ["manifests", "Cargo.lock", "--output", "json=no/such/file"];
    let run = repository.gate(&arguments);
    let prefix = "error: the report could not be written: no/such/file: ";
    assert!(run.code == 2 && run.stderr.starts_with(prefix), "{run:#?}");
}

fn rules_into(repository: &Repository, stdout: Stdio) -> Run {
    let mut command = repository.command();
    let command = command.arg("rules").stdout(stdout).stderr(Stdio::piped());
    Run::from(command.spawn().unwrap().wait_with_output().unwrap())
}

#[test]
fn several_kustomization_files() {
    let repository = Repository::new();
    repository.write("k/kustomization.yaml", "resources: []\n");
    repository.write("k/Kustomization", "resources: []\n");
    let message = "`k` holds several kustomization files: kustomization.yaml, Kustomization";
    let hint = "keep one of them: kustomize refuses to choose";
    assert_refused(&repository, &["manifests", "k"], &[[message, "", hint]]);
}
