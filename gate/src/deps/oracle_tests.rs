//! The table, the database and rustsec's own matching give the same verdicts over ten lockfiles.
//!
//! The lockfiles hold every crate of the database once for each version at which an advisory begins or ends to
//! hold, and for the versions just above and below. Two more crates come from a mirror and from git: rustsec skips
//! these, gate must not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use rustsec::database::Query;
use rustsec::semver::Version;

use super::fixtures::database;
use super::{Advisories, Audit, Lockfile, Origin};

type Verdicts = BTreeSet<(String, String, String)>;

/// Versions at and around the bounds of all ranges of a crate.
fn versions(advisories: &[rustsec::Advisory]) -> BTreeSet<Version> {
    let mut versions = BTreeSet::from([Version::new(0, 0, 1), Version::new(999, 0, 0)]);
    for advisory in advisories {
        let ranges = advisory
            .versions
            .patched()
            .iter()
            .chain(advisory.versions.unaffected());
        for bound in ranges.flat_map(|range| &range.comparators) {
            let at = Version::new(bound.major, bound.minor.unwrap_or(0), bound.patch.unwrap_or(0));
            let pre = format!("{at}-alpha.1").parse().unwrap();
            versions.extend([
                Version::new(at.major, at.minor, at.patch + 1),
                Version::new(at.major, at.minor, at.patch.saturating_sub(1)),
                Version::new(at.major, at.minor.saturating_sub(1), 99),
                at,
                pre,
            ]);
        }
    }
    versions
}

fn lockfiles(database: &rustsec::Database) -> Vec<String> {
    let mut texts: Vec<String> = (0..10).map(|_| "version = 4\n".to_owned()).collect();
    let mut crates: BTreeMap<String, Vec<rustsec::Advisory>> = BTreeMap::new();
    for advisory in database.iter() {
        let name = advisory.metadata.package.to_string();
        crates.entry(name).or_default().push(advisory.clone());
    }
    for (number, (name, advisories)) in crates.iter().enumerate() {
        for version in versions(advisories) {
            let text = &mut texts[number % 10];
            write!(
                text,
                "\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n\
                 source = \"registry+https://github.com/rust-lang/crates.io-index\"\n"
            )
            .unwrap();
        }
    }
    texts
}

fn ours(lockfile: &Lockfile, advisories: &Advisories) -> Verdicts {
    let audit = Audit::of_lockfile(lockfile, Some(advisories), None, None);
    let packages = audit.packages.into_iter();
    packages
        .flat_map(|package| {
            let (name, version) = (package.name, package.version.to_string());
            let ids = package.advisories.into_iter().map(|advisory| advisory.id);
            ids.map(move |id| (name.clone(), version.clone(), id))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// rustsec's own matching, informational advisories of every kind included.
fn theirs(text: &str, database: &rustsec::Database) -> Verdicts {
    let lockfile: rustsec::Lockfile = text.parse().unwrap();
    [false, true]
        .into_iter()
        .map(|informational| Query::crate_scope().informational(informational))
        .flat_map(|query| database.query_vulnerabilities(&lockfile, &query))
        .map(|found| {
            let package = found.package;
            let id = found.advisory.id.to_string();
            (package.name.to_string(), package.version.to_string(), id)
        })
        .collect()
}

#[test]
fn table_database_and_rustsec_agree_over_ten_lockfiles() {
    let Some(folder) = database() else { return };
    let rustsec = rustsec::Database::open(folder).unwrap();
    let from_folder = Advisories::read(Origin::Given(folder.to_owned()), folder, None).unwrap();
    let from_table = Advisories::embedded().unwrap();
    let mut total = 0;
    for (number, text) in lockfiles(&rustsec).iter().enumerate() {
        let lockfile = Lockfile::parse(Path::new("Cargo.lock"), text).unwrap();
        let expected = theirs(text, &rustsec);
        assert!(expected.len() > 50, "lockfile {number} proves little");
        assert_eq!(
            ours(&lockfile, &from_folder),
            expected,
            "lockfile {number}, database"
        );
        assert_eq!(ours(&lockfile, &from_table), expected, "lockfile {number}, table");
        total += expected.len();
    }
    eprintln!("{total} verdicts compared");
}

#[test]
fn a_mirror_and_a_git_source_are_not_skipped() {
    let advisories = Advisories::embedded().unwrap();
    let lockfile = super::fixtures::lockfile(&[
        "app 0.1.0 local",
        "time 0.1.43 registry+https://mirror.example.com/index",
        "smallvec 0.6.3 git+https://example.com/smallvec#0123",
    ]);
    let found: BTreeSet<String> = ours(&lockfile, &advisories)
        .into_iter()
        .map(|(name, ..)| name)
        .collect();
    assert_eq!(found, BTreeSet::from(["smallvec".to_owned(), "time".to_owned()]));
}
