//! Reads a whole text: its documents, and what is wrong with them.

use super::encoding::Decoded;
use super::raw::Refusal;
use super::{Document, Limits, Problem, ProblemKind, Span, Stream, compose, encoding, json, parse, split};

/// How far kubectl looks for the brace that makes a text JSON.
const JSON_LOOKAHEAD: usize = 4096;

/// Reads a text as kubectl does. It never fails: what cannot be read is among the problems, and everything else is
/// still there.
pub fn read(bytes: impl AsRef<[u8]>, limits: &Limits) -> Stream {
    let bytes = bytes.as_ref();
    let mut stream = Stream::default();
    if bytes.len() > limits.bytes {
        let message = format!("the text is larger than the limit of {} bytes", limits.bytes);
        stream.refuse(Refusal::new(Span { start: 0, end: 0 }, message));
        return stream;
    }
    let decoded = encoding::decode(bytes);
    if is_json(&decoded.text) {
        stream.read_json(&decoded.text, limits);
    } else {
        stream.read_yaml(&decoded, limits);
    }
    stream
        .problems
        .sort_by_key(|problem| (problem.span, problem.kind));
    stream.problems.dedup();
    stream.replaced = decoded.replaced.map(|start| Span {
        start,
        end: start + char::REPLACEMENT_CHARACTER.len_utf8(),
    });
    stream.text = decoded.text;
    if decoded.is_completed {
        stream.drop_completion();
    }
    stream
}

/// A text is JSON as a whole, and not YAML, if its first character is a brace.
fn is_json(text: &str) -> bool {
    let blank = text.len() - text.trim_start().len();
    blank < JSON_LOOKAHEAD && text[blank..].starts_with('{')
}

impl Stream {
    fn refuse(&mut self, refusal: Refusal) {
        self.problems.push(refusal.into());
    }

    /// Takes the break away that only completed the last line: places are those of the text as it is.
    fn drop_completion(&mut self) {
        self.text.pop();
        let end = self.text.len();
        let ends = self.problems.iter_mut().map(|problem| &mut problem.span);
        let ends = ends.chain(self.documents.iter_mut().map(|document| &mut document.span));
        for span in ends {
            span.start = span.start.min(end);
            span.end = span.end.min(end);
        }
    }

    fn read_json(&mut self, text: &str, limits: &Limits) {
        let mut values = json::Values::new(text, limits);
        while let Some(value) = values.next() {
            let document = value.and_then(|(raw, span)| compose::compose(&raw, span, limits));
            if !self.take(document, limits) {
                return;
            }
        }
    }

    fn read_yaml(&mut self, decoded: &Decoded, limits: &Limits) {
        let pieces = split::split(&decoded.text);
        for refusal in pieces.refusals {
            self.refuse(refusal);
        }
        for span in pieces.hidden {
            self.problems.push(hidden(span));
        }
        for piece in pieces.documents {
            let document = self.read_piece(decoded, piece, limits);
            if !self.take(document, limits) {
                return;
            }
        }
    }

    fn read_piece(&mut self, decoded: &Decoded, piece: Span, limits: &Limits) -> Result<Composed, Refusal> {
        let text = &decoded.text;
        check_size(piece, limits)?;
        check_encoding(decoded, piece)?;
        let content = check_characters(text, piece)?;
        let raw = parse::parse(text, content, limits)?;
        if let Some(rest) = split::content(
            text,
            Span {
                start: raw.end,
                end: piece.end,
            },
        ) {
            self.problems.push(hidden(rest));
        }
        compose::compose(&raw, content, limits)
    }

    /// Keeps what was read of one document; false once there are too many.
    fn take(&mut self, document: Result<Composed, Refusal>, limits: &Limits) -> bool {
        match document {
            Ok((Some(document), problems)) => {
                self.problems.extend(problems);
                if self.documents.len() == limits.documents {
                    let message = format!("the text holds more than {} documents", limits.documents);
                    self.refuse(Refusal::new(document.span, message));
                    return false;
                }
                self.documents.push(document);
            }
            Ok((None, problems)) => self.problems.extend(problems),
            Err(refusal) => self.refuse(refusal),
        }
        true
    }
}

/// A document, unless it is null, and the problems of its keys.
pub(super) type Composed = (Option<Document>, Vec<Problem>);

fn hidden(span: Span) -> Problem {
    Problem {
        kind: ProblemKind::Hidden,
        span,
        message:
            "kubectl drops this text without a word, for its document has ended: begin another one with `---`"
                .to_owned(),
        related: None,
    }
}

fn check_size(piece: Span, limits: &Limits) -> Result<(), Refusal> {
    if piece.end - piece.start > limits.document_bytes {
        let message = format!(
            "the document is larger than the limit of {} bytes",
            limits.document_bytes
        );
        let start = piece.start;
        return Err(Refusal::new(Span { start, end: start }, message));
    }
    Ok(())
}

fn check_encoding(decoded: &Decoded, piece: Span) -> Result<(), Refusal> {
    let first = decoded.undecodable.partition_point(|at| *at < piece.start);
    let Some(start) = decoded.undecodable.get(first).filter(|at| **at < piece.end) else {
        return Ok(());
    };
    let span = Span {
        start: *start,
        end: start + char::REPLACEMENT_CHARACTER.len_utf8(),
    };
    Err(Refusal::new(
        span,
        "the bytes here are not UTF-8, which the byte order mark promises",
    ))
}

/// Refuses characters that YAML does not allow, and steps over a byte order mark.
fn check_characters(text: &str, piece: Span) -> Result<Span, Refusal> {
    let all = &text[piece.start..piece.end];
    let content = all.strip_prefix('\u{FEFF}').unwrap_or(all);
    let start = piece.end - content.len();
    for (at, character) in content.char_indices() {
        if is_allowed(character) {
            continue;
        }
        let message = if character == '\u{FEFF}' {
            "a byte order mark (U+FEFF) can only begin a document: what kubectl makes of it elsewhere depends on chance"
                .to_owned()
        } else {
            format!(
                "the control character U+{:04X} is not allowed",
                u32::from(character)
            )
        };
        let start = start + at;
        let end = start + character.len_utf8();
        return Err(Refusal::new(Span { start, end }, message));
    }
    Ok(Span {
        start,
        end: piece.end,
    })
}

fn is_allowed(character: char) -> bool {
    matches!(character,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{A0}'..='\u{FEFE}' | '\u{FF00}'..='\u{FFFD}' | '\u{10000}'..)
}
