//! Tests of the whole file: what is read, and the words of each error.

use std::fmt::Write as _;

use super::{Config, KubernetesRange, MaxAge, Minor, parse, parse_with, rule_override};
use crate::finding::Level;
use crate::rules::{CATALOGUE, Profile, Rule};
use crate::stages::Hint as _;

/// Stands for any rule that may be excused, so that these tests need no other room.
mod example {
    use crate::exceptions::{Place, Usage};
    use crate::rules::{Sink, declare_rule};

    declare_rule! {
        /// An example.
        id: "unpinned-image",
        group: SupplyChain,
        level: Error,
        profile: Production,
        check: Exceptions(check),
    }

    fn check(_: &Usage<'_>, _: &mut Sink<Place>) {}
}

fn catalogue() -> Vec<&'static Rule> {
    let fixed = CATALOGUE.iter().copied().filter(|rule| !rule.excusable);
    fixed.chain([&example::RULE]).collect()
}

fn good(text: &str) -> Config {
    parse_with(text, "gate.toml", &catalogue()).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

/// Every error and its hint, a line each.
fn errors(text: &str) -> String {
    let mut lines = String::new();
    for error in parse_with(text, "gate.toml", &catalogue()).unwrap_err() {
        let hint = error.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
        writeln!(lines, "{error}{hint}").unwrap();
    }
    lines
}

const WHOLE: &str = r#"
kubernetes = "1.34..1.35"
profile = "restricted"

[manifests]
paths = ["kustomize/overlays/production"]
namespace = "hello"
external-images = ["registry.example/sidecars/*"]

[dependencies]
lockfiles = ["Cargo.lock"]
deny = true
advisory-db = { path = "vendor/advisory-db", max-age = "12h" }

[[images]]
repository = ["registry.example:5000/hello", "mirror.example/hello"]
source = "target/image/hello"
lockfile = "Cargo.lock"
minimal = true
allowed-files = ["/static/*"]

[rules]
unpinned-image = { level = "note" }

[[allow]]
rule = "unpinned-image"
where = { kind = "DaemonSet", name = "node-*", container = "agent" }
reason = "reads the node's log directory"
until = 2027-03-31
"#;

#[test]
fn every_key_is_read() {
    let config = good(WHOLE);
    let (from, to) = (Minor(34), Minor(35));
    assert_eq!(config.kubernetes, Some(KubernetesRange { from, to }));
    assert_eq!(config.profile, Some(Profile::Restricted));
    let manifests = config.manifests.unwrap();
    assert_eq!(manifests.paths[0].value, "kustomize/overlays/production");
    assert_eq!(manifests.paths[0].location.line, 6);
    assert_eq!(manifests.namespace.as_deref(), Some("hello"));
    assert_eq!(manifests.external_images[0].value, "registry.example/sidecars/*");
    let dependencies = config.dependencies.unwrap();
    assert_eq!(dependencies.lockfiles[0].value, "Cargo.lock");
    assert!(dependencies.deny);
    assert_eq!(
        dependencies.advisory_database.unwrap().value,
        "vendor/advisory-db"
    );
    assert_eq!(dependencies.max_age, Some(MaxAge::Hours(12)));
    let image = &config.images[0];
    assert_eq!(image.repositories[1].value, "mirror.example/hello");
    assert_eq!(image.source.value, "target/image/hello");
    assert_eq!(image.minimal, Some(true));
    assert_eq!(image.allowed_files[0].value, "/static/*");
    assert_eq!(config.rules["unpinned-image"].level, Some(Level::Note));
    let allow = &config.allows[0];
    let scope = &allow.scope.as_ref().unwrap().value;
    assert_eq!(
        scope.to_string(),
        "kind `DaemonSet`, name `node-*`, container `agent`"
    );
    assert_eq!(allow.until.as_ref().unwrap().value.to_string(), "2027-03-31");
    assert_eq!((allow.location.line, allow.location.column), (25, 1));
}

#[test]
fn nothing_is_set_by_an_empty_file() {
    let config = good("# nothing\n");
    assert_eq!(config.kubernetes, None);
    assert_eq!(config.profile, None);
    assert_eq!(config.manifests, None);
    assert!(config.images.is_empty() && config.rules.is_empty() && config.allows.is_empty());
}

#[test]
fn levels_are_given_to_the_policy() {
    let config = good("[rules]\nunpinned-image = \"off\"\n");
    assert_eq!(config.levels()["unpinned-image"], None);
    let config = good("rules.unpinned-image.level = \"error\"\n");
    assert_eq!(config.levels()["unpinned-image"], Some(Level::Error));
}

/// Compares the errors of a text with the snapshot of that name.
#[track_caller]
fn golden(name: &str, text: &str) {
    insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!(name, format!("{text}---\n{}", errors(text)));
    });
}

#[test]
fn unknown_keys_have_a_place_and_a_suggestion() {
    golden(
        "unknown-keys",
        "profle = \"production\"\nseverity = 3\n\n[manifests]\npath = []\n\n[[allow]]\nrule = \"unpinned-image\"\n\
         where = { nmae = \"a\" }\n[dependencies.advisory-db]\nage = \"7d\"\n[rules]\nunpinned-imgae = \"off\"\nzzz = 1\n\
         unpinned-image = { level = \"note\", max = 3 }\n",
    );
}

#[test]
fn values_have_a_type_and_a_meaning() {
    golden(
        "wrong-values",
        "kubernetes = 1.35\nprofile = \"prodution\"\n[manifests]\npaths = \"a\"\nnamespace = \"Hello_World\"\n\
         external-images = [\"\", 3]\n[dependencies]\ndeny = \"yes\"\nadvisory-db = { max-age = \"a week\" }\n\
         [rules]\nunpinned-image = \"warn\"\n",
    );
    golden(
        "wrong-entries",
        "images = [{ repository = \"a/b:v1\", source = \"x\" }, { repository = [], minimal = 1 }, {}, 5]\n\
         [[allow]]\nuntil = 2027-03-31T00:00:00Z\n[[allow]]\nrule = \"unpinned-image\"\nuntil = \"31.3.2027\"\nreason = 5\n\
         where = \"hello\"\n[rules.unpinned-image]\n",
    );
    golden(
        "wrong-shapes",
        "kubernetes = \"1.99\"\nrules = 3\nallow = { rule = \"x\" }\n",
    );
}

#[test]
fn what_nothing_reads_yet_is_refused() {
    golden(
        "not-used-yet",
        "[cluster]\nzones = [\"a\"]\n[manifests]\nexternal = [\"Secret/hello/*\"]\nvendored = [\"charts/*\"]\n",
    );
}

#[test]
fn fixed_rules_stay_as_they_are() {
    golden(
        "fixed-rules",
        "[rules]\nexpired-exception = \"off\"\nunused-exception = \"error\"\n",
    );
    assert!(rule_override("expired-exception=note").is_err());
}

#[test]
fn syntax_errors_come_alone() {
    golden(
        "syntax",
        "profle = 1\nkubernetes = \n[manifests\npaths = [\"a\"]\nuntil = 2027-02-30\n",
    );
    golden(
        "repeated-key",
        "profile = \"baseline\"\nprofile = \"production\"\n",
    );
}

#[test]
fn an_allow_without_reason_or_end_is_left_to_the_rules() {
    let config = good("[[allow]]\nrule = \"no-such-rule\"\nreason = \"\"\n");
    assert_eq!(config.allows[0].until, None);
    assert_eq!(config.allows[0].reason.as_ref().unwrap().value, "");
}

#[test]
fn overrides_of_the_command_line_are_checked_alike() {
    let words = |text: &str| rule_override(text).unwrap_err().to_string();
    assert_eq!(
        words("unpinned-image"),
        "`--rule` is `unpinned-image`, which is not a rule and its level, such as `unpinned-image=error`"
    );
    assert_eq!(words("no-such-rule=off"), "unknown rule `no-such-rule`");
    assert_eq!(
        words("missing-reason=off"),
        "the level of `missing-reason` cannot be changed"
    );
}

#[test]
fn this_repository_has_a_readable_file() {
    let text = include_str!("../../../gate.toml");
    let config = parse(text, "gate.toml").unwrap();
    assert!(!config.manifests.unwrap().paths.is_empty());
}
