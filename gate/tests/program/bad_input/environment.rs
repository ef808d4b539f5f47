//! What the programs see that gate starts: little of the caller's environment, no git, no network, no input.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};

use super::{GOOD, script};
use crate::repository::Repository;

/// What a caller may have set, and no program that gate starts may see.
const CALLERS: [&str; 20] = [
    "KUBECONFIG",
    "KUBERNETES_SERVICE_HOST",
    "GIT_DIR",
    "GIT_SSH_COMMAND",
    "GIT_CONFIG_COUNT",
    "HELM_PLUGINS",
    "HELM_CONFIG_HOME",
    "KUSTOMIZE_PLUGIN_HOME",
    "XDG_CONFIG_HOME",
    "TRIVY_IGNOREFILE",
    "TRIVY_SERVER",
    "TRIVY_CONFIG",
    "AWS_SECRET_ACCESS_KEY",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "CARGO_HOME",
    "RUSTC_WRAPPER",
    "LD_PRELOAD",
    "GITHUB_TOKEN",
    "SSH_AUTH_SOCK",
    "BASH_ENV",
];

/// A folder of stand-ins, each of which writes down what it sees before it does its work.
struct StandIns(tempfile::TempDir);

impl StandIns {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn add(&self, name: &str, work: &str) {
        let seen = self.0.path().join(format!("{name}.seen"));
        let seen = seen.display();
        let text = format!(
            "/usr/bin/env > {seen}.$$; echo \"INPUT=$(/bin/cat)\" >> {seen}.$$; /bin/ls -A \"$PATH\" 2>/dev/null | /usr/bin/head -1 \
             >> {seen}.$$\n{work}"
        );
        script(&self.0.path().join(name), &text);
    }

    /// The variables of each run of a program.
    fn seen(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        let prefix = format!("{name}.seen.");
        let files = fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap());
        let files = files.filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix));
        let texts = files.map(|file| fs::read_to_string(file.path()).unwrap());
        texts
            .map(|text| {
                let pairs = text.lines().filter_map(|line| line.split_once('='));
                pairs
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect()
            })
            .collect()
    }

    fn command(&self, repository: &Repository) -> Command {
        let mut command = repository.command();
        command
            .envs(CALLERS.map(|name| (name, "caller")))
            .env("GATE_TOOLS", self.0.path());
        // Of the caller's input nothing is passed on either.
        command.env_remove("LD_PRELOAD").stdin(Stdio::null());
        command
    }
}

#[track_caller]
fn assert_reduced(runs: &[BTreeMap<String, String>], given: &[&str]) {
    assert!(!runs.is_empty(), "it did not run");
    // What the shell sets by itself.
    let usual = ["PWD", "OLDPWD", "SHLVL", "_", "LANG", "HOME", "TMPDIR", "INPUT"];
    for run in runs {
        let names: Vec<&String> = run.keys().collect();
        assert!(
            names
                .iter()
                .all(|name| usual.contains(&name.as_str()) || given.contains(&name.as_str())),
            "{names:?}"
        );
        assert!(!run.values().any(|value| value == "caller"), "{run:?}");
        assert_eq!(run["INPUT"], "");
    }
}

#[test]
fn the_renderer_sees_no_cluster_no_git_and_no_network() {
    let stand_ins = StandIns::new();
    let render = format!(
        "if [ \"$1\" = version ]; then echo v5.7.1; else echo '{}'; fi",
        GOOD.trim_end()
    );
    stand_ins.add("kustomize", &render);
    let repository = Repository::new();
    repository.write("k/kustomization.yaml", "resources: [good.yaml]\n");
    repository.write("k/good.yaml", GOOD);
    let mut command = stand_ins.command(&repository);
    let run = repository.run(command.args(["manifests", "k", "--renderer", "kustomize"]));
    assert_eq!(run.code, 0, "{run:#?}");
    let runs = stand_ins.seen("kustomize");
    assert!(runs.len() >= 2, "version and render: {runs:?}");
    let proxies = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];
    assert_reduced(&runs, &[&["PATH"], &proxies[..]].concat());
    for run in runs {
        assert!(
            proxies.iter().all(|name| run[*name] == "http://127.0.0.1:9"),
            "{run:?}"
        );
        // An empty folder of gate's own, gone by now: no git can be found in it.
        let path = std::path::Path::new(&run["PATH"]);
        assert!(path.is_absolute() && !path.exists(), "{run:?}");
        assert_eq!((&run["HOME"], run.contains_key("git")), (&run["PATH"], false));
    }
}

#[test]
fn trivy_sees_no_settings_of_the_caller() {
    let stand_ins = StandIns::new();
    stand_ins.add(
        "trivy",
        "echo '{\"Version\":\"0.67.2\",\"VulnerabilityDB\":{\"UpdatedAt\":\"2999-01-01\"}}'",
    );
    let repository = Repository::new();
    let mut command = stand_ins.command(&repository);
    command.args([
        "image",
        "target/image/hello",
        "--no-config",
        "--advisory-db-max-age",
        "unlimited",
    ]);
    assert_eq!(repository.run(&mut command).code, 2);
    let runs = stand_ins.seen("trivy");
    assert_eq!(runs.len(), 2, "version and scan: {runs:?}");
    assert_reduced(&runs, &["TRIVY_SKIP_VERSION_CHECK", "TRIVY_DISABLE_TELEMETRY"]);
}

#[test]
fn git_sees_no_settings_of_the_caller() {
    let stand_ins = StandIns::new();
    stand_ins.add(
        "git",
        "if [ \"$1\" = --version ]; then echo git version 2.0.0; else exit 1; fi",
    );
    let repository = Repository::new();
    let mut command = stand_ins.command(&repository);
    let run = repository.run(command.args(["db", "update"]));
    assert!(
        run.code == 2 && run.stderr.contains("git said nothing"),
        "{run:#?}"
    );
    let runs = stand_ins.seen("git");
    assert_eq!(runs.len(), 2, "version and clone: {runs:?}");
    let own = [
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_GLOBAL",
        "GIT_TERMINAL_PROMPT",
        "GIT_NO_LAZY_FETCH",
        "GIT_OPTIONAL_LOCKS",
        "GIT_ALLOW_PROTOCOL",
    ];
    assert_reduced(&runs, &own);
    let clone = runs
        .iter()
        .find(|run| run.contains_key("GIT_ALLOW_PROTOCOL"))
        .unwrap();
    assert_eq!(clone["GIT_ALLOW_PROTOCOL"], "https");
    assert_eq!(clone["GIT_CONFIG_GLOBAL"], "/dev/null");
}
