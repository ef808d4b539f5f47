//! How much an image may ask for before it is refused.

/// Caps on what is read of one image. What is over one is refused, never cut short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one JSON document: index, manifest or configuration. Registries accept manifests up to 4 MiB.
    pub document: u64,
    /// Manifests and indices of one layout.
    pub manifests: usize,
    /// How deep an index may lie in another.
    pub index_depth: usize,
    /// Layers of one image. Storage drivers stop at 128 and fewer.
    pub layers: usize,
    /// Entries of all layers of one image together.
    pub files: usize,
    /// Bytes of all layers of one image together, uncompressed.
    pub uncompressed: u64,
    /// How many bytes one byte of a compressed layer may become, once the layer is beyond [`Limits::ratio_floor`].
    pub ratio: u64,
    /// Bytes that a layer may become at any ratio: small layers of zeros are common and harmless.
    pub ratio_floor: u64,
    /// Bytes of one program that is read whole.
    pub program: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document: 4 << 20,
            manifests: 256,
            index_depth: 4,
            layers: 256,
            files: 1_000_000,
            uncompressed: 32 << 30,
            ratio: 200,
            ratio_floor: 64 << 20,
            program: 512 << 20,
        }
    }
}
