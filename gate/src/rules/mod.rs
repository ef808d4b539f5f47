//! The catalogue: one list, a folder a group, a file a rule.

mod policy;
mod rule;

/// Crates with known defects.
pub mod dependencies {
    pub mod denied_dependency;
    pub mod lockfile_mismatch;
    pub mod unaudited_binary;
    pub mod unaudited_source;
    pub mod unmaintained_crate;
    pub mod unsound_crate;
    pub mod vulnerable_crate;
    mod wording;
}

pub use policy::Policy;
pub(crate) use rule::declare_rule;
pub use rule::{Check, Group, Hit, Profile, Rule, Sink};

/// Every rule, in the order of the documentation.
pub static CATALOGUE: &[&Rule] = &[
    &dependencies::vulnerable_crate::RULE,
    &dependencies::unsound_crate::RULE,
    &dependencies::unmaintained_crate::RULE,
    &dependencies::unaudited_source::RULE,
    &dependencies::denied_dependency::RULE,
    &dependencies::lockfile_mismatch::RULE,
    &dependencies::unaudited_binary::RULE,
];

/// The rule of an id.
pub fn by_id(id: &str) -> Option<&'static Rule> {
    CATALOGUE.iter().copied().find(|rule| rule.id == id)
}
