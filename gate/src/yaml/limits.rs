//! How much a text may ask for.

/// Limits of a reading. Whatever goes past one is a [`Problem`](super::Problem) with a place, never cut silently.
///
/// How far aliases may multiply a document is kubectl's own budget and no setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole text.
    pub bytes: usize,
    /// Bytes of one document.
    pub document_bytes: usize,
    /// Documents in a text.
    pub documents: usize,
    /// Levels of nesting, after aliases are expanded. kubectl stops at 10,000, and no object of Kubernetes comes
    /// near a hundred; a small number keeps every later walk over the tree safe.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 256 * 1024 * 1024,
            document_bytes: 32 * 1024 * 1024,
            documents: 100_000,
            depth: 256,
        }
    }
}
