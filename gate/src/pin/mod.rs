//! `gate pin`: sets tag and digest of one image in the file that names it, and changes nothing else.
//!
//! [`change`] finds the places, makes the change in the text and reads the result again: unless it is the same file but
//! for that tag and that digest, there is no change. [`Change::write`] puts it in the file's place at once, if the file
//! is still the one that was read. Which digest a tag has is not asked here: nothing opens a connection.

mod difference;
mod error;
mod file;
mod places;
mod proof;
#[cfg(test)]
mod tests;
mod wanted;

use std::path::Path;

pub use error::PinError;
pub use wanted::Wanted;

use crate::edit::{self, Edit, ordered, set_key, set_text, unquoted};
use crate::finding::Certainty;
use crate::kube::ImageReference;
use crate::render::location;
use crate::yaml::{self, Limits, Stream};
use file::Original;
use places::{Form, Place};
use proof::Intended;
use wanted::suffix;

/// What is to be done to a file.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing: tag and digest stand there.
    Already(Summary),
    /// This change.
    Change(Box<Change>),
}

/// What a change is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The file as the user knows it.
    pub file: String,
    /// Lines of the file, from one, that name the image.
    pub lines: Vec<usize>,
    /// Tag and digest that stood there, as one writes them after a name: `:v1@sha256:…`; empty where none stood.
    pub before: String,
    /// The same of what stands there afterwards.
    pub after: String,
}

/// A proven change of a file.
#[derive(Debug)]
pub struct Change {
    /// What it is about.
    pub summary: Summary,
    original: Original,
    edits: Vec<Edit>,
}

impl Change {
    /// The lines that change with some around them, in the form of `diff -u`. Secrets are masked and unsafe characters
    /// shown as pictures: it is for people.
    pub fn difference(&self) -> String {
        difference::unified(&self.summary.file, self.original.text(), &self.edits)
    }

    /// Replaces the file in one step; refuses where it is not the file that was read any more.
    pub fn write(&self) -> Result<(), PinError> {
        let text = edit::apply(self.original.text(), &self.edits);
        self.original.replace(&text)
    }
}

/// Finds what must change in the file of a kustomization folder, a chart's folder or a file, and proves it.
pub fn change(path: &Path, wanted: &Wanted) -> Result<Outcome, PinError> {
    let original = Original::read(path)?;
    let stream = yaml::read(original.text(), &Limits::default());
    if let Some(problem) = stream.problems.first() {
        return Err(PinError::Problem {
            file: original.name.clone(),
            message: problem.message.clone(),
            location: Box::new(location(
                &original.name,
                &stream.text,
                problem.span,
                Certainty::Exact,
            )),
        });
    }
    let named = Named {
        file: &original.name,
        stream: &stream,
        wanted,
    };
    let places = named.places(&original.path)?;
    let mut edits = Vec::new();
    let mut intended = Intended::of(&stream);
    for place in &places {
        named.set(place, &mut edits, &mut intended)?;
    }
    let summary = named.summary(&places);
    let changes = |edit: &Edit| stream.text.get(edit.span.start..edit.span.end) != Some(edit.text.as_str());
    let edits: Vec<Edit> = ordered(edits).into_iter().filter(changes).collect();
    if edits.is_empty() {
        return Ok(Outcome::Already(summary));
    }
    let read = yaml::read(edit::apply(original.text(), &edits), &Limits::default());
    intended.holds(&read).map_err(|path| PinError::Unintended {
        file: original.name.clone(),
        path,
    })?;
    Ok(Outcome::Change(Box::new(Change {
        summary,
        original,
        edits,
    })))
}

/// A file and what is wanted in it.
struct Named<'a> {
    file: &'a str,
    stream: &'a Stream,
    wanted: &'a Wanted,
}

impl<'a> Named<'a> {
    /// The places that name the image: at least one, and all with the same tag and digest.
    fn places(&self, path: &Path) -> Result<Vec<Place<'a>>, PinError> {
        let all = places::find(self.stream, path);
        if all.is_empty() {
            let file = self.file.to_owned();
            return Err(PinError::NoImages { file });
        }
        let (named, others): (Vec<Place<'a>>, Vec<Place<'a>>) = all
            .into_iter()
            .partition(|place| place.names.contains(&self.wanted.name));
        let Some(first) = named.first() else {
            let mut known: Vec<String> = others.into_iter().flat_map(|place| place.names).collect();
            known.sort();
            known.dedup();
            return Err(PinError::Unknown {
                file: self.file.to_owned(),
                name: self.wanted.name.clone(),
                known,
            });
        };
        let same = |place: &Place<'_>| (&place.tag, &place.digest) == (&first.tag, &first.digest);
        if named.iter().all(same) {
            return Ok(named);
        }
        Err(PinError::Ambiguous {
            file: self.file.to_owned(),
            name: self.wanted.name.clone(),
            places: named
                .iter()
                .map(|place| format!("line {}: `{}`", self.line(place), place.shown()))
                .collect(),
        })
    }

    fn set(&self, place: &Place<'a>, edits: &mut Vec<Edit>, intended: &mut Intended) -> Result<(), PinError> {
        self.keeps_its_tag(place)?;
        let tag = self.wanted.tag.as_deref();
        let digest = self.wanted.digest.as_str();
        let values: Vec<(&str, String)> = match place.form {
            Form::Entry => tag
                .map(|tag| ("newTag", tag.to_owned()))
                .into_iter()
                .chain([("digest", digest.to_owned())])
                .collect(),
            Form::Reference => return self.set_reference(place, edits, intended),
            Form::Values => self.values(place)?,
        };
        for (key, value) in values {
            let after = ["name", "newName", "newTag"];
            let text = &self.stream.text;
            let edit = set_key(text, place.node, key, &value, &after, &self.wanted.name)
                .ok_or_else(|| self.form(place))?;
            edits.push(edit);
            intended.set(place.document, &place.path.key(key), &value);
        }
        Ok(())
    }

    fn set_reference(
        &self,
        place: &Place<'a>,
        edits: &mut Vec<Edit>,
        intended: &mut Intended,
    ) -> Result<(), PinError> {
        let text = place.node.as_str().unwrap_or_default();
        let span = unquoted(&self.stream.text, place.node.span());
        // With an escape or a fold in it, what stands there is not the value.
        if self.stream.text.get(span.start..span.end) != Some(text) {
            return Err(self.form(place));
        }
        let repository = ImageReference::cut(text).written_repository();
        let value = repository + &self.suffix(place);
        let edit = set_text(&self.stream.text, place.node, &value, false, &self.wanted.name);
        edits.push(edit.ok_or_else(|| self.form(place))?);
        intended.set(place.document, &place.path, &value);
        Ok(())
    }

    /// What is set in the values of a chart: only keys that are there, since nothing would read another one.
    fn values(&self, place: &Place<'a>) -> Result<Vec<(&'static str, String)>, PinError> {
        let tag = self.wanted.tag.as_deref();
        let digest = self.wanted.digest.as_str();
        let has = |key| place.node.get(key).is_some();
        let absent = |key| PinError::NoKey {
            file: self.file.to_owned(),
            line: self.line(place),
            key,
        };
        match (has("tag"), has("digest"), tag) {
            (_, true, None) => Ok(vec![("digest", digest.to_owned())]),
            (true, true, Some(tag)) => Ok(vec![("tag", tag.to_owned()), ("digest", digest.to_owned())]),
            (false, true, Some(_)) => Err(absent("tag")),
            (_, false, tag) if place.digest_in_tag => {
                let tag = tag.or(place.tag.as_deref()).unwrap_or_default();
                Ok(vec![("tag", format!("{tag}@{digest}"))])
            }
            (_, false, _) => Err(absent("digest")),
        }
    }

    /// Without a wanted tag, the one that stands there would become that of another image.
    fn keeps_its_tag(&self, place: &Place<'a>) -> Result<(), PinError> {
        let other_image = place.digest.as_deref() != Some(self.wanted.digest.as_str());
        match &place.tag {
            Some(tag) if self.wanted.tag.is_none() && other_image => Err(PinError::TagStands {
                file: self.file.to_owned(),
                line: self.line(place),
                tag: tag.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// Tag and digest as they stand there afterwards.
    fn suffix(&self, place: &Place<'a>) -> String {
        let tag = self.wanted.tag.as_ref().or(place.tag.as_ref());
        suffix(tag.map(String::as_str), Some(&self.wanted.digest))
    }

    fn form(&self, place: &Place<'a>) -> PinError {
        PinError::Form {
            file: self.file.to_owned(),
            line: self.line(place),
        }
    }

    fn line(&self, place: &Place<'a>) -> usize {
        location(self.file, &self.stream.text, place.node.span(), Certainty::Exact).line
    }

    fn summary(&self, places: &[Place<'a>]) -> Summary {
        Summary {
            file: self.file.to_owned(),
            lines: places.iter().map(|place| self.line(place)).collect(),
            before: places.first().map(Place::shown).unwrap_or_default(),
            after: places.first().map(|place| self.suffix(place)).unwrap_or_default(),
        }
    }
}
