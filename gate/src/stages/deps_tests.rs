use super::*;
use crate::config::MaxAge;
use crate::deps::fixtures::lockfile_text;
use crate::finding::Level;
use crate::rules::Profile;
use crate::support::elf;

/// A folder with files, and settings that judge those named by the embedded table whatever its age.
struct Bench {
    folder: tempfile::TempDir,
    settings: Settings,
    age: jiff::Span,
}

impl Bench {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        let settings = Settings {
            database: DatabaseChoice {
                max_age: MaxAge::Unlimited,
                ..DatabaseChoice::default()
            },
            ..Settings::default()
        };
        let age = jiff::Span::new().days(8);
        Self {
            folder,
            settings,
            age,
        }
    }

    fn run(&self, names: &[&str]) -> StageOutcome {
        let input = |name: &&str| InputFile {
            path: self.folder.path().join(name),
            name: (*name).into(),
        };
        let settings = Settings {
            inputs: names.iter().map(input).collect(),
            ..self.settings.clone()
        };
        // The day of the table, so that a newer one is not from the future.
        let today = Advisories::embedded().unwrap().updated + self.age;
        run(&settings, &Policy::of(Profile::Production), today)
    }
}

fn rules(outcome: &StageOutcome) -> Vec<(&'static str, Level)> {
    outcome
        .findings
        .iter()
        .map(|finding| (finding.rule, finding.level))
        .collect()
}

fn weak() -> String {
    lockfile_text(&[
        "app 0.1.0 local middle",
        "middle 1.0.0 registry time",
        "time 0.1.43 registry",
    ])
}

const MANIFEST: &[u8] = b"[package]\nname = 'app'\nversion = '0.1.0'\n";

fn list(packages: &str) -> Vec<u8> {
    elf::with_list(&format!("{{\"packages\":[{packages}],\"format\":1}}"))
}

const APP: &str = r#"{"name":"app","version":"0.1.0","source":"local","root":true}"#;

#[test]
fn a_vulnerable_crate_is_found_at_its_line_with_its_route_and_cure() {
    let bench = Bench::new(&[("Cargo.lock", weak().as_bytes()), ("Cargo.toml", MANIFEST)]);
    let outcome = bench.run(&["Cargo.lock"]);
    assert_eq!(outcome.errors, []);
    assert_eq!(rules(&outcome), [("vulnerable-crate", Level::Error)]);
    let finding = &outcome.findings[0];
    assert_eq!(
        finding.message,
        "`time` 0.1.43 has the vulnerability RUSTSEC-2020-0071 (CVE-2020-26235, medium); \
         it is in the lockfile, by way of `app` → `middle`"
    );
    assert_eq!(
        finding.help.as_deref().unwrap(),
        "update or replace `middle`, which asks for an older `time`, until it is 0.2.23 or later; \
         the defect is in `time::OffsetDateTime::now_local`, `time::OffsetDateTime::try_now_local`, \
         `time::UtcOffset::current_local_offset`, `time::UtcOffset::local_offset_at` and 5 more; \
         only on `linux`, `redox`, `solaris`, `android` and 5 more; \
         see https://rustsec.org/advisories/RUSTSEC-2020-0071.html"
    );
    let location = finding.location.as_ref().unwrap();
    assert_eq!(
        (location.file.as_str(), location.line, location.column),
        ("Cargo.lock", 15, 8)
    );
    assert_eq!(finding.package.as_deref(), Some("time"));
    assert!(finding.identifiers.contains(&"CVE-2020-26235".to_owned()));
    assert_eq!(outcome.covered, BTreeMap::from([("lockfiles", 1), ("crates", 3)]));
    assert!(outcome.databases[0].entries > 1000);
    assert!(outcome.notes.contains(&"yanked: not checked".to_owned()));
    assert!(outcome.sources.contains_key("Cargo.lock"));
}

#[test]
fn what_only_builds_or_stays_in_the_lockfile_is_a_warning() {
    let lockfile = weak();
    let time = |kind: &str| {
        format!("{APP},{{\"name\":\"time\",\"version\":\"0.1.43\",\"source\":\"crates.io\"{kind}}}")
    };
    let ships = list(&time(""));
    let builds = list(&time(",\"kind\":\"build\""));
    let bench = Bench::new(&[
        ("Cargo.lock", lockfile.as_bytes()),
        ("ships", &ships),
        ("builds", &builds),
        ("neither", &list(APP)),
    ]);
    for (binary, level, words) in [
        ("ships", Level::Error, "it ships in the binary, by way of"),
        ("builds", Level::Warning, "it only builds the binary, by way of"),
        ("neither", Level::Warning, "it is only in the lockfile, by way of"),
    ] {
        let outcome = bench.run(&["Cargo.lock", binary]);
        assert_eq!(rules(&outcome), [("vulnerable-crate", level)], "{binary}");
        assert!(
            outcome.findings[0].message.contains(words),
            "{:?}",
            outcome.findings
        );
    }
}

#[test]
fn lists_that_another_stage_read_count_for_their_lockfile() {
    let mut bench = Bench::new(&[("Cargo.lock", weak().as_bytes()), ("binary", &list(APP))]);
    let Input::Binary(Some(list)) = read_input(&InputFile::new(bench.folder.path().join("binary"))).unwrap()
    else {
        panic!("no list");
    };
    bench.settings.lists.insert("Cargo.lock".into(), vec![list]);
    assert_eq!(
        rules(&bench.run(&["Cargo.lock"])),
        [("vulnerable-crate", Level::Warning)]
    );
}

#[test]
fn a_binary_alone_is_audited_by_its_list() {
    let binary = list(&format!(
        "{APP},{{\"name\":\"time\",\"version\":\"0.1.43\",\"source\":\"crates.io\"}}"
    ));
    let bench = Bench::new(&[("hello", &binary)]);
    let outcome = bench.run(&["hello"]);
    assert_eq!(outcome.errors, []);
    assert_eq!(rules(&outcome), [("vulnerable-crate", Level::Error)]);
    assert!(
        outcome.findings[0]
            .help
            .as_deref()
            .unwrap()
            .starts_with("build it with `time` 0.2.23 or later")
    );
    assert_eq!(outcome.covered, BTreeMap::from([("binaries", 1), ("crates", 2)]));
    assert!(
        outcome
            .notes
            .contains(&"`hello` was compared with no lockfile".to_owned())
    );
}

#[test]
fn a_binary_of_another_lockfile_is_found() {
    let lockfile = lockfile_text(&["app 0.1.0 local itoa", "itoa 1.0.15 registry"]);
    let binary = list(&format!(
        "{APP},{{\"name\":\"itoa\",\"version\":\"1.0.14\",\"source\":\"crates.io\"}}"
    ));
    let bench = Bench::new(&[("Cargo.lock", lockfile.as_bytes()), ("hello", &binary)]);
    let outcome = bench.run(&["Cargo.lock", "hello"]);
    assert_eq!(rules(&outcome), [("lockfile-mismatch", Level::Error)]);
    assert_eq!(
        outcome.findings[0].message,
        "`hello` holds `itoa` 1.0.14 (crates.io), and `Cargo.lock` has 1.0.15 (crates.io) instead"
    );
}

#[test]
fn a_binary_without_a_list_is_a_finding_and_an_error() {
    let bench = Bench::new(&[("hello", &elf::without_list())]);
    let outcome = bench.run(&["hello"]);
    assert_eq!(rules(&outcome), [("unaudited-binary", Level::Error)]);
    assert_eq!(outcome.errors[0].message, "`hello` holds no dependency list");
    assert_eq!(outcome.covered, BTreeMap::new());
}

#[test]
fn sources_that_nobody_audits_are_noted() {
    let lockfile = lockfile_text(&[
        "app 0.1.0 local fork",
        "fork 1.0.0 git+https://example.com/fork#0123",
    ]);
    let bench = Bench::new(&[("Cargo.lock", lockfile.as_bytes()), ("Cargo.toml", MANIFEST)]);
    let outcome = bench.run(&["Cargo.lock"]);
    assert_eq!(rules(&outcome), [("unaudited-source", Level::Note)]);
}

#[test]
fn a_fingerprint_survives_moved_lines() {
    let text = weak();
    let moved = text.replace("version = 4\n", "version = 4\n\n\n");
    let fingerprint = |text: &str| {
        let bench = Bench::new(&[("Cargo.lock", text.as_bytes()), ("Cargo.toml", MANIFEST)]);
        bench.run(&["Cargo.lock"]).findings[0].fingerprint.clone()
    };
    assert_eq!(fingerprint(&text), fingerprint(&moved));
}

#[test]
fn what_cannot_be_read_is_an_error_beside_what_can() {
    let text = weak();
    let bench = Bench::new(&[
        ("Cargo.lock", text.as_bytes()),
        ("cut.lock", &text.as_bytes()[..text.len() - 9]),
    ]);
    let outcome = bench.run(&["cut.lock", "none.lock", "Cargo.lock"]);
    assert_eq!(outcome.errors.len(), 2);
    assert_eq!(outcome.errors[0].location.as_ref().unwrap().file, "cut.lock");
    assert!(
        outcome.errors[1]
            .message
            .starts_with("`none.lock` does not exist"),
        "{:?}",
        outcome.errors
    );
    assert!(outcome.errors.iter().all(|error| error.hint.is_some()));
    assert_eq!(rules(&outcome), [("vulnerable-crate", Level::Error)]);
}

#[test]
fn a_stale_database_covers_nothing() {
    let mut bench = Bench::new(&[("Cargo.lock", weak().as_bytes())]);
    bench.settings.database.max_age = MaxAge::default();
    let outcome = bench.run(&["Cargo.lock"]);
    assert!(
        outcome.errors[0]
            .message
            .contains("days old, and the limit is `7d`"),
        "{:?}",
        outcome.errors
    );
    assert_eq!(outcome.covered, BTreeMap::new());
    assert_eq!(outcome.findings, []);
}

#[test]
fn nothing_given_is_nothing_covered() {
    let outcome = Bench::new(&[]).run(&[]);
    assert_eq!((outcome.errors, outcome.covered), (Vec::new(), BTreeMap::new()));
}

#[test]
fn cargo_deny_runs_only_where_it_is_asked_for() {
    let mut bench = Bench::new(&[("Cargo.lock", weak().as_bytes()), ("Cargo.toml", MANIFEST)]);
    bench.settings.deny = Some(DenySettings::default());
    let outcome = bench.run(&["Cargo.lock"]);
    assert_eq!(
        outcome.errors[0].message,
        "cargo-deny is to run, and there is no `deny.toml`"
    );
    assert_eq!(rules(&outcome), [("vulnerable-crate", Level::Error)]);
}
