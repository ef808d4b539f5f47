//! The bytes of the image: one layer, configuration, manifest, index.
//!
//! After the OCI image specification 1.1 (<https://github.com/opencontainers/image-spec>). Nothing here reads a
//! clock, a user or a file: equal binary and facts give equal bytes.

use std::io::{self, Write};
use std::path::Path;

use flate2::{Compression, GzBuilder};
use gate::finding::hexadecimal;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Mode of the program: everyone may run it, only root may change it, and the service does not run as root.
pub(super) const PROGRAM_MODE: u32 = 0o755;

/// User and group of the service: `nonroot` of the distroless images, a number so that kubelet can see that it is
/// not root.
const USER: &str = "65532:65532";

/// The public and the administrative port of the service.
const PORTS: [&str; 2] = ["8080/tcp", "9090/tcp"];

/// Every time in the image.
const CREATED: &str = "1970-01-01T00:00:00Z";

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// What the labels say of the image; the title is also the name of its program.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    /// Name of the package.
    pub(super) title: String,
    /// Version without a `v`.
    pub(super) version: String,
    /// Address of the source code.
    pub(super) source: String,
    /// SPDX expression.
    pub(super) licenses: String,
}

/// An OCI image layout in memory.
#[derive(Debug)]
pub(super) struct Layout {
    blobs: Vec<Blob>,
    index: Vec<u8>,
    digest: String,
    compressed_size: usize,
    unpacked_size: usize,
    config_size: usize,
}

impl Layout {
    /// The image of one program.
    pub(super) fn of(binary: &[u8], facts: &Facts) -> io::Result<Self> {
        let archive = archive(binary, &facts.title)?;
        let layer = Blob::new(LAYER, compress(&archive)?);
        let config = Blob::new(CONFIG, encode(&configuration(facts, &digest(&archive)))?);
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config.descriptor(),
            "layers": [layer.descriptor()],
        });
        let manifest = Blob::new(MANIFEST, encode(&manifest)?);
        Ok(Self {
            index: encode(&index(&manifest, facts))?,
            digest: manifest.digest.clone(),
            compressed_size: layer.bytes.len(),
            unpacked_size: archive.len(),
            config_size: config.bytes.len(),
            blobs: [layer, config, manifest].into(),
        })
    }

    /// The digest by which the image is pinned, `sha256:…`.
    pub(super) fn digest(&self) -> &str {
        &self.digest
    }

    /// Size of the layer as it is stored and sent.
    pub(super) fn compressed_size(&self) -> usize {
        self.compressed_size
    }

    /// Size of the layer's archive.
    pub(super) fn unpacked_size(&self) -> usize {
        self.unpacked_size
    }

    /// Size of the configuration.
    pub(super) fn config_size(&self) -> usize {
        self.config_size
    }

    /// Writes the layout into an empty folder.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let blobs = folder.join("blobs/sha256");
        std::fs::create_dir_all(&blobs)?;
        for blob in &self.blobs {
            std::fs::write(blobs.join(blob.digest.trim_start_matches("sha256:")), &blob.bytes)?;
        }
        let version = encode(&json!({"imageLayoutVersion": "1.0.0"}))?;
        std::fs::write(folder.join("oci-layout"), version)?;
        std::fs::write(folder.join("index.json"), &self.index)
    }
}

/// A content that is named by its digest.
#[derive(Debug)]
struct Blob {
    media_type: &'static str,
    digest: String,
    bytes: Vec<u8>,
}

impl Blob {
    fn new(media_type: &'static str, bytes: Vec<u8>) -> Self {
        Self {
            media_type,
            digest: digest(&bytes),
            bytes,
        }
    }

    fn descriptor(&self) -> Value {
        json!({"mediaType": self.media_type, "digest": self.digest, "size": self.bytes.len()})
    }
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hexadecimal(&Sha256::digest(bytes)))
}

fn encode(value: &Value) -> io::Result<Vec<u8>> {
    Ok(serde_json::to_vec(value)?)
}

/// A tar archive that holds the program alone, owned by root, without a time.
fn archive(binary: &[u8], name: &str) -> io::Result<Vec<u8>> {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(PROGRAM_MODE);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(binary.len() as u64);
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_data(&mut header, name, binary)?;
    builder.into_inner()
}

/// Compresses without name and time in the header. The strongest level is also the one at which no choice of the
/// compressor depends on the processor.
fn compress(archive: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    encoder.write_all(archive)?;
    encoder.finish()
}

fn index(manifest: &Blob, facts: &Facts) -> Value {
    let mut described = manifest.descriptor();
    described["platform"] = json!({"architecture": "amd64", "os": "linux"});
    described["annotations"] = json!({"org.opencontainers.image.ref.name": format!("v{}", facts.version)});
    json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [described]})
}

fn configuration(facts: &Facts, unpacked: &str) -> Value {
    let ports: serde_json::Map<String, Value> =
        PORTS.iter().map(|port| ((*port).to_owned(), json!({}))).collect();
    json!({
        "created": CREATED,
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "User": USER,
            "ExposedPorts": ports,
            "Entrypoint": [format!("/{}", facts.title)],
            "WorkingDir": "/",
            "Labels": {
                "org.opencontainers.image.licenses": facts.licenses,
                "org.opencontainers.image.source": facts.source,
                "org.opencontainers.image.title": facts.title,
                "org.opencontainers.image.version": facts.version,
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [unpacked]},
        "history": [{"created": CREATED, "created_by": "cargo xtask image"}],
    })
}

#[cfg(test)]
mod tests;
