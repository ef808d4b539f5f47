//! What suites share: files to write, and what they need besides this repository.

#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a fixture that cannot be written is a broken test; not every suite uses all of it"
)]

pub(crate) mod elf;
pub(crate) mod files;
#[cfg(unix)]
pub(crate) mod image;
pub(crate) mod prerequisites;
