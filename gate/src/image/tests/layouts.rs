//! Layouts: indices, manifests, configurations, caps.

use super::*;

fn one_file() -> Value {
    json!({"layers": [{"files": [{"path": "a", "text": "x"}]}]})
}

#[test]
fn an_image_is_known_by_its_digests() {
    let folder = tempfile::tempdir().unwrap();
    let written = write_layout(&one_file(), folder.path());
    let inspected = inspect(folder.path(), "image", &Limits::default());
    let image = &inspected.images[0];
    assert!(image.is_sound(), "{:?}", image.errors);
    let reference = &image.reference;
    assert_eq!(reference.index, None);
    assert_eq!(
        reference.manifest.as_ref().unwrap().to_string(),
        written.manifests[0]
    );
    assert_eq!(
        reference.configuration.as_ref().unwrap().to_string(),
        written.configurations[0]
    );
    assert_eq!(image.label(), "image");
}

#[test]
fn every_compression_is_read() {
    for compression in ["none", "gzip", "zstd"] {
        let layer = json!({"compression": compression, "files": [{"path": "a", "text": "x"}]});
        let (_folder, inspected) = read(&json!({"layers": [layer]}));
        assert_eq!(errors(&inspected), [""; 0], "{compression}");
        assert_eq!(inspected.images[0].contents.as_ref().unwrap().files.len(), 1);
    }
}

#[test]
fn every_platform_of_an_index_is_inspected() {
    let platform = |architecture: &str, name: &str| json!({"architecture": architecture, "layers": [{"files": [{"path": name, "text": "x"}]}]});
    let folder = tempfile::tempdir().unwrap();
    let description = json!({"platforms": [platform("amd64", "a"), platform("arm64", "b")]});
    let written = write_layout(&description, folder.path());
    let inspected = inspect(folder.path(), "image", &Limits::default());
    let labels: Vec<_> = inspected.images.iter().map(Inspection::label).collect();
    assert_eq!(labels, ["image (linux/amd64)", "image (linux/arm64)"]);
    for (image, manifest) in inspected.images.iter().zip(&written.manifests) {
        assert!(image.is_sound(), "{:?}", image.errors);
        let index = image.reference.index.as_ref().map(ToString::to_string);
        assert_eq!(index, written.index);
        assert_eq!(image.reference.manifest.as_ref().unwrap().to_string(), *manifest);
    }
}

#[test]
fn a_flat_index_of_several_images_is_the_index() {
    let folder = tempfile::tempdir().unwrap();
    write_layout(&one_file(), folder.path());
    let path = folder.path().join("index.json");
    let first = index(&path)["manifests"][0].clone();
    write_layout(&json!({"architecture": "arm64", "layers": []}), folder.path());
    let mut both = index(&path);
    both["manifests"].as_array_mut().unwrap().push(first);
    std::fs::write(&path, both.to_string()).unwrap();
    let inspected = inspect(folder.path(), "image", &Limits::default());
    assert_eq!(inspected.images.len(), 2);
    let expected = digest(both.to_string().as_bytes());
    for image in &inspected.images {
        assert_eq!(image.reference.index.as_ref().unwrap().to_string(), expected);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test changes the index that it wrote"
)]
fn index(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn attestations_are_counted_and_proven() {
    let folder = tempfile::tempdir().unwrap();
    write_layout(&one_file(), folder.path());
    let path = folder.path().join("index.json");
    let image = index(&path)["manifests"][0].clone();
    let statement = write_blob(folder.path(), b"{}", "application/vnd.in-toto+json");
    let configuration = json!({"architecture": "unknown", "os": "unknown", "rootfs": {"diff_ids": []}});
    around(folder.path(), &configuration, std::slice::from_ref(&statement));
    let mut both = index(&path);
    let only_attestation = both.clone();
    both["manifests"].as_array_mut().unwrap().push(image);
    std::fs::write(&path, both.to_string()).unwrap();
    let inspected = inspect(folder.path(), "image", &Limits::default());
    assert_eq!((inspected.images.len(), inspected.attestations), (1, 1));
    assert!(inspected.images[0].is_sound());

    std::fs::write(&path, only_attestation.to_string()).unwrap();
    let inspected = inspect(folder.path(), "image", &Limits::default());
    assert_eq!(errors(&inspected), ["`index.json` lists no image"]);

    std::fs::write(&path, both.to_string()).unwrap();
    let blob = statement["digest"].as_str().unwrap().replace(':', "/");
    std::fs::write(folder.path().join("blobs").join(blob), "[]").unwrap();
    let inspected = inspect(folder.path(), "image", &Limits::default());
    assert!(
        errors(&inspected)[0].contains("its descriptor says"),
        "{:?}",
        errors(&inspected)
    );
}

type Change = fn(&mut Limits);

#[test]
fn caps_are_errors() {
    let cases: [(Change, &str); 5] = [
        (|limits| limits.files = 1, "the image has more than 1 files"),
        (|limits| limits.layers = 1, "the image has more than 1 layers"),
        (
            |limits| limits.manifests = 0,
            "the image has more than 0 manifests",
        ),
        (
            |limits| limits.document = 100,
            "the image has more than 100 bytes in one document",
        ),
        (
            |limits| limits.uncompressed = 5000,
            "layer 2 could not be unpacked: it becomes much larger than a layer of its size should, or the image more \
             than 5000 bytes",
        ),
    ];
    let layer = |name: &str| json!({"files": [{"path": name, "text": "x"}, {"path": format!("{name}2"), "text": "y"}]});
    let description = json!({"layers": [layer("a"), layer("b")]});
    assert_eq!(errors(&read(&description).1), [""; 0]);
    for (change, expected) in cases {
        let mut limits = Limits::default();
        change(&mut limits);
        assert_eq!(errors(&read_with(&description, &limits).1), [expected]);
    }
}

#[test]
fn indices_inside_one_another_have_a_cap() {
    let folder = tempfile::tempdir().unwrap();
    write_layout(&one_file(), folder.path());
    let path = folder.path().join("index.json");
    for depth in 0..6 {
        let inspected = inspect(folder.path(), "image", &Limits::default());
        assert_eq!(
            inspected.images[0].is_sound(),
            depth <= 4,
            "{:?}",
            errors(&inspected)
        );
        let inner = index(&path).to_string();
        let inner = write_blob(
            folder.path(),
            inner.as_bytes(),
            "application/vnd.oci.image.index.v1+json",
        );
        let outer = json!({"schemaVersion": 2, "manifests": [inner]});
        std::fs::write(&path, outer.to_string()).unwrap();
    }
}

#[test]
fn configuration_and_manifest_must_agree() {
    let whole = archive(&[json!({"path": "a", "text": "x"})]);
    let folder = tempfile::tempdir().unwrap();
    let plain = "application/vnd.oci.image.layer.v1.tar";
    around_layer(folder.path(), &whole, b"other", plain);
    let found = errors(&inspect(folder.path(), "image", &Limits::default()));
    assert!(
        found[0].starts_with("layer 1 has the digest `sha256:"),
        "{found:?}"
    );

    around_layer(
        folder.path(),
        &whole,
        &whole,
        "application/vnd.oci.image.layer.v1.tar+gzip",
    );
    let found = errors(&inspect(folder.path(), "image", &Limits::default()));
    assert!(
        found[0].ends_with("does not fit, since it holds an uncompressed archive"),
        "{found:?}"
    );

    let configuration =
        json!({"architecture": "amd64", "os": "linux", "rootfs": {"diff_ids": [digest(&whole)]}});
    around(folder.path(), &configuration, &[]);
    let found = errors(&inspect(folder.path(), "image", &Limits::default()));
    assert_eq!(
        found,
        ["the manifest has 0 layers, and the configuration names 1"]
    );
}

#[test]
fn the_platform_of_the_index_must_be_that_of_the_image() {
    let folder = tempfile::tempdir().unwrap();
    write_layout(&one_file(), folder.path());
    let path = folder.path().join("index.json");
    let mut changed = index(&path);
    changed["manifests"][0]["platform"]["architecture"] = json!("arm64");
    std::fs::write(&path, changed.to_string()).unwrap();
    let found = errors(&inspect(folder.path(), "image", &Limits::default()));
    assert!(
        found[0].ends_with("for `linux/arm64`, and its configuration is for `linux/amd64`"),
        "{found:?}"
    );
}

#[test]
fn images_for_other_systems_are_an_error_and_no_defect() {
    let (_folder, inspected) = read(&json!({"os": "windows", "layers": []}));
    let error = &inspected.images[0].errors[0];
    assert_eq!(
        error.to_string(),
        "the image is for `windows/amd64`, and only images for linux are inspected"
    );
    assert!(!error.is_defect());
}

#[test]
fn a_pipe_in_place_of_a_blob_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let written = write_layout(&one_file(), folder.path());
    let blob = folder
        .path()
        .join("blobs")
        .join(written.manifests[0].replace(':', "/"));
    std::fs::remove_file(&blob).unwrap();
    std::fs::create_dir(&blob).unwrap();
    let found = errors(&inspect(folder.path(), "image", &Limits::default()));
    assert!(found[0].ends_with("is no file"), "{found:?}");
}

#[test]
fn nothing_there_is_its_own_error() {
    let folder = tempfile::tempdir().unwrap();
    let inspected = inspect(
        &folder.path().join("absent"),
        "target/image/absent",
        &Limits::default(),
    );
    assert_eq!(errors(&inspected), ["there is no image at `target/image/absent`"]);
    assert!(!inspected.images[0].errors[0].is_defect());
    let inspected = inspect(folder.path(), "empty", &Limits::default());
    assert_eq!(
        errors(&inspected),
        ["`empty` is no image: it has no file `oci-layout`"]
    );
    assert!(inspected.images[0].errors[0].is_defect());
}
