//! From a path to the objects that would be applied.
//!
//! A kustomization is walked first ([`Tree`]), then rendered by kubectl or kustomize. What is judged is the plain render,
//! exactly what `kubectl apply -k` would send. Files and standard input are taken as they are. This room never touches
//! the user's files: what it writes, it writes into temporary folders.

mod discover;
mod error;
mod pin;
mod program;
mod provenance;
mod references;
mod refusals;
mod release;
mod source;
#[cfg(test)]
mod tests;
mod tree;
mod walk;
mod words;

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub use discover::{Discovery, Unit};
pub use error::RenderError;
pub use pin::{Pin, pin_entries, pin_images};
pub use program::{Program, Renderer};
pub use provenance::Provenance;
pub use source::{SourceFile, locate, location};
pub use tree::{Kustomization, Resource, Tree};

use program::Request;
use source::{Committed, Naming};
use walk::Walk;

use crate::edit;
use crate::finding::{Certainty, Location};
use crate::input::{self, Boundary};
use crate::stages::{StageError, ToolUse};
use crate::yaml::{self, Limits, ProblemKind, Span, Stream};

/// What was rendered.
#[derive(Debug)]
pub struct Rendered {
    /// The input for people: a path relative to the root, or `-`.
    pub name: String,
    /// What is judged; its text is the plain render, or the file itself.
    pub stream: Stream,
    /// Where it comes from.
    pub source: Source,
    /// Where kustomize itself says that each object comes from. None for plain files, and where the render with
    /// annotations did not equal the plain one.
    pub provenance: Option<Provenance>,
    /// The program that rendered it.
    pub tool: Option<ToolUse>,
    /// Of a plain file to which digests were added: what is committed.
    committed: Option<Committed>,
}

/// Where a render comes from.
#[derive(Debug)]
pub enum Source {
    /// The stream is the file itself.
    Plain,
    /// A kustomization with everything that it names.
    Kustomization(Tree),
}

impl Rendered {
    /// The text of a plain file as it is committed, which is what places of it are places in.
    pub fn text(&self) -> &str {
        Committed::text(self.committed.as_ref(), &self.stream)
    }

    /// The span of [`Rendered::text`] that answers to one of the stream.
    pub fn committed_span(&self, span: Span) -> Span {
        Committed::span(self.committed.as_ref(), span)
    }

    /// Why the text cannot be trusted to be what its author sees: kubectl puts U+FFFD in the place of what is not
    /// valid in the encoding, and applies that.
    pub fn encoding_error(&self) -> Option<StageError> {
        let span = self.stream.replaced?;
        Some(StageError {
            message: format!(
                "`{}` is not UTF-8 text: kubectl would apply U+FFFD in the place of what does not fit",
                self.name
            ),
            hint: Some("save it as UTF-8".to_owned()),
            location: Some(self.location(span)),
        })
    }

    /// The place of a span of the stream, in the text as it is committed.
    pub fn location(&self, span: Span) -> Location {
        let span = self.committed_span(span);
        location(&self.name, self.text(), span, Certainty::Exact)
    }

    /// Names and texts of the files that locations can name.
    pub fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        let (plain, files) = match &self.source {
            Source::Plain => (Some((self.name.as_str(), self.text())), [].as_slice()),
            Source::Kustomization(tree) => (None, tree.files.as_slice()),
        };
        plain
            .into_iter()
            .chain(files.iter().map(|file| (file.name.as_str(), file.text())))
    }
}

/// A kustomization as it would be released.
#[derive(Debug)]
pub enum Released {
    /// It was rendered with the digests of these repositories.
    Rendered {
        /// The render; its places are those of the committed files.
        rendered: Box<Rendered>,
        /// The pinned repositories that it names.
        repositories: Vec<String>,
    },
    /// It renders no image of any of the repositories.
    NotNamed,
}

/// Renders inputs with one program, which is found when it is first needed.
#[derive(Debug)]
pub struct Workshop {
    renderer: Renderer,
    allow_remote: bool,
    root: PathBuf,
    program: OnceCell<Program>,
}

impl Workshop {
    /// A workshop that names files relative to `root`. With `allow_remote` kustomize may fetch what a kustomization names
    /// in the network.
    pub fn new(root: &Path, renderer: Renderer, allow_remote: bool) -> Self {
        Self {
            renderer,
            allow_remote,
            root: root.to_owned(),
            program: OnceCell::new(),
        }
    }

    /// What is judged for a path that the user names.
    pub fn discover(&self, path: &Path) -> Result<Discovery, RenderError> {
        discover::discover(path, &Naming::below(&self.root))
    }

    /// Renders one unit.
    pub fn render(&self, unit: &Unit) -> Result<Rendered, RenderError> {
        match unit {
            Unit::StandardInput => Ok(plain(
                "-".to_owned(),
                &input::read_standard_input(input::MANIFEST_LIMIT)?,
            )),
            Unit::File(path) => self.file(path),
            Unit::Kustomization(folder) => {
                let (boundary, folder) = within(folder)?;
                let naming = Naming::below(&self.root);
                let tree = self.walk(&boundary, &naming).tree(&folder)?;
                self.kustomization(tree, &folder, &naming, &[boundary.folder()])
            }
        }
    }

    /// Renders a unit as it would be released with these digests.
    pub fn as_released(&self, unit: &Unit, pins: &[Pin]) -> Result<Released, RenderError> {
        match unit {
            Unit::Kustomization(folder) => self.released_kustomization(folder, pins),
            // Standard input was read to its end by the plain render; what wrote it pins it.
            Unit::StandardInput => Ok(Released::NotNamed),
            Unit::File(path) => self.released_file(path, pins),
        }
    }

    fn released_file(&self, path: &Path, pins: &[Pin]) -> Result<Released, RenderError> {
        let committed = self.file(path)?;
        let edits = pin_images(&committed.stream, pins);
        if edits.is_empty() {
            return Ok(Released::NotNamed);
        }
        let text = edit::apply(&committed.stream.text, &edits);
        let repositories: BTreeSet<String> = edits.iter().map(|edit| edit.subject.clone()).collect();
        let mut rendered = plain(committed.name, text.as_bytes());
        rendered.committed = Some(Committed {
            text: committed.stream.text,
            edits,
        });
        Ok(Released::Rendered {
            rendered: Box::new(rendered),
            repositories: repositories.into_iter().collect(),
        })
    }

    fn released_kustomization(&self, folder: &Path, pins: &[Pin]) -> Result<Released, RenderError> {
        let (boundary, folder) = within(folder)?;
        let tree = self.walk(&boundary, &Naming::below(&self.root)).tree(&folder)?;
        let edits = release::edits(&tree, pins);
        if edits.is_empty() {
            return Ok(Released::NotNamed);
        }
        let copy = release::copy(&tree, &edits, &self.root)?;
        let boundary = Boundary::exactly(&copy.folder);
        let copied = self.walk(&boundary, &copy.naming).tree(&copy.kustomization)?;
        let rendered = self.kustomization(copied, &copy.kustomization, &copy.naming, &[&copy.folder])?;
        let repositories = release::rendered_pins(&rendered.stream, pins)?;
        if repositories.is_empty() {
            return Ok(Released::NotNamed);
        }
        Ok(Released::Rendered {
            rendered: Box::new(rendered),
            repositories,
        })
    }

    fn walk<'a>(&self, boundary: &'a Boundary, naming: &'a Naming) -> Walk<'a> {
        Walk {
            boundary,
            naming,
            allow_remote: self.allow_remote,
        }
    }

    fn file(&self, path: &Path) -> Result<Rendered, RenderError> {
        let (boundary, folder) = within(path.parent().unwrap_or(Path::new("")))?;
        let bare = path.file_name().map_or(path.as_ref(), Path::new);
        let real = boundary.resolve(&folder, bare, &path.display().to_string())?;
        // The name under which the user knows it, not that of the file behind a link.
        let name = Naming::below(&self.root).name(&folder.join(bare));
        let bytes = input::read_bytes(&real, input::MANIFEST_LIMIT).map_err(|error| error.named(&name))?;
        Ok(plain(name, &bytes))
    }

    fn kustomization(
        &self,
        tree: Tree,
        folder: &Path,
        naming: &Naming,
        private: &[&Path],
    ) -> Result<Rendered, RenderError> {
        let name = naming.name(folder);
        let shown: Vec<(PathBuf, String)> = private
            .iter()
            .map(|folder| ((*folder).to_owned(), naming.name(folder)))
            .collect();
        let request = Request {
            folder,
            name: &name,
            shown: &shown,
            allow_remote: self.allow_remote,
        };
        let program = self.program()?;
        let bytes = program.render(&request).map_err(|error| located(error, &tree))?;
        let stream = yaml::read(bytes, &Limits::default());
        let is_component = tree
            .kustomizations
            .get(tree.root)
            .is_some_and(|root| root.is_component);
        let provenance = provenance::provenance(program, &request, is_component, &stream)?;
        Ok(Rendered {
            name,
            stream,
            provenance,
            source: Source::Kustomization(tree),
            tool: Some(program.tool.clone()),
            committed: None,
        })
    }

    fn program(&self) -> Result<&Program, RenderError> {
        if let Some(program) = self.program.get() {
            return Ok(program);
        }
        let boundary = Boundary::around(&self.root)?;
        let program = Program::locate(self.renderer, boundary.work_tree())?;
        Ok(self.program.get_or_init(|| program))
    }
}

/// The boundary around a folder, and its real path.
fn within(folder: &Path) -> Result<(Boundary, PathBuf), RenderError> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let boundary = Boundary::around(folder)?;
    let real = boundary.given().to_owned();
    Ok((boundary, real))
}

fn plain(name: String, bytes: &[u8]) -> Rendered {
    Rendered {
        name,
        stream: yaml::read(bytes, &Limits::default()),
        source: Source::Plain,
        provenance: None,
        tool: None,
        committed: None,
    }
}

/// Adds the place that gate's own reading knows: the first thing that cannot be read.
fn located(error: RenderError, tree: &Tree) -> RenderError {
    let RenderError::Failed {
        program, name, words, ..
    } = error
    else {
        return error;
    };
    let location = tree.files.iter().find_map(|file| {
        let problem = file.stream.problems_of(ProblemKind::Invalid).next()?;
        Some(Box::new(file.location(problem.span, Certainty::Nearest)))
    });
    RenderError::Failed {
        program,
        name,
        words,
        location,
    }
}
