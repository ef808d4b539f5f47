//! What the tests of this room share.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::{Advisories, Advisory, Lockfile, Origin};

/// The advisory database of the test data, unpacked once; none where there is no test data, which is said aloud.
///
/// # Panics
/// Where there is none in CI.
#[expect(
    clippy::disallowed_methods,
    reason = "the archive of the test data is read once"
)]
pub(crate) fn database() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<(Option<tempfile::TempDir>, PathBuf)>> = OnceLock::new();
    let found = FOLDER.get_or_init(|| {
        if let Some(data) = std::env::var_os("GATE_TEST_DATA") {
            let archive = std::fs::File::open(Path::new(&data).join("advisory-db.tar.gz")).unwrap();
            let folder = tempfile::tempdir().unwrap();
            tar::Archive::new(flate2::read::GzDecoder::new(archive))
                .unpack(folder.path())
                .unwrap();
            let database = folder.path().join("advisory-db");
            return Some((Some(folder), database));
        }
        std::env::var_os("GATE_ADVISORY_DB").map(|path| (None, PathBuf::from(path)))
    });
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none_or(|value| value != "true"),
            "neither GATE_TEST_DATA nor GATE_ADVISORY_DB is set"
        );
        eprintln!("skipped: neither GATE_TEST_DATA nor GATE_ADVISORY_DB is set");
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

/// The smallest ELF file with a section `.dep-v0` that holds a JSON text: header, the section, the names of
/// sections, and three section headers.
pub(crate) fn binary_with_list(json: &str) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(json.as_bytes()).unwrap();
    elf(".dep-v0", &encoder.finish().unwrap())
}

pub(crate) fn elf(section: &str, content: &[u8]) -> Vec<u8> {
    let names = format!("\0{section}\0.shstrtab\0");
    let content_at = 64_u64;
    let names_at = content_at + content.len() as u64;
    let headers_at = (names_at + names.len() as u64).next_multiple_of(8);
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(16, 0);
    bytes.extend([3, 0, 62, 0, 1, 0, 0, 0]);
    bytes.extend([0; 16]);
    bytes.extend(headers_at.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend([64, 0, 56, 0, 0, 0, 64, 0, 3, 0, 2, 0]);
    bytes.extend(content);
    bytes.extend(names.as_bytes());
    bytes.resize(usize::try_from(headers_at).unwrap(), 0);
    let header = |name: u32, kind: u32, at: u64, size: u64| {
        let mut header = [name.to_le_bytes(), kind.to_le_bytes()].concat();
        header.extend([0; 16]);
        header.extend(at.to_le_bytes());
        header.extend(size.to_le_bytes());
        header.resize(64, 0);
        header
    };
    bytes.extend(header(0, 0, 0, 0));
    bytes.extend(header(1, 1, content_at, content.len() as u64));
    let name_of_names = u32::try_from(section.len()).unwrap() + 2;
    bytes.extend(header(name_of_names, 3, names_at, names.len() as u64));
    bytes
}
