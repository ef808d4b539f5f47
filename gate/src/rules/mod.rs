//! The catalogue: one list, a folder a group, a file a rule.

mod policy;
mod rule;

pub use policy::Policy;
pub(crate) use rule::declare_rule;
pub use rule::{Check, Group, Hit, Profile, Rule, Sink};

/// Every rule, in the order of the documentation.
pub static CATALOGUE: &[&Rule] = &[];

/// The rule of an id.
pub fn by_id(id: &str) -> Option<&'static Rule> {
    CATALOGUE.iter().copied().find(|rule| rule.id == id)
}

/// The page of all rules, in Markdown.
pub fn documentation() -> String {
    let pages = CATALOGUE
        .iter()
        .map(|rule| format!("\n## `{}`\n\n{}", rule.id, rule.page));
    std::iter::once("# Rules\n".to_owned()).chain(pages).collect()
}
