//! The catalogue: one list, a folder a group, a file a rule.

mod policy;
mod rule;

mod image {
    //! What is inside images.

    pub(super) mod broken_image;
    pub(super) mod dynamic_binary_in_scratch;
    pub(super) mod embedded_vulnerability;
    pub(super) mod image_vulnerability;
    pub(super) mod root_image_user;
    pub(super) mod setuid_file;
    pub(super) mod shell_in_image;
    pub(super) mod unaccounted_file;
    pub(super) mod user_differs;
    pub(super) mod world_writable_file;
}

pub use policy::Policy;
pub(crate) use rule::declare_rule;
pub use rule::{Check, Group, Hit, Profile, Rule, Sink};

/// Every rule, in the order of the documentation.
pub static CATALOGUE: &[&Rule] = &[
    &image::root_image_user::RULE,
    &image::user_differs::RULE,
    &image::dynamic_binary_in_scratch::RULE,
    &image::setuid_file::RULE,
    &image::world_writable_file::RULE,
    &image::shell_in_image::RULE,
    &image::unaccounted_file::RULE,
    &image::image_vulnerability::RULE,
    &image::embedded_vulnerability::RULE,
    &image::broken_image::RULE,
];

/// The rule of an id.
pub fn by_id(id: &str) -> Option<&'static Rule> {
    CATALOGUE.iter().copied().find(|rule| rule.id == id)
}
