//! Kustomizations that cannot be rendered, or that would fetch or run something.

use super::{DUPLICATE, GOOD, owned, refusals};
use crate::repository::Repository;
use crate::support::prerequisites::can_render;

const KEEP: &str =
    "keep a copy in the repository, where it is reviewed; `--allow-remote` lets kustomize fetch it";
const BEFOREHAND: &str = "render it beforehand and commit the result as a resource";

/// What is refused is refused before any program is started: these tests need none.
fn refused(files: &[(&str, &str)], message: &str, place: &str, hint: &str) {
    let repository = Repository::new();
    for (file, text) in files {
        repository.write(file, text);
    }
    let command = ["manifests", "k", "--format", "json"];
    let run = repository.run(repository.command().args(command).env("PATH", repository.home()));
    assert_eq!(
        (run.code, refusals(&run)),
        (2, owned(&[[message, place, hint]])),
        "{files:?}"
    );
}

fn refused_to_run(files: &[(&str, &str)], what: &str, place: &str) {
    let message = format!("{what} is refused: rendering must not run what a change brings along");
    refused(files, &message, place, BEFOREHAND);
}

#[test]
fn a_render_that_fails_is_told_in_the_words_of_kustomize() {
    if !can_render() {
        return;
    }
    let repository = Repository::new();
    let words = |file: &str| {
        repository.write("k/kustomization.yaml", file);
        repository.write("k/good.yaml", GOOD);
        repository.write("k/patch.yaml", &GOOD.replace("good", "other"));
        repository.write("k/twice.yaml", GOOD);
        let run = repository.gate(&["manifests", "k", "--format", "json"]);
        assert!(
            !run.stdout.contains(repository.path("").to_str().unwrap()),
            "{run:#?}"
        );
        let [message, place, hint] = refusals(&run).remove(0);
        assert_eq!(
            (run.code, place.as_str(), hint.as_str()),
            (
                2,
                "",
                "`kubectl kustomize FOLDER` shows the same; mend what it names"
            )
        );
        let words = message
            .split_once("` could not render `k`: ")
            .map(|(_, words)| words.to_owned());
        words.unwrap_or_else(|| panic!("{message}"))
    };
    let unknown = words("resources: [good.yaml]\nfrobnicate: 1\n");
    assert!(unknown.contains("unknown field \"frobnicate\""), "{unknown}");
    let unmatched = words("resources: [good.yaml]\npatches: [{path: patch.yaml}]\n");
    assert!(
        unmatched.starts_with("no resource matches strategic merge patch"),
        "{unmatched}"
    );
    let twice = words("resources: [good.yaml, twice.yaml]\n");
    assert!(
        twice.contains("may not add resource with an already registered id"),
        "{twice}"
    );
    // A line of kubectl's log would differ from run to run.
    for words in [unknown, unmatched, twice] {
        assert!(
            !words.contains("command failed") && !words.contains("err="),
            "{words}"
        );
    }
}

#[test]
fn a_render_that_fails_over_a_text_is_placed_in_it() {
    if !can_render() {
        return;
    }
    let repository = Repository::new();
    repository.write("k/kustomization.yaml", "resources: [good.yaml, broken.yaml]\n");
    repository.write("k/good.yaml", GOOD);
    repository.write("k/broken.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: [\n");
    let run = repository.gate(&["manifests", "k", "--format", "json"]);
    let [message, place, _] = refusals(&run).remove(0);
    assert_eq!((run.code, place.as_str()), (2, "k/broken.yaml:4:1"));
    assert!(message.contains("broken.yaml"), "{message}");
}

#[test]
fn what_is_named_and_missing_is_placed() {
    refused(
        &[
            ("k/kustomization.yaml", "resources:\n- a.yaml\n- none.yaml\n"),
            ("k/a.yaml", GOOD),
        ],
        "`none.yaml` does not exist",
        "k/kustomization.yaml:3:3",
        "add the file, or take its name out of the kustomization",
    );
}

#[test]
fn one_that_fails_does_not_hide_the_others() {
    let repository = Repository::new();
    repository.write("all/k/kustomization.yaml", "resources: [none.yaml]\n");
    repository.write("all/a.yaml", DUPLICATE);
    let run = repository.gate(&["manifests", "all", "--format", "json"]);
    assert_eq!(
        (run.code, run.findings().len(), refusals(&run).len()),
        (2, 1, 1),
        "{run:#?}"
    );
}

#[test]
fn a_remote_base() {
    for address in [
        "https://example.com/base?ref=v1",
        "http://example.com/base.yaml",
        "git@example.com:team/base.git",
        "ssh://git@example.com/base",
        "git::https://example.com/base",
        "github.com/team/base//deploy?ref=v1",
        "GitHub.com/team/base",
        "example.com/team/base?ref=v1",
    ] {
        let message = format!("`{address}` lies in the network, and remote bases are refused");
        let kustomization = format!("resources:\n- ../base\ncomponents: ['{address}']\n");
        let base = ("base/kustomization.yaml", "resources: []\n");
        refused(
            &[("k/kustomization.yaml", &kustomization), base],
            &message,
            "k/kustomization.yaml:3:14",
            KEEP,
        );
        let base = format!("resources: ['{address}']\n");
        refused(
            &[
                ("k/kustomization.yaml", "resources: [../base]\n"),
                ("base/kustomization.yaml", &base),
            ],
            &message,
            "base/kustomization.yaml:1:13",
            KEEP,
        );
    }
}

#[test]
fn a_patch_or_a_generator_over_the_network() {
    let address = "https://example.com/x.yaml";
    let message = format!("`{address}` lies in the network, and remote bases are refused");
    for (text, place) in [
        (format!("patches: [{{path: '{address}'}}]\n"), "1:18"),
        (
            format!("configMapGenerator: [{{name: a, files: ['b={address}']}}]\n"),
            "1:40",
        ),
        (format!("openapi: {{path: '{address}'}}\n"), "1:17"),
        (format!("transformers: ['{address}']\n"), "1:16"),
    ] {
        refused(
            &[("k/kustomization.yaml", &text)],
            &message,
            &format!("k/kustomization.yaml:{place}"),
            KEEP,
        );
    }
}

#[test]
fn charts_of_a_kustomization() {
    for (text, key, place) in [
        (
            "helmCharts: [{name: x, repo: 'https://example.com'}]\n",
            "`helmCharts`",
            "1:1",
        ),
        (
            "resources: []\nhelmChartInflationGenerator: [{chartName: x}]\n",
            "`helmChartInflationGenerator`",
            "2:1",
        ),
        ("helmGlobals: {chartHome: x}\n", "`helmGlobals`", "1:1"),
    ] {
        refused_to_run(
            &[("k/kustomization.yaml", text)],
            key,
            &format!("k/kustomization.yaml:{place}"),
        );
    }
    let generator = "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: x}\nname: x\n";
    refused_to_run(
        &[
            ("k/kustomization.yaml", "generators: [g.yaml]\n"),
            ("k/g.yaml", generator),
        ],
        "the chart of `HelmChartInflationGenerator`",
        "k/g.yaml:1:1",
    );
}

#[test]
fn programs_and_containers_of_a_kustomization() {
    for (key, runtime) in [
        ("generators", "exec: {path: ./run.sh}"),
        ("transformers", "container: {image: example.com/evil}"),
        ("validators", "starlark: {path: ./run.star}"),
    ] {
        let function = format!(
            "# comment\napiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: x\n  annotations:\n    \
             config.kubernetes.io/function: |\n      {runtime}\n"
        );
        let kustomization = format!("{key}: [f.yaml]\n");
        refused_to_run(
            &[("k/kustomization.yaml", &kustomization), ("k/f.yaml", &function)],
            "the function `Thing`",
            "k/f.yaml:2:1",
        );
        let folder = format!("{key}: [f]\n");
        refused_to_run(
            &[
                ("k/kustomization.yaml", &folder),
                ("k/f/kustomization.yaml", "resources: [f.yaml]\n"),
                ("k/f/f.yaml", &function),
            ],
            "the function `Thing`",
            "k/f/f.yaml:2:1",
        );
        let inline =
            format!("{key}:\n- |-\n  apiVersion: example.com/v1\n  kind: Thing\n  metadata: {{name: x}}\n");
        refused_to_run(
            &[("k/kustomization.yaml", &inline)],
            "the plugin `Thing`",
            "k/kustomization.yaml:2:3",
        );
    }
}

#[test]
fn a_key_that_kustomize_reads_as_another() {
    let message = "the key `Resources` is refused: kustomize reads it as `resources`";
    refused(
        &[(
            "k/kustomization.yaml",
            "Resources: ['https://example.com/base']\n",
        )],
        message,
        "k/kustomization.yaml:1:1",
        "write it as kustomize documents it",
    );
}

#[test]
fn a_kustomization_in_doubt() {
    let hint = "mend the file; each key may stand once, in one document";
    for (text, reason, place) in [
        (
            "resources: []\n---\nresources: ['https://example.com']\n",
            "it holds more than one document",
            "3:1",
        ),
        ("- a\n", "it is no mapping", "1:1"),
        ("# nothing\n", "it is empty", "1:1"),
        (
            "resources: []\nresources: ['https://example.com']\n",
            "the key `resources` stands twice in this mapping, and only one of its values is applied",
            "2:1",
        ),
    ] {
        let message = format!("the kustomization cannot be read: {reason}");
        refused(
            &[("k/kustomization.yaml", text)],
            &message,
            &format!("k/kustomization.yaml:{place}"),
            hint,
        );
    }
    refused(
        &[
            ("k/kustomization.yaml", "resources: [a]\n"),
            ("k/a/kustomization.yaml", "resources: [..]\n"),
        ],
        "the kustomization contains itself by way of `..`",
        "k/a/kustomization.yaml:1:13",
        "take one of the references out",
    );
}

#[test]
fn neither_kubectl_nor_kustomize() {
    let repository = Repository::new();
    repository.write("k/kustomization.yaml", "resources: []\n");
    let run = repository.run(
        repository
            .command()
            .args(["manifests", "k"])
            .env("PATH", repository.home()),
    );
    let expected = "error: neither `kubectl` nor `kustomize` is installed\n |\n = help: install kubectl \
                    (https://kubernetes.io/docs/tasks/tools) or kustomize \
                    (https://kubectl.docs.kubernetes.io/installation/kustomize) and put it on PATH\n";
    assert!(run.code == 2 && run.stdout.starts_with(expected), "{run:#?}");
    let run = repository.run(repository.command().arg("check").env("PATH", repository.home()));
    assert!(run.code == 2 && run.stdout.contains(expected), "{run:#?}");
}
