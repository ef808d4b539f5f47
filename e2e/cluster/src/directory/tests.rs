//! Folders of clusters in which nothing runs.

use std::os::unix::fs::PermissionsExt;

use super::*;

fn settle(slot: u8) -> Result<Settings, DirectoryError> {
    let zones = ["a".to_owned()];
    Ok(Settings {
        options: Options::default(),
        slot,
        ports: Ports::among(slot, &zones, |_| true)?,
        programs: PathBuf::from("/programs"),
        node_programs: None,
    })
}

fn claim(root: &Path, name: &str) -> Settings {
    Directory::below(root, name).claim(|_| true, settle).unwrap()
}

#[test]
fn slots_are_the_smallest_that_nobody_has() {
    let root = tempfile::tempdir().unwrap();
    let slots = ["one", "two", "three"].map(|name| claim(root.path(), name).slot);
    assert_eq!(slots, [0, 1, 2]);
    Directory::below(root.path(), "two").remove().unwrap();
    let next = Directory::below(root.path(), "four")
        .claim(|slot| slot != 1, settle)
        .unwrap();
    assert_eq!(next.slot, 3, "1 is free of clusters but not otherwise");
    assert_eq!(claim(root.path(), "five").slot, 1);
    assert_eq!(
        names_below(root.path()).unwrap(),
        ["five", "four", "one", "three"]
    );
}

#[test]
fn the_last_slot_is_the_last() {
    let root = tempfile::tempdir().unwrap();
    let error = Directory::below(root.path(), "x")
        .claim(|_| false, settle)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "there are 40 clusters or their networks already"
    );
    assert!(!Directory::below(root.path(), "x").path().exists());
}

#[test]
fn only_the_owner_sees_a_cluster() {
    let root = tempfile::tempdir().unwrap();
    claim(root.path(), "mine");
    let mode = |name: &str| {
        let place = Directory::below(root.path(), "mine").join(name);
        fs::metadata(place).unwrap().permissions().mode() & 0o777
    };
    assert_eq!(
        (mode(""), mode("keys"), mode("settings.json")),
        (0o700, 0o700, 0o600)
    );
}

#[test]
fn settings_come_back_as_they_were_and_others_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let directory = Directory::below(root.path(), "kept");
    assert!(directory.settings().unwrap().is_none());
    let made = claim(root.path(), "kept");
    let read = directory.settings().unwrap().unwrap();
    assert_eq!(
        (read.options, read.slot, read.ports),
        (made.options, made.slot, made.ports)
    );
    assert!(!directory.is_complete());
    directory.complete().unwrap();
    assert!(directory.is_complete());
    fs::write(directory.join("settings.json"), "{}").unwrap();
    let error = directory.settings().unwrap_err();
    assert!(
        error.to_string().ends_with("is not what this version writes"),
        "{error}"
    );
    assert!(error.hint().unwrap().contains("processes"));
}
