//! The dependency list that cargo-auditable puts into a program.
//!
//! Format: <https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md>. The list survives stripping.

use auditable_info::Error;
use auditable_serde::DependencyKind;

/// From this format on, macros and what only they need count as part of the build.
const PRECISE_FORMAT: u32 = 1;

/// One package of an embedded list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmbeddedPackage {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// `crates.io`, `git`, `local`, `registry`, or what else the list says.
    pub source: String,
    /// Does its code run in the program, or did it only help to build it?
    pub kind: EmbeddedKind,
    /// Is it the package of the program itself?
    pub root: bool,
}

/// What a package does for a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EmbeddedKind {
    /// It is part of the program; in a list that is not precise, macros are marked so too.
    Runtime,
    /// It only took part in the build.
    Build,
}

/// The packages that a program says it was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedList {
    /// Path of the program: inside the image, where it is in one.
    pub binary: String,
    /// Its packages.
    pub packages: Vec<EmbeddedPackage>,
    /// Does it count macros, and what only they need, as part of the build? Older lists do not.
    pub precise: bool,
}

/// Reads the list of a program of which all bytes are given; none where it carries none. The error is one sentence
/// without a period.
pub fn embedded_list(
    binary: &str,
    file: &[u8],
    unpacked_limit: usize,
) -> Result<Option<EmbeddedList>, String> {
    let information = match auditable_info::audit_info_from_slice(file, unpacked_limit) {
        Ok(information) => information,
        Err(Error::NoAuditData) => return Ok(None),
        // Without the section's name in the file there is no list, whatever else may be odd about its sections.
        Err(Error::BinaryParsing(_)) if !mentions_section(file) => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let precise = information.format >= PRECISE_FORMAT;
    let packages = information
        .packages
        .into_iter()
        .map(|package| EmbeddedPackage {
            name: package.name,
            version: package.version.to_string(),
            source: String::from(package.source),
            kind: match package.kind {
                DependencyKind::Build => EmbeddedKind::Build,
                DependencyKind::Runtime => EmbeddedKind::Runtime,
            },
            root: package.root,
        })
        .collect();
    Ok(Some(EmbeddedList {
        binary: binary.to_owned(),
        packages,
        precise,
    }))
}

fn mentions_section(file: &[u8]) -> bool {
    const NAME: &[u8] = b".dep-v0";
    file.windows(NAME.len()).any(|window| window == NAME)
}
