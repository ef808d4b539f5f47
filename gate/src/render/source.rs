//! The files that were read, as the person knows them who would edit them.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use crate::edit::{Edit, span_before};
use crate::finding::{Certainty, Location};
use crate::yaml::{LineIndex, Span, Stream};

/// A file that the walk read.
#[derive(Debug)]
pub struct SourceFile {
    /// Its real path.
    pub path: PathBuf,
    /// Its path for people: relative to the root, with forward slashes.
    pub name: String,
    /// What was read from it.
    pub stream: Stream,
    /// Where it was changed in a copy: the committed text, and the changes to it.
    pub(super) committed: Option<Committed>,
}

/// The committed form of a file that was changed in a copy.
#[derive(Clone, Debug)]
pub(super) struct Committed {
    pub(super) text: String,
    pub(super) edits: Vec<Edit>,
}

impl Committed {
    /// The text as it is committed: that of the stream, where nothing was changed.
    pub(super) fn text<'a>(committed: Option<&'a Self>, stream: &'a Stream) -> &'a str {
        committed.map_or(stream.text.as_str(), |committed| &committed.text)
    }

    /// The span of the committed text that answers to one of the text that was read.
    pub(super) fn span(committed: Option<&Self>, span: Span) -> Span {
        committed.map_or(span, |committed| span_before(span, &committed.edits))
    }
}

impl SourceFile {
    /// The text as it is committed.
    pub fn text(&self) -> &str {
        Committed::text(self.committed.as_ref(), &self.stream)
    }

    /// The span of the committed text that answers to one of [`SourceFile::stream`].
    pub fn committed_span(&self, span: Span) -> Span {
        Committed::span(self.committed.as_ref(), span)
    }

    /// The place of a span of [`SourceFile::stream`] in the committed text.
    pub fn location(&self, span: Span, certainty: Certainty) -> Location {
        location(&self.name, self.text(), self.committed_span(span), certainty)
    }
}

/// The place of a span of a text.
pub fn location(file: &str, text: &str, span: Span, certainty: Certainty) -> Location {
    locate(file, &LineIndex::new(text), span, certainty)
}

/// The place of a span of a text whose lines are known.
pub fn locate(file: &str, lines: &LineIndex<'_>, span: Span, certainty: Certainty) -> Location {
    let (start, end) = lines.range(span);
    Location {
        file: file.to_owned(),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        certainty,
    }
}

/// How files are called in reports.
#[derive(Clone, Debug)]
pub(super) struct Naming {
    root: PathBuf,
    /// A copy of a tree, and the tree that it is a copy of.
    moved: Option<(PathBuf, PathBuf)>,
    /// What was changed in the copy, by the path of the copy.
    pub(super) committed: BTreeMap<PathBuf, Committed>,
}

impl Naming {
    pub(super) fn below(root: &Path) -> Self {
        Self {
            root: root.canonicalize().unwrap_or_else(|_| root.to_owned()),
            moved: None,
            committed: BTreeMap::new(),
        }
    }

    pub(super) fn of_copy(root: &Path, copy: &Path, original: &Path) -> Self {
        Self {
            moved: Some((copy.to_owned(), original.to_owned())),
            ..Self::below(root)
        }
    }

    /// The name of a real path.
    pub(super) fn name(&self, path: &Path) -> String {
        let original = self.moved.as_ref().and_then(|(copy, original)| {
            let rest = path.strip_prefix(copy).ok()?;
            Some(original.join(rest))
        });
        slashes(&relative(&self.root, original.as_deref().unwrap_or(path)))
    }
}

/// The way from one absolute folder to another path; the path itself where there is no way between them.
pub(super) fn relative(from: &Path, to: &Path) -> PathBuf {
    let from: Vec<Component<'_>> = from.components().collect();
    let to_components: Vec<Component<'_>> = to.components().collect();
    let shared = from
        .iter()
        .zip(&to_components)
        .take_while(|(one, other)| one == other)
        .count();
    if shared == 0 {
        return to.to_owned();
    }
    let up = from.iter().skip(shared).map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(to_components.into_iter().skip(shared)).collect();
    if path.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        path
    }
}

/// A path with forward slashes.
pub(super) fn slashes(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' {
        text.into_owned()
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    }
}
