use super::*;
use crate::deps::ListKind;
use crate::deps::fixtures::lockfile;

fn list(packages: &[(&str, &str, ListSource)]) -> EmbeddedList {
    let package = |(name, version, source): &(&str, &str, ListSource)| ListedPackage {
        name: (*name).to_owned(),
        version: Version::parse(version).unwrap(),
        source: source.clone(),
        kind: ListKind::Runtime,
        root: false,
    };
    EmbeddedList {
        path: "hello".to_owned(),
        packages: packages.iter().map(package).collect(),
        precise: true,
    }
}

fn locked() -> Lockfile {
    lockfile(&[
        "hello 0.1.0 local time fork",
        "time 0.3.47 registry",
        "fork 1.0.0 git+https://example.com/fork#0123",
        "unused 1.0.0 registry",
    ])
}

const HELLO: (&str, &str, ListSource) = ("hello", "0.1.0", ListSource::Local);
const FORK: (&str, &str, ListSource) = ("fork", "1.0.0", ListSource::Git);

#[test]
fn a_list_that_stands_in_the_lockfile_agrees() {
    let list = list(&[HELLO, ("time", "0.3.47", ListSource::CratesIo), FORK]);
    assert_eq!(compare(&locked(), &list), []);
}

#[test]
fn version_source_and_name_each_make_a_difference() {
    let list = list(&[
        ("time", "0.3.46", ListSource::CratesIo),
        ("fork", "1.0.0", ListSource::CratesIo),
        ("new", "1.0.0", ListSource::CratesIo),
    ]);
    let difference = |binary: &str, lockfile: &[&str]| Difference {
        binary: Some(binary.to_owned()),
        lockfile: lockfile.iter().map(|text| (*text).to_owned()).collect(),
    };
    let expected = [
        difference("`time` 0.3.46 (crates.io)", &["`time` 0.3.47 (crates.io)"]),
        difference("`fork` 1.0.0 (crates.io)", &["`fork` 1.0.0 (git)"]),
        difference("`new` 1.0.0 (crates.io)", &[]),
    ];
    assert_eq!(compare(&locked(), &list), expected);
}

#[test]
fn against_what_is_built_both_directions_count() {
    let resolved: Vec<ResolvedPackage> = list(&[
        HELLO,
        ("time", "0.3.47", ListSource::CratesIo),
        ("missing", "1.0.0", ListSource::CratesIo),
    ])
    .packages
    .iter()
    .map(ResolvedPackage::from)
    .collect();
    let list = list(&[HELLO, ("time", "0.3.46", ListSource::CratesIo), FORK]);
    let differences = compare_resolved(&resolved, &list);
    let words: Vec<(Option<&str>, Vec<&str>)> = differences
        .iter()
        .map(|difference| {
            let lockfile = difference.lockfile.iter().map(String::as_str).collect();
            (difference.binary.as_deref(), lockfile)
        })
        .collect();
    let expected = [
        (Some("`fork` 1.0.0 (git)"), vec![]),
        (
            Some("`time` 0.3.46 (crates.io)"),
            vec!["`time` 0.3.47 (crates.io)"],
        ),
        (None, vec!["`missing` 1.0.0 (crates.io)"]),
    ];
    assert_eq!(words, expected);
}

#[test]
fn lines_of_cargo_tree_are_read() {
    let source = |line: &str| tree_line(line).map(|package| package.source);
    assert_eq!(source("serde v1.0.228"), Some(ListSource::CratesIo));
    assert_eq!(
        source("serde_derive v1.0.228 (proc-macro) (*)"),
        Some(ListSource::CratesIo)
    );
    assert_eq!(
        source("hello v0.1.0 (/home/user/my work/app)"),
        Some(ListSource::Local)
    );
    assert_eq!(
        source("derive v0.1.0 (proc-macro) (/work/derive) (*)"),
        Some(ListSource::Local)
    );
    assert_eq!(
        source("fork v1.0.0 (https://example.com/fork?rev=0#0123)"),
        Some(ListSource::Git)
    );
    assert_eq!(
        source("inner v1.0.0 (registry `inner`)"),
        Some(ListSource::Registry)
    );
    assert_eq!(source("no version here"), None);
    assert_eq!(source("name v1.x"), None);
}

#[test]
fn cargo_says_what_this_workspace_builds() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let request = ResolveRequest {
        manifest: &manifest,
        package: "gate",
        target: "x86_64-unknown-linux-musl",
        repository: None,
    };
    let packages = resolve(&request).unwrap();
    let find = |name: &str| packages.iter().find(|package| package.name == name);
    assert_eq!(
        find("gate").map(|package| &package.source),
        Some(&ListSource::Local)
    );
    assert_eq!(
        find("serde").map(|package| &package.source),
        Some(&ListSource::CratesIo)
    );
    assert!(
        find("proptest").is_none(),
        "a development dependency is no part of the build"
    );
    let request = ResolveRequest {
        package: "no-such-package",
        ..request
    };
    let error = resolve(&request).unwrap_err();
    assert!(matches!(error, DependencyError::TreeFailed { .. }), "{error}");
}
