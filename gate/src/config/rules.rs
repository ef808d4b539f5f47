//! `[rules]`: levels by rule, and the same from the command line.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::reader::Reader;
use super::suggestion::nearest;
use super::{Problem, RuleSetting, ValueError, level};
use crate::finding::Level;
use crate::rules::{CATALOGUE, Rule};

/// `[rules]`: `id = "level"`, or a table with `level`.
pub(super) fn rules(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) -> BTreeMap<String, RuleSetting> {
    let mut settings = BTreeMap::new();
    let Some(table) = reader.table("rules", value) else {
        return settings;
    };
    for (key, value) in table {
        let id = key.get_ref().as_ref();
        if let Err(problem) = changeable(reader.catalogue, id) {
            reader.fail(key.span(), problem);
            continue;
        }
        let location = reader.location(key.span());
        if let Some(name) = level_name(reader, id, value) {
            match level(&name.value) {
                Ok(level) => {
                    settings.insert(id.to_owned(), RuleSetting { level, location });
                }
                Err(error) => reader.wrong_value(id, name.span, error),
            }
        }
    }
    settings
}

/// A level as it is written.
struct LevelName {
    value: String,
    span: Range<usize>,
}

fn level_name(reader: &mut Reader<'_>, id: &str, value: &Spanned<DeValue<'_>>) -> Option<LevelName> {
    let named = |value: &Spanned<DeValue<'_>>| {
        Some(LevelName {
            value: value.get_ref().as_str()?.to_owned(),
            span: value.span(),
        })
    };
    if !value.get_ref().is_table() {
        let name = named(value);
        if name.is_none() {
            reader.wrong_type(id, value, "a level or a table with `level`");
        }
        return name;
    }
    let label = format!("rules.{id}");
    let level = reader.section(&label, value, &["level"], &[], |reader, section| {
        let Some(value) = section.get("level") else {
            reader.missing(section, "level");
            return None;
        };
        let name = named(value);
        if name.is_none() {
            reader.wrong_type("level", value, "a string");
        }
        name
    });
    level.flatten()
}

/// Does the rule exist, and may its level be changed?
fn changeable(catalogue: &[&'static Rule], id: &str) -> Result<(), Problem> {
    match catalogue.iter().find(|rule| rule.id == id) {
        None => Err(Problem::UnknownRule {
            id: id.to_owned(),
            nearest: nearest(id, catalogue.iter().map(|rule| rule.id)),
        }),
        Some(rule) if !rule.excusable => Err(Problem::FixedRule { id: id.to_owned() }),
        Some(_) => Ok(()),
    }
}

/// Reads `ID=LEVEL` of the command line; a level of none turns the rule off.
pub fn rule_override(text: &str) -> Result<(String, Option<Level>), Problem> {
    let wrong = |error: ValueError| Problem::WrongValue {
        key: "--rule".to_owned(),
        value: error.value,
        expected: error.expected,
        nearest: error.nearest,
    };
    let Some((id, name)) = text.split_once('=') else {
        return Err(wrong(super::reader::not(
            text,
            "a rule and its level, such as `unpinned-image=error`",
        )));
    };
    changeable(CATALOGUE, id)?;
    Ok((id.to_owned(), level(name).map_err(wrong)?))
}
