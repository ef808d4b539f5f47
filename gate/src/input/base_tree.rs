//! The tree that the rules come from, beside the tree that is judged.

use std::path::{Path, PathBuf};

use super::normalized;

/// Two trees of one repository: what is judged, and where the rules come from. Every file of the one has its
/// counterpart in the other, whether it exists there or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseTree {
    /// The root of the judged tree, a real path.
    pub work: PathBuf,
    /// The root of the other one, a real path.
    pub base: PathBuf,
    /// The other one as the user named it.
    pub given: PathBuf,
}

impl BaseTree {
    /// The way from the root to a path of the judged tree, by its words alone; none where it leads out.
    pub fn below(&self, path: &Path) -> Option<PathBuf> {
        let path = normalized(path);
        path.strip_prefix(&self.work).ok().map(Path::to_owned)
    }

    /// The counterpart of a path of the judged tree.
    pub fn counterpart(&self, path: &Path) -> Option<PathBuf> {
        Some(self.base.join(self.below(path)?))
    }

    /// The counterpart of a path of the judged tree as a user would write it, with forward slashes.
    pub fn name(&self, path: &Path) -> Option<String> {
        let path = self.given.join(self.below(path)?);
        Some(path.to_string_lossy().replace('\\', "/"))
    }
}
