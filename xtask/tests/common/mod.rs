//! What the slow suites share.

#![allow(dead_code, reason = "each suite uses a part of it")]
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests start programs, read files, and fail by panicking"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Should slow suites run? Says aloud when not.
pub(crate) fn slow(suite: &str) -> bool {
    let wanted = std::env::var("GATE_SLOW_TESTS").is_ok_and(|value| value == "1");
    if !wanted {
        eprintln!("skipped: {suite} builds the image, which takes minutes; set GATE_SLOW_TESTS=1 to run it");
    }
    wanted
}

/// The root of this workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// `xtask image --rootfs` in a folder.
pub(crate) fn image_command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["image", "--rootfs"]).current_dir(folder);
    command
}

/// Runs a program that must succeed, and gives its standard output.
pub(crate) fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        panic!("{command:?} failed with {}:\n{words}", output.status);
    }
    output.stdout
}

/// The one image of an OCI layout.
pub(crate) struct Image {
    /// Its digest.
    pub(crate) digest: String,
    /// Its configuration.
    pub(crate) configuration: serde_json::Value,
    layers: Vec<Vec<u8>>,
}

impl Image {
    /// Reads a layout folder.
    pub(crate) fn read(layout: &Path) -> Self {
        let index = json(&std::fs::read(layout.join("index.json")).unwrap());
        let digest = index["manifests"][0]["digest"].as_str().unwrap().to_owned();
        let blob = |digest: &serde_json::Value| {
            let name = digest.as_str().unwrap().replace(':', "/");
            std::fs::read(layout.join("blobs").join(name)).unwrap()
        };
        let manifest = json(&blob(&index["manifests"][0]["digest"]));
        let layers = manifest["layers"].as_array().unwrap();
        Self {
            digest,
            configuration: json(&blob(&manifest["config"]["digest"])),
            layers: layers.iter().map(|layer| blob(&layer["digest"])).collect(),
        }
    }

    /// Every entry of every layer but the root folder itself.
    pub(crate) fn files(&self) -> Vec<File> {
        self.layers.iter().flat_map(|layer| files(layer)).collect()
    }
}

/// One entry of a layer.
#[derive(PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) path: PathBuf,
    pub(crate) kind: tar::EntryType,
    pub(crate) mode: u32,
    pub(crate) owner: (u64, u64),
    pub(crate) bytes: Vec<u8>,
}

impl std::fmt::Debug for File {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (path, size) = (self.path.display(), self.bytes.len());
        let Self {
            kind, mode, owner, ..
        } = self;
        write!(formatter, "{path} {kind:?} {mode:o} {owner:?} {size} bytes")
    }
}

fn files(layer: &[u8]) -> Vec<File> {
    let mut archive = tar::Archive::new(flate2::read::MultiGzDecoder::new(layer));
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        let header = entry.header();
        File {
            path: entry.path().unwrap().components().collect(),
            kind: header.entry_type(),
            // Some writers also put the kind of the entry here.
            mode: header.mode().unwrap() & 0o7777,
            owner: (header.uid().unwrap(), header.gid().unwrap()),
            bytes,
        }
    });
    let root = [Path::new(""), Path::new("."), Path::new("/")];
    entries.filter(|file| !root.contains(&&*file.path)).collect()
}

fn json(bytes: &[u8]) -> serde_json::Value {
    serde_json::from_slice(bytes).unwrap()
}
