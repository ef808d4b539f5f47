//! What the tests of this room share.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::{Advisories, Advisory, Lockfile, Origin};
use crate::support::prerequisites::test_data;

/// The advisory database of the test data, unpacked once, else the one that `GATE_ADVISORY_DB` names; none where
/// neither is there, which is said aloud.
#[expect(
    clippy::disallowed_methods,
    reason = "the archive of the test data is read once"
)]
pub(crate) fn database() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<(Option<tempfile::TempDir>, PathBuf)>> = OnceLock::new();
    let found = FOLDER.get_or_init(|| {
        let given = std::env::var_os("GATE_ADVISORY_DB");
        if let (Some(folder), None) = (given, std::env::var_os("GATE_TEST_DATA")) {
            return Some((None, folder.into()));
        }
        let archive = std::fs::File::open(test_data("advisory-db.tar.gz")?).unwrap();
        let folder = tempfile::tempdir().unwrap();
        tar::Archive::new(flate2::read::GzDecoder::new(archive))
            .unpack(folder.path())
            .unwrap();
        let database = folder.path().join("advisory-db");
        Some((Some(folder), database))
    });
    if found.is_none() {
        eprintln!("skipped: there is no advisory database, which `GATE_ADVISORY_DB` would name");
    }
    found.as_ref().map(|(_, folder)| folder.as_path())
}

/// The text of an advisory: `head` stands in its `[advisory]` table, `versions` in the other one.
pub(crate) fn advisory_text(id: &str, package: &str, head: &str, versions: &str) -> String {
    format!(
        "```toml\n[advisory]\nid = \"{id}\"\npackage = \"{package}\"\ndate = \"2026-01-02\"\n{head}\n\
         [versions]\n{versions}\n```\n\n# Title\n\nText\n"
    )
}

/// One advisory from its text.
pub(crate) fn advisory(id: &str, package: &str, head: &str, versions: &str) -> Advisory {
    let advisory: rustsec::Advisory = advisory_text(id, package, head, versions).parse().unwrap();
    super::advisory::Facts::from(advisory).try_into().unwrap()
}

/// Advisories of this list alone, without the proof that there are enough.
pub(crate) fn advisories(list: Vec<Advisory>) -> Advisories {
    let mut by_package = std::collections::BTreeMap::<String, Vec<Advisory>>::new();
    for advisory in list {
        by_package
            .entry(advisory.package.clone())
            .or_default()
            .push(advisory);
    }
    Advisories {
        by_package,
        origin: Origin::Embedded,
        revision: None,
        updated: jiff::civil::date(2026, 1, 2),
        strays: Vec::new(),
    }
}

/// Writes a database of that many advisories, each on a crate of its own.
pub(crate) fn write_database(folder: &Path, count: usize) {
    for number in 1..=count {
        let package = format!("crate-{number}");
        let id = format!("RUSTSEC-2026-{number:04}");
        let crate_folder = folder.join("crates").join(&package);
        std::fs::create_dir_all(&crate_folder).unwrap();
        let text = advisory_text(&id, &package, "", "patched = [\">= 2.0.0\"]");
        std::fs::write(crate_folder.join(format!("{id}.md")), text).unwrap();
    }
}

/// Runs git on a fixture; commits are of the given time, and were written long before.
#[expect(clippy::disallowed_methods, reason = "the fixture is made with git itself")]
pub(crate) fn git(folder: &Path, time: &str, arguments: &[&str]) {
    let settings = ["user.name=t", "user.email=t@example.com", "commit.gpgSign=false"];
    let status = std::process::Command::new("git")
        .args(settings.iter().flat_map(|setting| ["-c", setting]))
        .args(arguments)
        .current_dir(folder)
        .env("GIT_COMMITTER_DATE", time)
        .env("GIT_AUTHOR_DATE", "2001-01-01T00:00:00Z")
        .stdin(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
}

/// A lockfile of `name version source dependencies…` lines; the source is `local`, `registry` or a text as it
/// stands in a lockfile.
pub(crate) fn lockfile_text(packages: &[&str]) -> String {
    let mut text = "version = 4\n".to_owned();
    for package in packages {
        let words: Vec<&str> = package.split(' ').collect();
        let [name, version, source, dependencies @ ..] = words.as_slice() else {
            panic!("`{package}` lacks a word");
        };
        write!(
            text,
            "\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n"
        )
        .unwrap();
        match *source {
            "local" => {}
            "registry" => {
                text.push_str("source = \"registry+https://github.com/rust-lang/crates.io-index\"\n");
            }
            other => writeln!(text, "source = \"{other}\"").unwrap(),
        }
        if !dependencies.is_empty() {
            writeln!(text, "dependencies = {dependencies:?}").unwrap();
        }
    }
    text
}

pub(crate) fn lockfile(packages: &[&str]) -> Lockfile {
    Lockfile::parse(Path::new("Cargo.lock"), &lockfile_text(packages)).unwrap()
}
