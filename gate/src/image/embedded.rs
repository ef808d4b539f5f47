//! The dependency list that cargo-auditable puts into a program, for programs inside an image.

use crate::deps::{DependencyError, EmbeddedList};

/// Reads the list of a program of which all bytes are given; none where it carries none. An image may hold programs
/// whose sections are odd and that nobody asked to carry a list: one without the section's name has none.
pub(super) fn embedded_list(path: &str, file: &[u8]) -> Result<Option<EmbeddedList>, String> {
    if !mentions_section(file) {
        return Ok(None);
    }
    EmbeddedList::read(path, file).map_err(|error| match error {
        DependencyError::BrokenList { reason, .. } => reason,
        other => other.to_string(),
    })
}

fn mentions_section(file: &[u8]) -> bool {
    const NAME: &[u8] = b".dep-v0";
    file.windows(NAME.len()).any(|window| window == NAME)
}
