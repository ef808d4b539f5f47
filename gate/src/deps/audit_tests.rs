use super::*;
use crate::deps::ListedPackage;
use crate::deps::fixtures::{advisories, advisory, lockfile};

fn list(precise: bool, packages: &[(&str, ListKind)]) -> EmbeddedList {
    let package = |(name, kind): &(&str, ListKind)| ListedPackage {
        name: (*name).to_owned(),
        version: Version::new(1, 0, 0),
        source: ListSource::CratesIo,
        kind: *kind,
        root: false,
    };
    EmbeddedList {
        path: "hello".to_owned(),
        packages: packages.iter().map(package).collect(),
        precise,
    }
}

#[test]
fn what_ships_in_one_binary_ships() {
    let one = list(true, &[("weak", ListKind::Build), ("other", ListKind::Build)]);
    let two = list(true, &[("weak", ListKind::Runtime)]);
    let map = ShippingMap::of_lists(&[one.clone(), two.clone()]).unwrap();
    assert_eq!(ShippingMap::of_lists(&[two, one]).unwrap(), map);
    let version = Version::new(1, 0, 0);
    assert_eq!(map.get("weak", &version), Shipping::Ships);
    assert_eq!(map.get("other", &version), Shipping::BuildsOnly);
    assert_eq!(map.get("weak", &Version::new(2, 0, 0)), Shipping::LockfileOnly);
}

#[test]
fn a_list_that_does_not_tell_proc_macros_says_only_what_it_knows() {
    let map = ShippingMap::of_lists(&[list(false, &[("weak", ListKind::Runtime)])]).unwrap();
    assert_eq!(map.get("weak", &Version::new(1, 0, 0)), Shipping::Listed);
    assert!(!Shipping::Listed.is_harmless());
}

#[test]
fn without_a_list_nothing_is_known() {
    assert_eq!(ShippingMap::of_lists(&[]), None);
}

#[test]
fn packages_have_their_route_their_advisories_and_their_origin() {
    let advisories = advisories(vec![advisory("RUSTSEC-2026-0001", "weak", "", "patched = []")]);
    let lockfile = lockfile(&[
        "app 0.1.0 local middle",
        "beside 0.1.0 local",
        "middle 1.0.0 git+https://example.com/middle#0123 weak",
        "weak 1.0.0 registry",
    ]);
    let outside = Outside::from([("beside".to_owned(), "../beside".to_owned())]);
    let audit = Audit::of_lockfile(&lockfile, Some(&advisories), None, Some(&outside));
    let weak = &audit.packages[3];
    assert_eq!(weak.route, ["app", "middle", "weak"]);
    assert_eq!(weak.advisories.len(), 1);
    assert_eq!(weak.shipping, None);
    let foreign: Vec<Option<&str>> = audit
        .packages
        .iter()
        .map(|package| package.foreign.as_deref())
        .collect();
    let expected = [
        None,
        Some("the folder `../beside`, outside the workspace"),
        Some("the git repository `https://example.com/middle`"),
        None,
    ];
    assert_eq!(foreign, expected);
}
