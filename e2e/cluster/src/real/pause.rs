//! The image of sandboxes: a layout of one layer that holds the program `pause`, made here from the program.

#![expect(
    clippy::disallowed_methods,
    reason = "reads the program that this crate has built"
)]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Site, images, node};
use crate::directory::{make_folder, unreadable, unwritable};
use crate::error::ClusterError;

/// The image's name, which no registry has.
const NAME: &str = "localhost/pause";

/// Makes the image, remembers it for all nodes, and gives the name with digest by which they know it.
pub(crate) fn provide(site: &Site<'_>) -> Result<String, ClusterError> {
    let program = node::program(site, "pause")?;
    let bytes = fs::read(&program).map_err(unreadable(&program))?;
    let layout = site.cluster.directory().join("pause");
    make_folder(&layout.join("blobs/sha256"))?;
    write(&layout, &bytes).map_err(unwritable(&layout))?;
    let digest = images::remember(site, &layout, NAME)?;
    Ok(format!("{NAME}@{digest}"))
}

/// Writes the layout of an image whose only file is `/pause`.
fn write(layout: &Path, program: &[u8]) -> std::io::Result<()> {
    let blob = |bytes: &[u8]| {
        let digest = format!("{:x}", Sha256::digest(bytes));
        fs::write(layout.join("blobs/sha256").join(&digest), bytes)?;
        Ok::<_, std::io::Error>((format!("sha256:{digest}"), bytes.len()))
    };
    let (layer, layer_size) = blob(&layer(program)?)?;
    let configuration = json!({
        "architecture": architecture(),
        "os": "linux",
        "config": {"User": "65532:65532", "Entrypoint": ["/pause"]},
        "rootfs": {"type": "layers", "diff_ids": [layer]},
    });
    let (configuration, configuration_size) = blob(configuration.to_string().as_bytes())?;
    let kind = |kind: &str| format!("application/vnd.oci.image.{kind}");
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": kind("manifest.v1+json"),
        "config": {"mediaType": kind("config.v1+json"), "digest": configuration, "size": configuration_size},
        "layers": [{"mediaType": kind("layer.v1.tar"), "digest": layer, "size": layer_size}],
    });
    let (manifest, manifest_size) = blob(manifest.to_string().as_bytes())?;
    let described = json!({"mediaType": kind("manifest.v1+json"), "digest": manifest, "size": manifest_size});
    let index: Value = json!({"schemaVersion": 2, "manifests": [described]});
    fs::write(layout.join("index.json"), index.to_string())?;
    fs::write(
        layout.join("oci-layout"),
        json!({"imageLayoutVersion": "1.0.0"}).to_string(),
    )
}

fn layer(program: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut header = tar::Header::new_ustar();
    header.set_mode(0o755);
    header.set_size(u64::try_from(program.len()).unwrap_or(u64::MAX));
    let mut archive = tar::Builder::new(Vec::new());
    archive.append_data(&mut header, "pause", program)?;
    archive.into_inner()
}

/// What images call the processor of this machine, which Go calls so as well.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}
