//! Blocks of the report for people: a title, the lines that it is about, notes and help.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Group, Level as Heading, Origin, Renderer, Snippet};

use super::escape::{escape, picture};
use super::mask;
use super::secrets::in_source;
use super::summary::list;
use crate::finding::{Certainty, Finding, IntroductionKind, Level, Location, ObjectReference, RenderedPlace};
use crate::stages::StageError;

/// Longer lines are not shown: they are data or minified, and their place says enough.
pub(super) const LONGEST_LINE: usize = 10_000;

/// Longer details stand below the snippet, not beside the mark.
const LONGEST_LABEL: usize = 60;

/// The files that locations name, with what must not be shown of them.
pub(super) struct Sources<'a>(BTreeMap<&'a str, Source<'a>>);

struct Source<'a> {
    text: &'a str,
    lines: Vec<Range<usize>>,
    secrets: Vec<Range<usize>>,
}

impl<'a> Sources<'a> {
    /// Indexes the files that are named by a location.
    pub(super) fn new(
        texts: &'a BTreeMap<String, String>,
        locations: impl IntoIterator<Item = &'a Location>,
    ) -> Self {
        let mut sources = BTreeMap::new();
        for location in locations {
            let file = location.file.as_str();
            if let Some(text) = texts.get(file) {
                sources.entry(file).or_insert_with(|| Source::new(text));
            }
        }
        Self(sources)
    }

    /// The line of a location as it may be shown, and where in it the location is.
    fn line(&self, location: &Location) -> Option<(String, Range<usize>)> {
        let source = self.0.get(location.file.as_str())?;
        let line = source.lines.get(location.line.checked_sub(1)?)?.clone();
        if line.len() > LONGEST_LINE {
            return None;
        }
        let shown: String = mask::line(source.text, line, &source.secrets)
            .chars()
            .map(picture)
            .collect();
        let byte = |column: usize| {
            let mut letters = shown.char_indices().map(|(at, _)| at);
            letters.nth(column.saturating_sub(1)).unwrap_or(shown.len())
        };
        let start = byte(location.column);
        let end = if location.end_line > location.line {
            shown.trim_end().len()
        } else {
            byte(location.end_column)
        };
        let span = start..end.max(start);
        Some((shown, span))
    }
}

impl<'a> Source<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            lines: lines(text),
            secrets: in_source(text),
        }
    }
}

/// The lines of a source as they may be shown: secrets masked, unsafe characters as pictures. A break at the end of the
/// text begins no further line.
pub fn shown_lines(text: &str) -> Vec<String> {
    let secrets = in_source(text);
    let mut lines = lines(text);
    if lines.last().is_some_and(Range::is_empty) {
        lines.pop();
    }
    let shown = |line| mask::line(text, line, &secrets).chars().map(picture).collect();
    lines.into_iter().map(shown).collect()
}

/// The lines of a text without their ends, which are LF, CR LF or CR.
fn lines(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut lines = Vec::new();
    let mut start = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let follows = at > 0 && bytes.get(at - 1) == Some(&b'\r');
        match byte {
            b'\n' if follows => start = at + 1,
            b'\n' | b'\r' => {
                lines.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
    }
    lines.push(start..text.len());
    lines
}

/// Prints a finding.
pub(super) fn finding(finding: &Finding, sources: &Sources<'_>, renderer: &Renderer) -> String {
    let title = heading(finding.level)
        .primary_title(escape(&finding.message).into_owned())
        .id(finding.rule);
    let detail = finding.detail.as_deref().map(escape);
    let short = detail
        .as_ref()
        .filter(|detail| detail.chars().count() <= LONGEST_LABEL);
    let mut labelled = false;
    let mut group = Group::with_title(title);
    if let Some(location) = &finding.location {
        let shown = sources.line(location);
        labelled = shown.is_some() && short.is_some();
        let label = short.map(|label| label.clone().into_owned());
        group = group.element(place(location, shown, AnnotationKind::Primary, label));
    }
    for related in &finding.related {
        let label = Some(escape(&related.label).into_owned());
        let shown = sources.line(&related.location);
        let unseen = shown.is_none().then(|| label.clone()).flatten();
        group = group.element(place(&related.location, shown, AnnotationKind::Context, label));
        group = group.elements(unseen.map(|label| Heading::NOTE.message(label)));
    }
    let mut notes: Vec<String> = Vec::new();
    notes.extend(detail.filter(|_| !labelled).map(Cow::into_owned));
    notes.extend(subject(finding));
    notes.extend(origin(finding));
    notes.extend(renders(finding));
    group = group.elements(notes.into_iter().map(|note| Heading::NOTE.message(note)));
    let help = finding.help.as_deref().map(|help| escape(help).into_owned());
    group = group.elements(help.map(|help| Heading::HELP.message(help)));
    renderer.render(&[group])
}

/// Prints an error of a stage or of the run.
pub(super) fn error(error: &StageError, sources: &Sources<'_>, renderer: &Renderer) -> String {
    let title = Heading::ERROR.primary_title(escape(&error.message).into_owned());
    let mut group = Group::with_title(title);
    if let Some(location) = &error.location {
        group = group.element(place(
            location,
            sources.line(location),
            AnnotationKind::Primary,
            None,
        ));
    }
    let hint = error.hint.as_deref().map(|hint| escape(hint).into_owned());
    group = group.elements(hint.map(|hint| Heading::HELP.message(hint)));
    renderer.render(&[group])
}

fn heading(level: Level) -> Heading<'static> {
    match level {
        Level::Error => Heading::ERROR,
        Level::Warning => Heading::WARNING,
        Level::Note => Heading::NOTE,
    }
}

/// A place with its line, or without where the file is not at hand.
fn place(
    location: &Location,
    shown: Option<(String, Range<usize>)>,
    kind: AnnotationKind,
    label: Option<String>,
) -> Element<'static> {
    let path = escape(&location.file).into_owned();
    match shown {
        Some((line, span)) => Snippet::source(line)
            .path(path)
            .line_start(location.line)
            .annotation(kind.span(span).label(label))
            .into(),
        None => Origin::path(path)
            .line(location.line)
            .char_column(location.column)
            .into(),
    }
}

/// What the finding is about: object, container, field or path, image, package.
pub(super) fn subject(finding: &Finding) -> Option<String> {
    let parts = [
        finding.object.as_ref().map(object),
        finding
            .container
            .as_deref()
            .map(|name| format!("container `{name}`")),
        finding.package.as_deref().map(|name| format!("package `{name}`")),
        finding.image.as_deref().map(|name| format!("image `{name}`")),
        finding.path.as_deref().map(|path| format!("`{path}`")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("in {}", escape(&parts.join(", "))))
}

fn object(object: &ObjectReference) -> String {
    match &object.namespace {
        Some(namespace) => format!("{} `{namespace}/{}`", object.kind, object.name),
        None => format!("{} `{}`", object.kind, object.name),
    }
}

/// What made the field what it is, and how sure the place is.
pub(super) fn origin(finding: &Finding) -> Vec<String> {
    let shown = finding
        .location
        .as_ref()
        .map(|location| (location.file.as_str(), location.line));
    let introduced = finding.introduced_by.as_ref().and_then(|by| {
        let what = introduction(by.kind);
        if shown != Some((by.file.as_str(), by.line)) {
            return Some(format!(
                "introduced by {what} at `{}:{}`",
                escape(&by.file),
                by.line
            ));
        }
        // That a line of a resource file stands in a resource file need not be said.
        (by.kind != IntroductionKind::Base).then(|| format!("introduced by {what}"))
    });
    let nearest = finding
        .location
        .as_ref()
        .filter(|location| location.certainty == Certainty::Nearest)
        .map(|_| "this is the nearest place that could be proven".to_owned());
    introduced.into_iter().chain(nearest).collect()
}

fn introduction(kind: IntroductionKind) -> &'static str {
    match kind {
        IntroductionKind::Base => "a resource file",
        IntroductionKind::Patch => "a patch",
        IntroductionKind::Images => "an entry of `images:`",
        IntroductionKind::Replicas => "an entry of `replicas:`",
        IntroductionKind::Labels => "labels of the kustomization",
        IntroductionKind::Prefix => "a name prefix or suffix",
        IntroductionKind::Component => "a component",
        IntroductionKind::Generator => "a generator",
        IntroductionKind::Template => "a template of the chart",
        IntroductionKind::Values => "values of the chart",
    }
}

/// The renders that show it.
fn renders(finding: &Finding) -> Option<String> {
    let places: Vec<String> = finding
        .rendered
        .iter()
        .chain(&finding.also_rendered)
        .map(|place: &RenderedPlace| format!("`{}:{}:{}`", escape(&place.file), place.line, place.column))
        .collect();
    Some(format!("rendered in {}", list(&places)?))
}

#[cfg(test)]
mod tests {
    use super::lines;
    use crate::yaml::LineIndex;

    #[test]
    fn lines_end_as_they_do_for_locations() {
        let text = "a\nb\r\nc\rd\n\r\n\r\re";
        let shown: Vec<&str> = lines(text).into_iter().map(|line| &text[line]).collect();
        assert_eq!(shown, ["a", "b", "c", "d", "", "", "", "e"]);
        let index = LineIndex::new(text);
        for (number, line) in lines(text).into_iter().enumerate() {
            assert_eq!(index.position(line.start).line, number + 1);
            assert_eq!(index.position(line.start).column, 1);
        }
    }
}
