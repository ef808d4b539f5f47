//! Reads YAML as kubectl does.
//!
//! The purpose of this room is that `gate` judges the object that is applied, not the one that another reader
//! would see. It knows nothing of Kubernetes and touches no file.

mod compose;
mod encoding;
mod events;
mod limits;
mod lines;
mod path;
mod raw;
mod scalar;
mod split;
#[cfg(test)]
mod tests;
mod tree;

pub use limits::Limits;
pub use lines::{LineIndex, Position};
pub use path::{FieldPath, Segment};
pub use tree::{Document, Entry, Node, NodeId, Span, Value};

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// kubectl cannot read it: the document is missing from [`Stream::documents`].
    Invalid,
    /// kubectl silently drops text that a reviewer reads.
    Hidden,
    /// A key stands twice, or a merge key overrides a key before it: one value silently wins.
    DuplicateKey,
}

/// One problem of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind it is.
    pub kind: ProblemKind,
    /// Where.
    pub span: Span,
    /// What is wrong, one sentence without a period.
    pub message: String,
    /// The earlier place of a clash.
    pub related: Option<Span>,
}

/// The place that rules on text report: a span of the text that was read.
pub type Place = Span;

/// What was read from a text: the documents that are readable, and every problem.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stream {
    /// The text after decoding, without a byte order mark: all spans count its bytes.
    pub text: String,
    /// Readable documents in order; empty ones are left out.
    pub documents: Vec<Document>,
    /// All problems in the order of their places.
    pub problems: Vec<Problem>,
}

/// Reads a text as kubectl does. It never fails: what cannot be read is among the problems, and everything else is
/// still there.
pub fn read(bytes: impl AsRef<[u8]>, limits: &Limits) -> Stream {
    let bytes = bytes.as_ref();
    let mut stream = Stream {
        text: encoding::decode(bytes),
        ..Stream::default()
    };
    if bytes.len() > limits.bytes {
        let message = format!("the text is larger than the limit of {} bytes", limits.bytes);
        stream
            .problems
            .push(raw::Refusal::new(Span { start: 0, end: 0 }, message).into());
        return stream;
    }
    let text = std::mem::take(&mut stream.text);
    let pieces = split::split(&text);
    stream
        .problems
        .extend(pieces.refusals.into_iter().map(Problem::from));
    for piece in pieces.documents {
        match read_piece(&text, piece, limits) {
            Ok(Some((document, problems))) => {
                stream.documents.push(document);
                stream.problems.extend(problems);
            }
            Ok(None) => {}
            Err(refusal) => stream.problems.push(refusal.into()),
        }
    }
    stream
        .problems
        .sort_by_key(|problem| (problem.span, problem.kind));
    stream.text = text;
    stream
}

fn read_piece(
    text: &str,
    piece: Span,
    limits: &Limits,
) -> Result<Option<(Document, Vec<Problem>)>, raw::Refusal> {
    let raw = events::parse(&text[piece.start..piece.end], piece.start, limits)?;
    let Some(root) = raw.root else { return Ok(None) };
    let (document, problems) = compose::compose(&raw, root, piece, limits)?;
    Ok((!document.root().is_null()).then_some((document, problems)))
}
