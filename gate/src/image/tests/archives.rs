//! Images in tar archives.

use super::*;

fn description() -> Value {
    json!({"config": {"User": "65532"}, "layers": [{"files": [{"path": "a", "text": "x"}]}]})
}

/// A tar archive of a folder.
fn pack(folder: &Path) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_dir_all(".", folder).unwrap();
    builder.into_inner().unwrap()
}

fn read_archive(bytes: &[u8]) -> Inspected {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tar");
    std::fs::write(&path, bytes).unwrap();
    inspect(&path, "image.tar", &Limits::default())
}

#[test]
fn an_archive_of_a_layout_is_the_layout() {
    let folder = tempfile::tempdir().unwrap();
    let written = write_layout(&description(), folder.path());
    let inspected = read_archive(&pack(folder.path()));
    assert_eq!(errors(&inspected), [""; 0]);
    let image = &inspected.images[0];
    assert_eq!(
        image.reference.manifest.as_ref().unwrap().to_string(),
        written.manifests[0]
    );
    assert_eq!(image.contents.as_ref().unwrap().files.len(), 1);
}

#[test]
fn archives_that_are_cut_off_compressed_or_none_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    write_layout(&description(), folder.path());
    let whole = pack(folder.path());
    let cases = [
        (whole[..700].to_vec(), "it is too short for a tar archive"),
        (
            [&[0x1f, 0x8b][..], &[0; 2000]].concat(),
            "it is a compressed archive; decompress it first",
        ),
        (vec![0; 2000], "it has no file `oci-layout`"),
        ([&whole[..whole.len() - 1024], &whole[..]].concat(), "twice"),
    ];
    for (bytes, expected) in cases {
        let found = errors(&read_archive(&bytes));
        assert!(found[0].starts_with("`image.tar` is no image: "), "{found:?}");
        assert!(found[0].ends_with(expected), "{found:?}");
    }
    let large = archive(&[json!({"path": "oci-layout", "text": "x".repeat(3000)})]);
    let found = errors(&read_archive(&large[..2000]));
    assert_eq!(found, ["`image.tar` is no image: the archive is cut off"]);
}

/// An archive as `docker save` writes it, around one layer.
fn docker(configuration_name: &str, layer_link: Option<&str>) -> Inspected {
    let layer = archive(&[json!({"path": "a", "text": "x"})]);
    let configuration = configuration(&layer);
    let manifest = json!([{
        "Config": configuration_name,
        "RepoTags": ["hello:1"],
        "Layers": [if layer_link.is_some() { "b/layer.tar" } else { "a/layer.tar" }],
    }]);
    let mut builder = tar::Builder::new(Vec::new());
    let mut add = |name: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_ustar();
        header.set_mode(0o644);
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, name, bytes).unwrap();
    };
    add("a/layer.tar", &layer);
    add(configuration_name, configuration.to_string().as_bytes());
    add("manifest.json", manifest.to_string().as_bytes());
    if let Some(target) = layer_link {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        builder.append_link(&mut header, "b/layer.tar", target).unwrap();
    }
    read_archive(&builder.into_inner().unwrap())
}

fn configuration(layer: &[u8]) -> Value {
    json!({
        "architecture": "amd64", "os": "linux", "config": {"User": "65532"},
        "rootfs": {"type": "layers", "diff_ids": [digest(layer)]},
    })
}

#[test]
fn docker_archives_are_read() {
    let layer = archive(&[json!({"path": "a", "text": "x"})]);
    let expected = digest(configuration(&layer).to_string().as_bytes());
    let name = format!("{}.json", expected.trim_start_matches("sha256:"));
    for link in [None, Some("../a/layer.tar")] {
        let inspected = docker(&name, link);
        assert_eq!(errors(&inspected), [""; 0]);
        let image = &inspected.images[0];
        assert_eq!(image.reference.manifest, None);
        assert_eq!(
            image.reference.configuration.as_ref().unwrap().to_string(),
            expected
        );
        assert_eq!(image.contents.as_ref().unwrap().files.len(), 1);
        assert_eq!(
            image.configuration.as_ref().unwrap().user.as_deref(),
            Some("65532")
        );
    }
    let other = format!("{}.json", "0".repeat(64));
    let found = errors(&docker(&other, None));
    assert!(found[0].contains("has the digest"), "{found:?}");
    let found = errors(&docker(&name, Some("layer.tar")));
    assert!(found[0].ends_with("does not end"), "{found:?}");
    let found = errors(&docker(&name, Some("../../etc/passwd")));
    assert_eq!(found, ["`b/layer.tar` is missing from the image"]);
}
