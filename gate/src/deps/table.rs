//! The embedded table: what the advisory database said on one day, so that a machine without network gets an answer.
//!
//! `cargo xtask advisories` makes it from a database. It holds facts only: ids, package, ranges, functions, kind,
//! CVSS vector, dates. Its licence stands beside it in `advisories.NOTICE`. It is JSON under zlib: zstd with a long
//! window gives 36 kB in the place of 41, and would cost a C compiler in `xtask`.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::advisory::Facts;
use super::{Advisory, DependencyError};

static EMBEDDED: &[u8] = include_bytes!("advisories.json.zlib");

/// Version of the form of the table.
const FORM: u32 = 1;

/// Largest table in bytes after decompression.
const LIMIT: u64 = 64 << 20;

/// A table as it is written.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    form: u32,
    pub(super) revision: Option<String>,
    pub(super) updated: String,
    advisories: Vec<Facts>,
}

impl Table {
    /// The table of this program.
    pub(super) fn embedded() -> Result<Self, DependencyError> {
        Self::decode(EMBEDDED)
    }

    /// A table of advisories in the order of their ids.
    pub(super) fn new(revision: Option<String>, updated: Date, mut advisories: Vec<Facts>) -> Self {
        advisories.sort_by(|left, right| left.id.cmp(&right.id));
        Self {
            form: FORM,
            revision,
            updated: updated.to_string(),
            advisories,
        }
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DependencyError> {
        let broken = |reason: String| DependencyError::BrokenTable { reason };
        let mut text = String::new();
        ZlibDecoder::new(bytes)
            .take(LIMIT)
            .read_to_string(&mut text)
            .map_err(|error| broken(error.to_string()))?;
        let table: Self = serde_json::from_str(&text).map_err(|error| broken(error.to_string()))?;
        if table.form != FORM {
            return Err(broken(format!("its form is {}, not {FORM}", table.form)));
        }
        Ok(table)
    }

    /// The same table gives the same bytes.
    pub(super) fn encode(&self) -> Result<Vec<u8>, DependencyError> {
        let broken = |reason: String| DependencyError::BrokenTable { reason };
        let text = serde_json::to_vec(self).map_err(|error| broken(error.to_string()))?;
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder
            .write_all(&text)
            .and_then(|()| encoder.finish())
            .map_err(|error| broken(error.to_string()))
    }

    pub(super) fn into_advisories(self) -> Result<Vec<Advisory>, DependencyError> {
        self.advisories
            .into_iter()
            .map(|facts| {
                let id = facts.id.clone();
                facts.try_into().map_err(|reason| DependencyError::BrokenTable {
                    reason: format!("{id}: {reason}"),
                })
            })
            .collect()
    }
}

#[cfg(test)]
impl Table {
    pub(super) fn with_form(mut self, form: u32) -> Self {
        self.form = form;
        self
    }
}
