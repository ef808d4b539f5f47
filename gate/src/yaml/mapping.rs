//! A mapping while it is filled: which keys clash.

use std::collections::HashMap;

use super::tree::Entry;
use super::{Problem, ProblemKind, Span};

/// Mappings up to this size are searched key by key.
const SMALL_MAPPING: usize = 16;

/// The entries so far, and how each of them came.
#[derive(Default)]
pub(super) struct Mapping {
    pub(super) entries: Vec<Entry>,
    merged: Vec<bool>,
    places: HashMap<String, usize>,
    merge_key: Option<Span>,
}

impl Mapping {
    /// Sets an own key. Of keys that are equal in YAML kubectl keeps the last; of those that are equal only as texts,
    /// such as `1` and `'1'`, it keeps a different one from run to run.
    pub(super) fn set(&mut self, entry: Entry) -> Option<Problem> {
        let Some(place) = self.find(&entry.key) else {
            self.push(entry, false);
            return None;
        };
        let own = !self.merged[place];
        let earlier = self.entries[place].key_span;
        let problem = own.then(|| Problem {
            kind: ProblemKind::DuplicateKey,
            span: entry.key_span,
            message: format!(
                "the key `{}` stands twice in this mapping, and only one of its values is applied",
                entry.key
            ),
            related: Some(earlier),
        });
        self.entries[place] = entry;
        self.merged[place] = false;
        problem
    }

    /// Sets a key that the merge key at a place brings.
    pub(super) fn merge(&mut self, entry: Entry, merge_key: Span) -> Option<Problem> {
        let Some(place) = self.find(&entry.key) else {
            self.push(entry, true);
            return None;
        };
        let own = !self.merged[place];
        let earlier = self.entries[place].key_span;
        let problem = own.then(|| Problem {
            kind: ProblemKind::DuplicateKey,
            span: merge_key,
            message: format!("the merge key overrides `{}`, which stands before it", entry.key),
            related: Some(earlier),
        });
        self.entries[place] = entry;
        self.merged[place] = true;
        problem
    }

    /// Notes a merge key; a second one is a clash.
    pub(super) fn begin_merge(&mut self, merge_key: Span) -> Option<Problem> {
        let related = self.merge_key.replace(merge_key)?;
        Some(Problem {
            kind: ProblemKind::DuplicateKey,
            span: merge_key,
            message: "the merge key `<<` stands twice in this mapping, and the later one wins".to_owned(),
            related: Some(related),
        })
    }

    fn push(&mut self, entry: Entry, merged: bool) {
        let place = self.entries.len();
        if place == SMALL_MAPPING {
            let known = self.entries.iter().enumerate();
            self.places = known.map(|(place, entry)| (entry.key.clone(), place)).collect();
        }
        if place >= SMALL_MAPPING {
            self.places.insert(entry.key.clone(), place);
        }
        self.entries.push(entry);
        self.merged.push(merged);
    }

    fn find(&self, key: &str) -> Option<usize> {
        if self.entries.len() > SMALL_MAPPING {
            self.places.get(key).copied()
        } else {
            self.entries.iter().position(|entry| entry.key == key)
        }
    }
}
