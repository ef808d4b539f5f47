//! The list of packages that cargo-auditable puts into a binary.

use rustsec::semver::Version;

use super::{DependencyError, Source};

/// Largest list in bytes after decompression.
const LIST_LIMIT: usize = 8 << 20;

/// From this form on, cargo-auditable counts proc-macros and what only they need as build-only.
const PRECISE_FORM: u32 = 1;

/// Where a listed package comes from; a list says no more than the kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListSource {
    /// A folder.
    Local,
    /// crates.io.
    CratesIo,
    /// Another registry.
    Registry,
    /// A git repository.
    Git,
    /// Something newer than this gate.
    Other(String),
}

impl ListSource {
    fn parse(text: &str) -> Self {
        match text {
            "local" => Self::Local,
            "crates.io" => Self::CratesIo,
            // cargo-auditable copies how cargo writes the protocol.
            "registry" | "sparse" | "local-registry" | "directory" => Self::Registry,
            "git" => Self::Git,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The name that lists use.
    pub fn name(&self) -> &str {
        match self {
            Self::Local => "local",
            Self::CratesIo => "crates.io",
            Self::Registry => "registry",
            Self::Git => "git",
            Self::Other(text) => text,
        }
    }
}

impl From<&Source> for ListSource {
    fn from(source: &Source) -> Self {
        match source {
            Source::Local => Self::Local,
            Source::CratesIo => Self::CratesIo,
            Source::Registry { .. } => Self::Registry,
            Source::Git { .. } => Self::Git,
            Source::Other { text } => Self::Other(text.clone()),
        }
    }
}

/// Is a listed package part of the program, or did it only help to build it?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListKind {
    /// Part of the program.
    Runtime,
    /// Build scripts, proc-macros and what they need.
    Build,
}

/// One package of a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListedPackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// Where it comes from.
    pub source: ListSource,
    /// What it is for.
    pub kind: ListKind,
    /// Is it the package of the program itself?
    pub root: bool,
}

/// The list of a binary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedList {
    /// The binary, as reports name it.
    pub path: String,
    /// Its packages, in the order of the list.
    pub packages: Vec<ListedPackage>,
    /// Does the list tell proc-macros, and what only they need, from what is part of the program?
    pub precise: bool,
}

/// Does a file begin like a binary that may hold a list: ELF, PE, Mach-O or WebAssembly?
pub fn is_binary(bytes: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 7] = [
        b"\x7fELF",
        b"MZ",
        b"\0asm",
        b"\xfe\xed\xfa\xce",
        b"\xfe\xed\xfa\xcf",
        b"\xce\xfa\xed\xfe",
        b"\xcf\xfa\xed\xfe",
    ];
    BEGINNINGS.iter().any(|beginning| bytes.starts_with(beginning))
}

impl EmbeddedList {
    /// Reads the list of a binary; none where it holds none.
    pub fn read(path: &str, bytes: &[u8]) -> Result<Option<Self>, DependencyError> {
        let info = match auditable_info::audit_info_from_slice(bytes, LIST_LIMIT) {
            Ok(info) => info,
            Err(auditable_info::Error::NoAuditData) => return Ok(None),
            Err(error) => {
                return Err(DependencyError::BrokenList {
                    path: path.to_owned(),
                    reason: error.to_string(),
                });
            }
        };
        if info.packages.is_empty() {
            return Err(DependencyError::BrokenList {
                path: path.to_owned(),
                reason: "it is empty".to_owned(),
            });
        }
        #[expect(
            clippy::default_trait_access,
            reason = "auditable-info does not export the type, whose default is a run-time dependency"
        )]
        let runtime = Default::default();
        let packages = info.packages.iter().map(|package| ListedPackage {
            name: package.name.clone(),
            version: package.version.clone(),
            source: ListSource::parse(&String::from(package.source.clone())),
            kind: if package.kind == runtime {
                ListKind::Runtime
            } else {
                ListKind::Build
            },
            root: package.root,
        });
        Ok(Some(Self {
            path: path.to_owned(),
            packages: packages.collect(),
            precise: info.format >= PRECISE_FORM,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::elf;

    const LIST: &str = r#"{"packages":[
        {"name":"hello","version":"0.1.0","source":"local","dependencies":[1,2],"root":true},
        {"name":"time","version":"0.1.43","source":"crates.io"},
        {"name":"cc","version":"1.0.0","source":"git","kind":"build"}],"format":1}"#;

    #[test]
    fn a_list_is_read_from_a_binary() {
        let list = EmbeddedList::read("hello", &elf::with_list(LIST))
            .unwrap()
            .unwrap();
        let packages: Vec<_> = list
            .packages
            .iter()
            .map(|package| (package.name.as_str(), package.source.name(), package.kind))
            .collect();
        let expected = [
            ("hello", "local", ListKind::Runtime),
            ("time", "crates.io", ListKind::Runtime),
            ("cc", "git", ListKind::Build),
        ];
        assert_eq!(packages, expected);
        assert!(list.precise);
    }

    #[test]
    fn an_older_form_is_not_precise() {
        let json = LIST.replace(",\"format\":1", "");
        let list = EmbeddedList::read("hello", &elf::with_list(&json))
            .unwrap()
            .unwrap();
        assert!(!list.precise);
    }

    #[test]
    fn a_binary_without_a_list_has_none() {
        assert_eq!(EmbeddedList::read("hello", &elf::without_list()).unwrap(), None);
    }

    #[test]
    fn a_broken_or_empty_list_is_an_error() {
        let no_zlib = elf::Program {
            list: Some(b"no zlib".to_vec()),
            ..elf::Program::default()
        };
        let broken = [
            no_zlib.bytes(),
            elf::with_list("{\"packages\":[]}"),
            elf::with_list("{\"packages\":"),
        ];
        for bytes in broken {
            let error = EmbeddedList::read("hello", &bytes).unwrap_err();
            assert!(matches!(error, DependencyError::BrokenList { .. }), "{error}");
        }
    }

    #[test]
    fn binaries_are_told_from_text() {
        assert!(is_binary(&elf::without_list()));
        assert!(!is_binary(b"version = 4\n"));
    }
}
