//! The other files that are rules, and how the forms of the report name what does not count.

use std::fs;

use serde_json::json;

use super::{Change, allow, make_root, shown};
use crate::bad_input::script;
use crate::repository::Run;

/// A database that the repository keeps belongs to the rules: a change could take an advisory out of it.
#[test]
fn a_database_of_the_repository_is_that_of_the_base() {
    let Some(change) = Change::new() else { return };
    let path = "advisory-db.path = \"db\"\n[[images]]";
    for file in [change.of_base("gate.toml"), change.repository.path("gate.toml")] {
        let text = fs::read_to_string(&file).unwrap();
        fs::write(file, text.replace("[[images]]", path)).unwrap();
    }
    fs::create_dir(change.repository.path("db")).unwrap();
    let run = change.json();
    let expected = format!("`{}` does not exist", change.of_base("db").display());
    assert!(
        run.code == 2 && run.stdout.contains(&expected),
        "{expected}: {run:#?}"
    );
}

/// A cargo-deny that notes which configuration it was given, and refuses what that one bans.
const DENY: &str = r#"if [ "$1" = --version ]; then echo 'cargo-deny 0.20.2'; exit 0; fi
while [ "$1" != --config ]; do shift; done
errors=0
read first <"$2"
if [ "$first" = '# bans' ]; then
  errors=1
  echo '{"type":"diagnostic","fields":{"code":"banned","severity":"error","message":"crate is banned","labels":[{"line":1}]}}' >&2
fi
echo '{"type":"summary","fields":{"bans":{"errors":'$errors',"warnings":0},"licenses":{"errors":0,"warnings":0},"sources":{"errors":0,"warnings":0}}}' >&2
exit $errors"#;

impl Change {
    /// Makes both trees trust the repository, with a `deny.toml` each.
    fn trust(&self, base: &str, own: &str) {
        for file in [self.of_base("gate.toml"), self.repository.path("gate.toml")] {
            let text = fs::read_to_string(&file).unwrap();
            assert_eq!(text.matches("[[images]]").count(), 1);
            fs::write(file, text.replace("[[images]]", "deny = true\n[[images]]")).unwrap();
        }
        fs::write(self.of_base("deny.toml"), base).unwrap();
        self.repository.write("deny.toml", own);
    }

    /// Judges dependencies with the stand-in for cargo-deny.
    fn deny(&self) -> Run {
        let tools = tempfile::tempdir().unwrap();
        script(&tools.path().join("cargo-deny"), DENY);
        let mut command = self.repository.command();
        command
            .args(["check", "--only", "deps", "--format", "json"])
            .args(["--advisory-db-max-age", "unlimited", "--policy-from"])
            .arg(self.base.path())
            .env("GATE_TOOLS", tools.path());
        self.repository.run(&mut command)
    }
}

#[test]
fn the_bans_are_those_of_the_base() {
    let Some(change) = Change::new() else { return };
    change.trust("# bans\n", "# nothing\n");
    let run = change.deny();
    let report = run.report();
    assert_eq!(
        (run.code, &report["findings"][0]["rule"]),
        (1, &json!("denied-dependency")),
        "{run:#?}"
    );
    let place = report["findings"][0]["location"]["file"].as_str().unwrap();
    assert_eq!(place, change.of_base("deny.toml").to_str().unwrap());
    assert_eq!(shown(&report), ["ignored file deny.toml: edited at line 1"]);
    fs::remove_file(change.repository.path("deny.toml")).unwrap();
    let run = change.deny();
    assert_eq!(run.code, 1, "{run:#?}");
    assert_eq!(
        shown(&run.report()),
        ["ignored file deny.toml: taken out, or cannot be read"]
    );
}

/// cargo-deny reads exceptions from these files whatever configuration it is given.
#[test]
fn exceptions_that_cargo_deny_finds_by_itself_must_be_those_of_the_base() {
    let Some(change) = Change::new() else { return };
    change.trust("# nothing\n", "# nothing\n");
    assert_eq!(change.deny().code, 0);
    for file in [
        "deny.exceptions.toml",
        ".deny.exceptions.toml",
        ".cargo/deny.exceptions.toml",
    ] {
        change.repository.write(file, "exceptions = []\n");
        let run = change.deny();
        let expected = format!("`{file}` is not as on the base branch");
        assert!(run.code == 2 && run.stdout.contains(&expected), "{run:#?}");
        fs::create_dir_all(change.of_base(".cargo")).unwrap();
        fs::copy(change.repository.path(file), change.of_base(file)).unwrap();
        assert_eq!(change.deny().code, 0);
    }
}

#[test]
fn every_form_names_what_does_not_count() {
    let Some(change) = Change::new() else { return };
    make_root(&change);
    change.repository.change(
        "gate.toml",
        ", \"kustomize/overlays/production\"",
        ", \"kustomize/base/service.yaml\"",
    );
    change.also(&allow(30));
    change.also("\n[rules]\nmay-run-as-root = \"off\"\n");
    for form in ["human", "markdown", "github"] {
        let run = change.check(&["--format", form]);
        assert_eq!((run.code, run.stderr.as_str()), (1, ""), "{run:#?}");
        let replaced = [
            (regex::escape(change.base.path().to_str().unwrap()), "../base"),
            (r"\b\d{3} crates\b".to_owned(), "[number] crates"),
            (
                r"advisories as of \d{4}-\d\d-\d\d".to_owned(),
                "advisories as of [day]",
            ),
            (r"until \d{4}-\d\d-\d\d".to_owned(), "until [day]"),
        ];
        let text = replaced.iter().fold(run.stdout, |text, (pattern, word)| {
            let pattern = regex::Regex::new(pattern).unwrap();
            pattern.replace_all(&text, *word).into_owned()
        });
        insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!(format!("policy-from-{form}"), text);
        });
    }
}
