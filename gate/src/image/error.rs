//! What can be wrong with an image or with reading it.

use std::io;

use super::Digest;
use super::document::DocumentError;
use super::place::Place;
use crate::stages::Hint;

/// Why an image, or a part of it, could not be read or is not what it says.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// Nothing at the path.
    #[error("there is no image at `{path}`")]
    Missing {
        /// The path as given.
        path: String,
    },
    /// The system refused to read.
    #[error("`{path}` could not be read: {source}")]
    Read {
        /// Path as given, or path inside the layout.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// Neither a layout nor an archive.
    #[error("`{path}` is no image: {reason}")]
    NotAnImage {
        /// The path as given.
        path: String,
        /// What is missing or odd.
        reason: String,
    },
    /// An index without manifests.
    #[error("`{path}` lists no image")]
    EmptyIndex {
        /// Path of the index inside the layout.
        path: String,
    },
    /// A JSON document that is not what it should be.
    #[error("the {what} `{path}` is not valid: {source}")]
    Document {
        /// Which document, for instance `manifest`.
        what: &'static str,
        /// Path inside the layout.
        path: String,
        /// What is wrong.
        source: DocumentError,
    },
    /// A digest that is none, so that it does not become a path.
    #[error("`{text}` in `{path}` is no digest: `sha256:` and 64 lowercase hexadecimal digits are expected")]
    Digest {
        /// The text.
        text: String,
        /// Document that holds it.
        path: String,
    },
    /// A blob or document that is not there.
    #[error("`{path}` is missing from the image")]
    MissingBlob {
        /// Path inside the layout.
        path: String,
    },
    /// A file of the layout that is a link to somewhere else, or no file at all.
    #[error("`{path}` {reason}")]
    NotInLayout {
        /// Path inside the layout.
        path: String,
        /// What it is instead.
        reason: &'static str,
    },
    /// Another size than the descriptor says.
    #[error("`{path}` has {found} bytes, and its descriptor says {expected}")]
    Size {
        /// Path inside the layout.
        path: String,
        /// Size in the descriptor.
        expected: u64,
        /// Size of the blob.
        found: u64,
    },
    /// Other content than the descriptor says.
    #[error("`{path}` has the digest `{found}`, and its descriptor says `{expected}`")]
    Content {
        /// Path inside the layout.
        path: String,
        /// Digest in the descriptor.
        expected: Digest,
        /// Digest of the blob.
        found: Digest,
    },
    /// A media type that is not known here, or is not that of the content.
    #[error("the media type `{found}` of `{path}` {reason}")]
    MediaType {
        /// Path inside the layout.
        path: String,
        /// The media type.
        found: String,
        /// Why it cannot be.
        reason: String,
    },
    /// More than an image may ask for.
    #[error("the image has more than {limit} {what}")]
    TooMuch {
        /// What is counted.
        what: &'static str,
        /// The cap.
        limit: u64,
    },
    /// An operating system whose images are not inspected.
    #[error("the image is for `{platform}`, and only images for linux are inspected")]
    Platform {
        /// Operating system and architecture.
        platform: String,
    },
    /// The index offers it for another platform than it is made for.
    #[error("the index offers `{path}` for `{index}`, and its configuration is for `{configuration}`")]
    PlatformDiffers {
        /// Path of the manifest inside the layout.
        path: String,
        /// Platform in the index.
        index: String,
        /// Platform in the configuration.
        configuration: String,
    },
    /// Configuration and manifest name another number of layers.
    #[error("the manifest has {manifest} layers, and the configuration names {configuration}")]
    LayerCount {
        /// Layers of the manifest.
        manifest: usize,
        /// `diff_ids` of the configuration.
        configuration: usize,
    },
    /// The unpacked layer is not the one of the configuration.
    #[error("layer {layer} has the digest `{found}` once unpacked, and the configuration says `{expected}`")]
    LayerContent {
        /// Number of the layer, from one.
        layer: usize,
        /// Digest in the configuration.
        expected: Digest,
        /// Digest of the unpacked bytes.
        found: Digest,
    },
    /// A layer that cannot be unpacked.
    #[error("layer {layer} could not be unpacked: {reason}")]
    Layer {
        /// Number of the layer, from one.
        layer: usize,
        /// What is wrong.
        reason: String,
    },
    /// An entry that leaves the image or that no image should have.
    #[error("`{path}` in layer {layer} {reason}")]
    Entry {
        /// Number of the layer, from one.
        layer: usize,
        /// Path as in the layer.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A program whose list of dependencies is there but cannot be read.
    #[error("the dependency list embedded in `{path}` (layer {layer}) could not be read: {reason}")]
    EmbeddedList {
        /// Number of the layer, from one.
        layer: usize,
        /// Path in the image.
        path: String,
        /// What is wrong.
        reason: String,
    },
}

impl ImageError {
    /// Is the image itself broken? Otherwise it is only not here, or not one that gate inspects.
    pub fn is_defect(&self) -> bool {
        !matches!(
            self,
            Self::Missing { .. } | Self::Read { .. } | Self::Platform { .. } | Self::EmbeddedList { .. }
        )
    }

    /// The place that is wrong.
    pub fn place(&self) -> Place {
        match self {
            Self::EmptyIndex { path }
            | Self::Document { path, .. }
            | Self::Digest { path, .. }
            | Self::MissingBlob { path }
            | Self::NotInLayout { path, .. }
            | Self::Size { path, .. }
            | Self::Content { path, .. }
            | Self::MediaType { path, .. }
            | Self::PlatformDiffers { path, .. } => Place::Layout { path: path.clone() },
            Self::LayerContent { layer, .. } | Self::Layer { layer, .. } => Place::Layer { layer: *layer },
            Self::Entry { layer, path, .. } | Self::EmbeddedList { layer, path, .. } => Place::File {
                layer: *layer,
                path: path.clone(),
            },
            Self::Missing { .. }
            | Self::Read { .. }
            | Self::NotAnImage { .. }
            | Self::TooMuch { .. }
            | Self::Platform { .. }
            | Self::LayerCount { .. } => Place::Image,
        }
    }
}

impl Hint for ImageError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Missing { .. } => "build the image first, or correct the path",
            Self::Read { .. } => "make the file readable for the user who runs gate",
            Self::NotAnImage { .. } => {
                "give a folder with an OCI layout, or a tar archive as `docker save` or `skopeo copy` write it"
            }
            Self::EmptyIndex { .. }
            | Self::Document { .. }
            | Self::MissingBlob { .. }
            | Self::Size { .. }
            | Self::Content { .. }
            | Self::LayerCount { .. }
            | Self::PlatformDiffers { .. }
            | Self::LayerContent { .. }
            | Self::Layer { .. } => {
                "build or copy the image again: what is there is incomplete or was changed"
            }
            Self::Digest { .. } | Self::NotInLayout { .. } => {
                "do not use this image before it is clear who wrote it: digests and links may not lead out of it"
            }
            Self::MediaType { .. } => {
                "write the image with OCI or Docker media types, uncompressed, gzip or zstd"
            }
            Self::TooMuch { .. } => "look into the image: a useful one stays far below this limit",
            Self::Platform { .. } => "give the linux image alone",
            Self::Entry { .. } => "remove the entry from the layer that brings it",
            Self::EmbeddedList { .. } => "build the program with `cargo auditable build` again",
        };
        Some(hint.to_owned())
    }
}
