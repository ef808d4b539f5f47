use std::collections::BTreeSet;
use std::io::Read;

use super::*;

fn facts() -> Facts {
    Facts {
        title: "hello".to_owned(),
        version: "1.2.3".to_owned(),
        source: "https://example.org/hello".to_owned(),
        licenses: "Apache-2.0".to_owned(),
    }
}

fn parse(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

/// The blob that a descriptor names, with its size checked.
fn described<'a>(layout: &'a Layout, descriptor: &Value) -> &'a [u8] {
    let blob = layout
        .blobs
        .iter()
        .find(|blob| descriptor["digest"] == blob.digest)
        .unwrap();
    assert_eq!(descriptor["size"], blob.bytes.len());
    assert_eq!(descriptor["mediaType"], blob.media_type);
    &blob.bytes
}

#[test]
fn the_chain_of_digests_holds_from_index_to_file() {
    let layout = Layout::of(b"binary", &facts()).unwrap();
    let index = parse(&layout.index);
    let top = &index["manifests"][0];
    assert_eq!(top["digest"], layout.digest());
    assert_eq!(top["annotations"]["org.opencontainers.image.ref.name"], "v1.2.3");
    let manifest = parse(described(&layout, top));
    let config = parse(described(&layout, &manifest["config"]));
    let layer = described(&layout, &manifest["layers"][0]);
    let mut archive = Vec::new();
    flate2::read::GzDecoder::new(layer)
        .read_to_end(&mut archive)
        .unwrap();
    assert_eq!(config["rootfs"]["diff_ids"], json!([digest(&archive)]));
    assert_eq!(
        (layout.compressed_size(), layout.unpacked_size()),
        (layer.len(), archive.len())
    );
}

#[test]
fn digests_are_those_of_the_bytes() {
    // The digest of the empty input, from FIPS 180-4's test vectors.
    assert_eq!(
        digest(b""),
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    for blob in Layout::of(b"binary", &facts()).unwrap().blobs {
        assert_eq!(blob.digest, digest(&blob.bytes));
    }
}

#[test]
fn the_layer_holds_the_program_alone() {
    let bytes = archive(b"binary", "hello").unwrap();
    let mut archive = tar::Archive::new(&*bytes);
    let mut entries = archive.entries().unwrap();
    let mut entry = entries.next().unwrap().unwrap();
    let header = entry.header();
    assert_eq!(header.path().unwrap(), Path::new("hello"));
    assert_eq!(header.entry_type(), tar::EntryType::Regular);
    assert_eq!(header.mode().unwrap(), 0o755);
    assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
    assert_eq!(header.mtime().unwrap(), 0);
    let mut content = Vec::new();
    entry.read_to_end(&mut content).unwrap();
    assert_eq!(content, b"binary");
    drop(entry);
    assert!(entries.next().is_none());
}

#[test]
fn the_header_of_the_compressed_layer_tells_nothing() {
    let layer = compress(b"archive").unwrap();
    // RFC 1952: magic, deflate, no flags, no time, best compression, unknown system.
    assert_eq!(layer[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
}

#[test]
fn the_configuration_names_a_user_that_is_not_root() {
    let config = configuration(&facts(), "sha256:00");
    assert_eq!(config["config"]["User"], "65532:65532");
    assert_eq!(config["config"]["Entrypoint"], json!(["/hello"]));
    assert_eq!(
        config["config"]["ExposedPorts"],
        json!({"8080/tcp": {}, "9090/tcp": {}})
    );
    assert_eq!(config["config"]["WorkingDir"], "/");
    assert_eq!(config["created"], "1970-01-01T00:00:00Z");
    assert_eq!(
        (&config["architecture"], &config["os"]),
        (&json!("amd64"), &json!("linux"))
    );
}

#[test]
fn equal_inputs_give_equal_bytes_and_others_do_not() {
    let digest = |binary: &[u8], facts: &Facts| Layout::of(binary, facts).unwrap().digest().to_owned();
    let newer = Facts {
        version: "1.2.4".to_owned(),
        ..facts()
    };
    assert_eq!(digest(b"one", &facts()), digest(b"one", &facts()));
    let digests = [
        digest(b"one", &facts()),
        digest(b"two", &facts()),
        digest(b"one", &newer),
    ];
    assert_eq!(BTreeSet::from(digests).len(), 3);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "compares what was written")]
fn the_layout_is_written_as_the_specification_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::of(b"binary", &facts()).unwrap();
    layout.write(folder.path()).unwrap();
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert_eq!(read("oci-layout"), br#"{"imageLayoutVersion":"1.0.0"}"#);
    assert_eq!(read("index.json"), layout.index);
    for blob in &layout.blobs {
        assert_eq!(
            read(&format!("blobs/{}", blob.digest.replace(':', "/"))),
            blob.bytes
        );
    }
    let blobs = folder.path().join("blobs/sha256").read_dir().unwrap().count();
    assert_eq!((blobs, folder.path().read_dir().unwrap().count()), (3, 3));
}
