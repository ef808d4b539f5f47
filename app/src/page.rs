//! The page and its JSON twin. Both are made once at start, since nothing in them changes while the process lives.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::identity::Identity;

#[cfg(test)]
mod tests;

const TEMPLATE: &str = include_str!("page.html");

/// The content security policy of every answer: nothing is loaded from anywhere, no script runs, and the one style is the
/// page's own, named by its SHA-256. The icon is an empty `data:` URL, which keeps browsers from asking for `/favicon.ico`.
pub(crate) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; \
    style-src 'sha256-mLXcCNSZAf0NMPVSCfIHQoeIFM9BQYbzzRdWnQiE8jE='; img-src data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page as HTML, with every value escaped.
pub(crate) fn html(identity: &Identity) -> String {
    let facts = identity.facts();
    fill(TEMPLATE, |name| {
        let value = facts.iter().find(|(fact, _)| *fact == name);
        value.map_or(Cow::Borrowed(""), |(_, value)| escape(value))
    })
}

/// The same facts as a JSON object with the keys `node`, `pod`, `version` and `zone`.
pub(crate) fn json(identity: &Identity) -> String {
    let facts = BTreeMap::from(identity.facts());
    // A map of strings has no value that JSON cannot hold.
    serde_json::to_string(&facts).unwrap_or_default()
}

/// Puts a value into each `{{name}}` of the template, in one pass, so that a value that looks like a placeholder stays text.
fn fill<'a>(template: &str, value: impl Fn(&str) -> Cow<'a, str>) -> String {
    let mut page = String::with_capacity(template.len() + 256);
    let mut rest = template;
    while let Some((before, (name, after))) = rest
        .split_once("{{")
        .and_then(|(before, tail)| Some((before, tail.split_once("}}")?)))
    {
        page.push_str(before);
        page.push_str(&value(name));
        rest = after;
    }
    page.push_str(rest);
    page
}

/// Escapes what has a meaning in HTML text and attributes.
fn escape(value: &str) -> Cow<'_, str> {
    if !value.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(value);
    }
    let mut escaped = String::with_capacity(value.len() + 16);
    for character in value.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
}
