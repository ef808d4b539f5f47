//! `--policy-from`: the rules of another tree, so that the author of a change is not its judge.
//!
//! The other tree says which `gate.toml` holds, wherever the judged one has put its own. Its levels, exceptions and
//! settings count; of the judged tree only what adds to the check does. Paths are those of the judged tree.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::differences::{Change, compare, file_difference, replaced};
use super::{PlanError, PolicySource};
use crate::cli::CommonArguments;
use crate::config::{self, Config, FILE_NAME};
use crate::deps::InputFile;
use crate::input::{BaseTree, normalized, work_tree};
use crate::stages::StageError;

/// The rules of another tree.
#[derive(Debug)]
pub(super) struct BaseRules {
    /// What holds.
    pub(super) config: Config,
    /// Both trees.
    pub(super) tree: BaseTree,
    /// What the judged tree says otherwise.
    pub(super) changes: Vec<Change>,
    /// Why the `gate.toml` of the judged tree cannot be read.
    pub(super) errors: Vec<StageError>,
    /// The texts of both files, by name.
    pub(super) sources: BTreeMap<String, String>,
    /// The `deny.toml` of each lockfile that the other tree declares, by the path of the lockfile.
    pub(super) deny: BTreeMap<PathBuf, InputFile>,
}

impl BaseRules {
    /// Reads the rules. `here` is the working directory, a real path.
    pub(super) fn read(folder: &Path, options: &CommonArguments, here: &Path) -> Result<Self, PlanError> {
        let tree = trees(folder, here)?;
        let file = match &options.config {
            Some(file) => tree
                .below(&here.join(file))
                .map(|file| tree.base.join(file))
                .ok_or_else(|| PlanError::ConfigElsewhere(file.display().to_string()))?,
            None => tree
                .counterpart(here)
                .and_then(|start| config::find_below(&start, &tree.base))
                .ok_or_else(|| PlanError::NoPolicy(folder.display().to_string()))?,
        };
        let below = file.strip_prefix(&tree.base).unwrap_or(&file).to_owned();
        let name = folder.join(&below).to_string_lossy().replace('\\', "/");
        let mut base = config::read_below(&file, &name, &tree.base).map_err(PlanError::Config)?;
        base.folder = tree.work.join(below.parent().unwrap_or(Path::new("")));
        let mut rules = Self {
            deny: deny_files(&base, &tree),
            sources: [(name, base.text.clone())].into(),
            config: base,
            tree,
            changes: Vec::new(),
            errors: Vec::new(),
        };
        rules.hold_against_change(&below, options, here);
        Ok(rules)
    }

    /// Adds what the judged tree adds to the check, and notes everything else that it would have changed.
    fn hold_against_change(&mut self, below: &Path, options: &CommonArguments, here: &Path) {
        let counterpart = self.tree.work.join(below);
        let own = match options.config {
            Some(_) => Some(counterpart.clone()).filter(|file| file.symlink_metadata().is_ok()),
            None => config::find(here),
        };
        let name = match &options.config {
            Some(file) => file.display().to_string(),
            None => FILE_NAME.to_owned(),
        };
        if own.as_deref() != Some(&counterpart) {
            let other = own.as_deref().and_then(|file| self.tree.below(file));
            self.changes.push(replaced(below, other.as_deref()));
        } else if let Some(own) = own {
            match config::read(&own, &name) {
                Ok(change) => {
                    self.sources.insert(name, change.text.clone());
                    self.changes.extend(compare(&mut self.config, &change));
                }
                Err(errors) => self.errors.extend(errors.iter().map(StageError::from)),
            }
        }
        if self
            .config
            .dependencies
            .as_ref()
            .is_some_and(|section| section.deny)
        {
            let files = self.deny.iter().filter_map(|(lockfile, base)| {
                let own = lockfile.with_file_name("deny.toml");
                file_difference(&own, &base.path, &self.config.folder)
            });
            self.changes.extend(files);
        }
    }

    /// What the report says of it.
    pub(super) fn into_source(self) -> PolicySource {
        PolicySource {
            folder: self.tree.given.display().to_string(),
            changes: self.changes,
            errors: self.errors,
            sources: self.sources,
        }
    }

    /// The folder of the other tree that answers to that of the configuration, as the user would write it.
    pub(super) fn folder(&self) -> PathBuf {
        match self.tree.below(&self.config.folder) {
            Some(below) => self.tree.given.join(below),
            None => self.tree.given.clone(),
        }
    }
}

fn trees(folder: &Path, here: &Path) -> Result<BaseTree, PlanError> {
    let given = folder.display().to_string();
    let unreadable = |source| PlanError::PolicyFolder {
        folder: given.clone(),
        source,
    };
    let base = here.join(folder).canonicalize().map_err(unreadable)?;
    let work = work_tree(here).unwrap_or(here).to_owned();
    // What lies in the judged tree and is no work tree of its own may have come with the change.
    let is_part = base.starts_with(&work) && (base == work || work_tree(&base) != Some(&base));
    if is_part || !base.is_dir() {
        return Err(PlanError::PolicyInside(given));
    }
    Ok(BaseTree {
        work,
        base,
        given: folder.to_owned(),
    })
}

/// The `deny.toml` of the other tree beside the counterpart of each lockfile.
fn deny_files(config: &Config, tree: &BaseTree) -> BTreeMap<PathBuf, InputFile> {
    let lockfiles = config.dependencies.iter().flat_map(|section| &section.lockfiles);
    let file = |lockfile: &config::Written<String>| {
        let lockfile = config.folder.join(&lockfile.value);
        let deny = normalized(&lockfile.with_file_name("deny.toml"));
        let file = InputFile {
            path: tree.counterpart(&deny)?,
            name: tree.name(&deny)?.into(),
        };
        Some((lockfile, file))
    };
    lockfiles.filter_map(file).collect()
}
