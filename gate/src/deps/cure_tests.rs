use super::*;
use crate::deps::fixtures::{advisory, lockfile};

fn sentence(versions: &[&str], packages: &[&str]) -> String {
    let advisories: Vec<Advisory> = versions
        .iter()
        .enumerate()
        .map(|(number, versions)| advisory(&format!("RUSTSEC-2026-000{number}"), "weak", "", versions))
        .collect();
    let lockfile = lockfile(packages);
    let index = lockfile
        .packages
        .iter()
        .position(|package| package.name == "weak")
        .unwrap();
    cure(&lockfile, index, &advisories).sentence().unwrap()
}

const DIRECT: [&str; 2] = ["app 0.1.0 local weak", "weak 1.2.0 registry"];

#[test]
fn a_compatible_version_is_one_command() {
    let versions = ["patched = [\">= 2.0.0\", \">= 1.2.5, < 2.0.0\"]"];
    assert_eq!(
        sentence(&versions, &DIRECT),
        "run `cargo update -p weak@1.2.0 --precise 1.2.5`"
    );
}

#[test]
fn the_command_leaves_the_range_of_all_advisories() {
    let versions = ["patched = [\">= 1.2.5\"]", "patched = [\">= 1.3.1\"]"];
    assert_eq!(
        sentence(&versions, &DIRECT),
        "run `cargo update -p weak@1.2.0 --precise 1.3.1`"
    );
}

#[test]
fn an_incompatible_version_needs_the_manifests_that_ask_for_the_old_one() {
    let versions = ["patched = [\">= 2.0.0\"]"];
    assert_eq!(
        sentence(&versions, &DIRECT),
        "ask for `weak` 2.0.0 or later in the manifest of `app`, then run `cargo update -p weak`"
    );
    let through = [
        "app 0.1.0 local middle",
        "middle 1.0.0 registry weak",
        "weak 1.2.0 registry",
    ];
    assert_eq!(
        sentence(&versions, &through),
        "update or replace `middle`, which asks for an older `weak`, until it is 2.0.0 or later"
    );
    let both = [
        "app 0.1.0 local middle weak",
        "middle 1.0.0 registry weak",
        "weak 1.2.0 registry",
    ];
    assert_eq!(
        sentence(&versions, &both),
        "ask for `weak` 2.0.0 or later in the manifest of `app`, and update or replace `middle`"
    );
}

#[test]
fn without_a_patched_version_the_crate_is_to_be_replaced() {
    assert_eq!(
        sentence(&["patched = []"], &DIRECT),
        "no version of `weak` is free of it: replace it"
    );
}

#[test]
fn a_requirement_without_a_lowest_version_is_shown_as_it_is() {
    let versions = ["patched = [\"> 1.2.4\"]"];
    assert_eq!(
        sentence(&versions, &DIRECT),
        "ask for `weak` `>1.2.4` in the manifest of `app`, then run `cargo update -p weak`"
    );
}

#[test]
fn of_a_listed_package_only_the_version_is_known() {
    let advisories = [advisory(
        "RUSTSEC-2026-0001",
        "weak",
        "",
        "patched = [\">= 1.2.5\"]",
    )];
    let cure = Cure::of_listed(&Version::new(1, 2, 0), &advisories);
    assert_eq!(cure.sentence().unwrap(), "build it with `weak` 1.2.5 or later");
    assert_eq!(Cure::of_listed(&Version::new(1, 2, 0), &[]), Cure::None);
}
