use super::*;
use crate::deps::fixtures::{git, write_database};
use crate::deps::{DatabaseChoice, MINIMUM_ENTRIES};

/// A bare repository that holds a database of that many advisories.
fn repository(folder: &Path, count: usize) -> String {
    let work = folder.join(format!("work-{count}"));
    let bare = folder.join(format!("bare-{count}"));
    write_database(&work, count);
    let run = |folder: &Path, arguments: &[&str]| git(folder, "2026-01-03T12:00:00Z", arguments);
    run(&work, &["init", "-q"]);
    run(&work, &["add", "-A"]);
    run(&work, &["commit", "-q", "-m", "fixture"]);
    run(
        folder,
        &[
            "clone",
            "-q",
            "--bare",
            &work.display().to_string(),
            &bare.display().to_string(),
        ],
    );
    format!("file://{}", bare.display())
}

fn request(url: String, folder: &Path) -> UpdateRequest {
    UpdateRequest {
        url,
        folder: folder.join("cache/gate/advisory-db"),
        time_limit: Duration::from_mins(1),
        repository: None,
    }
}

fn entries_of(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_database_is_fetched_used_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    for count in [MINIMUM_ENTRIES, MINIMUM_ENTRIES + 1] {
        let request = request(repository(folder.path(), count), folder.path());
        let updated = update(&request).unwrap();
        assert_eq!(updated.database.entries, count);
        assert_eq!(updated.database.updated, "2026-01-03");
        assert_eq!(updated.tool.name, "git");
        let choice = DatabaseChoice {
            clone: Some(request.folder.clone()),
            ..DatabaseChoice::default()
        };
        let found = Advisories::open(&choice, None, jiff::civil::date(2026, 1, 5)).unwrap();
        assert_eq!(found.used(), updated.database);
        assert_eq!(entries_of(request.folder.parent().unwrap()), ["advisory-db"]);
        assert!(!request.folder.join(".git/hooks").exists());
    }
}

#[test]
fn what_is_no_whole_database_does_not_take_the_place_of_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let good = request(repository(folder.path(), MINIMUM_ENTRIES), folder.path());
    update(&good).unwrap();
    let bad = request(repository(folder.path(), 3), folder.path());
    let error = update(&bad).unwrap_err();
    assert!(
        matches!(error, DependencyError::Truncated { entries: 3, .. }),
        "{error}"
    );
    let missing = request(format!("file://{}/none", folder.path().display()), folder.path());
    let error = update(&missing).unwrap_err();
    assert!(matches!(error, DependencyError::Fetch { .. }), "{error}");
    let origin = Origin::Clone(good.folder.clone());
    assert_eq!(
        Advisories::read(origin, &good.folder, None).unwrap().entries(),
        MINIMUM_ENTRIES
    );
    assert_eq!(entries_of(good.folder.parent().unwrap()), ["advisory-db"]);
}

#[test]
fn only_https_is_spoken_to_other_machines() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    for (url, reason) in [
        (
            format!("ext::sh -c touch% {}", mark.display()),
            "'ext' not allowed",
        ),
        ("http://localhost:1/db".to_owned(), "'http' not allowed"),
        ("ssh://localhost:1/db".to_owned(), "'ssh' not allowed"),
        (
            "--upload-pack=touch".to_owned(),
            "'--upload-pack=touch' does not exist",
        ),
    ] {
        let error = update(&request(url, folder.path())).unwrap_err();
        assert!(matches!(error, DependencyError::Fetch { .. }), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
    }
    assert!(!mark.exists());
}

#[test]
fn the_time_limit_holds() {
    let folder = tempfile::tempdir().unwrap();
    let mut request = request(repository(folder.path(), 3), folder.path());
    request.time_limit = Duration::ZERO;
    let error = update(&request).unwrap_err();
    assert!(
        error.to_string().starts_with("`git` gave no answer within 0 s"),
        "{error}"
    );
}
