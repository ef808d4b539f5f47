//! The catalogue: one list, a folder a group, a file a rule.

mod advisories;
mod documentation;
mod policy;
mod rule;
mod run;

#[cfg(test)]
mod tests;

pub use documentation::{documentation, page};
pub use policy::Policy;
pub(crate) use rule::declare_rule;
pub use rule::{Check, Group, Hit, Profile, Rule, Sink};
pub use run::{RuleHit, dependencies, exceptions, image, manifests, text};

mod pod_security {
    pub(super) mod capabilities_not_dropped;
    pub(super) mod may_run_as_root;
    pub(super) mod privilege_escalation;
    pub(super) mod privileged_container;
    pub(super) mod root_user;
}

mod hardening {
    pub(super) mod writable_root_filesystem;
}

mod supply_chain {
    pub(super) mod digest_mismatch;
    pub(super) mod floating_tag;
    pub(super) mod malformed_image;
    pub(super) mod unchecked_image;
    pub(super) mod unpinned_image;
}

mod availability {
    pub(super) mod blocking_pdb;
    pub(super) mod no_zone_spread;
    pub(super) mod soft_zone_spread;
    pub(super) mod spread_misses_own_pods;
}

mod api {
    pub(super) mod duplicate_key;
    pub(super) mod hidden_content;
    pub(super) mod invalid_yaml;
}

mod dependencies {
    pub(super) mod denied_dependency;
    pub(super) mod lockfile_mismatch;
    pub(super) mod unaudited_binary;
    pub(super) mod unaudited_source;
    pub(super) mod unmaintained_crate;
    pub(super) mod unsound_crate;
    pub(super) mod vulnerable_crate;
}

mod image {
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

mod exceptions {
    pub(super) mod broad_exception;
    pub(super) mod distant_exception;
    pub(super) mod expired_exception;
    pub(super) mod invalid_exception;
    pub(super) mod missing_reason;
    pub(super) mod unused_exception;
}

/// Every rule, in the order of the documentation.
pub static CATALOGUE: &[&Rule] = &[
    &pod_security::privileged_container::RULE,
    &pod_security::privilege_escalation::RULE,
    &pod_security::capabilities_not_dropped::RULE,
    &pod_security::may_run_as_root::RULE,
    &pod_security::root_user::RULE,
    &hardening::writable_root_filesystem::RULE,
    &supply_chain::unpinned_image::RULE,
    &supply_chain::malformed_image::RULE,
    &supply_chain::floating_tag::RULE,
    &supply_chain::unchecked_image::RULE,
    &supply_chain::digest_mismatch::RULE,
    &availability::no_zone_spread::RULE,
    &availability::soft_zone_spread::RULE,
    &availability::spread_misses_own_pods::RULE,
    &availability::blocking_pdb::RULE,
    &api::invalid_yaml::RULE,
    &api::hidden_content::RULE,
    &api::duplicate_key::RULE,
    &dependencies::vulnerable_crate::RULE,
    &dependencies::unsound_crate::RULE,
    &dependencies::unmaintained_crate::RULE,
    &dependencies::unaudited_source::RULE,
    &dependencies::denied_dependency::RULE,
    &dependencies::lockfile_mismatch::RULE,
    &dependencies::unaudited_binary::RULE,
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
