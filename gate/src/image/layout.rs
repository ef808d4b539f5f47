//! From a layout to its images: index, nested index, manifest.
//!
//! Formats: OCI image layout and image index 1.1 (<https://github.com/opencontainers/image-spec>), and Docker's
//! manifest list and manifest, schema 2.

use std::io::Read;

use serde_json::Value;

use super::digest::Hashing;
use super::document::{self, DocumentError};
use super::store::Store;
use super::{Digest, ImageError, Limits, Platform};

const INDEX_TYPES: [&str; 2] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];
const MANIFEST_TYPES: [&str; 2] = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];
const CONFIGURATION_TYPES: [&str; 2] = [
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
];
const ATTESTATION_LAYER: &str = "application/vnd.in-toto+json";
const INDEX: &str = "index.json";

/// A reference to a blob, with all that is needed to prove that the blob is the one meant.
#[derive(Clone, Debug)]
pub(super) struct Descriptor {
    pub(super) media_type: String,
    pub(super) digest: Digest,
    pub(super) size: u64,
    pub(super) platform: Option<Platform>,
}

impl Descriptor {
    fn read(value: &Value, path: &str, what: &'static str) -> Result<Self, ImageError> {
        let invalid = |source| invalid(what, path, source);
        let text = document::text(value, "digest")
            .and_then(|text| document::required(text, "digest"))
            .map_err(invalid)?;
        let digest = Digest::parse(&text).ok_or_else(|| ImageError::Digest {
            text,
            path: path.to_owned(),
        })?;
        let fields = || {
            let size = document::required(document::number(value, "size")?, "size")?;
            let media_type = document::required(document::text(value, "mediaType")?, "mediaType")?;
            let platform = document::field(value, "platform")?
                .map(Platform::read)
                .transpose()?;
            Ok(Self {
                media_type,
                digest,
                size,
                platform,
            })
        };
        fields().map_err(invalid)
    }

    /// The document that it points to, proven to be that one.
    pub(super) fn document(
        &self,
        store: &Store,
        limits: &Limits,
        what: &'static str,
    ) -> Result<Value, ImageError> {
        let path = self.digest.blob_path();
        if self.size > limits.document {
            return Err(ImageError::TooMuch {
                what: "bytes in one document",
                limit: limits.document,
            });
        }
        self.verify(store)?;
        let value = parse(&store.read(&path, limits.document)?, what, &path)?;
        let own = document::text(&value, "mediaType").map_err(|source| invalid(what, &path, source))?;
        match own {
            Some(own) if own != self.media_type => Err(ImageError::MediaType {
                path,
                found: self.media_type.clone(),
                reason: format!("is not the one that the document gives itself, `{own}`"),
            }),
            _ => Ok(value),
        }
    }

    /// Proves size and digest of the blob that it points to.
    pub(super) fn verify(&self, store: &Store) -> Result<(), ImageError> {
        let path = self.digest.blob_path();
        let (stream, found) = store.stream(&path)?;
        if found != self.size {
            return Err(ImageError::Size {
                path,
                expected: self.size,
                found,
            });
        }
        let mut hashing = Hashing::new(stream.take(self.size));
        std::io::copy(&mut hashing, &mut std::io::sink()).map_err(|source| ImageError::Read {
            path: path.clone(),
            source,
        })?;
        let found = hashing.digest();
        if found == self.digest {
            Ok(())
        } else {
            Err(ImageError::Content {
                path,
                expected: self.digest.clone(),
                found,
            })
        }
    }
}

/// An image of a layout, known by its manifest and by the index that names it.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) index: Option<Digest>,
    pub(super) manifest: Descriptor,
}

/// A manifest: the configuration and the layers, lowest first.
#[derive(Debug)]
pub(super) enum Manifest {
    /// An image that can run.
    Image {
        configuration: Descriptor,
        layers: Vec<Descriptor>,
    },
    /// Statements about an image; nothing of it runs.
    Attestation {
        /// All blobs that it names.
        blobs: Vec<Descriptor>,
    },
}

fn invalid(what: &'static str, path: &str, source: DocumentError) -> ImageError {
    ImageError::Document {
        what,
        path: path.to_owned(),
        source,
    }
}

fn parse(bytes: &[u8], what: &'static str, path: &str) -> Result<Value, ImageError> {
    document::parse(bytes).map_err(|source| invalid(what, path, source))
}

/// All images of a layout in the order of its index; one that is named twice comes once.
pub(super) fn images(store: &Store, name: &str, limits: &Limits) -> Result<Vec<Named>, ImageError> {
    check_version(store, name, limits)?;
    let bytes = store.read(INDEX, limits.document)?;
    let index = parse(&bytes, "index", INDEX)?;
    let mut walk = Walk {
        store,
        limits,
        found: Vec::new(),
        seen: 0,
    };
    // Whoever pushes a flat index of several platforms pushes this very document.
    let own = (manifests(&index, INDEX)?.len() > 1).then(|| Digest::of(&bytes));
    walk.index(&index, INDEX, own.as_ref(), 0)?;
    Ok(walk.found)
}

fn check_version(store: &Store, name: &str, limits: &Limits) -> Result<(), ImageError> {
    const MARKER: &str = "oci-layout";
    if !store.has(MARKER) {
        return Err(ImageError::NotAnImage {
            path: name.to_owned(),
            reason: format!("it has no file `{MARKER}`"),
        });
    }
    let marker = parse(&store.read(MARKER, limits.document)?, "layout marker", MARKER)?;
    let version = document::text(&marker, "imageLayoutVersion")
        .and_then(|version| document::required(version, "imageLayoutVersion"))
        .map_err(|source| invalid("layout marker", MARKER, source))?;
    if version.starts_with("1.") {
        Ok(())
    } else {
        Err(ImageError::NotAnImage {
            path: name.to_owned(),
            reason: format!("its layout has the version `{version}`, and only 1 is known"),
        })
    }
}

fn manifests<'v>(index: &'v Value, path: &str) -> Result<&'v [Value], ImageError> {
    let read = || {
        check_schema(index)?;
        document::list(index, "manifests")
    };
    read().map_err(|source| invalid("index", path, source))
}

fn check_schema(value: &Value) -> Result<(), DocumentError> {
    let version = document::required(document::number(value, "schemaVersion")?, "schemaVersion")?;
    if version == 2 {
        Ok(())
    } else {
        Err(document::wrong_type("schemaVersion", "2"))
    }
}

struct Walk<'a> {
    store: &'a Store,
    limits: &'a Limits,
    found: Vec<Named>,
    seen: usize,
}

impl Walk<'_> {
    fn index(
        &mut self,
        index: &Value,
        path: &str,
        digest: Option<&Digest>,
        depth: usize,
    ) -> Result<(), ImageError> {
        let entries = manifests(index, path)?;
        if entries.is_empty() {
            return Err(ImageError::EmptyIndex {
                path: path.to_owned(),
            });
        }
        for entry in entries {
            self.seen += 1;
            below("manifests", self.seen, self.limits.manifests)?;
            let descriptor = Descriptor::read(entry, path, "index")?;
            if INDEX_TYPES.contains(&descriptor.media_type.as_str()) {
                below("indices inside one another", depth + 1, self.limits.index_depth)?;
                let nested = descriptor.document(self.store, self.limits, "index")?;
                // The outermost index is the one that manifests pin.
                let outer = if depth == 0 {
                    Some(&descriptor.digest)
                } else {
                    digest
                };
                self.index(&nested, &descriptor.digest.blob_path(), outer, depth + 1)?;
            } else {
                self.manifest(descriptor, path, digest)?;
            }
        }
        Ok(())
    }

    fn manifest(
        &mut self,
        manifest: Descriptor,
        path: &str,
        index: Option<&Digest>,
    ) -> Result<(), ImageError> {
        if !MANIFEST_TYPES.contains(&manifest.media_type.as_str()) {
            return Err(ImageError::MediaType {
                path: path.to_owned(),
                found: manifest.media_type,
                reason: "is neither that of an index nor that of a manifest".to_owned(),
            });
        }
        let known = self
            .found
            .iter()
            .any(|named| named.manifest.digest == manifest.digest && named.index.as_ref() == index);
        if !known {
            self.found.push(Named {
                index: index.cloned(),
                manifest,
            });
        }
        Ok(())
    }
}

fn below(what: &'static str, count: usize, limit: usize) -> Result<(), ImageError> {
    if count > limit {
        Err(ImageError::TooMuch {
            what,
            limit: limit as u64,
        })
    } else {
        Ok(())
    }
}

/// Reads the manifest of an image.
pub(super) fn manifest(
    store: &Store,
    descriptor: &Descriptor,
    limits: &Limits,
) -> Result<Manifest, ImageError> {
    const WHAT: &str = "manifest";
    let value = descriptor.document(store, limits, WHAT)?;
    let path = descriptor.digest.blob_path();
    check_schema(&value).map_err(|source| invalid(WHAT, &path, source))?;
    let configuration = document::field(&value, "config")
        .and_then(|field| document::required(field, "config"))
        .map_err(|source| invalid(WHAT, &path, source))?;
    let configuration = Descriptor::read(configuration, &path, WHAT)?;
    if !CONFIGURATION_TYPES.contains(&configuration.media_type.as_str()) {
        return Err(ImageError::MediaType {
            path,
            found: configuration.media_type,
            reason: "is not that of an image's configuration".to_owned(),
        });
    }
    let layers = document::list(&value, "layers").map_err(|source| invalid(WHAT, &path, source))?;
    if layers.len() > limits.layers {
        return Err(ImageError::TooMuch {
            what: "layers",
            limit: limits.layers as u64,
        });
    }
    let layers: Vec<_> = layers
        .iter()
        .map(|layer| Descriptor::read(layer, &path, WHAT))
        .collect::<Result<_, _>>()?;
    // Builders store what they attest as a manifest whose layers are statements. No runtime can start one.
    if !layers.is_empty() && layers.iter().all(|layer| layer.media_type == ATTESTATION_LAYER) {
        let blobs = std::iter::once(configuration).chain(layers).collect();
        return Ok(Manifest::Attestation { blobs });
    }
    Ok(Manifest::Image {
        configuration,
        layers,
    })
}
