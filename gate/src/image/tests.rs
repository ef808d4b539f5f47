//! Whole images, from the files on disk to the view.

#![cfg(unix)]

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::support::image::{archive, digest, write_blob, write_layout};

mod arbitrary;
mod archives;
mod layers;
mod layouts;

/// A layout in a temporary folder, and the images that were read from it.
fn read(description: &Value) -> (TempDir, Inspected) {
    read_with(description, &Limits::default())
}

fn read_with(description: &Value, limits: &Limits) -> (TempDir, Inspected) {
    let folder = tempfile::tempdir().unwrap();
    write_layout(description, &folder.path().join("image"));
    let inspected = inspect(&folder.path().join("image"), "image", limits);
    (folder, inspected)
}

/// The one image of layers, each given by its files.
fn image_of(layers: &[Value]) -> Inspection {
    let layers: Vec<Value> = layers.iter().map(|files| json!({"files": files})).collect();
    let (_folder, mut inspected) = read(&json!({"layers": layers}));
    assert_eq!(inspected.images.len(), 1);
    inspected.images.remove(0)
}

/// What a container sees of a sound image: its paths.
fn seen(layers: &[Value]) -> Vec<String> {
    let image = image_of(layers);
    assert!(image.is_sound(), "{:?}", image.errors);
    let contents = image.contents.unwrap();
    contents.visible().map(|file| file.path.clone()).collect()
}

/// The sentences about what is wrong.
fn errors(inspected: &Inspected) -> Vec<String> {
    let errors = inspected.images.iter().flat_map(|image| &image.errors);
    errors.map(ToString::to_string).collect()
}

/// Writes a layout around one layer of these bytes, as they are.
fn around_layer(folder: &Path, layer: &[u8], unpacked: &[u8], media_type: &str) {
    write_layout(&json!({"layers": []}), folder);
    let layer = write_blob(folder, layer, media_type);
    let configuration = json!({
        "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": [digest(unpacked)]},
    });
    around(folder, &configuration, &[layer]);
}

/// Replaces the image of a layout.
fn around(folder: &Path, configuration: &Value, layers: &[Value]) {
    let configuration = write_blob(
        folder,
        configuration.to_string().as_bytes(),
        "application/vnd.oci.image.config.v1+json",
    );
    let manifest = json!({"schemaVersion": 2, "config": configuration, "layers": layers});
    let manifest = write_blob(
        folder,
        manifest.to_string().as_bytes(),
        "application/vnd.oci.image.manifest.v1+json",
    );
    let index = json!({"schemaVersion": 2, "manifests": [manifest]});
    std::fs::write(folder.join("index.json"), index.to_string()).unwrap();
}

/// The sentences about an image whose only layer is this uncompressed archive.
fn errors_of_archive(archive: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    around_layer(
        folder.path(),
        archive,
        archive,
        "application/vnd.oci.image.layer.v1.tar",
    );
    errors(&inspect(folder.path(), "image", &Limits::default()))
}
