use super::*;
use crate::deps::fixtures::{lockfile, lockfile_text};

fn parse(text: &str) -> Result<Lockfile, DependencyError> {
    Lockfile::parse(Path::new("Cargo.lock"), text)
}

fn names(lockfile: &Lockfile, route: &[usize]) -> Vec<String> {
    route
        .iter()
        .map(|index| lockfile.packages[*index].name.clone())
        .collect()
}

#[test]
fn packages_know_where_they_stand_and_on_what_they_depend() {
    let lockfile = lockfile(&["app 0.1.0 local time", "time 0.1.43 registry"]);
    let time = &lockfile.packages[1];
    let place = |line, column| Position { line, column };
    assert_eq!(time.range, (place(9, 8), place(9, 14)));
    assert_eq!(time.source, Source::CratesIo);
    assert_eq!(lockfile.packages[0].dependencies, [1]);
}

#[test]
fn the_shortest_route_from_a_local_package_is_found() {
    let lockfile = lockfile(&[
        "app 0.1.0 local chrono",
        "chrono 0.4.0 registry num time",
        "num 1.0.0 registry time",
        "orphan 1.0.0 registry",
        "time 0.1.43 registry",
    ]);
    let routes = lockfile.routes();
    assert_eq!(names(&lockfile, &routes[4]), ["app", "chrono", "time"]);
    assert_eq!(names(&lockfile, &routes[0]), ["app"]);
    assert!(routes[3].is_empty());
}

#[test]
fn a_circle_of_dependencies_ends() {
    let lockfile = lockfile(&["app 0.1.0 local helper", "helper 0.1.0 local app"]);
    assert_eq!(lockfile.routes().len(), 2);
}

#[test]
fn version_one_has_a_root_and_sources_in_its_dependencies() {
    let text = r#"
[root]
name = "app"
version = "0.1.0"
dependencies = [
 "time 0.1.43 (registry+https://github.com/rust-lang/crates.io-index)",
 "fork 1.0.0 (git+https://example.com/fork?branch=main#0123)",
]

[[package]]
name = "time"
version = "0.1.43"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "fork"
version = "1.0.0"
source = "git+https://example.com/fork?branch=main#0123"

[metadata]
"checksum time 0.1.43 (registry+https://github.com/rust-lang/crates.io-index)" = "00"
"#;
    let lockfile = parse(text).unwrap();
    assert_eq!(lockfile.packages[0].name, "app");
    assert_eq!(lockfile.packages[0].dependencies, [1, 2]);
}

#[test]
fn a_dependency_may_name_version_and_source_to_be_clear() {
    let registry = "registry+https://github.com/rust-lang/crates.io-index";
    let text = lockfile_text(&[
        "app 0.1.0 local",
        "twin 1.0.0 registry",
        "twin 1.0.0 git+https://example.com/twin#0123",
        "twin 2.0.0 registry",
    ]);
    let wanted = format!(
        "dependencies = [\"twin 1.0.0 (git+https://example.com/twin)\", \"twin 2.0.0\", \"twin 1.0.0 ({registry})\"]"
    );
    let text = text.replacen(
        "version = \"0.1.0\"\n",
        &format!("version = \"0.1.0\"\n{wanted}\n"),
        1,
    );
    assert_eq!(parse(&text).unwrap().packages[0].dependencies, [2, 3, 1]);
    let unclear = text.replace("\"twin 2.0.0\"", "\"twin\"");
    let error = parse(&unclear).unwrap_err();
    assert!(error.to_string().contains("fits several entries"), "{error}");
}

#[test]
fn what_cargo_cannot_have_written_is_an_error_with_its_place() {
    let good = lockfile_text(&["app 0.1.0 local time", "time 0.1.43 registry"]);
    assert!(parse(&good).is_ok());
    let cut = &good[..good.rfind("[[package]]").unwrap()];
    let twice = format!("{good}{}", &good[good.rfind("[[package]]").unwrap()..]);
    let cases = [
        (cut.to_owned(), 6, "the dependency `time` has no entry of its own"),
        (twice, 13, "`time` 0.1.43 stands here twice"),
        (good.replace("0.1.43", "new"), 10, "`new` is no version"),
        (good[..good.len() - 4].to_owned(), 11, "string"),
    ];
    for (text, line, reason) in cases {
        let error = parse(&text).unwrap_err();
        assert_eq!(error.position().map(|at| at.line), Some(line), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
        assert!(!error.to_string().contains('\n'), "{error}");
    }
}

#[test]
fn an_empty_lockfile_and_one_of_the_future_are_errors() {
    for text in ["", "version = 4\n"] {
        let error = parse(text).unwrap_err();
        assert!(matches!(error, DependencyError::EmptyLockfile { .. }), "{error}");
    }
    let error = parse(&lockfile_text(&["app 0.1.0 local"]).replace("= 4", "= 5")).unwrap_err();
    let expected = DependencyError::UnknownLockfileVersion {
        path: "Cargo.lock".into(),
        version: 5,
    };
    assert_eq!(error.to_string(), expected.to_string());
}

#[test]
fn this_workspace_is_read_as_another_reader_reads_it() {
    let text = include_str!("../../../Cargo.lock");
    let ours = parse(text).unwrap();
    let theirs: rustsec::Lockfile = text.parse().unwrap();
    assert!(ours.packages.len() > 100);
    assert_eq!(ours.packages.len(), theirs.packages.len());
    for (ours, theirs) in ours.packages.iter().zip(&theirs.packages) {
        assert_eq!(ours.name, theirs.name.as_str());
        assert_eq!(ours.version, theirs.version);
        assert_eq!(
            ours.dependencies.len(),
            theirs.dependencies.len(),
            "{}",
            ours.name
        );
        assert_eq!(
            ours.source == Source::Local,
            theirs.source.is_none(),
            "{}",
            ours.name
        );
    }
}
