//! How far a path may lead.

use std::path::{Component, Path, PathBuf};

use super::InputError;

/// What is read must lie inside: the work tree that holds the path given, which is the nearest folder above it with a
/// `.git`. Outside of any work tree a kustomization may name its neighbours, as kustomize allows, but a link must
/// stay below the folder given.
#[derive(Clone, Debug)]
pub struct Boundary {
    work_tree: Option<PathBuf>,
    given: PathBuf,
}

impl Boundary {
    /// The boundary around a path that exists.
    pub fn around(path: &Path) -> Result<Self, InputError> {
        let system = |source| InputError::of_system(path, source);
        let absolute = normalized(&std::path::absolute(path).map_err(system)?);
        // Of a file the folder counts in which its name stands: the file itself may be a link that leads out.
        let folder = if absolute.is_dir() {
            absolute.as_path()
        } else {
            absolute.parent().unwrap_or(&absolute)
        };
        let given = folder.canonicalize().map_err(system)?;
        // By the words of the path first: a link inside a work tree must not move the boundary to where it leads.
        let work_tree = match work_tree(folder) {
            Some(found) => Some(found.canonicalize().map_err(system)?),
            None => work_tree(&given).map(Path::to_owned),
        };
        if work_tree
            .as_ref()
            .is_some_and(|work_tree| !given.starts_with(work_tree))
        {
            return Err(InputError::Outside {
                path: path.display().to_string(),
                limit: "the work tree",
            });
        }
        Ok(Self { work_tree, given })
    }

    /// A boundary that is exactly one folder, for trees that gate itself has written.
    pub(crate) fn exactly(folder: &Path) -> Self {
        Self {
            work_tree: Some(folder.to_owned()),
            given: folder.to_owned(),
        }
    }

    /// The folder that holds everything which may be read: the work tree, else the folder given.
    pub fn folder(&self) -> &Path {
        self.work_tree.as_deref().unwrap_or(&self.given)
    }

    /// The work tree, where there is one.
    pub fn work_tree(&self) -> Option<&Path> {
        self.work_tree.as_deref()
    }

    /// The real path of the folder given.
    pub fn given(&self) -> &Path {
        &self.given
    }

    /// The real path behind `reference`, seen from the real folder `folder`. `name` stands for it in errors.
    pub fn resolve(&self, folder: &Path, reference: &Path, name: &str) -> Result<PathBuf, InputError> {
        let written = normalized(&folder.join(reference));
        let outside = |limit| InputError::Outside {
            path: name.to_owned(),
            limit,
        };
        // Asked before the file is: whether something outside exists is nobody's business.
        if let Some(work_tree) = &self.work_tree
            && !written.starts_with(work_tree)
        {
            return Err(outside("the work tree"));
        }
        let real = folder
            .join(reference)
            .canonicalize()
            .map_err(|source| InputError::of_system(Path::new(name), source))?;
        match &self.work_tree {
            Some(work_tree) if !real.starts_with(work_tree) => Err(outside("the work tree")),
            None if real != written && !real.starts_with(&self.given) => Err(outside("the folder given")),
            _ => Ok(real),
        }
    }
}

/// The root of the work tree that holds a folder: the nearest one, itself included, with a `.git` in it.
pub fn work_tree(folder: &Path) -> Option<&Path> {
    folder
        .ancestors()
        .find(|folder| folder.join(".git").symlink_metadata().is_ok())
}

/// The path without `.` and `..`, by its words alone.
pub(crate) fn normalized(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}
