//! One change at a time to the lockfile or the image of a repository that passes: each gives exactly its finding and
//! its exit code.

use serde_json::json;

use crate::changes::{OTHER_DIGEST, PRODUCTION, STAGING, check, pin, setuid_image};
use crate::repository::{Repository, image};

#[test]
fn a_vulnerable_crate() {
    let repository = Repository::new();
    let lockfile = std::fs::read_to_string(repository.path("Cargo.lock")).unwrap();
    let vulnerable = "
[[package]]
name = \"time\"
version = \"0.1.43\"
source = \"registry+https://github.com/rust-lang/crates.io-index\"
checksum = \"ca8a50ef2360fbd1eeb0ecd46795a87a19024eb4b53c5dc916ca1fd95fe62438\"
";
    repository.write("copy/Cargo.lock", &lockfile);
    let run = repository.gate(&["deps", "copy/Cargo.lock", "--format", "json"]);
    run.assert_found(0, &[]);
    repository.write("copy/Cargo.lock", &format!("{lockfile}{vulnerable}"));
    let place = repository.place("copy/Cargo.lock", vulnerable, "\"time\"");
    let run = repository.gate(&["deps", "copy/Cargo.lock", "--format", "json"]);
    run.assert_found(1, &[format!("vulnerable-crate {place}")]);
    let identifiers = &run.report()["findings"][0]["identifiers"];
    assert_eq!(
        *identifiers,
        json!(["RUSTSEC-2020-0071", "CVE-2020-26235", "GHSA-wcg3-cvx6-7396"])
    );
}

#[test]
fn the_setuid_bit_on_the_program_of_the_image() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    repository.build(&setuid_image());
    check(&repository).assert_found(1, &["setuid-file layer 1: /hello".to_owned()]);
}

#[test]
fn an_image_that_is_not_the_one_pinned() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    let mut other = image();
    other["config"]["Env"] = json!(["BUILD=2"]);
    let pinned = pin(&repository, PRODUCTION);
    let built = repository.build_only(&other);
    assert_ne!(pinned, built);
    let expected = [PRODUCTION, STAGING]
        .map(|file| format!("digest-mismatch {}", repository.place(file, "digest:", &pinned)));
    let run = check(&repository);
    run.assert_found(1, &expected);
    for finding in run.report()["findings"].as_array().unwrap() {
        assert_eq!(finding["detail"], pinned);
        assert!(finding["help"].as_str().unwrap().ends_with(&built), "{finding}");
    }
}

#[test]
fn an_overlay_that_pins_another_image() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    repository.pin("production", OTHER_DIGEST);
    let place = repository.place(PRODUCTION, "digest:", OTHER_DIGEST);
    check(&repository).assert_found(1, &[format!("digest-mismatch {place}")]);
}

#[test]
fn a_lockfile_that_is_not_the_images() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    let lockfile = std::fs::read_to_string(repository.path("Cargo.lock")).unwrap();
    let (before, entry) = lockfile.split_once("name = \"axum\"\nversion = \"").unwrap();
    let (version, after) = entry.split_once('"').unwrap();
    repository.write(
        "Cargo.lock",
        &format!("{before}name = \"axum\"\nversion = \"99.0.0\"{after}"),
    );
    let run = check(&repository);
    run.assert_found(1, &["lockfile-mismatch Cargo.lock:1:1".to_owned()]);
    let finding = &run.report()["findings"][0];
    let detail = finding["detail"].as_str().unwrap();
    assert!(detail.contains(version) && detail.contains("99.0.0"), "{finding}");
}

#[test]
fn an_image_with_a_crate_that_the_lockfile_does_not_have() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    let mut other = image();
    let packages = &mut other["layers"][0]["files"][0]["elf"]["packages"];
    let package = json!({"name": "stowaway", "version": "1.0.0", "source": "crates.io"});
    packages.as_array_mut().unwrap().push(package);
    packages[0]["dependencies"] = json!([1, 2, 3]);
    repository.build(&other);
    check(&repository).assert_found(1, &["lockfile-mismatch Cargo.lock:1:1".to_owned()]);
}
