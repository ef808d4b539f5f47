//! A kustomization with everything that it names, as gate's own walk found it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::source::SourceFile;
use crate::yaml::Document;

/// A kustomization with everything that it names.
#[derive(Debug, Default)]
pub struct Tree {
    /// Every file with objects, patches or a kustomization, each once.
    pub files: Vec<SourceFile>,
    /// Every kustomization, each once.
    pub kustomizations: Vec<Kustomization>,
    /// Which of them is the one given.
    pub root: usize,
    /// Everything that is named, also files that gate does not read.
    pub(super) named: Vec<Named>,
}

/// A file or folder that is named.
#[derive(Clone, Debug)]
pub(super) struct Named {
    /// The path by its words.
    pub(super) written: PathBuf,
    /// The real path.
    pub(super) real: PathBuf,
}

/// One kustomization file.
#[derive(Debug)]
pub struct Kustomization {
    /// Its real folder.
    pub folder: PathBuf,
    /// Its file, in [`Tree::files`].
    pub file: usize,
    /// Is it a component?
    pub is_component: bool,
    /// Its resources in order.
    pub resources: Vec<Resource>,
    /// Its components in order, in [`Tree::kustomizations`].
    pub components: Vec<usize>,
    /// Its patch files by the words that name them, in [`Tree::files`].
    pub patches: BTreeMap<String, usize>,
}

/// One resource of a kustomization.
#[derive(Clone, Copy, Debug)]
pub enum Resource {
    /// A file of objects, in [`Tree::files`].
    File(usize),
    /// Another kustomization, in [`Tree::kustomizations`].
    Kustomization(usize),
}

impl Tree {
    /// The one document of a kustomization file.
    pub fn document(&self, kustomization: &Kustomization) -> Option<&Document> {
        self.files.get(kustomization.file)?.stream.documents.first()
    }
}
