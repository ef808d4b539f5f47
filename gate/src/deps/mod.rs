//! Lockfiles, the advisory database and the audit.
//!
//! Lockfiles and the lists in binaries are read here; nothing of the repository runs. Two exceptions need a
//! repository that is trusted, and the caller says so by calling them: [`deny()`] and [`resolve()`]. Advisories come from
//! a folder that the user named, from the clone that [`update()`] keeps, or from the table in this program. No index
//! of a registry is read, so whether a version was yanked is not known.

mod advisory;
mod audit;
mod compare;
mod cure;
mod database;
mod deny;
mod embedded;
mod error;
mod folder;
mod git;
mod lockfile;
mod read;
mod resolve;
mod source;
mod table;
mod update;
mod workspace;

use std::path::Path;

pub use advisory::{Advisory, Attribution, Kind};
pub use audit::{Audit, AuditedPackage, Binary, Place, Shipping, ShippingMap};
pub use compare::{Difference, Expected, ResolvedPackage, compare, compare_built};
pub use cure::Cure;
pub use database::{Advisories, DatabaseChoice, MINIMUM_ENTRIES, Origin};
pub use deny::{DenyReport, DenySettings, Refusal, deny};
pub use embedded::{EmbeddedList, ListKind, ListSource, ListedPackage, is_binary};
pub use error::DependencyError;
pub use lockfile::{Lockfile, Package, Range};
pub use read::InputFile;
pub use resolve::{Features, ResolveRequest, resolve};
pub use rustsec::semver::{Version, VersionReq};
pub use source::Source;
pub use update::{PUBLIC_DATABASE, UpdateRequest, Updated, clone_folder, update};

use crate::input::InputError;

/// A file that was given to be audited.
#[derive(Debug)]
pub enum Input {
    /// A lockfile and its text.
    Lockfile(Lockfile, String),
    /// A binary and its list, where it holds one.
    Binary(Option<EmbeddedList>),
}

/// Reads a lockfile or a binary; its first bytes say which it is.
pub fn read_input(file: &InputFile) -> Result<Input, DependencyError> {
    let bytes = read::guarded_bytes(file, read::BINARY_LIMIT)?;
    if is_binary(&bytes) {
        return EmbeddedList::read(&file.label(), &bytes).map(Input::Binary);
    }
    if bytes.len() as u64 > read::TEXT_LIMIT {
        let (path, limit) = (file.label(), read::TEXT_LIMIT);
        return Err(InputError::TooLarge { path, limit }.into());
    }
    let text = read::text_of(file, bytes)?;
    let lockfile = Lockfile::parse(&file.name, &text)?;
    Ok(Input::Lockfile(lockfile, text))
}

/// Local packages of a lockfile that lie outside its workspace, by name, with their folder as written; none where
/// no manifest lies beside the lockfile.
pub fn outside_workspace(
    lockfile: &InputFile,
) -> Result<Option<std::collections::BTreeMap<String, String>>, DependencyError> {
    workspace::outside(lockfile)
}

/// The embedded table of a database, as `cargo xtask advisories` writes it. `snapshot` says of a folder that is no
/// clone which commit it was taken from, and the day of that commit.
pub fn encode_table(
    folder: &Path,
    snapshot: Option<(String, jiff::civil::Date)>,
) -> Result<(Vec<u8>, crate::stages::DatabaseUse), DependencyError> {
    let origin = Origin::Given(folder.to_owned());
    let content = folder::read(folder, &origin.name(), None)?;
    let (revision, updated) = match snapshot {
        Some((revision, day)) => (Some(revision), day.max(content.updated)),
        None => (content.revision, content.updated),
    };
    let table = table::Table::new(revision, updated, content.facts);
    let bytes = table.encode()?;
    let decoded = table::Table::decode(&bytes)?;
    let revision = decoded.revision.clone();
    let advisories = Advisories::new(Origin::Embedded, revision, updated, decoded.into_advisories()?)?;
    Ok((bytes, advisories.used()))
}

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod oracle_tests;
