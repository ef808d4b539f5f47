//! What paths of the command line and of `gate.toml` are relative to, and what reports call them.

use std::path::{Path, PathBuf};

use crate::config::{Config, Written};
use crate::deps::InputFile;
use crate::input::work_tree;

/// The folders of a run.
#[derive(Debug)]
pub(super) struct Base {
    /// What names in reports are relative to: the folder of `gate.toml`, else the working directory.
    pub(super) root: PathBuf,
    /// The work tree that holds it: no program in it is started.
    pub(super) repository: Option<PathBuf>,
    here: PathBuf,
}

impl Base {
    pub(super) fn new(here: &Path, config: &Config) -> Self {
        let root = if config.folder.as_os_str().is_empty() {
            here.to_owned()
        } else {
            config.folder.clone()
        };
        let repository = work_tree(&root).or_else(|| work_tree(here)).map(Path::to_owned);
        Self {
            root,
            repository,
            here: here.to_owned(),
        }
    }

    /// The folder that names in reports are relative to, from the root of the work tree.
    pub(super) fn folder(&self) -> String {
        let below = self
            .repository
            .as_ref()
            .and_then(|repository| self.root.strip_prefix(repository).ok());
        below.map_or_else(String::new, |below| below.to_string_lossy().replace('\\', "/"))
    }

    /// A path of `gate.toml`.
    pub(super) fn of_config(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// A path of `gate.toml` as one would write it in the working directory: errors then name no path of the machine.
    pub(super) fn as_written_here(&self, path: &str) -> PathBuf {
        if let Ok(below) = self.here.strip_prefix(&self.root) {
            let up: PathBuf = below.components().map(|_| "..").collect();
            return up.join(path);
        }
        match self.root.strip_prefix(&self.here) {
            Ok(below) => below.join(path),
            Err(_) => self.of_config(path),
        }
    }

    /// The given paths, else those of `gate.toml`.
    pub(super) fn paths(&self, given: &[PathBuf], configured: &[Written<String>]) -> Vec<PathBuf> {
        if given.is_empty() {
            return configured
                .iter()
                .map(|path| self.as_written_here(&path.value))
                .collect();
        }
        given.to_vec()
    }

    /// The given paths, else those of `gate.toml`, each with its name in reports.
    pub(super) fn named(&self, given: &[PathBuf], configured: &[Written<String>]) -> Vec<(PathBuf, String)> {
        if given.is_empty() {
            return configured
                .iter()
                .map(|path| (self.of_config(&path.value), path.value.clone()))
                .collect();
        }
        given.iter().map(|path| (path.clone(), self.name(path))).collect()
    }

    /// The name of a path of the command line: relative to the root where it lies below it, else as it was given.
    fn name(&self, path: &Path) -> String {
        let whole = self.here.join(path);
        let name = whole.strip_prefix(&self.root).unwrap_or(path);
        name.to_string_lossy().replace('\\', "/")
    }
}

pub(super) fn input_file((path, name): (PathBuf, String)) -> InputFile {
    InputFile {
        path,
        name: name.into(),
    }
}
