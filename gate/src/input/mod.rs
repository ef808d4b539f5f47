//! What a path is, what lies below it, and the only place that reads the files that are judged.
//!
//! The author of a change may be an attacker: a link or a `..` could show files of the machine in a report. So
//! [`Boundary`] resolves every path, and nothing outside it is opened. Every file has a size limit, and whatever
//! cannot be read is an error with a sentence, never a skip.

mod base_tree;
mod boundary;
mod discover;
mod error;
mod read;
#[cfg(test)]
mod tests;

pub use base_tree::BaseTree;
pub(crate) use boundary::normalized;
pub use boundary::{Boundary, work_tree};
pub use discover::{Folder, Input, KUSTOMIZATION_NAMES, classify, kustomization_file};
pub use error::InputError;
pub use read::{MANIFEST_LIMIT, read_bytes, read_standard_input, read_text};
