//! Reading with limits.

#![expect(clippy::disallowed_methods, reason = "this is the room that reads files")]

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::InputError;

/// Largest manifest, kustomization or patch that is read, in bytes. The largest real ones seen are streams of 5 MB.
pub const MANIFEST_LIMIT: u64 = 64 << 20;

/// The content of a regular file of at most `limit` bytes.
pub fn read_bytes(path: &Path, limit: u64) -> Result<Vec<u8>, InputError> {
    let system = |source| InputError::of_system(path, source);
    // Asked before it is opened: to open a pipe would wait for its other end.
    if !fs::metadata(path).map_err(system)?.is_file() {
        return Err(InputError::NotAFile {
            path: path.display().to_string(),
        });
    }
    read_capped(File::open(path).map_err(system)?, path, limit)
}

/// The content of a regular file of at most `limit` bytes, which must be UTF-8.
pub fn read_text(path: &Path, limit: u64) -> Result<String, InputError> {
    String::from_utf8(read_bytes(path, limit)?).map_err(|error| InputError::NotText {
        path: path.display().to_string(),
        offset: error.utf8_error().valid_up_to(),
    })
}

/// All of standard input, at most `limit` bytes.
pub fn read_standard_input(limit: u64) -> Result<Vec<u8>, InputError> {
    read_capped(io::stdin().lock(), Path::new("-"), limit)
}

fn read_capped(stream: impl Read, path: &Path, limit: u64) -> Result<Vec<u8>, InputError> {
    let mut bytes = Vec::new();
    stream
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|source| InputError::of_system(path, source))?;
    if bytes.len() as u64 > limit {
        return Err(InputError::TooLarge {
            path: path.display().to_string(),
            limit,
        });
    }
    Ok(bytes)
}
