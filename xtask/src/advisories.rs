//! `cargo xtask advisories`: makes the table of advisories that is built into gate.
//!
//! Facts only, from a clone of the RustSec database or a copy of one; the same database gives the same bytes. Licence
//! and origin of what the table holds stand beside it in `advisories.NOTICE`.

use std::path::{Path, PathBuf};

use gate::deps::{DependencyError, encode_table};
use gate::stages::Hint;

/// Arguments of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Folder of the database: a clone, or a copy of its files.
    #[arg(long, value_name = "DIR", env = "GATE_ADVISORY_DB")]
    database: PathBuf,
    /// The commit that a copy was taken from and the day of that commit, as its source says; a clone knows its own.
    #[arg(long, value_name = "COMMIT=YYYY-MM-DD", value_parser = snapshot)]
    snapshot: Option<(String, jiff::civil::Date)>,
}

/// Why the table was not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdvisoriesError {
    /// The database is not fit for it.
    #[error(transparent)]
    Database(#[from] DependencyError),
    /// The table could not be written.
    #[error("`{}` could not be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

fn snapshot(text: &str) -> Result<(String, jiff::civil::Date), String> {
    let (commit, day) = text
        .split_once('=')
        .ok_or_else(|| "write the commit, `=` and its day".to_owned())?;
    if commit.len() != 40 || !commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(format!("`{commit}` is not a commit of 40 hexadecimal digits"));
    }
    let day = day.parse().map_err(|_| format!("`{day}` is no date"))?;
    Ok((commit.to_owned(), day))
}

impl Hint for AdvisoriesError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Database(error) => error.hint(),
            Self::Write { .. } => None,
        }
    }
}

/// Writes the table; the sentence says what is in it.
pub(crate) fn run(workspace: &Path, arguments: &Arguments) -> Result<String, AdvisoriesError> {
    let (bytes, used) = encode_table(&arguments.database, arguments.snapshot.clone())?;
    let path = workspace.join("gate/src/deps/advisories.json.zlib");
    std::fs::write(&path, &bytes).map_err(|source| AdvisoriesError::Write { path, source })?;
    Ok(format!(
        "wrote {} advisories of {} in {} bytes to `gate/src/deps/advisories.json.zlib`",
        used.entries,
        used.updated,
        bytes.len()
    ))
}
