//! Walks a kustomization before it is rendered.
//!
//! Nothing that a change brings along is run, fetched, or read from outside the boundary: what asks for it is refused
//! here with its place. What kustomize itself would refuse (an unknown field, an object twice) is left to it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::error::RenderError;
use super::references::{self, Reference, Role};
use super::refusals;
use super::source::{Naming, SourceFile, location};
use super::tree::{Kustomization, Named, Resource, Tree};
use crate::finding::{Certainty, Location};
use crate::input::{self, Boundary, InputError};
use crate::yaml::{self, Limits, Node, Span, Stream};

/// Folders below each other that one kustomization may name.
const DEPTH_LIMIT: usize = 64;

/// What a walk needs to know.
pub(super) struct Walk<'a> {
    pub(super) boundary: &'a Boundary,
    pub(super) naming: &'a Naming,
    pub(super) allow_remote: bool,
}

impl Walk<'_> {
    /// Walks the kustomization in a real folder.
    pub(super) fn tree(&self, folder: &Path) -> Result<Tree, RenderError> {
        let mut walker = Walker {
            walk: self,
            tree: Tree::default(),
            files: BTreeMap::new(),
            folders: BTreeMap::new(),
        };
        walker.tree.root = walker.kustomization(folder, Stand::default())?;
        Ok(walker.tree)
    }
}

/// Where in the tree the walk stands.
#[derive(Clone, Copy, Default)]
struct Stand {
    depth: usize,
    /// Are the objects configurations of plugins rather than resources?
    plugins: bool,
}

impl Stand {
    fn below(self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self
        }
    }
}

enum Progress {
    Begun,
    Done(usize),
}

struct Walker<'a> {
    walk: &'a Walk<'a>,
    tree: Tree,
    files: BTreeMap<PathBuf, usize>,
    /// Folders by whether their objects are configurations of plugins.
    folders: BTreeMap<(PathBuf, bool), Progress>,
}

/// The file in which something is named.
#[derive(Clone, Copy)]
pub(super) struct Namer<'a> {
    folder: &'a Path,
    name: &'a str,
    pub(super) stream: &'a Stream,
}

impl Namer<'_> {
    pub(super) fn location(self, span: Span) -> Location {
        location(self.name, &self.stream.text, span, Certainty::Exact)
    }
}

impl Walker<'_> {
    fn kustomization(&mut self, folder: &Path, stand: Stand) -> Result<usize, RenderError> {
        let key = (folder.to_owned(), stand.plugins);
        if let Some(Progress::Done(number)) = self.folders.get(&key) {
            return Ok(*number);
        }
        self.folders.insert(key.clone(), Progress::Begun);
        let name = self.walk.naming.name(folder);
        let file = input::kustomization_file(folder)
            .map_err(|error| error.named(&name))?
            .ok_or_else(|| InputError::Missing {
                path: format!("{name}/{}", input::KUSTOMIZATION_NAMES[0]),
            })?;
        let shown = self.walk.naming.name(&file);
        let bare = file.file_name().map_or(file.as_ref(), Path::new);
        let real = self.walk.boundary.resolve(folder, bare, &shown)?;
        self.named(folder, bare, &real);
        let file = self.read(&real)?;
        // The text is needed while the tree grows.
        let stream = self.tree.files[file].stream.clone();
        let namer = Namer {
            folder,
            name: &shown,
            stream: &stream,
        };
        let root = refusals::checked(namer)?;
        let mut kustomization = Kustomization {
            folder: folder.to_owned(),
            file,
            is_component: root.get("kind").and_then(Node::as_str) == Some("Component"),
            resources: Vec::new(),
            components: Vec::new(),
            patches: BTreeMap::new(),
        };
        for reference in references::references(&stream) {
            self.reference(namer, reference, &mut kustomization, stand)?;
        }
        self.tree.kustomizations.push(kustomization);
        let number = self.tree.kustomizations.len() - 1;
        self.folders.insert(key, Progress::Done(number));
        Ok(number)
    }

    fn reference(
        &mut self,
        namer: Namer<'_>,
        reference: Reference<'_>,
        into: &mut Kustomization,
        stand: Stand,
    ) -> Result<(), RenderError> {
        if reference.role == Role::Plugin && references::is_written_in_place(reference.text) {
            let place = namer.location(reference.span);
            let stream = yaml::read(reference.text, &Limits::default());
            return self.plugins(namer.folder, &stream, &|_| place.clone());
        }
        let Some(real) = self.resolve(namer, reference)? else {
            return Ok(());
        };
        let stand = Stand {
            plugins: stand.plugins || reference.role == Role::Plugin,
            ..stand
        };
        if real.is_dir() {
            return self.folder(namer, reference, &real, into, stand);
        }
        match reference.role {
            Role::Data => {}
            Role::Patch => {
                let file = self.read(&real)?;
                into.patches.insert(reference.text.to_owned(), file);
            }
            Role::Resource | Role::Component if !stand.plugins => {
                into.resources.push(Resource::File(self.read(&real)?));
            }
            Role::Resource | Role::Component | Role::Plugin => {
                let file = self.read(&real)?;
                let name = self.tree.files[file].name.clone();
                let stream = self.tree.files[file].stream.clone();
                let text = &stream.text;
                let place = |span| location(&name, text, span, Certainty::Exact);
                self.plugins(namer.folder, &stream, &place)?;
            }
        }
        Ok(())
    }

    fn folder(
        &mut self,
        namer: Namer<'_>,
        reference: Reference<'_>,
        real: &Path,
        into: &mut Kustomization,
        stand: Stand,
    ) -> Result<(), RenderError> {
        let key = (real.to_owned(), stand.plugins);
        let begun = matches!(self.folders.get(&key), Some(Progress::Begun));
        if begun || stand.depth >= DEPTH_LIMIT {
            return Err(RenderError::Circle {
                reference: reference.text.to_owned(),
                location: Box::new(namer.location(reference.span)),
            });
        }
        let place = || namer.location(reference.span);
        let number = self
            .kustomization(real, stand.below())
            .map_err(|error| match error {
                // It was the reference that led there.
                RenderError::Input(source) => RenderError::Reference {
                    source,
                    location: Box::new(place()),
                },
                other => other,
            })?;
        match reference.role {
            Role::Component => into.components.push(number),
            Role::Resource => into.resources.push(Resource::Kustomization(number)),
            Role::Patch | Role::Plugin | Role::Data => {}
        }
        Ok(())
    }

    /// The real path of something named; none where it lies in the network and that is allowed.
    fn resolve(
        &mut self,
        namer: Namer<'_>,
        reference: Reference<'_>,
    ) -> Result<Option<PathBuf>, RenderError> {
        let remote = || RenderError::Remote {
            reference: reference.text.to_owned(),
            location: Box::new(namer.location(reference.span)),
        };
        if references::is_remote(reference.text) {
            return if self.walk.allow_remote {
                Ok(None)
            } else {
                Err(remote())
            };
        }
        let path = Path::new(reference.text);
        match self.walk.boundary.resolve(namer.folder, path, reference.text) {
            Ok(real) => {
                self.named(namer.folder, path, &real);
                Ok(Some(real))
            }
            Err(_) if references::looks_remote(reference.text) => {
                if self.walk.allow_remote {
                    Ok(None)
                } else {
                    Err(remote())
                }
            }
            Err(source) => Err(RenderError::Reference {
                source,
                location: Box::new(namer.location(reference.span)),
            }),
        }
    }

    fn named(&mut self, folder: &Path, path: &Path, real: &Path) {
        self.tree.named.push(Named {
            written: input::normalized(&folder.join(path)),
            real: real.to_owned(),
        });
    }

    /// Reads a file once.
    fn read(&mut self, real: &Path) -> Result<usize, RenderError> {
        if let Some(number) = self.files.get(real) {
            return Ok(*number);
        }
        let name = self.walk.naming.name(real);
        let bytes = input::read_bytes(real, input::MANIFEST_LIMIT).map_err(|error| error.named(&name))?;
        let number = self.tree.files.len();
        self.tree.files.push(SourceFile {
            path: real.to_owned(),
            name,
            stream: yaml::read(bytes, &Limits::default()),
            committed: self.walk.naming.committed.get(real).cloned(),
        });
        self.files.insert(real.to_owned(), number);
        Ok(number)
    }

    /// Checks the configurations of generators, transformers and validators.
    fn plugins(
        &mut self,
        folder: &Path,
        stream: &Stream,
        place: &dyn Fn(Span) -> Location,
    ) -> Result<(), RenderError> {
        if let Some(problem) = stream.problems.first() {
            return Err(RenderError::Kustomization {
                message: problem.message.clone(),
                location: Box::new(place(problem.span)),
            });
        }
        for document in &stream.documents {
            let root = document.root();
            if let Some(what) = refusals::program(root) {
                let location = Box::new(place(refusals::first_key(root)));
                return Err(RenderError::Refused { what, location });
            }
            if let Some((key, meant, span)) = references::misspelled(root) {
                return Err(refusals::misspelled(key, meant, place(span)));
            }
            for reference in references::plugin_references(root, &stream.text) {
                let location = Box::new(place(reference.span));
                if references::is_remote(reference.text) {
                    let reference = reference.text.to_owned();
                    return Err(RenderError::Remote { reference, location });
                }
                let path = Path::new(reference.text);
                let real = self.walk.boundary.resolve(folder, path, reference.text);
                let real = real.map_err(|source| RenderError::Reference { source, location })?;
                self.named(folder, path, &real);
            }
        }
        Ok(())
    }
}
