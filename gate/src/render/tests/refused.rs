//! What is refused before a program is started, and what a program refuses.

use super::*;

#[test]
fn what_lies_in_the_network_is_refused_wherever_it_is_named() {
    for (line, column) in [
        ("resources: [https://example.com/a.yaml]", 13),
        ("resources: ['github.com/a/b//c?ref=v1']", 13),
        ("bases: [git@github.com:a/b]", 9),
        ("components: [ssh://git@example.com/a]", 14),
        ("patches: [{path: https://example.com/a.yaml}]", 18),
        ("openapi: {path: https://example.com/a.json}", 17),
        (
            "configMapGenerator: [{name: a, files: [k=https://example.com/a]}]",
            40,
        ),
        ("resources: [example.com/a/b.git]", 13),
    ] {
        let error = refusal(&[("k/kustomization.yaml", &format!("namespace: a\n{line}\n"))]);
        let start = format!("k/kustomization.yaml:2:{column}: ");
        assert!(error.starts_with(&start), "{line}: {error}");
        assert!(
            error.ends_with("lies in the network, and remote bases are refused"),
            "{error}"
        );
    }
}

#[test]
fn what_would_run_something_is_refused() {
    let function = "apiVersion: v1\nkind: Thing\nmetadata:\n  name: a\n  annotations:\n    \
                    config.kubernetes.io/function: |\n      exec: {path: ./run}\n";
    let chart = "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: a}\nname: a\n";
    for (kustomization, file, place, what) in [
        (
            "helmCharts: [{name: a}]\n",
            "",
            "k/kustomization.yaml:1:1",
            "`helmCharts`",
        ),
        (
            "generators: [f.yaml]\n",
            function,
            "k/f.yaml:1:1",
            "the function `Thing`",
        ),
        (
            "transformers: [f.yaml]\n",
            "apiVersion: a/v1\nkind: B\n",
            "k/f.yaml:1:1",
            "the plugin `B`",
        ),
        (
            "validators: [f.yaml]\n",
            chart,
            "k/f.yaml:1:1",
            "the chart of `HelmChartInflationGenerator`",
        ),
        (
            "transformers:\n- |\n  apiVersion: a/v1\n  kind: B\n",
            "",
            "k/kustomization.yaml:2:3",
            "the plugin `B`",
        ),
    ] {
        let error = refusal(&[("k/kustomization.yaml", kustomization), ("k/f.yaml", file)]);
        let expected =
            format!("{place}: {what} is refused: rendering must not run what a change brings along");
        assert_eq!(error, expected, "{kustomization}");
    }
}

#[test]
fn a_plugin_behind_a_folder_is_refused_too() {
    let files = [
        (
            "k/kustomization.yaml",
            "transformers: [../t]\nresources: [../t]\n",
        ),
        ("t/kustomization.yaml", "resources: [f.yaml]\n"),
        ("t/f.yaml", "apiVersion: a/v1\nkind: B\n"),
    ];
    assert!(refusal(&files).contains("the plugin `B` is refused"));
}

#[test]
fn the_configuration_of_a_builtin_plugin_is_rendered_but_may_not_lead_out() {
    let kustomization = "resources: [a.yaml]\ntransformers: [t.yaml]\n";
    let transformer = |path: &str| {
        format!(
            "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {{name: t}}\npath: {path}\ntarget: {{kind: Pod}}\n"
        )
    };
    let patch = "- {op: add, path: /spec/hostNetwork, value: true}\n";
    let files = |transformer| {
        [
            ("k/kustomization.yaml", kustomization),
            ("k/a.yaml", POD),
            ("k/p.yaml", patch),
            ("k/t.yaml", transformer),
        ]
    };
    let (leading_out, inside) = (transformer("../../p.yaml"), transformer("p.yaml"));
    let error = refusal(&files(&leading_out));
    assert_eq!(
        error,
        "k/t.yaml:4:7: `../../p.yaml` leads outside of the work tree"
    );
    let Some(outcome) = render(&files(&inside)) else {
        return;
    };
    let rendered = outcome.unwrap();
    let spec = rendered.stream.documents[0].root().get("spec").unwrap();
    assert_eq!(spec.get("hostNetwork").and_then(yaml::Node::as_bool), Some(true));
}

#[test]
fn what_leads_out_of_the_work_tree_is_refused_and_not_shown() {
    for (line, name) in [
        ("resources: [../../outside.yaml]", "../../outside.yaml"),
        ("resources: [/etc/passwd]", "/etc/passwd"),
        (
            "configMapGenerator: [{name: a, files: [../../../etc/passwd]}]",
            "../../../etc/passwd",
        ),
        (
            "patches: [{path: ../../../etc/hostname}]",
            "../../../etc/hostname",
        ),
        ("components: [../..]", "../.."),
    ] {
        let error = refusal(&[("k/kustomization.yaml", line)]);
        assert!(
            error.ends_with(&format!("`{name}` leads outside of the work tree")),
            "{error}"
        );
        assert!(error.starts_with("k/kustomization.yaml:1:"), "{error}");
    }
}

#[test]
fn outside_a_work_tree_kustomize_sets_the_limit() {
    let folder = tree(&[
        ("k/kustomization.yaml", "resources: [../base, ../a.yaml]\n"),
        ("base/kustomization.yaml", "resources: []\n"),
        ("a.yaml", POD),
    ]);
    let Some(workshop) = workshop(folder.path()) else {
        return;
    };
    let error = workshop
        .render(&Unit::Kustomization(folder.path().join("k")))
        .unwrap_err();
    assert!(error.to_string().contains("is not in or below"), "{error}");
}

#[cfg(unix)]
#[test]
fn links_out_of_the_work_tree_are_refused_and_not_shown() {
    let outside = tree(&[("secret.yaml", "password: hunter2")]);
    for line in [
        "resources: [link.yaml]",
        "patches: [{path: link.yaml}]",
        "secretGenerator: [{name: a, files: [link.yaml]}]",
    ] {
        let folder = tree(&[(".git/HEAD", ""), ("k/kustomization.yaml", line)]);
        std::os::unix::fs::symlink(
            outside.path().join("secret.yaml"),
            folder.path().join("k/link.yaml"),
        )
        .unwrap();
        let workshop = Workshop::new(folder.path(), Renderer::Auto, false);
        let error = workshop
            .render(&Unit::Kustomization(folder.path().join("k")))
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "`link.yaml` leads outside of the work tree",
            "{line}"
        );
    }
}

#[test]
fn a_kustomization_that_can_be_read_in_two_ways_is_refused() {
    for (text, expected) in [
        (
            "Resources: [https://example.com/a]\n",
            "k/kustomization.yaml:1:1: the key `Resources` is refused",
        ),
        (
            "resources: []\nresources: []\n",
            "k/kustomization.yaml:2:1: the kustomization cannot be read",
        ),
        (
            "resources: []\n---\nresources: []\n",
            "the kustomization cannot be read: it holds more than one document",
        ),
        (
            "",
            "k/kustomization.yaml:1:1: the kustomization cannot be read: it is empty",
        ),
        (
            "[]",
            "k/kustomization.yaml:1:1: the kustomization cannot be read: it is no mapping",
        ),
        ("a: [", "the kustomization cannot be read"),
    ] {
        let error = refusal(&[("k/kustomization.yaml", text)]);
        assert!(error.contains(expected), "{text:?}: {error}");
    }
}

#[test]
fn a_folder_whose_name_looks_like_a_boolean_is_walked() {
    let files = [
        ("k/kustomization.yaml", "resources: [yes]\n"),
        ("k/yes/kustomization.yaml", "resources: [https://example.com/a]\n"),
    ];
    assert!(refusal(&files).starts_with("k/yes/kustomization.yaml:1:13: "));
}

#[test]
fn what_is_missing_or_goes_in_a_circle_is_named_where_it_stands() {
    let error = refusal(&[("k/kustomization.yaml", "resources:\n- a.yaml\n")]);
    assert_eq!(error, "k/kustomization.yaml:2:3: `a.yaml` does not exist");
    let error = refusal(&[("k/kustomization.yaml", "resources:\n- ../l\n"), ("l/a.txt", "")]);
    assert_eq!(
        error,
        "k/kustomization.yaml:2:3: `l/kustomization.yaml` does not exist"
    );
    let circle = [
        ("k/kustomization.yaml", "resources: [../l]\n"),
        ("l/kustomization.yaml", "resources: [../k]\n"),
    ];
    let expected = "l/kustomization.yaml:1:13: the kustomization contains itself by way of `../k`";
    assert_eq!(refusal(&circle), expected);
}
