//! What a run knows besides the manifests: the cluster's version, its zones, the images that were checked.

use super::repository_key;

/// A range of Kubernetes minor versions of major version 1, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The oldest minor.
    pub from: u32,
    /// The newest minor.
    pub to: u32,
}

impl Versions {
    /// The newest minor that the rules know; above it they judge as for it.
    pub const NEWEST_MINOR: u32 = 37;

    /// A single minor.
    pub fn only(minor: u32) -> Self {
        Self {
            from: minor,
            to: minor,
        }
    }

    /// Does any version of the range stand at or above a minor? A check that begins there must then hold.
    pub fn reach(self, minor: u32) -> bool {
        self.to >= minor
    }

    /// Does every version of the range stand at or above a minor? Only then does a relief that begins there count.
    pub fn begin_at(self, minor: u32) -> bool {
        self.from >= minor
    }
}

impl Default for Versions {
    fn default() -> Self {
        Self::only(Self::NEWEST_MINOR)
    }
}

/// An image that was given to be checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckedImage {
    /// Repositories under which manifests name it, as written there.
    pub repositories: Vec<String>,
    /// Digest of its index, `sha256:…`, where it has one.
    pub index_digest: Option<String>,
    /// Digests of its platform manifests.
    pub platform_digests: Vec<String>,
}

impl CheckedImage {
    /// Is it pushed to a repository, given in the form of [`repository_key`]?
    pub fn is_of(&self, repository: &str) -> bool {
        let mut names = self.repositories.iter();
        names.any(|name| repository_key(name) == repository)
    }

    /// Is this the digest of one of its platform manifests?
    pub fn has_platform(&self, digest: &str) -> bool {
        self.platform_digests.iter().any(|known| known == digest)
    }
}

/// What a run knows besides the manifests.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Where objects without a namespace go.
    pub namespace: String,
    /// The cluster's versions.
    pub versions: Versions,
    /// How many zones the cluster has; `None`: nobody said, and [`Facts::ASSUMED_ZONES`] are assumed.
    pub zones: Option<u32>,
    /// Pods of a workload that names no number and has no autoscaler.
    pub replicas_when_absent: u64,
    /// The images that were given to be checked.
    pub checked_images: Vec<CheckedImage>,
    /// Patterns of repositories that are checked elsewhere; `*` stands for any characters.
    pub external_images: Vec<String>,
}

impl Facts {
    /// Zones of a regional cluster about which nothing is known.
    pub const ASSUMED_ZONES: u32 = 3;

    /// The number of zones to reckon with.
    pub fn zone_count(&self) -> u32 {
        self.zones.unwrap_or(Self::ASSUMED_ZONES)
    }

    /// The number of zones in words, which say so where it is assumed.
    pub fn zones_in_words(&self) -> String {
        match self.zones {
            Some(1) => "1 zone".to_owned(),
            Some(count) => format!("{count} zones"),
            None => format!("{} zones assumed", Self::ASSUMED_ZONES),
        }
    }
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            namespace: "default".to_owned(),
            versions: Versions::default(),
            zones: None,
            replicas_when_absent: 1,
            checked_images: Vec::new(),
            external_images: Vec::new(),
        }
    }
}
