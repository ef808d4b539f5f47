//! What a cluster shall be.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::error::ClusterError;
use crate::process::Interrupt;

/// How many zones there can be: each has a port, and on real nodes a network.
const MOST_ZONES: usize = 8;

/// How many nodes a zone can have: their number is one digit.
const MOST_NODES: u8 = 9;

/// What the nodes of a cluster are.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Objects that kwok keeps alive; pods become Ready at once and run nothing.
    #[default]
    Simulated,
    /// Kubelets with containerd in namespaces of their own; Linux, root.
    Real,
}

/// What a cluster shall be.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Options {
    /// Its name: up to 20 small letters, digits and dashes.
    pub name: String,
    /// What its nodes are.
    pub kind: Kind,
    /// The names of its zones: one to eight, each up to 10 small letters, digits and dashes, that begin and end with a letter.
    pub zones: Vec<String>,
    /// How many nodes each zone has: one to nine.
    pub nodes_per_zone: u8,
    /// How long a pod tolerates a node that is not ready or unreachable, if it says nothing itself.
    pub toleration_seconds: u32,
    /// How long a kubelet may be silent until its node is not ready. A managed cluster has 40 to 50.
    pub node_grace_seconds: u32,
    /// How many nodes a second the node controller taints `NoExecute` while one zone is lost.
    pub eviction_rate: f32,
    /// Set by whoever wants [`Cluster::up`](crate::Cluster::up), or any later command, to stop.
    #[serde(skip)]
    pub interrupt: Interrupt,
}

impl Default for Options {
    /// A simulated cluster named `default`: three zones of three nodes.
    fn default() -> Self {
        Self {
            name: "default".to_owned(),
            kind: Kind::Simulated,
            zones: ["a", "b", "c"].map(str::to_owned).to_vec(),
            nodes_per_zone: 3,
            toleration_seconds: 300,
            node_grace_seconds: 12,
            eviction_rate: 0.1,
            interrupt: Interrupt::default(),
        }
    }
}

impl Options {
    /// Refuses what a cluster cannot be.
    pub(crate) fn check(&self) -> Result<(), ClusterError> {
        check_name(&self.name)?;
        if self.zones.is_empty() || self.zones.len() > MOST_ZONES {
            return Err(refused(
                "the list of zones",
                &self.zones.join(","),
                "one to eight names",
            ));
        }
        for zone in &self.zones {
            check_zone(zone)?;
        }
        let distinct: BTreeSet<&String> = self.zones.iter().collect();
        if distinct.len() < self.zones.len() {
            return Err(refused(
                "the list of zones",
                &self.zones.join(","),
                "a list without repetition",
            ));
        }
        if !(1..=MOST_NODES).contains(&self.nodes_per_zone) {
            let given = self.nodes_per_zone.to_string();
            return Err(refused("the number of nodes in a zone", &given, "one to nine"));
        }
        if !self.eviction_rate.is_finite() || self.eviction_rate < 0.0 {
            let given = self.eviction_rate.to_string();
            return Err(refused("the eviction rate", &given, "a number of nodes a second"));
        }
        Ok(())
    }
}

fn refused(what: &'static str, given: &str, wanted: &'static str) -> ClusterError {
    ClusterError::Option {
        what,
        given: given.to_owned(),
        wanted,
    }
}

/// Refuses a name that is unfit for a folder, a host and a control group.
pub(crate) fn check_name(name: &str) -> Result<(), ClusterError> {
    if is_label(name, 20) {
        return Ok(());
    }
    let wanted =
        "up to 20 small letters, digits and dashes that begin with a letter and do not end with a dash";
    Err(refused("the name of a cluster", name, wanted))
}

/// Refuses a zone that makes names of nodes ambiguous (a number follows it) or names of links too long.
fn check_zone(zone: &str) -> Result<(), ClusterError> {
    if is_label(zone, 10) && zone.ends_with(|last: char| last.is_ascii_lowercase()) {
        return Ok(());
    }
    let wanted = "up to 10 small letters, digits and dashes that begin and end with a letter";
    Err(refused("the name of a zone", zone, wanted))
}

fn is_label(text: &str, most: usize) -> bool {
    let is_fit = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    text.len() <= most
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && !text.ends_with('-')
        && text.chars().all(is_fit)
}

/// The name of a node: its zone's nodes are counted from 1.
pub(crate) fn node_name(zone: &str, number: u8) -> String {
    format!("node-{zone}{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zones(zones: &[&str]) -> Options {
        Options {
            zones: zones.iter().map(|zone| (*zone).to_owned()).collect(),
            ..Options::default()
        }
    }

    #[test]
    fn defaults_and_zones_of_clouds_are_good() {
        Options::default().check().unwrap();
        zones(&["us-west1-a", "us-west1-b"]).check().unwrap();
    }

    #[test]
    fn names_of_nodes_cannot_be_ambiguous() {
        let error = zones(&["a", "a1"]).check().unwrap_err();
        assert!(
            error.to_string().starts_with("the name of a zone `a1` is not"),
            "{error}"
        );
    }

    #[test]
    fn what_cannot_be_is_refused_in_words() {
        let of = |change: fn(&mut Options)| {
            let mut options = Options::default();
            change(&mut options);
            options.check().unwrap_err().to_string()
        };
        assert!(of(|options| options.zones.clear()).contains("one to eight names"));
        assert!(of(|options| options.zones.push("a".to_owned())).contains("without repetition"));
        assert!(of(|options| options.nodes_per_zone = 0).contains("`0` is not one to nine"));
        assert!(of(|options| options.eviction_rate = f32::NAN).contains("the eviction rate `NaN`"));
        for name in [
            "",
            "../x",
            "a b",
            "A",
            "-a",
            "a-",
            "a.new",
            "abcdefghijklmnopqrstu",
        ] {
            let error = check_name(name).unwrap_err().to_string();
            assert!(error.contains(&format!("`{name}`")), "{error}");
        }
    }
}
