//! The other commands, the options that change the policy, and which exit code wins.

use serde_json::{Value, json};

use crate::changes::{BASE, check, unpin_production};
use crate::repository::Repository;

#[test]
fn a_rule_that_is_off_or_lowered_is_told() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    repository.change(BASE, "        runAsNonRoot: true\n", "");
    for (level, effect, to, code) in [
        ("off", "off", Value::Null, 0),
        ("note", "lowered", json!("note"), 0),
        ("warning", "lowered", json!("warning"), 1),
    ] {
        let option = format!("may-run-as-root={level}");
        let run = repository.gate(&["check", "--rule", &option, "--format", "json"]);
        let report = run.report();
        let expected = json!([{
            "rule": "may-run-as-root", "effect": effect, "from": "error", "to": to, "location": null,
        }]);
        assert_eq!((run.code, &report["policy"]), (code, &expected), "{run:#?}");
        let found: Vec<&Value> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| &finding["level"])
            .collect();
        assert_eq!(found, if level == "off" { vec![] } else { vec![level] });
        let human = repository.gate(&["check", "--rule", &option]).stdout;
        let last = human.lines().last().unwrap();
        assert!(last.ends_with(&format!("; 1 rule {effect}")), "{last}");
    }
}

#[test]
fn a_rule_that_gate_toml_turns_off_is_told_with_its_place() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    let configuration = std::fs::read_to_string(repository.path("gate.toml")).unwrap();
    repository.write(
        "gate.toml",
        &(configuration + "\n[rules]\nmay-run-as-root = \"off\"\n"),
    );
    let run = check(&repository);
    run.assert_found(0, &[]);
    let change = &run.report()["policy"][0];
    let location = &change["location"];
    assert_eq!(
        (&change["rule"], &change["effect"]),
        (&json!("may-run-as-root"), &json!("off"))
    );
    let place = format!("{}:{}", location["file"].as_str().unwrap(), location["line"]);
    assert_eq!(
        place,
        format!("gate.toml:{}", repository.line("gate.toml", "may-run-as-root"))
    );
}

#[test]
fn the_level_that_fails_is_chosen() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    repository.change(
        BASE,
        "readOnlyRootFilesystem: true",
        "readOnlyRootFilesystem: false",
    );
    for (rule, fail_on, code) in [
        ("warning", "error", 0),
        ("warning", "warning", 1),
        ("note", "warning", 0),
        ("note", "note", 1),
    ] {
        let level = format!("writable-root-filesystem={rule}");
        let run = repository.gate(&[
            "check",
            "--rule",
            &level,
            "--fail-on",
            fail_on,
            "--format",
            "json",
        ]);
        let report = run.report();
        assert_eq!((run.code, &report["fail_on"]), (code, &json!(fail_on)), "{rule}");
        assert_eq!(report["findings"].as_array().unwrap().len(), 1, "{rule}");
    }
}

/// What could not be done comes before what was not there, that before what was found, and that before nothing.
#[test]
fn the_worst_exit_code_wins() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    let paths = |paths: &str| {
        let text = std::fs::read_to_string(repository.path("gate.toml")).unwrap();
        let (before, after) = text.split_once("paths = [").unwrap();
        let (_, after) = after.split_once(']').unwrap();
        repository.write("gate.toml", &format!("{before}paths = [{paths}]{after}"));
    };
    repository.write("empty/notes.txt", "");
    let overlays = "\"kustomize/overlays/staging\", \"kustomize/overlays/production\"";
    let statuses = |code: i32, expected: [&str; 3]| {
        let run = check(&repository);
        let report = run.report();
        let stages = report["stages"].as_array().unwrap().iter();
        let statuses: Vec<&Value> = stages.map(|stage| &stage["status"]).collect();
        assert_eq!(
            (run.code, statuses),
            (
                code,
                expected
                    .iter()
                    .map(|text| json!(text))
                    .collect::<Vec<_>>()
                    .iter()
                    .collect()
            ),
            "{run:#?}"
        );
    };
    statuses(0, ["passed", "passed", "passed"]);
    unpin_production(&repository);
    statuses(1, ["failed", "passed", "passed"]);
    repository.build_only(&crate::changes::setuid_image());
    paths("\"empty\"");
    statuses(3, ["skipped", "passed", "failed"]);
    let lockfile = std::fs::read_to_string(repository.path("Cargo.lock")).unwrap();
    repository.write("Cargo.lock", &lockfile[..lockfile.len() / 2]);
    statuses(2, ["skipped", "error", "error"]);
    paths(overlays);
    statuses(2, ["failed", "error", "error"]);
}

#[test]
fn a_single_command_says_what_it_did_not_check() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    for (arguments, expected) in [
        (
            &["manifests", "kustomize/overlays/production"][..],
            "pass: 1 render, 11 objects; not checked: dependencies, images",
        ),
        (&["deps", "Cargo.lock"], "; not checked: manifests, images"),
        (
            &["image", "target/image/hello"],
            "; not checked: manifests, dependencies",
        ),
    ] {
        let run = repository.gate(arguments);
        let last = run.stdout.lines().last().unwrap();
        assert!(run.code == 0 && last.ends_with(expected), "{run:#?}");
    }
}

#[test]
fn the_catalogue_is_listed_and_each_page_is_printed() {
    let repository = Repository::new();
    let table = repository.gate(&["rules"]);
    assert_eq!((table.code, table.stderr.as_str()), (0, ""));
    let ids: Vec<&str> = table
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .collect();
    assert_eq!(ids.len(), gate::rules::CATALOGUE.len());
    for id in ids {
        let page = repository.gate(&["explain", id]);
        assert!(page.code == 0 && page.stderr.is_empty(), "{page:#?}");
        assert!(page.stdout.starts_with(&format!("`{id}`: level ")), "{page:#?}");
        for heading in ["\n# Why it matters\n", "\n# What to do\n", "\n# References\n"] {
            assert!(page.stdout.contains(heading), "{id}: {heading}");
        }
    }
}

#[test]
fn a_rule_that_does_not_exist_is_refused_with_the_one_that_was_meant() {
    let repository = Repository::new();
    let run = repository.gate(&["explain", "no-zone-spred"]);
    let expected = "error: there is no rule `no-zone-spred`\n |\n = help: did you mean `no-zone-spread`?\n";
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (2, "", expected)
    );
    let run = repository.gate(&["explain", "quite-another-thing"]);
    assert!(
        run.code == 2 && run.stderr.ends_with("= help: `gate rules` lists every rule\n"),
        "{run:#?}"
    );
    let run = repository.gate(&["check", "--rule", "may-run-as-rot=off"]);
    let expected = "unknown rule `may-run-as-rot`; did you mean `may-run-as-root`?";
    assert!(
        run.code == 2 && run.stdout.is_empty() && run.stderr.contains(expected),
        "{run:#?}"
    );
}

#[test]
fn the_version_names_the_advisories_and_the_kubernetes_versions() {
    let repository = Repository::new();
    let run = repository.run(repository.command().arg("--version"));
    let lines: Vec<&str> = run.stdout.lines().collect();
    let [version, table, kubernetes] = lines[..] else {
        panic!("{run:#?}")
    };
    assert_eq!(
        (run.code, version),
        (0, concat!("gate ", env!("CARGO_PKG_VERSION")))
    );
    let arguments = ["deps", "Cargo.lock", "--no-config", "--format", "json"];
    let report = repository.gate(&arguments).report();
    let database = &report["databases"][0];
    let expected = format!(
        "advisory table of {} with {} entries",
        database["updated"].as_str().unwrap(),
        database["entries"]
    );
    assert_eq!(table, expected);
    // Without a configuration the newest version that is known is judged for.
    let newest = report["kubernetes"]["to"].as_str().unwrap();
    assert!(
        kubernetes.starts_with("Kubernetes 1.") && kubernetes.ends_with(&format!(" to {newest}")),
        "{run:#?}"
    );
}

const MANIFESTS: &str = "
apiVersion: v1
kind: Secret
metadata: {name: key}
data: {key: emFuemliYXI=}
stringData: {note: zanzibar}
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {x: yes, password: zanzibar}}
";

#[test]
fn render_prints_one_object_a_line_and_masks_secrets() {
    let repository = Repository::new();
    repository.write("all.yaml", MANIFESTS);
    let objects = |arguments: &[&str]| -> Vec<Value> {
        let run = repository.gate(arguments);
        assert!(run.code == 0 && run.stderr.is_empty(), "{run:#?}");
        run.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let masked = objects(&["render", "all.yaml"]);
    let names: Vec<&Value> = masked.iter().map(|object| &object["metadata"]["name"]).collect();
    assert_eq!(names, ["key", "settings"]);
    let text = json!(masked).to_string();
    assert!(
        !text.contains("zanzibar") && !text.contains("emFuemliYXI"),
        "{text}"
    );
    assert_eq!(masked[1]["data"]["x"], true, "as kubectl reads `yes`");
    let shown = objects(&["render", "all.yaml", "--show-secrets"]);
    assert_eq!(shown[0]["data"]["key"], "emFuemliYXI=");
    assert_eq!(shown[0]["stringData"]["note"], "zanzibar");
    assert_eq!(shown[1]["data"]["password"], "zanzibar");
}

#[test]
fn render_prints_what_would_be_applied() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    let run = repository.gate(&["render", "kustomize/overlays/production"]);
    let objects: Vec<Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!((run.code, objects.len()), (0, 11), "{run:#?}");
    for object in &objects {
        assert_eq!(object["metadata"]["namespace"], "hello-production", "{object}");
    }
}
