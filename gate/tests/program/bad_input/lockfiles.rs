//! Lockfiles that cargo cannot have written, and programs without a list.

use std::fs;

use super::assert_refused;
use crate::repository::Repository;

const RESTORE: &str = "run `cargo generate-lockfile`, or restore the file from version control";
const BUILD: &str = "build it with `cargo auditable build`";

#[test]
fn a_lockfile_that_is_broken() {
    let repository = Repository::new();
    let whole = fs::read_to_string(repository.path("Cargo.lock")).unwrap();
    let cut = whole.find("\ndependencies = [").unwrap() + 17;
    let last_line = whole[..cut].matches('\n').count() + 1;
    for (text, reason, place) in [
        (
            whole[..cut].to_owned(),
            "unclosed array, expected `]`",
            format!("{last_line}:17"),
        ),
        (
            "version = 4\n<<<<<<< HEAD\n[[package]]\n".to_owned(),
            "key with no value, expected `=`",
            "2:9".to_owned(),
        ),
        (
            "version = 4\n[[package]]\nname = \"a\"\n".to_owned(),
            "missing field `version`",
            "2:1".to_owned(),
        ),
    ] {
        repository.write("Cargo.lock", &text);
        let message = format!("`Cargo.lock` is no lockfile: {reason}");
        let place = format!("Cargo.lock:{place}");
        assert_refused(
            &repository,
            &["deps", "Cargo.lock"],
            &[[&message, &place, RESTORE]],
        );
    }
}

#[test]
fn a_lockfile_that_is_empty_or_of_another_time() {
    let repository = Repository::new();
    repository.write("Cargo.lock", "");
    assert_refused(
        &repository,
        &["deps", "Cargo.lock"],
        &[["`Cargo.lock` holds no package", "", RESTORE]],
    );
    repository.write("Cargo.lock", "version = 5\n");
    let message = "`Cargo.lock` is a lockfile of version 5, and versions up to 4 are understood";
    assert_refused(
        &repository,
        &["deps", "Cargo.lock"],
        &[[message, "", "use a newer gate"]],
    );
    fs::remove_file(repository.path("Cargo.lock")).unwrap();
    fs::create_dir(repository.path("Cargo.lock")).unwrap();
    let hint = "name a `Cargo.lock`, or a binary that was built with cargo-auditable";
    assert_refused(
        &repository,
        &["deps", "Cargo.lock"],
        &[["`Cargo.lock` is a folder", "", hint]],
    );
}

#[test]
fn a_program_without_a_list_or_with_a_broken_one() {
    let repository = Repository::new();
    let mut program = crate::image::program(&serde_json::json!({}));
    fs::write(repository.path("program"), &program).unwrap();
    assert_refused(
        &repository,
        &["deps", "program"],
        &[["`program` holds no dependency list", "", BUILD]],
    );
    program.truncate(100);
    fs::write(repository.path("program"), &program).unwrap();
    let message =
        "the dependency list in `program` cannot be read: Failed to parse the binary: Unexpected end of file";
    assert_refused(&repository, &["deps", "program"], &[[message, "", BUILD]]);
}
