//! Docker archives, as `docker save` writes them.
//!
//! They hold no manifest of a registry, so that no digest tells by which pin such an image is known. Its layers are
//! proven by the digests of the configuration, and the configuration by its own name where that is a digest.

use serde_json::Value;

use super::document::{self, DocumentError};
use super::inspect::{Inspected, Layer, contents};
use super::inspection::Inspection;
use super::store::Store;
use super::{Configuration, Digest, ImageError, Limits};

/// The file that tells a Docker archive.
pub(super) const MANIFEST: &str = "manifest.json";

/// All images of an archive.
pub(super) fn images(store: &Store, name: &str, limits: &Limits) -> Result<Inspected, ImageError> {
    let invalid = |source| ImageError::Document {
        what: "manifest",
        path: MANIFEST.to_owned(),
        source,
    };
    let bytes = store.read(MANIFEST, limits.document)?;
    let list = document::parse_list(&bytes).map_err(invalid)?;
    if list.is_empty() {
        return Err(ImageError::EmptyIndex {
            path: MANIFEST.to_owned(),
        });
    }
    if list.len() > limits.manifests {
        return Err(ImageError::TooMuch {
            what: "manifests",
            limit: limits.manifests as u64,
        });
    }
    let mut images = Vec::new();
    for entry in &list {
        let mut inspection = Inspection::of(name);
        inspection.one_of_several = list.len() > 1;
        let (configuration, layers) = fields(entry).map_err(invalid)?;
        if let Err(error) = fill(store, &mut inspection, &configuration, layers, limits) {
            inspection.errors.push(error);
        }
        images.push(inspection);
    }
    Ok(Inspected {
        images,
        attestations: 0,
    })
}

fn fields(entry: &Value) -> Result<(String, Vec<String>), DocumentError> {
    let configuration = document::required(document::text(entry, "Config")?, "Config")?;
    Ok((configuration, document::texts(entry, "Layers")?))
}

fn fill(
    store: &Store,
    inspection: &mut Inspection,
    path: &str,
    layers: Vec<String>,
    limits: &Limits,
) -> Result<(), ImageError> {
    if layers.len() > limits.layers {
        return Err(ImageError::TooMuch {
            what: "layers",
            limit: limits.layers as u64,
        });
    }
    let bytes = store.read(path, limits.document)?;
    let found = Digest::of(&bytes);
    if let Some(expected) = digest_of_name(path)
        && expected != found
    {
        return Err(ImageError::Content {
            path: path.to_owned(),
            expected,
            found,
        });
    }
    inspection.reference.configuration = Some(found);
    let value = document::parse(&bytes).map_err(|source| ImageError::Document {
        what: "configuration",
        path: path.to_owned(),
        source,
    })?;
    let configuration = Configuration::from_value(&value, path)?;
    let layers: Vec<_> = layers
        .into_iter()
        .map(|layer| Layer::of_path(store, layer))
        .collect::<Result<_, _>>()?;
    contents(store, inspection, configuration, &layers, limits)
}

/// `DIGITS.json` in older archives, `blobs/sha256/DIGITS` in newer ones.
fn digest_of_name(path: &str) -> Option<Digest> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let digits = name.strip_suffix(".json").unwrap_or(name);
    Digest::parse(&format!("sha256:{digits}"))
}
