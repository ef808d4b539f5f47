//! Writes OCI layouts for tests from a short description, so that no opaque blob stands in the repository.
//!
//! A description is a JSON object:
//!
//! * `architecture` (`amd64`), `os` (`linux`), `config`: an object as in an image's configuration (`User`, …);
//! * `layers`: a list, lowest first, of `{"compression": "gzip"|"zstd"|"none", "files": […]}`;
//! * a file: `path` as it stands in the archive; `mode` as octal text (`0755` for programs, else `0644`); `kind`:
//!   `file` (default), `directory`, `symlink`, `hardlink`, `pipe`, `device`; `target` of links; content as `text` or
//!   `elf`; `capabilities`: true for file capabilities;
//! * an `elf`: `machine` (62, x86-64), `interpreter`, `rust` (true), `packages`: the embedded list as cargo-auditable
//!   writes it;
//! * `platforms`: instead of the above, a list of such objects, offered by one index;
//! * `damage`: what is done to the layout afterwards, see [`damage`].

use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::elf;

/// What was written.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Digest of the index, where there are several platforms.
    pub(crate) index: Option<String>,
    /// Digests of the manifests.
    pub(crate) manifests: Vec<String>,
    /// Digests of the configurations.
    pub(crate) configurations: Vec<String>,
    /// Digests of the unpacked layers of the first image.
    pub(crate) layers: Vec<String>,
}

/// Writes a layout into an empty or absent folder.
pub(crate) fn write_layout(description: &Value, folder: &Path) -> Written {
    fs::create_dir_all(folder.join("blobs/sha256")).unwrap();
    fs::write(folder.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
    let mut written = Written::default();
    let manifests: Vec<Value> = match description.get("platforms") {
        None => vec![write_image(description, folder, &mut written)],
        Some(platforms) => {
            let list = platforms.as_array().unwrap().iter();
            let manifests: Vec<Value> = list
                .map(|platform| write_image(platform, folder, &mut written))
                .collect();
            let index = index_of(&manifests);
            let descriptor = write_blob(folder, &index, "application/vnd.oci.image.index.v1+json");
            written.index = Some(text(&descriptor, "digest").to_owned());
            vec![descriptor]
        }
    };
    fs::write(folder.join("index.json"), index_of(&manifests)).unwrap();
    if let Some(kind) = description.get("damage") {
        damage(folder, kind.as_str().unwrap());
    }
    written
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn index_of(manifests: &[Value]) -> Vec<u8> {
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": manifests,
    });
    index.to_string().into_bytes()
}

/// `sha256:` and the digest of bytes.
pub(crate) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{:x}", Sha256::digest(bytes))
}

/// Writes a blob; gives back its descriptor.
pub(crate) fn write_blob(folder: &Path, bytes: &[u8], media_type: &str) -> Value {
    let digest = digest(bytes);
    fs::write(folder.join("blobs").join(digest.replace(':', "/")), bytes).unwrap();
    json!({"mediaType": media_type, "digest": digest, "size": bytes.len()})
}

fn write_image(description: &Value, folder: &Path, written: &mut Written) -> Value {
    let mut unpacked = Vec::new();
    let mut layers = Vec::new();
    for layer in description["layers"].as_array().into_iter().flatten() {
        let archive = archive(layer["files"].as_array().unwrap());
        unpacked.push(digest(&archive));
        let (bytes, suffix) = compress(&archive, layer["compression"].as_str().unwrap_or("gzip"));
        layers.push(write_blob(
            folder,
            &bytes,
            &format!("application/vnd.oci.image.layer.v1.tar{suffix}"),
        ));
    }
    let architecture = description["architecture"].as_str().unwrap_or("amd64");
    let os = description["os"].as_str().unwrap_or("linux");
    let configuration = json!({
        "architecture": architecture,
        "os": os,
        "config": description.get("config").cloned().unwrap_or_else(|| json!({})),
        "rootfs": {"type": "layers", "diff_ids": unpacked},
    });
    let configuration = write_blob(
        folder,
        configuration.to_string().as_bytes(),
        "application/vnd.oci.image.config.v1+json",
    );
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": configuration,
        "layers": layers,
    });
    let mut manifest = write_blob(
        folder,
        manifest.to_string().as_bytes(),
        "application/vnd.oci.image.manifest.v1+json",
    );
    written.manifests.push(text(&manifest, "digest").to_owned());
    written
        .configurations
        .push(text(&configuration, "digest").to_owned());
    if written.layers.is_empty() {
        written.layers = unpacked;
    }
    manifest["platform"] = json!({"architecture": architecture, "os": os});
    manifest
}

fn compress(bytes: &[u8], how: &str) -> (Vec<u8>, &'static str) {
    match how {
        "none" => (bytes.to_vec(), ""),
        "zstd" => {
            let level = ruzstd::encoding::CompressionLevel::Fastest;
            (ruzstd::encoding::compress_to_vec(bytes, level), "+zstd")
        }
        "gzip" => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(bytes).unwrap();
            (encoder.finish().unwrap(), "+gzip")
        }
        other => panic!("no such compression: {other}"),
    }
}

/// A tar archive with files as described above.
pub(crate) fn archive(files: &[Value]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for file in files {
        let content = match file.get("elf") {
            Some(described) => program(described),
            None => text(file, "text").as_bytes().to_vec(),
        };
        let mut header = tar::Header::new_ustar();
        let kind = file["kind"].as_str().unwrap_or("file");
        header.set_entry_type(match kind {
            "file" => tar::EntryType::Regular,
            "directory" => tar::EntryType::Directory,
            "symlink" => tar::EntryType::Symlink,
            "hardlink" => tar::EntryType::Link,
            "pipe" => tar::EntryType::Fifo,
            "device" => tar::EntryType::Char,
            other => panic!("no such kind of file: {other}"),
        });
        let usual = if file.get("elf").is_some() || kind == "directory" {
            "0755"
        } else {
            "0644"
        };
        let mode = file["mode"].as_str().unwrap_or(usual);
        header.set_mode(u32::from_str_radix(mode, 8).unwrap());
        header.set_size(content.len() as u64);
        header.set_mtime(0);
        // Not through the builder, which refuses the names that gate must refuse too.
        put(&mut header.as_ustar_mut().unwrap().name, text(file, "path"));
        put(&mut header.as_ustar_mut().unwrap().linkname, text(file, "target"));
        header.set_cksum();
        if file["capabilities"] == true {
            let record = ("SCHILY.xattr.security.capability", &b"\x01\0\0\x02"[..]);
            builder.append_pax_extensions([record]).unwrap();
        }
        builder.append(&header, &content[..]).unwrap();
    }
    builder.into_inner().unwrap()
}

fn put(field: &mut [u8], text: &str) {
    field[..text.len()].copy_from_slice(text.as_bytes());
}

pub(crate) fn program(described: &Value) -> Vec<u8> {
    let usual = elf::Program::default();
    let list = |packages: &Value| elf::list(&json!({"packages": packages}).to_string());
    let program = elf::Program {
        machine: described["machine"].as_u64().unwrap_or(usual.machine),
        interpreter: described["interpreter"].as_str(),
        rust: described["rust"].as_bool().unwrap_or(usual.rust),
        list: described.get("packages").map(list),
    };
    program.bytes()
}

/// Breaks the layout of one image: `missing-layer`, `truncated-layer`, `changed-layer`, `linked-layer` (a link out
/// of the layout), `digest-is-path`, `unknown-media-type`, `empty-index`, `no-marker`, `truncated-index`,
/// `other-user` (a second key that runtimes read as `User`).
pub(crate) fn damage(folder: &Path, kind: &str) {
    let index_path = folder.join("index.json");
    let read = |path: &Path| -> Value { serde_json::from_slice(&fs::read(path).unwrap()).unwrap() };
    let blob = |descriptor: &Value| {
        folder
            .join("blobs")
            .join(text(descriptor, "digest").replace(':', "/"))
    };
    let mut index = read(&index_path);
    let manifest = read(&blob(&index["manifests"][0]));
    let layer = blob(&manifest["layers"][0]);
    match kind {
        "missing-layer" => fs::remove_file(layer).unwrap(),
        "truncated-layer" => {
            let bytes = fs::read(&layer).unwrap();
            fs::write(&layer, &bytes[..bytes.len() / 2]).unwrap();
        }
        "changed-layer" => {
            let mut bytes = fs::read(&layer).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            fs::write(&layer, bytes).unwrap();
        }
        "linked-layer" => {
            let outside = folder.with_extension("outside");
            fs::rename(&layer, &outside).unwrap();
            std::os::unix::fs::symlink(outside, layer).unwrap();
        }
        "digest-is-path" => {
            index["manifests"][0]["digest"] = json!(format!("sha256:{}", "../".repeat(21) + "x"));
            fs::write(index_path, index.to_string()).unwrap();
        }
        "unknown-media-type" => {
            index["manifests"][0]["mediaType"] = json!("application/vnd.example.thing+json");
            fs::write(index_path, index.to_string()).unwrap();
        }
        "empty-index" => {
            index["manifests"] = json!([]);
            fs::write(index_path, index.to_string()).unwrap();
        }
        "truncated-index" => {
            let bytes = fs::read(&index_path).unwrap();
            fs::write(index_path, &bytes[..bytes.len() / 2]).unwrap();
        }
        "no-marker" => fs::remove_file(folder.join("oci-layout")).unwrap(),
        "other-user" => {
            let configuration = fs::read_to_string(blob(&manifest["config"])).unwrap();
            let configuration = configuration.replacen("\"User\"", "\"user\":\"0\",\"User\"", 1);
            rewrite(folder, manifest, configuration.as_bytes());
        }
        other => panic!("no such damage: {other}"),
    }
}

/// Puts another configuration into a layout, with all digests in order.
fn rewrite(folder: &Path, mut manifest: Value, configuration: &[u8]) {
    manifest["config"] = write_blob(folder, configuration, "application/vnd.oci.image.config.v1+json");
    let manifest = write_blob(
        folder,
        manifest.to_string().as_bytes(),
        "application/vnd.oci.image.manifest.v1+json",
    );
    fs::write(folder.join("index.json"), index_of(&[manifest])).unwrap();
}
