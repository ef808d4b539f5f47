use std::io::Write as _;

use jiff::civil::date;

use super::*;
use crate::deps::fixtures::{advisories, advisory, advisory_text, database, git, write_database};

const TODAY: Date = date(2026, 1, 5);

fn given(folder: &Path) -> DatabaseChoice {
    DatabaseChoice {
        given: Some(folder.to_owned()),
        ..DatabaseChoice::default()
    }
}

fn open(folder: &Path) -> Result<Advisories, DependencyError> {
    Advisories::open(&given(folder), None, TODAY)
}

fn database_of(count: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_database(folder.path(), count);
    folder
}

/// Makes a folder a clone whose commit has the given time.
fn commit(folder: &Path, time: &str) {
    git(folder, time, &["init", "-q"]);
    git(folder, time, &["add", "-A"]);
    git(folder, time, &["commit", "-q", "-m", "fixture"]);
}

#[test]
fn a_whole_database_is_read_and_counted() {
    let folder = database_of(MINIMUM_ENTRIES);
    let advisories = open(folder.path()).unwrap();
    let expected = DatabaseUse {
        name: "RustSec advisories (given folder)".to_owned(),
        revision: None,
        updated: "2026-01-02".to_owned(),
        entries: MINIMUM_ENTRIES,
    };
    assert_eq!(advisories.used(), expected);
    assert_eq!(advisories.matches("crate-7", &Version::new(1, 0, 0)).len(), 1);
    assert!(advisories.matches("crate-7", &Version::new(2, 0, 0)).is_empty());
}

#[test]
fn empty_missing_truncated_and_other_folders_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let error = open(&folder.path().join("none")).unwrap_err();
    assert!(matches!(error, DependencyError::NoDatabase { .. }), "{error}");
    let error = open(folder.path()).unwrap_err();
    assert!(matches!(error, DependencyError::NotADatabase { .. }), "{error}");
    std::fs::create_dir(folder.path().join("crates")).unwrap();
    let error = open(folder.path()).unwrap_err();
    assert!(
        matches!(error, DependencyError::Truncated { entries: 0, .. }),
        "{error}"
    );
    let folder = database_of(MINIMUM_ENTRIES - 1);
    let error = open(folder.path()).unwrap_err();
    assert!(
        matches!(error, DependencyError::Truncated { entries: 799, .. }),
        "{error}"
    );
    let file = folder.path().join("crates/crate-1/RUSTSEC-2026-0001.md");
    let error = open(&file).unwrap_err();
    assert!(matches!(error, DependencyError::NoDatabase { .. }), "{error}");
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_that_names_it() {
    let cases = [
        ("RUSTSEC-2026-0001.md", String::new(), "cannot be read"),
        (
            "RUSTSEC-2026-0001.md",
            "```toml\n[advisory]\nid = 3".to_owned(),
            "cannot be read",
        ),
        (
            "RUSTSEC-2026-0001.md",
            advisory_text("RUSTSEC-2026-0002", "crate-1", "", "patched = []"),
            "it says that it is `RUSTSEC-2026-0002`",
        ),
        (
            "RUSTSEC-2026-0001.md",
            advisory_text("RUSTSEC-2026-0001", "other", "", "patched = []"),
            "it says that it is on `other`",
        ),
    ];
    for (name, text, reason) in cases {
        let folder = database_of(1);
        std::fs::write(folder.path().join("crates/crate-1").join(name), text).unwrap();
        let error = open(folder.path()).unwrap_err();
        let sentence = error.to_string();
        assert!(
            matches!(error, DependencyError::BrokenAdvisory { .. }),
            "{sentence}"
        );
        assert!(
            sentence.contains("crates/crate-1/RUSTSEC-2026-0001.md"),
            "{sentence}"
        );
        assert!(
            sentence.contains(reason) && !sentence.contains('\n'),
            "{sentence}"
        );
    }
}

#[test]
fn stray_files_do_not_break_the_database_and_are_named() {
    let folder = database_of(MINIMUM_ENTRIES);
    for name in [
        "notes.txt",
        "crate-1/RUSTSEC-2026-0001.md.orig",
        "crate-1/RUSTSEC-0000-0000.md",
    ] {
        std::fs::write(folder.path().join("crates").join(name), "stray").unwrap();
    }
    let advisories = open(folder.path()).unwrap();
    let expected = [
        "crates/crate-1/RUSTSEC-0000-0000.md",
        "crates/crate-1/RUSTSEC-2026-0001.md.orig",
        "crates/notes.txt",
    ];
    assert_eq!(advisories.strays, expected);
}

#[test]
#[cfg(unix)]
fn a_link_in_the_place_of_an_advisory_is_refused() {
    let folder = database_of(1);
    let file = folder.path().join("crates/crate-1/RUSTSEC-2026-0001.md");
    std::fs::rename(&file, folder.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("elsewhere"), &file).unwrap();
    let error = open(folder.path()).unwrap_err();
    assert!(error.to_string().ends_with("it is no regular file"), "{error}");
}

#[test]
fn the_age_of_a_folder_counts_from_its_newest_advisory() {
    let folder = database_of(MINIMUM_ENTRIES);
    let advisories = open(folder.path()).unwrap();
    let held = |today, max_age| advisories.refuse_stale(max_age, today);
    let week = MaxAge::default();
    assert!(held(date(2026, 1, 9), week).is_ok());
    let error = held(date(2026, 1, 10), week).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the advisory database `{}` is of 2026-01-02, 8 days old, and the limit is `7d`",
            folder.path().display()
        )
    );
    assert!(held(date(2026, 1, 10), MaxAge::Hours(8 * 24)).is_ok());
    assert!(held(date(2026, 1, 2), MaxAge::Hours(12)).is_ok());
    assert!(held(date(2026, 1, 3), MaxAge::Hours(12)).is_err());
    // No limit holds for the embedded table only.
    let error = held(date(2026, 1, 10), MaxAge::Unlimited).unwrap_err();
    assert!(
        matches!(error, DependencyError::Stale { limit, .. } if limit == week),
        "{error}"
    );
    assert!(held(date(2026, 1, 1), week).is_ok());
    let error = held(date(2025, 12, 31), week).unwrap_err();
    assert!(matches!(error, DependencyError::FromTheFuture { .. }), "{error}");
}

#[test]
fn the_age_of_a_clone_counts_from_its_commit() {
    let folder = database_of(MINIMUM_ENTRIES);
    // West of Greenwich it is still the day before.
    commit(folder.path(), "2026-03-31T23:30:00-02:00");
    let choice = given(folder.path());
    let advisories = Advisories::open(&choice, None, date(2026, 4, 8)).unwrap();
    assert_eq!(advisories.updated, date(2026, 4, 1));
    assert_eq!(advisories.revision.as_deref().map(str::len), Some(40));
    let error = Advisories::open(&choice, None, date(2026, 4, 9)).unwrap_err();
    assert!(matches!(error, DependencyError::Stale { age: 8, .. }), "{error}");
}

#[test]
fn half_a_checkout_and_a_broken_clone_are_errors() {
    let folder = database_of(MINIMUM_ENTRIES + 1);
    commit(folder.path(), "2026-01-03T00:00:00Z");
    std::fs::remove_dir_all(folder.path().join("crates/crate-5")).unwrap();
    let error = open(folder.path()).unwrap_err();
    let DependencyError::IncompleteClone {
        missing: 1, first, ..
    } = &error
    else {
        panic!("{error}");
    };
    assert_eq!(first, "crates/crate-5/RUSTSEC-2026-0005.md");
    std::fs::write(folder.path().join(".git/HEAD"), "ref: refs/heads/none").unwrap();
    let error = open(folder.path()).unwrap_err();
    assert!(
        matches!(error, DependencyError::UnreadableClone { .. }),
        "{error}"
    );
}

#[test]
fn settings_of_a_clone_start_no_program() {
    let folder = database_of(MINIMUM_ENTRIES);
    commit(folder.path(), "2026-01-03T00:00:00Z");
    let script = folder.path().join("program");
    std::fs::write(&script, "#!/bin/sh\ntouch \"$(dirname \"$0\")/started\"\n").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let program = script.display();
    let settings = format!(
        "[core]\nfsmonitor = {program}\npager = {program}\n[gpg]\nprogram = {program}\n[log]\nshowSignature = true\n\
         [alias]\nrev-list = !{program}\n"
    );
    let file = folder.path().join(".git/config");
    let mut file = std::fs::OpenOptions::new().append(true).open(&file).unwrap();
    file.write_all(settings.as_bytes()).unwrap();
    assert!(open(folder.path()).is_ok());
    assert!(!folder.path().join("started").exists());
}

#[test]
fn the_first_that_is_there_is_used() {
    let folder = database_of(MINIMUM_ENTRIES);
    let mut choice = given(folder.path());
    choice.clone = Some(folder.path().to_owned());
    let origin = |choice: &DatabaseChoice| Advisories::open(choice, None, TODAY).map(|found| found.origin);
    assert_eq!(origin(&choice).unwrap(), Origin::Given(folder.path().to_owned()));
    choice.given = None;
    assert_eq!(origin(&choice).unwrap(), Origin::Clone(folder.path().to_owned()));
    choice.clone = Some(folder.path().join("none"));
    choice.max_age = MaxAge::Unlimited;
    let day = Advisories::embedded().unwrap().updated;
    let embedded = Advisories::open(&choice, None, day).unwrap();
    assert_eq!(embedded.origin, Origin::Embedded);
    // What is there and broken is an error, not a reason to look further.
    choice.clone = Some(folder.path().join("crates"));
    let error = origin(&choice).unwrap_err();
    assert!(matches!(error, DependencyError::NotADatabase { .. }), "{error}");
}

#[test]
fn an_old_embedded_table_is_refused_unless_its_age_is_accepted() {
    let choice = DatabaseChoice::default();
    let day = Advisories::embedded().unwrap().updated;
    let later = day.checked_add(jiff::Span::new().days(8)).unwrap();
    let error = Advisories::open(&choice, None, later).unwrap_err();
    assert!(
        matches!(
            error,
            DependencyError::Stale {
                embedded: true,
                age: 8,
                ..
            }
        ),
        "{error}"
    );
    let choice = DatabaseChoice {
        max_age: MaxAge::Unlimited,
        ..choice
    };
    assert!(Advisories::open(&choice, None, later).is_ok());
}

#[test]
fn a_crate_is_matched_by_name_whatever_its_source() {
    let advisories = advisories(vec![advisory(
        "RUSTSEC-2026-0001",
        "weak",
        "",
        "patched = [\">= 1.2.0\"]",
    )]);
    assert_eq!(advisories.matches("weak", &Version::new(1, 1, 9)).len(), 1);
    assert!(advisories.matches("weak", &Version::new(1, 2, 0)).is_empty());
    assert!(advisories.matches("weaker", &Version::new(1, 1, 9)).is_empty());
}

#[test]
fn a_table_of_another_form_or_cut_short_is_an_error() {
    let broken = |bytes: &[u8]| Table::decode(bytes).unwrap_err().to_string();
    let whole = Table::embedded().unwrap().encode().unwrap();
    assert!(Table::decode(&whole).is_ok());
    assert!(broken(&whole[..whole.len() / 2]).contains("cannot be read"));
    let other = Table::new(None, date(2026, 1, 1), Vec::new()).with_form(2);
    assert!(broken(&other.encode().unwrap()).ends_with("its form is 2, not 1"));
}

#[test]
fn the_embedded_table_is_that_of_its_database() {
    let Some(folder) = database() else { return };
    let embedded = Table::embedded().unwrap();
    let snapshot = embedded
        .revision
        .clone()
        .map(|commit| (commit, embedded.updated.parse().unwrap()));
    let (bytes, used) = crate::deps::encode_table(folder, snapshot).unwrap();
    assert!(used.entries >= MINIMUM_ENTRIES);
    assert_eq!(
        Table::decode(&bytes).unwrap(),
        embedded,
        "run `cargo xtask advisories`"
    );
}
