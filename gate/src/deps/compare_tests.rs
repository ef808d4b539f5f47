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

fn locked_file() -> Lockfile {
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
    assert_eq!(compare(&locked_file(), &list), []);
}

fn resolved((name, version, source): &(&str, &str, ListSource)) -> ResolvedPackage {
    ResolvedPackage {
        name: (*name).to_owned(),
        version: Version::parse(version).unwrap(),
        source: source.clone(),
    }
}

#[test]
fn version_source_and_name_each_make_a_difference() {
    let held = [
        ("time", "0.3.46", ListSource::CratesIo),
        ("fork", "1.0.0", ListSource::CratesIo),
        ("new", "1.0.0", ListSource::CratesIo),
    ];
    let locked = [
        vec![resolved(&("time", "0.3.47", ListSource::CratesIo))],
        vec![resolved(&FORK)],
        vec![],
    ];
    let expected: Vec<Difference> = held
        .iter()
        .zip(locked)
        .map(|(package, locked)| Difference::NotLocked {
            holds: resolved(package),
            locked,
        })
        .collect();
    assert_eq!(compare(&locked_file(), &list(&held)), expected);
}

#[test]
fn a_list_may_hold_what_is_possible_and_must_hold_what_is_built_as_well() {
    let [built, unified, foreign, host] = ["built", "unified", "foreign", "host"];
    let package = |name: &&str| resolved(&(name, "1.0.0", ListSource::CratesIo));
    let expected = Expected {
        built_for: "`hello` with its default features".to_owned(),
        built: [built, host].iter().map(package).collect(),
        possible: [built, unified].iter().map(package).collect(),
    };
    let compared = |names: &[&str]| {
        let packages: Vec<_> = names
            .iter()
            .map(|name| (*name, "1.0.0", ListSource::CratesIo))
            .collect();
        compare_built(&expected, &list(&packages))
    };
    for agreeing in [
        &[built][..],
        &[built, unified],
        &[built, host],
        &[built, unified, host],
    ] {
        assert_eq!(compared(agreeing), [], "{agreeing:?}");
    }
    let built_for = expected.built_for.clone();
    let surplus = Difference::NotNeeded {
        holds: package(&foreign),
        built_for: built_for.clone(),
    };
    let lacking = Difference::Lacking {
        lacks: package(&built),
        built_for,
    };
    assert_eq!(compared(&[built, foreign]), std::slice::from_ref(&surplus));
    assert_eq!(compared(&[unified]), std::slice::from_ref(&lacking));
    assert_eq!(compared(&[foreign]), [surplus, lacking]);
}
