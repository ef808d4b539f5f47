//! Typed reading of the spanned TOML tree: every misfit becomes an error with its place, and reading goes on.

use std::ops::Range;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::suggestion::nearest;
use super::{ConfigError, Problem, ValueError, Written};
use crate::finding::{Certainty, Location};
use crate::rules::Rule;
use crate::yaml::{LineIndex, Span};

/// A table whose keys were checked.
#[derive(Clone, Copy)]
pub(super) struct Section<'t, 'i> {
    /// Its name as a phrase, for messages.
    pub(super) label: &'t str,
    table: &'t DeTable<'i>,
    pub(super) location: &'t Location,
}

impl<'t, 'i> Section<'t, 'i> {
    pub(super) fn get(&self, key: &str) -> Option<&'t Spanned<DeValue<'i>>> {
        self.table
            .iter()
            .find(|(name, _)| name.get_ref() == key)
            .map(|(_, value)| value)
    }
}

/// Collects the errors of one text.
pub(super) struct Reader<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    pub(super) catalogue: &'a [&'static Rule],
    lines: LineIndex<'a>,
    errors: Vec<ConfigError>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, name: &'a str, catalogue: &'a [&'static Rule]) -> Self {
        Self {
            name,
            text,
            catalogue,
            lines: LineIndex::new(text),
            errors: Vec::new(),
        }
    }

    /// The root table, unless the text is not TOML. All its syntax errors are kept, and nothing else is judged then.
    pub(super) fn document(&mut self) -> Option<Spanned<DeTable<'a>>> {
        let (root, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            let words = error.message().lines().collect::<Vec<_>>().join(", ");
            self.fail(error.span().unwrap_or(0..0), Problem::Syntax(words));
        }
        errors.is_empty().then_some(root)
    }

    /// All errors in the order of their places.
    pub(super) fn into_errors(mut self) -> Vec<ConfigError> {
        self.errors
            .sort_by(|left, right| left.location.cmp(&right.location));
        self.errors
    }

    pub(super) fn location(&self, span: Range<usize>) -> Location {
        let (start, end) = self.lines.range(Span {
            start: span.start,
            end: span.end,
        });
        Location {
            file: self.name.to_owned(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            certainty: Certainty::Exact,
        }
    }

    pub(super) fn fail(&mut self, span: Range<usize>, problem: Problem) {
        let location = Some(self.location(span));
        let file = self.name.to_owned();
        self.errors.push(ConfigError {
            file,
            location,
            problem,
        });
    }

    pub(super) fn wrong_type(&mut self, key: &str, value: &Spanned<DeValue<'_>>, expected: &'static str) {
        let problem = Problem::WrongType {
            key: key.to_owned(),
            expected,
            found: type_name(value.get_ref()),
        };
        self.fail(value.span(), problem);
    }

    pub(super) fn wrong_value(&mut self, key: &str, span: Range<usize>, error: ValueError) {
        let problem = Problem::WrongValue {
            key: key.to_owned(),
            value: error.value,
            expected: error.expected,
            nearest: error.nearest,
        };
        self.fail(span, problem);
    }

    /// Reports keys that are neither known nor only not used yet.
    pub(super) fn check_keys(
        &mut self,
        section: &str,
        table: &DeTable<'_>,
        known: &[&'static str],
        unused: &[(&str, &'static str)],
    ) {
        for key in table.keys() {
            let word = key.get_ref().as_ref();
            if known.contains(&word) {
                continue;
            }
            let problem = match unused.iter().find(|(name, _)| *name == word) {
                Some((_, what)) => Problem::NotUsedYet { what },
                None => Problem::UnknownKey {
                    key: word.to_owned(),
                    section: section.to_owned(),
                    nearest: nearest(word, known.iter().copied()),
                    known: known.to_vec(),
                },
            };
            self.fail(key.span(), problem);
        }
    }

    /// The table of a key, if it is one.
    pub(super) fn table<'t, 'i>(
        &mut self,
        key: &str,
        value: &'t Spanned<DeValue<'i>>,
    ) -> Option<&'t DeTable<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong_type(key, value, "a table");
        }
        table
    }

    /// Opens a table of a section, checks its keys and hands it on.
    pub(super) fn section<T>(
        &mut self,
        label: &str,
        value: &Spanned<DeValue<'_>>,
        known: &[&'static str],
        unused: &[(&str, &'static str)],
        read: impl FnOnce(&mut Self, &Section<'_, '_>) -> T,
    ) -> Option<T> {
        let table = self.table(label, value)?;
        self.check_keys(&format!("`{label}`"), table, known, unused);
        let location = self.location(value.span());
        let section = Section {
            label,
            table,
            location: &location,
        };
        Some(read(self, &section))
    }

    /// A string that is not empty.
    pub(super) fn string(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Written<String>> {
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(key, value, "a string");
            return None;
        };
        if text.trim().is_empty() {
            self.wrong_value(key, value.span(), not(text, "a text with a letter in it"));
            return None;
        }
        Some(Written {
            value: text.to_owned(),
            location: self.location(value.span()),
        })
    }

    /// The string of a key of a section.
    pub(super) fn string_of(&mut self, section: &Section<'_, '_>, key: &str) -> Option<Written<String>> {
        section.get(key).and_then(|value| self.string(key, value))
    }

    /// The string of a key that must be there.
    pub(super) fn required(
        &mut self,
        section: &Section<'_, '_>,
        key: &'static str,
    ) -> Option<Written<String>> {
        if section.get(key).is_none() {
            self.missing(section, key);
        }
        self.string_of(section, key)
    }

    pub(super) fn missing(&mut self, section: &Section<'_, '_>, key: &'static str) {
        self.errors.push(ConfigError {
            file: self.name.to_owned(),
            location: Some(section.location.clone()),
            problem: Problem::Missing {
                key,
                section: format!("`{}`", section.label),
            },
        });
    }

    /// The strings of a key of a section; none where the key is absent.
    pub(super) fn strings_of(&mut self, section: &Section<'_, '_>, key: &str) -> Vec<Written<String>> {
        let Some(value) = section.get(key) else {
            return Vec::new();
        };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_type(key, value, "a list of strings");
            return Vec::new();
        };
        items.iter().filter_map(|item| self.string(key, item)).collect()
    }

    /// The boolean of a key of a section.
    pub(super) fn flag_of(&mut self, section: &Section<'_, '_>, key: &str) -> Option<bool> {
        let value = section.get(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type(key, value, "`true` or `false`");
        }
        flag
    }

    /// A string of a section that stands for a value of its own.
    pub(super) fn value_of<T: FromStr<Err = ValueError>>(
        &mut self,
        section: &Section<'_, '_>,
        key: &str,
    ) -> Option<T> {
        self.convert_of(section, key, str::parse)
    }

    /// A string of a section, converted.
    pub(super) fn convert_of<T>(
        &mut self,
        section: &Section<'_, '_>,
        key: &str,
        convert: impl FnOnce(&str) -> Result<T, ValueError>,
    ) -> Option<T> {
        let value = section.get(key)?;
        let text = self.string(key, value)?;
        match convert(&text.value) {
            Ok(converted) => Some(converted),
            Err(error) => {
                self.wrong_value(key, value.span(), error);
                None
            }
        }
    }
}

/// The error of a value that is not `expected`.
pub(super) fn not(value: &str, expected: &str) -> ValueError {
    ValueError {
        value: value.to_owned(),
        expected: expected.to_owned(),
        nearest: None,
    }
}

fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
