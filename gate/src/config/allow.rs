//! `[[allow]]`: reads entries; what they are worth is for the rules of group `exceptions`.

use jiff::civil::Date;
use toml::Spanned;
use toml::de::DeValue;

use super::Written;
use super::reader::{Reader, Section, not};
use crate::exceptions::{Allow, Pattern, Scope};

const SCOPE: [&str; 8] = [
    "kind",
    "name",
    "namespace",
    "container",
    "path",
    "image",
    "package",
    "file",
];

/// One entry. A missing reason or end date is a finding, not an error of the file; a missing rule leaves nothing to
/// judge.
pub(super) fn allow(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) -> Option<Allow> {
    let known = ["rule", "where", "reason", "until"];
    reader
        .section("[[allow]]", value, &known, &[], |reader, section| {
            let rule = reader.required(section, "rule");
            let scope = section.get("where").map(|value| scope(reader, value));
            let reason = reason(reader, section);
            let until = until(reader, section);
            Some(Allow {
                rule: rule?,
                scope: scope.flatten(),
                reason,
                until,
                location: section.location.clone(),
            })
        })
        .flatten()
}

fn scope(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) -> Option<Written<Scope>> {
    let location = reader.location(value.span());
    let scope = reader.section("allow.where", value, &SCOPE, &[], |reader, section| {
        let mut pattern = |key| {
            reader
                .string_of(section, key)
                .map(|text| Pattern::new(&text.value))
        };
        Scope {
            kind: pattern("kind"),
            name: pattern("name"),
            namespace: pattern("namespace"),
            container: pattern("container"),
            path: pattern("path"),
            image: pattern("image"),
            package: pattern("package"),
            file: pattern("file"),
        }
    })?;
    Some(Written {
        value: scope,
        location,
    })
}

/// An empty reason is as good as none: a finding of `missing-reason`.
fn reason(reader: &mut Reader<'_>, section: &Section<'_, '_>) -> Option<Written<String>> {
    let value = section.get("reason")?;
    let Some(text) = value.get_ref().as_str() else {
        reader.wrong_type("reason", value, "a string");
        return None;
    };
    Some(Written {
        value: text.to_owned(),
        location: reader.location(value.span()),
    })
}

/// A TOML date, or the same as a string.
fn until(reader: &mut Reader<'_>, section: &Section<'_, '_>) -> Option<Written<Date>> {
    let value = section.get("until")?;
    let text = match value.get_ref() {
        DeValue::Datetime(date) => date.to_string(),
        DeValue::String(text) => text.to_string(),
        _ => {
            reader.wrong_type("until", value, "a date");
            return None;
        }
    };
    let date = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
    let Some(date) = date else {
        let expected = "a day, such as `2027-03-31`";
        reader.wrong_value("until", value.span(), not(&text, expected));
        return None;
    };
    Some(Written {
        value: date,
        location: reader.location(value.span()),
    })
}
