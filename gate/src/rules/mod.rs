//! The catalogue: one list, a folder a group, a file a rule.

mod policy;
mod rule;

mod exceptions {
    pub(super) mod broad_exception;
    pub(super) mod distant_exception;
    pub(super) mod expired_exception;
    pub(super) mod invalid_exception;
    pub(super) mod missing_reason;
    pub(super) mod unused_exception;
}

pub use policy::Policy;
pub(crate) use rule::declare_rule;
pub use rule::{Check, Group, Hit, Profile, Rule, Sink};

/// Every rule, in the order of the documentation.
pub static CATALOGUE: &[&Rule] = &[
    &exceptions::expired_exception::RULE,
    &exceptions::unused_exception::RULE,
    &exceptions::missing_reason::RULE,
    &exceptions::distant_exception::RULE,
    &exceptions::broad_exception::RULE,
    &exceptions::invalid_exception::RULE,
];

/// The rule of an id.
pub fn by_id(id: &str) -> Option<&'static Rule> {
    CATALOGUE.iter().copied().find(|rule| rule.id == id)
}
