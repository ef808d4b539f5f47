//! What a fixture says of its run, in `facts.toml`.

use std::path::Path;

use gate::kube::{CheckedImage, Facts, Versions};
use jiff::civil::Date;
use serde::Deserialize;

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct FactsFile {
    kubernetes: Option<u32>,
    zones: Option<u32>,
    /// The day of the run.
    pub(super) today: Option<Date>,
    #[serde(default)]
    external_images: Vec<String>,
    #[serde(default)]
    checked_images: Vec<CheckedImageFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CheckedImageFile {
    repositories: Vec<String>,
    index_digest: Option<String>,
    platform_digests: Vec<String>,
}

impl FactsFile {
    /// As rules get it.
    pub(super) fn facts(self) -> Facts {
        let checked_images = self.checked_images.into_iter().map(|image| CheckedImage {
            repositories: image.repositories,
            index_digest: image.index_digest,
            platform_digests: image.platform_digests,
        });
        Facts {
            versions: self.kubernetes.map_or_else(Versions::default, Versions::only),
            zones: self.zones,
            external_images: self.external_images,
            checked_images: checked_images.collect(),
            ..Facts::default()
        }
    }
}

pub(super) fn read(path: &Path) -> FactsFile {
    let text = super::read(path);
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
