//! A private copy of what the tests read: `terraform get` and the mutants write into it, and nobody's own settings and
//! state come along.

#![expect(
    clippy::disallowed_methods,
    reason = "copies files of this workspace, links and all, before Terraform reads them"
)]

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{ROOTS, TerraformError, at};
use crate::workspace::Workspace;

/// The settings that the tests of the overlays take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settings {
    /// `terraform.tfvars` where there is one, else the example.
    Committed,
    /// The example, whatever is committed.
    Example,
}

/// Folders and files outside of `terraform/` that tests read.
const READ_BY_TESTS: [&str; 2] = ["kustomize", "app/src/page.html"];

/// A copy that is removed when it is dropped.
#[derive(Debug)]
pub(super) struct Copy {
    folder: TempDir,
}

impl Copy {
    /// Copies both roots and what their tests read.
    pub(super) fn make(workspace: &Workspace, settings: Settings) -> Result<Self, TerraformError> {
        let folder = tempfile::tempdir().map_err(at(workspace, &std::env::temp_dir()))?;
        let copy = Self { folder };
        for part in ROOTS
            .iter()
            .map(|root| format!("terraform/{root}"))
            .chain(["terraform/mocks".to_owned()])
            .chain(READ_BY_TESTS.map(str::to_owned))
        {
            let from = workspace.root().join(&part);
            copy_tree(&from, &copy.path(&part)).map_err(at(workspace, &from))?;
        }
        for root in ROOTS {
            copy.choose_settings(workspace, root, settings)?;
        }
        Ok(copy)
    }

    /// The same copy once more, with what was written into it since.
    pub(super) fn again(&self, workspace: &Workspace) -> Result<Self, TerraformError> {
        let folder = tempfile::tempdir().map_err(at(workspace, &std::env::temp_dir()))?;
        copy_tree(self.folder.path(), folder.path()).map_err(at(workspace, folder.path()))?;
        Ok(Self { folder })
    }

    /// The copy of a file or folder of the workspace.
    pub(super) fn path(&self, part: &str) -> PathBuf {
        self.folder.path().join(part)
    }

    /// The copy of a root.
    pub(super) fn root(&self, root: &str) -> PathBuf {
        self.path("terraform").join(root)
    }

    /// Replaces one text, which must stand in the file exactly once. The answer says how often it stood there.
    pub(super) fn replace(&self, part: &str, find: &str, replace: &str) -> io::Result<usize> {
        let path = self.path(part);
        let text = fs::read_to_string(&path)?;
        let found = text.matches(find).count();
        if found == 1 {
            fs::write(&path, text.replacen(find, replace, 1))?;
        }
        Ok(found)
    }

    fn choose_settings(
        &self,
        workspace: &Workspace,
        root: &str,
        settings: Settings,
    ) -> Result<(), TerraformError> {
        let goal = self.root(root).join("terraform.tfvars");
        let example = self.root(root).join("terraform.tfvars.example");
        if settings == Settings::Example || !goal.exists() {
            fs::copy(&example, &goal).map_err(at(workspace, &example))?;
        }
        Ok(())
    }
}

/// Copies a file or a folder without what a run of Terraform leaves behind and without anyone's own settings.
fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(from, to)?;
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if !is_private(&entry.file_name()) {
            copy_tree(&entry.path(), &to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Is it state, or settings that git does not know? Terraform reads both by their mere presence.
fn is_private(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.contains(".tfstate") || name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_and_own_settings_stay_behind() {
        for name in [
            "terraform.tfstate",
            "terraform.tfstate.backup",
            "my.auto.tfvars",
            "foundation.auto.tfvars.json",
            ".terraform.tfstate.lock.info",
        ] {
            assert!(is_private(OsStr::new(name)), "{name}");
        }
        assert!(!is_private(OsStr::new("terraform.tfvars")));
        assert!(!is_private(OsStr::new("state.tf")));
    }

    #[test]
    fn a_text_is_replaced_only_where_it_is_unique() {
        let copy = Copy {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::write(copy.path("a.tf"), "x = true\ny = true\n").unwrap();
        assert_eq!(copy.replace("a.tf", "true", "false").unwrap(), 2);
        assert_eq!(copy.replace("a.tf", "z = true", "z = false").unwrap(), 0);
        assert_eq!(copy.replace("a.tf", "y = true", "y = false").unwrap(), 1);
        assert_eq!(
            fs::read_to_string(copy.path("a.tf")).unwrap(),
            "x = true\ny = false\n"
        );
    }
}
