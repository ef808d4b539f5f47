//! Advisory databases that prove nothing: missing, empty, cut off, broken, too old, or not to be had.

use std::fs;
use std::process::Command;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{assert_refused, refusals};
use crate::repository::Repository;
use crate::support::prerequisites::has_git;

const NAME_A_CLONE: &str =
    "name a clone of https://github.com/RustSec/advisory-db, or run `gate db update` and name none";
const ANEW: &str = "fetch it anew, for instance with `gate db update`";

/// As many advisories as make a whole database.
const WHOLE: usize = 800;

fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// Writes a database of that many advisories of a day, each on a crate of its own, as `db`.
fn write_database(repository: &Repository, count: usize, date: Date) {
    for number in 1..=count {
        let (name, id) = (format!("crate-{number}"), format!("RUSTSEC-2020-{number:04}"));
        let text = format!(
            "```toml\n[advisory]\nid = \"{id}\"\npackage = \"{name}\"\ndate = \"{date}\"\n[versions]\npatched = []\n```\n\n\
             # Title\n\nText\n"
        );
        repository.write(&format!("db/crates/{name}/{id}.md"), &text);
    }
}

fn assert_database_refused(repository: &Repository, message: &str, hint: &str) {
    let arguments = ["deps", "Cargo.lock", "--advisory-db", "db"];
    assert_refused(repository, &arguments, &[[message, "", hint]]);
    // The image stage asks the same database.
    let run = repository.gate(&[
        "check",
        "--skip",
        "manifests",
        "--advisory-db",
        "db",
        "--format",
        "json",
    ]);
    let messages: Vec<String> = refusals(&run).into_iter().map(|[message, ..]| message).collect();
    assert_eq!((run.code, messages), (2, vec![message.to_owned(); 2]));
}

#[test]
fn a_missing_or_empty_database() {
    let repository = Repository::new();
    let message = "the advisory database `db` does not exist, or is no folder";
    assert_database_refused(&repository, message, NAME_A_CLONE);
    fs::create_dir(repository.path("db")).unwrap();
    let message = "the advisory database `db` is none: it has no folder `crates`";
    assert_database_refused(&repository, message, NAME_A_CLONE);
    fs::create_dir(repository.path("db/crates")).unwrap();
    let message = "the advisory database `db` holds 0 advisories, and at least 800 are expected";
    assert_database_refused(&repository, message, ANEW);
}

#[test]
fn a_truncated_database() {
    let repository = Repository::new();
    write_database(&repository, WHOLE - 1, today());
    let message = "the advisory database `db` holds 799 advisories, and at least 800 are expected";
    assert_database_refused(&repository, message, ANEW);
}

#[test]
fn an_advisory_that_is_cut_off() {
    let repository = Repository::new();
    write_database(&repository, WHOLE, today());
    let file = "db/crates/crate-7/RUSTSEC-2020-0007.md";
    let text = fs::read_to_string(repository.path(file)).unwrap();
    repository.write(file, &text[..text.len() / 2]);
    let run = repository.gate(&["deps", "Cargo.lock", "--advisory-db", "db", "--format", "json"]);
    let [message, _, hint] = refusals(&run).remove(0);
    let prefix = "the advisory `crates/crate-7/RUSTSEC-2020-0007.md` cannot be read: ";
    assert!(
        run.code == 2 && message.starts_with(prefix) && hint == ANEW,
        "{message}"
    );
}

#[test]
fn a_whole_and_young_database_passes() {
    let repository = Repository::new();
    write_database(&repository, WHOLE, today());
    let mut command = repository.command();
    let run = repository.run(command.args(["deps", "Cargo.lock", "--advisory-db", "db"]));
    assert_eq!(run.code, 0, "{run:#?}");
}

#[test]
fn a_stale_database_is_refused_and_unlimited_is_not_for_folders() {
    let repository = Repository::new();
    write_database(&repository, WHOLE, jiff::civil::date(2020, 1, 2));
    let age = (today().duration_since(jiff::civil::date(2020, 1, 2))).as_hours() / 24;
    let message =
        format!("the advisory database `db` is of 2020-01-02, {age} days old, and the limit is `7d`");
    // These runs say `--advisory-db-max-age unlimited`.
    assert_database_refused(&repository, &message, ANEW);
    let mut command = repository.command();
    let run = repository.run(command.args(["deps", "Cargo.lock", "--advisory-db", "db"]));
    assert!(
        run.code == 2 && run.stdout.starts_with(&format!("error: {message}\n")),
        "{run:#?}"
    );
    let mut command = repository.command();
    let command = command
        .env("GATE_ADVISORY_DB", "db")
        .env("GATE_ADVISORY_DB_MAX_AGE", "unlimited");
    let run = repository.run(command.args(["deps", "Cargo.lock"]));
    assert!(
        run.code == 2 && run.stdout.starts_with(&format!("error: {message}\n")),
        "{run:#?}"
    );
}

#[test]
fn a_database_from_the_future() {
    let repository = Repository::new();
    write_database(&repository, WHOLE, jiff::civil::date(2099, 1, 2));
    let message = format!(
        "the advisory database `db` is of 2099-01-02, and today is {}",
        today()
    );
    let hint = "check the clock of this machine, and where the database comes from";
    assert_database_refused(&repository, &message, hint);
}

#[test]
fn a_database_named_by_the_configuration_is_called_as_it_is_written() {
    let repository = Repository::new();
    repository.write(
        "gate.toml",
        "[dependencies]\nlockfiles = [\"Cargo.lock\"]\nadvisory-db = { path = \"db\" }\n",
    );
    let message = "the advisory database `db` does not exist, or is no folder";
    assert_refused(&repository, &["check"], &[[message, "", NAME_A_CLONE]]);
}

#[test]
fn a_stale_embedded_table() {
    let repository = Repository::new();
    let version = repository.run(repository.command().arg("--version")).stdout;
    let (_, day) = version.split_once("advisory table of ").unwrap();
    let day: Date = day[..10].parse().unwrap();
    let age = today().duration_since(day).as_hours() / 24;
    if !skip_or_stale(age) {
        return;
    }
    let message = format!("the embedded advisory table is of {day}, {age} days old, and the limit is `1h`");
    let hint = "run `gate db update`, or accept the age with `--advisory-db-max-age unlimited`";
    let stale = |arguments: &[&str]| {
        let mut command = repository.command();
        command.args(arguments).args(["--advisory-db-max-age", "1h"]);
        repository.run(&mut command)
    };
    let run = stale(&["deps", "Cargo.lock"]);
    let expected = format!("error: {message}\n |\n = help: {hint}\n");
    assert!(run.code == 2 && run.stdout.starts_with(&expected), "{run:#?}");
    let run = stale(&["check", "--skip", "manifests"]);
    assert!(run.code == 2 && run.stdout.contains(&expected), "{run:#?}");
    let run = repository.gate(&["deps", "Cargo.lock"]);
    let verdict = format!("advisories as of {day} (age limit unlimited)");
    assert!(run.code == 0 && run.stdout.contains(&verdict), "{run:#?}");
}

/// A table that was made today is not stale by any limit.
fn skip_or_stale(age: i64) -> bool {
    if age < 1 {
        eprintln!("skipped: the embedded table is of today");
    }
    age >= 1
}

fn git(repository: &Repository, arguments: &[&str]) {
    let identity = [
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.com",
        "-c",
        "commit.gpgSign=false",
    ];
    let output = Command::new("git")
        .args(identity)
        .args(arguments)
        .current_dir(repository.path("db"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_clone_that_lacks_files_or_cannot_be_read() {
    if !has_git() {
        return;
    }
    let repository = Repository::new();
    write_database(&repository, WHOLE + 1, today());
    git(&repository, &["init", "-q"]);
    git(&repository, &["add", "-A"]);
    git(&repository, &["commit", "-q", "-m", "fixture"]);
    fs::remove_file(repository.path("db/crates/crate-7/RUSTSEC-2020-0007.md")).unwrap();
    let message = "the advisory database `db` lacks 1 files of its own commit, \
                   `crates/crate-7/RUSTSEC-2020-0007.md` first";
    assert_database_refused(&repository, message, ANEW);
    fs::remove_dir_all(repository.path("db/.git/objects")).unwrap();
    let message = "git cannot read the commit of the advisory database `db`";
    assert_database_refused(&repository, message, ANEW);
    let mut command = repository.command();
    let command = command
        .args(["deps", "Cargo.lock", "--advisory-db", "db"])
        .env("PATH", repository.home());
    let run = repository.run(command);
    let expected = "error: `git` is not installed\n |\n = help: install git: it tells the age of the advisory database and \
                    fetches a new one\n";
    assert!(run.code == 2 && run.stdout.starts_with(expected), "{run:#?}");
}

#[test]
fn an_update_without_git() {
    let repository = Repository::new();
    let run = repository.run(
        repository
            .command()
            .args(["db", "update"])
            .env("PATH", repository.home()),
    );
    let expected = "error: `git` is not installed\n |\n = help: install git: it tells the age of the advisory database and \
                    fetches a new one\n";
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (2, "", expected)
    );
}

#[test]
fn an_update_without_a_network_keeps_what_is_there() {
    if !has_git() {
        return;
    }
    let repository = Repository::new();
    let clone = repository.home().join(".cache/gate/advisory-db");
    fs::create_dir_all(&clone).unwrap();
    fs::write(clone.join("kept"), "").unwrap();
    let mut command = repository.command();
    // Nothing listens there: the same as no network, at once and everywhere.
    let command = command
        .args(["db", "update"])
        .env("HTTPS_PROXY", "http://127.0.0.1:9");
    let run = repository.run(command);
    let prefix =
        "error: the advisory database could not be fetched from `https://github.com/RustSec/advisory-db`: ";
    let hint = " = help: check the network and `HTTPS_PROXY`, or name a local copy with `--advisory-db`\n";
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{run:#?}");
    assert!(
        run.stderr.starts_with(prefix) && run.stderr.ends_with(hint),
        "{run:#?}"
    );
    let left: Vec<_> = fs::read_dir(clone.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["advisory-db"]);
    assert!(clone.join("kept").is_file());
}

#[test]
fn an_update_that_has_no_place_to_go() {
    let repository = Repository::new();
    let run = repository.run(repository.command().args(["db", "update"]).env_remove("HOME"));
    let expected = "error: no cache folder is known: neither `XDG_CACHE_HOME` nor `HOME` is set to an absolute path\n |\n = help: \
                    set `XDG_CACHE_HOME` to a folder that can be written\n";
    assert_eq!((run.code, run.stderr.as_str()), (2, expected));
}

#[test]
fn a_clone_of_the_cache_that_is_stale_is_not_passed_over() {
    let repository = Repository::new();
    write_database(&repository, WHOLE, jiff::civil::date(2020, 1, 2));
    let clone = repository.home().join(".cache/gate/advisory-db");
    fs::create_dir_all(clone.parent().unwrap()).unwrap();
    fs::rename(repository.path("db"), clone).unwrap();
    let run = repository.gate(&["deps", "Cargo.lock"]);
    let expected = "error: the advisory database of `gate db update` is of 2020-01-02, ";
    assert!(run.code == 2 && run.stdout.starts_with(expected), "{run:#?}");
}
