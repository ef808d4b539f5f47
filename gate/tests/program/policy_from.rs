//! `--policy-from`: a change is judged by the rules of the base branch, whatever it does to them.

mod files;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::changes::{BASE, PRODUCTION, setuid_image, unpin_production};
use crate::repository::{Repository, Run};

/// A repository that passes, and a checkout of its base branch beside it.
struct Change {
    repository: Repository,
    base: tempfile::TempDir,
}

impl Change {
    fn new() -> Option<Self> {
        let change = Self {
            repository: Repository::rendered()?,
            base: tempfile::tempdir().unwrap(),
        };
        fs::copy(change.repository.path("gate.toml"), change.of_base("gate.toml")).unwrap();
        Some(change)
    }

    /// A path of the base branch.
    fn of_base(&self, path: &str) -> PathBuf {
        self.base.path().join(path)
    }

    /// What the base branch's `gate.toml` says besides.
    fn base_also(&self, text: &str) {
        let file = self.of_base("gate.toml");
        let whole = fs::read_to_string(&file).unwrap() + text;
        fs::write(file, &whole).unwrap();
        self.repository.write("gate.toml", &whole);
    }

    /// What the change writes at the end of its `gate.toml`.
    fn also(&self, text: &str) {
        let whole = fs::read_to_string(self.repository.path("gate.toml")).unwrap() + text;
        self.repository.write("gate.toml", &whole);
    }

    fn check(&self, more: &[&str]) -> Run {
        let base = self.base.path().to_str().unwrap();
        self.repository
            .gate(&[&["check", "--policy-from", base], more].concat())
    }

    fn json(&self) -> Run {
        self.check(&["--format", "json"])
    }

    /// Asserts exit code, the rules that are found, and each difference: `counted|ignored kind subject: change`.
    #[track_caller]
    fn assert_judged(&self, code: i32, rules: &[&str], differences: &[&str]) -> Value {
        let run = self.json();
        let report = run.report();
        let found: Vec<String> = run.findings().into_iter().map(|(rule, _)| rule).collect();
        assert_eq!(
            (run.code, found),
            (code, rules.iter().map(ToString::to_string).collect()),
            "{run:#?}"
        );
        assert_eq!(shown(&report), differences, "{run:#?}");
        report
    }
}

/// The differences of a report.
fn shown(report: &Value) -> Vec<String> {
    let differences = report["policy_from"]["differences"].as_array().unwrap().iter();
    let text = |difference: &Value, key: &str| difference[key].as_str().unwrap().to_owned();
    differences
        .map(|difference| {
            let counted = if difference["counted"] == true {
                "counted"
            } else {
                "ignored"
            };
            let [kind, subject, change] = ["kind", "subject", "change"].map(|key| text(difference, key));
            format!("{counted} {kind} {subject}: {change}")
        })
        .collect()
}

fn make_root(change: &Change) {
    change.repository.change(BASE, "        runAsNonRoot: true\n", "");
}

const ALLOW: &str = "\n[[allow]]\nrule = \"may-run-as-root\"\nwhere = { name = \"hello\" }\n\
                     reason = \"the service is moved to a user of its own\"\nuntil = UNTIL\n";

/// An exception that holds for so many days.
fn allow(days: i64) -> String {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let until = today.checked_add(jiff::Span::new().days(days)).unwrap();
    ALLOW.replace("UNTIL", &until.to_string())
}

#[test]
fn a_change_that_leaves_the_rules_alone_is_judged_by_them() {
    let Some(change) = Change::new() else { return };
    let report = change.assert_judged(0, &[], &[]);
    assert_eq!(
        report["policy_from"]["folder"],
        change.base.path().to_str().unwrap()
    );
    let human = change.check(&[]).stdout;
    let last = human.lines().last().unwrap();
    assert!(
        last.starts_with("pass: ") && last.contains("; rules of `/"),
        "{last}"
    );
    make_root(&change);
    change.assert_judged(1, &["may-run-as-root"], &[]);
}

#[test]
fn a_rule_that_the_change_turns_off_or_lowers_still_holds() {
    for (level, words) in [("off", "off instead of error"), ("note", "note instead of error")] {
        let Some(change) = Change::new() else { return };
        make_root(&change);
        change.also(&format!("\n[rules]\nmay-run-as-root = \"{level}\"\n"));
        let own = change.repository.gate(&["check"]);
        assert_eq!(own.code, 0, "its own rules would let it pass: {own:#?}");
        let expected = format!("ignored rule may-run-as-root: {words}");
        let report = change.assert_judged(1, &["may-run-as-root"], &[&expected]);
        let difference = &report["policy_from"]["differences"][0];
        assert_eq!(difference["findings"], 1);
        assert_eq!(difference["location"]["file"], "gate.toml");
        assert_eq!(report["policy"], json!([]));
    }
}

#[test]
fn a_rule_that_the_base_turned_off_stays_off_until_the_merge() {
    let Some(change) = Change::new() else { return };
    change.base_also("\n[rules]\nmay-run-as-root = \"off\"\n");
    make_root(&change);
    change.repository.change(
        "gate.toml",
        "may-run-as-root = \"off\"",
        "may-run-as-root = \"error\"",
    );
    let expected = "ignored rule may-run-as-root: error instead of off";
    let report = change.assert_judged(0, &[], &[expected]);
    assert_eq!(report["policy"][0]["effect"], "off");
}

#[test]
fn an_exception_that_the_change_adds_covers_nothing() {
    let Some(change) = Change::new() else { return };
    make_root(&change);
    change.also(&allow(30));
    assert_eq!(change.repository.gate(&["check"]).code, 0);
    let run = change.json();
    let report = run.report();
    assert_eq!((run.code, run.findings().len()), (1, 1), "{run:#?}");
    assert!(
        shown(&report)[0].starts_with("ignored exception may-run-as-root for name `hello`: added, until ")
    );
    assert_eq!(report["policy_from"]["differences"][0]["findings"], 1);
}

#[test]
fn an_exception_of_the_base_covers_and_one_that_is_edited_does_as_before() {
    let Some(change) = Change::new() else { return };
    change.base_also(&allow(30));
    make_root(&change);
    let report = change.assert_judged(0, &[], &[]);
    let place = report["findings"][0]["allowed"]["where"].as_str().unwrap();
    assert!(
        place.starts_with("gate.toml:"),
        "it stands in the change too: {place}"
    );
    let text = fs::read_to_string(change.repository.path("gate.toml")).unwrap();
    change
        .repository
        .write("gate.toml", &text.replace("is moved", "is to be moved"));
    let run = change.json();
    let report = run.report();
    let place = report["findings"][0]["allowed"]["where"].as_str().unwrap();
    assert!(
        run.code == 0 && place.starts_with(change.base.path().to_str().unwrap()),
        "{run:#?}"
    );
    assert!(
        shown(&report)[0].starts_with("ignored exception may-run-as-root for name `hello`: edited, until ")
    );
}

#[test]
fn an_expired_exception_is_not_renewed_by_the_change_that_needs_it() {
    let Some(change) = Change::new() else { return };
    change.base_also(&allow(-1));
    make_root(&change);
    let text = fs::read_to_string(change.repository.path("gate.toml")).unwrap();
    change
        .repository
        .write("gate.toml", &text.replace(&allow(-1), &allow(30)));
    assert_eq!(change.repository.gate(&["check"]).code, 0);
    let run = change.json();
    let rules: Vec<String> = run.findings().into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(
        (run.code, rules),
        (
            1,
            vec!["expired-exception".to_owned(), "may-run-as-root".to_owned()]
        )
    );
}

/// Else nobody could take out an exception that expired, or that his own change makes needless.
#[test]
fn an_exception_that_the_change_takes_out_is_gone() {
    for days in [-1, 30] {
        let Some(change) = Change::new() else { return };
        let before = fs::read_to_string(change.of_base("gate.toml")).unwrap();
        change.base_also(&allow(days));
        change.repository.write("gate.toml", &before);
        let expected = "counted exception may-run-as-root for name `hello`: taken out";
        change.assert_judged(0, &[], &[expected]);
        make_root(&change);
        change.assert_judged(1, &["may-run-as-root"], &[expected]);
    }
}

#[test]
fn a_path_that_the_change_takes_out_is_still_judged() {
    let Some(change) = Change::new() else { return };
    unpin_production(&change.repository);
    change
        .repository
        .change("gate.toml", ", \"kustomize/overlays/production\"", "");
    assert_eq!(change.repository.gate(&["check"]).code, 0);
    let expected = "ignored path kustomize/overlays/production: taken out of `manifests.paths`";
    change.assert_judged(1, &["unpinned-image"], &[expected]);
    // Gone altogether it could not be judged, and that is no pass.
    fs::remove_dir_all(change.repository.path("kustomize/overlays/production")).unwrap();
    assert_eq!(change.json().code, 2);
}

#[test]
fn a_path_that_the_change_adds_is_judged_by_the_rules_of_the_base() {
    let Some(change) = Change::new() else { return };
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  hostNetwork: true\n  containers:\n  - {name: c, \
               image: \"a:v1\"}\n";
    change.repository.write("more/pod.yaml", pod);
    change.repository.change(
        "gate.toml",
        "\"kustomize/overlays/production\"",
        "\"kustomize/overlays/production\", \"more\"",
    );
    change.also("\n[rules]\nunpinned-image = \"off\"\n");
    let run = change.json();
    assert!(
        run.findings()
            .iter()
            .any(|(rule, place)| rule == "unpinned-image" && place == "more/pod.yaml:7"),
        "{run:#?}"
    );
    let expected = [
        "ignored rule unpinned-image: off instead of error",
        "counted path more: added to `manifests.paths`",
    ];
    assert_eq!(shown(&run.report()), expected);
}

#[test]
fn sections_and_images_that_the_change_takes_out_still_count() {
    let Some(change) = Change::new() else { return };
    change.repository.build(&setuid_image());
    change.repository.write(
        "gate.toml",
        "kubernetes = \"1.30\"\nprofile = \"baseline\"\n[manifests]\npaths = [\"kustomize/overlays/staging\"]\n\
         external-images = [\"*\"]\n",
    );
    let expected = [
        "ignored path Cargo.lock: taken out of `dependencies.lockfiles`",
        "ignored setting kubernetes: 1.30 instead of 1.35",
        "ignored path kustomize/overlays/production: taken out of `manifests.paths`",
        "ignored setting profile: baseline instead of nothing",
        "ignored image target/image/hello: taken out",
        "ignored image *: added to `manifests.external-images`",
    ];
    let report = change.assert_judged(1, &["setuid-file"], &expected);
    assert_eq!(
        (&report["profile"], &report["kubernetes"]["to"]),
        (&json!("production"), &json!("1.35"))
    );
    assert_eq!(report["stages"].as_array().unwrap().len(), 3);
}

#[test]
fn an_image_that_the_change_declares_does_not_make_its_pins_checked() {
    let Some(change) = Change::new() else { return };
    let mut image = crate::repository::image();
    image["config"]["Labels"] = json!({"of": "another"});
    let digest = change.repository.build_only(&image);
    fs::rename(
        change.repository.path("target/image/hello"),
        change.repository.path("evil"),
    )
    .unwrap();
    change.repository.build(&crate::repository::image());
    let text = fs::read_to_string(change.repository.path(PRODUCTION)).unwrap();
    change.repository.write(
        PRODUCTION,
        &text.replace(crate::repository::IMAGE, "evil.example/x"),
    );
    change.repository.pin("production", &digest);
    change.also(
        "\n[[images]]\nrepository = \"evil.example/x\"\nsource = \"evil\"\nlockfile = \"Cargo.lock\"\n",
    );
    assert_eq!(change.repository.gate(&["check"]).code, 0);
    change.assert_judged(1, &["unchecked-image"], &["ignored image evil: added"]);
}

#[test]
fn a_configuration_that_is_renamed_moved_or_taken_out_still_judges() {
    let Some(change) = Change::new() else { return };
    make_root(&change);
    let repository = &change.repository;
    fs::rename(repository.path("gate.toml"), repository.path("gate2.toml")).unwrap();
    change.assert_judged(
        1,
        &["may-run-as-root"],
        &["ignored file gate.toml: taken out or renamed"],
    );
    // A nearer one in the change would win, were it asked.
    repository.write(
        "kustomize/gate.toml",
        "[manifests]\npaths = [\"base/service.yaml\"]\n[rules]\nmay-run-as-root = \"off\"\n",
    );
    let mut command = repository.command();
    command
        .current_dir(repository.path("kustomize"))
        .args([
            "check",
            "--format",
            "json",
            "--advisory-db-max-age",
            "unlimited",
            "--policy-from",
        ])
        .arg(change.base.path());
    let run = repository.run(&mut command);
    let found = run.findings();
    assert_eq!((run.code, found.len()), (1, 1), "{run:#?}");
    assert_eq!(
        shown(&run.report()),
        ["ignored file gate.toml: `kustomize/gate.toml` takes its place"]
    );
}

#[test]
fn a_configuration_of_the_command_line_has_its_counterpart() {
    let Some(change) = Change::new() else { return };
    make_root(&change);
    let repository = &change.repository;
    let text = fs::read_to_string(repository.path("gate.toml")).unwrap();
    fs::create_dir(change.of_base("ci")).unwrap();
    let moved = text
        .replace("\"kustomize/", "\"../kustomize/")
        .replace("\"Cargo", "\"../Cargo")
        .replace("\"target", "\"../target");
    fs::write(change.of_base("ci/strict.toml"), &moved).unwrap();
    repository.write(
        "ci/strict.toml",
        &(moved + "\n[rules]\nmay-run-as-root = \"off\"\n"),
    );
    let run = change.check(&["--config", "ci/strict.toml", "--format", "json"]);
    assert_eq!((run.code, run.findings().len()), (1, 1), "{run:#?}");
    assert_eq!(
        shown(&run.report()),
        ["ignored rule may-run-as-root: off instead of error"]
    );
    let run = change.check(&["--config", "/etc/gate.toml"]);
    assert!(
        run.code == 2 && run.stdout.contains("has no counterpart in the other one"),
        "{run:#?}"
    );
}

#[test]
fn a_configuration_of_the_change_that_cannot_be_read_is_an_error_and_the_rest_is_judged() {
    let Some(change) = Change::new() else { return };
    make_root(&change);
    change.also("\nnonsense = 1\n");
    let run = change.json();
    let report = run.report();
    assert_eq!((run.code, run.findings().len()), (2, 1), "{run:#?}");
    assert_eq!(
        report["errors"][0]["message"],
        "unknown key `nonsense` in `[[images]]`"
    );
    let secret = change.of_base("secret");
    fs::write(&secret, "zanzibar = [").unwrap();
    fs::remove_file(change.repository.path("gate.toml")).unwrap();
    symlink(&secret, change.repository.path("gate.toml")).unwrap();
    let run = change.json();
    assert!(run.code == 2 && !run.stdout.contains("zanzibar"), "{run:#?}");
    assert!(
        run.stdout
            .contains("it is a link that leads out of the work tree"),
        "{run:#?}"
    );
}

#[test]
fn rules_must_come_from_elsewhere() {
    let Some(change) = Change::new() else { return };
    let repository = &change.repository;
    repository.write(
        "base/gate.toml",
        "[manifests]\npaths = [\"kustomize/base/service.yaml\"]\n",
    );
    let empty = tempfile::tempdir().unwrap();
    let linked = tempfile::tempdir().unwrap();
    symlink(change.of_base("gate.toml"), linked.path().join("gate.toml")).unwrap();
    let inside = "is a part of the tree that is judged";
    for (folder, message) in [
        (".", inside),
        ("base", inside),
        ("kustomize/..", inside),
        ("missing", "where the rules are to come from, cannot be read"),
        (
            empty.path().to_str().unwrap(),
            "has no gate.toml, in the folder that answers to this one or above",
        ),
        (
            linked.path().to_str().unwrap(),
            "it is a link that leads out of the work tree",
        ),
    ] {
        let run = repository.gate(&["check", "--policy-from", folder]);
        assert!(
            run.code == 2 && run.stdout.contains(message),
            "{folder}: {run:#?}"
        );
    }
    // A checkout of its own may lie inside: its `.git` cannot come with a change.
    fs::create_dir(repository.path("base/.git")).unwrap();
    let run = repository.gate(&["check", "--policy-from", "base", "--format", "json"]);
    assert_eq!(run.report()["policy_from"]["folder"], "base", "{run:#?}");
    let run = change.check(&["--no-config"]);
    assert!(
        run.code == 2 && run.stderr.contains("cannot be used with"),
        "{run:#?}"
    );
}

#[test]
fn a_single_command_takes_the_rules_too() {
    let Some(change) = Change::new() else { return };
    make_root(&change);
    change.also("\n[rules]\nmay-run-as-root = \"off\"\n");
    let base = change.base.path().to_str().unwrap();
    let arguments = [
        "manifests",
        "kustomize/overlays/staging",
        "--format",
        "json",
        "--policy-from",
        base,
    ];
    let run = change.repository.gate(&arguments);
    assert_eq!((run.code, run.findings().len()), (1, 1), "{run:#?}");
}
