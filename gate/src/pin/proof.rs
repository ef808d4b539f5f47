//! The proof that a changed text says what was meant and nothing else.

use serde_json::Value;

use crate::yaml::{FieldPath, Segment, Stream};

/// The documents of a file as they are meant to be read after the change.
#[derive(Debug)]
pub(super) struct Intended(Vec<Value>);

impl Intended {
    /// The documents as they are.
    pub(super) fn of(stream: &Stream) -> Self {
        Self(documents(stream))
    }

    /// Sets a text in a document.
    pub(super) fn set(&mut self, document: usize, path: &FieldPath, text: &str) {
        let Some((last, above)) = path.segments().split_last() else {
            return;
        };
        let parent = above.iter().try_fold(self.0.get_mut(document), |value, segment| {
            let value = value?;
            Some(match segment {
                Segment::Key(key) => value.get_mut(key),
                Segment::Index(index) => value.get_mut(*index),
                Segment::Absent { .. } => None,
            })
        });
        let parent = parent.flatten();
        match (parent, last) {
            (Some(Value::Object(fields)), Segment::Key(key)) => {
                fields.insert(key.clone(), text.into());
            }
            (Some(Value::Array(items)), Segment::Index(index)) => {
                if let Some(item) = items.get_mut(*index) {
                    *item = text.into();
                }
            }
            _ => {}
        }
    }

    /// Does a text read as intended? If not, the first field that does not.
    pub(super) fn holds(&self, read: &Stream) -> Result<(), String> {
        if let Some(problem) = read.problems.first() {
            return Err(problem.message.clone());
        }
        let found = documents(read);
        if found.len() != self.0.len() {
            return Err("the number of documents".to_owned());
        }
        let differs = self
            .0
            .iter()
            .zip(&found)
            .find_map(|(intended, found)| difference(intended, found, &FieldPath::root()));
        differs.map_or(Ok(()), |path| Err(path.to_string()))
    }
}

fn documents(stream: &Stream) -> Vec<Value> {
    stream
        .documents
        .iter()
        .map(|document| document.root().to_json())
        .collect()
}

/// The innermost field at which two values differ.
fn difference(one: &Value, other: &Value, path: &FieldPath) -> Option<FieldPath> {
    if one == other {
        return None;
    }
    let inner = match (one, other) {
        (Value::Object(one), Value::Object(other)) => one
            .iter()
            .find_map(|(key, value)| difference(value, other.get(key)?, &path.key(key))),
        (Value::Array(one), Value::Array(other)) => one
            .iter()
            .zip(other)
            .enumerate()
            .find_map(|(number, (one, other))| difference(one, other, &path.index(number))),
        _ => None,
    };
    Some(inner.unwrap_or_else(|| path.clone()))
}
