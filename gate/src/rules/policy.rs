//! Which rules run, and at which level.

use std::collections::BTreeMap;

use super::{CATALOGUE, Hit, Profile, Rule};
use crate::finding::{Finding, Level};

/// The rules of a run: a profile and what configuration changed.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Rules whose lowest profile is above this one do not run.
    pub profile: Profile,
    /// Levels set by configuration, by id; none turns a rule off.
    pub levels: BTreeMap<String, Option<Level>>,
}

impl Policy {
    /// A profile as it is.
    pub fn of(profile: Profile) -> Self {
        Self {
            profile,
            levels: BTreeMap::new(),
        }
    }

    /// Does a rule run?
    pub fn runs(&self, rule: &Rule) -> bool {
        match self.levels.get(rule.id) {
            Some(level) if rule.excusable => level.is_some(),
            _ => rule.profile <= self.profile,
        }
    }

    /// The level of a finding: what configuration says of its rule, else the level of this part of the rule, else
    /// the rule's own.
    pub fn level(&self, rule: &Rule, part: Option<Level>) -> Level {
        let configured = self
            .levels
            .get(rule.id)
            .copied()
            .flatten()
            .filter(|_| rule.excusable);
        configured.or(part).unwrap_or(rule.level)
    }

    /// What a rule found, in its own words and with the level that holds: without any place, and not yet sealed.
    pub fn finding<Place>(&self, rule: &Rule, hit: &Hit<Place>) -> Finding {
        let level = self.level(rule, hit.level);
        let mut finding = Finding::new(rule.id, rule.group.name(), level, hit.message.clone());
        finding.detail.clone_from(&hit.detail);
        finding.help.clone_from(&hit.help);
        finding.identifiers.clone_from(&hit.identifiers);
        finding
    }

    /// The rules that run, in the order of the catalogue.
    pub fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        CATALOGUE.iter().copied().filter(|rule| self.runs(rule))
    }
}
