//! From a path to inspections: one for each image that is found there.

use std::io::Read;
use std::path::Path;

use super::digest::Hashing;
use super::inspection::Inspection;
use super::layout::{self, Descriptor, Manifest, Named};
use super::merge::Merge;
use super::store::Store;
use super::unpack::{Compression, unpack};
use super::{Configuration, Digest, ImageError, Limits, docker, layer};

/// What was found at a path.
#[derive(Debug)]
pub struct Inspected {
    /// The images: never none, since what could not be read is one with an error.
    pub images: Vec<Inspection>,
    /// Manifests that hold statements about an image and none that could run.
    pub attestations: usize,
}

/// Reads every image at a path. `name` is the path as reports shall show it.
pub fn inspect(path: &Path, name: &str, limits: &Limits) -> Inspected {
    let found = Store::open(path, name, limits).and_then(|store| images(&store, name, limits));
    found.unwrap_or_else(|error| Inspected {
        images: vec![Inspection::failed(name, error)],
        attestations: 0,
    })
}

fn images(store: &Store, name: &str, limits: &Limits) -> Result<Inspected, ImageError> {
    if !store.has("oci-layout") && store.has(docker::MANIFEST) {
        return docker::images(store, name, limits);
    }
    let named = layout::images(store, name, limits)?;
    let mut inspected = Inspected {
        images: Vec::new(),
        attestations: 0,
    };
    for named in &named {
        match image(store, name, named, limits) {
            Some(image) => inspected.images.push(image),
            None => inspected.attestations += 1,
        }
    }
    if inspected.images.is_empty() {
        return Err(ImageError::EmptyIndex {
            path: "index.json".to_owned(),
        });
    }
    let several = inspected.images.len() > 1;
    for image in &mut inspected.images {
        image.one_of_several = several;
    }
    Ok(inspected)
}

/// None for attestations.
fn image(store: &Store, name: &str, named: &Named, limits: &Limits) -> Option<Inspection> {
    let mut inspection = Inspection::of(name);
    inspection.reference.index.clone_from(&named.index);
    inspection.reference.manifest = Some(named.manifest.digest.clone());
    inspection.platform.clone_from(&named.manifest.platform);
    match layout::manifest(store, &named.manifest, limits) {
        Err(error) => inspection.errors.push(error),
        Ok(Manifest::Attestation { blobs }) => {
            let failure = blobs.iter().find_map(|blob| blob.verify(store).err())?;
            inspection.errors.push(failure);
        }
        Ok(Manifest::Image {
            configuration,
            layers,
        }) => {
            inspection.reference.configuration = Some(configuration.digest.clone());
            let blobs = [&named.manifest, &configuration].into_iter().chain(&layers);
            inspection.blobs = blobs.map(|blob| blob.digest.blob_path()).collect();
            inspection.manifest = Some(named.manifest.clone());
            if let Err(error) = fill(store, &mut inspection, &configuration, &layers, limits) {
                inspection.errors.push(error);
            }
        }
    }
    Some(inspection)
}

fn fill(
    store: &Store,
    inspection: &mut Inspection,
    configuration: &Descriptor,
    layers: &[Descriptor],
    limits: &Limits,
) -> Result<(), ImageError> {
    let configuration = Configuration::read(store, configuration, limits)?;
    let mut sources = Vec::new();
    for layer in layers {
        layer.verify(store)?;
        sources.push(Layer::of_descriptor(store, layer)?);
    }
    if let Some(platform) = &inspection.platform
        && (platform.os != configuration.platform.os
            || platform.architecture != configuration.platform.architecture)
    {
        let manifest = inspection.reference.manifest.as_ref();
        return Err(ImageError::PlatformDiffers {
            path: manifest.map(Digest::blob_path).unwrap_or_default(),
            index: platform.to_string(),
            configuration: configuration.platform.to_string(),
        });
    }
    contents(store, inspection, configuration, &sources, limits)
}

/// A layer of which it is known where it lies and how it is compressed.
pub(super) struct Layer {
    path: String,
    compression: Compression,
}

impl Layer {
    fn of_descriptor(store: &Store, descriptor: &Descriptor) -> Result<Self, ImageError> {
        let found = Self::of_path(store, descriptor.digest.blob_path())?;
        let wrong = |reason| ImageError::MediaType {
            path: found.path.clone(),
            found: descriptor.media_type.clone(),
            reason,
        };
        match Compression::of_media_type(&descriptor.media_type) {
            None => Err(wrong("is not that of a layer".to_owned())),
            Some(said) if said != found.compression => Err(wrong(format!(
                "does not fit, since it holds {}",
                found.compression.name()
            ))),
            Some(_) => Ok(found),
        }
    }

    /// A layer whose media type nobody says.
    pub(super) fn of_path(store: &Store, path: String) -> Result<Self, ImageError> {
        let mut start = Vec::new();
        let (stream, _) = store.stream(&path)?;
        stream
            .take(4)
            .read_to_end(&mut start)
            .map_err(|source| ImageError::Read {
                path: path.clone(),
                source,
            })?;
        Ok(Self {
            path,
            compression: Compression::of_content(&start),
        })
    }
}

/// Unpacks the layers and lays them on one another.
pub(super) fn contents(
    store: &Store,
    inspection: &mut Inspection,
    configuration: Configuration,
    layers: &[Layer],
    limits: &Limits,
) -> Result<(), ImageError> {
    inspection.platform = Some(configuration.platform.clone());
    let expected = configuration.layer_digests.clone();
    let linux = configuration.platform.os == "linux";
    let platform = configuration.platform.to_string();
    inspection.configuration = Some(configuration);
    if !linux {
        return Err(ImageError::Platform { platform });
    }
    if expected.len() != layers.len() {
        return Err(ImageError::LayerCount {
            manifest: layers.len(),
            configuration: expected.len(),
        });
    }
    let mut merge = Merge::new(limits);
    let outcome = unpack_all(store, layers, &expected, &mut merge);
    inspection.errors.append(&mut merge.defects);
    outcome?;
    inspection.contents = Some(merge.contents);
    Ok(())
}

fn unpack_all(
    store: &Store,
    layers: &[Layer],
    expected: &[Digest],
    merge: &mut Merge<'_>,
) -> Result<(), ImageError> {
    let mut unpacked = 0;
    for (number, (source, expected)) in layers.iter().zip(expected).enumerate() {
        let (stream, size) = store.stream(&source.path)?;
        let stream = unpack(stream, size, source.compression, merge.limits, unpacked);
        let mut hashing = Hashing::new(stream);
        layer::read(&mut hashing, merge)?;
        unpacked += hashing.count();
        let found = hashing.digest();
        if found != *expected {
            return Err(ImageError::LayerContent {
                layer: number + 1,
                expected: expected.clone(),
                found,
            });
        }
    }
    Ok(())
}
