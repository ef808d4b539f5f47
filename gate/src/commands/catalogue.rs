//! `gate rules` and `gate explain`.

use std::fmt::Write as _;

use super::Answer;
use crate::config::nearest;
use crate::rules::{self, CATALOGUE};
use crate::stages::Hint;

/// The catalogue as a table.
pub(super) fn table() -> String {
    let width = CATALOGUE
        .iter()
        .map(|rule| rule.id.len())
        .max()
        .unwrap_or_default();
    let mut text = String::new();
    let mut group = "";
    for rule in CATALOGUE {
        if rule.group.name() != group {
            let gap = if group.is_empty() { "" } else { "\n" };
            group = rule.group.name();
            let _ = writeln!(text, "{gap}{group}");
        }
        let (id, level, profile) = (rule.id, rule.level.name(), rule.profile.name());
        let _ = writeln!(text, "  {id:width$}  {level:7}  {profile:10}  {}", rule.summary());
    }
    text
}

/// No rule of that id.
#[derive(Debug, thiserror::Error)]
#[error("there is no rule `{id}`")]
struct Unknown {
    id: String,
}

impl Hint for Unknown {
    fn hint(&self) -> Option<String> {
        Some(match nearest(&self.id, CATALOGUE.iter().map(|rule| rule.id)) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "`gate rules` lists every rule".to_owned(),
        })
    }
}

/// One rule's page.
pub(super) fn explain(id: &str) -> Answer {
    match rules::by_id(id) {
        Some(rule) => Answer::text(rules::page(rule)),
        None => Answer::failure(&Unknown { id: id.to_owned() }),
    }
}
