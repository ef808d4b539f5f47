//! Images that are none, are not whole, or lead out of themselves.

use serde_json::{Value, json};
use std::fs;

use super::refusals;
use crate::image::{damage, write_layout};
use crate::repository::{Repository, Run, image};
use crate::support::prerequisites::can_render;

const AGAIN: &str = "build or copy the image again: what is there is incomplete or was changed";
const WHO: &str =
    "do not use this image before it is clear who wrote it: digests and links may not lead out of it";
const GIVE: &str =
    "give a folder with an OCI layout, or a tar archive as `docker save` or `skopeo copy` write it";
const PATH: &str = "target/image/hello";

fn judge(repository: &Repository) -> Run {
    repository.gate(&["image", PATH, "--no-config", "--format", "json"])
}

/// Asserts that the only error begins and ends like this, and that the image is also found to be broken.
#[track_caller]
fn assert_broken(run: &Run, start: &str, end: &str, hint: &str) {
    let refused = refusals(run);
    assert_eq!((run.code, refused.len()), (2, 1), "{run:#?}");
    let [message, _, found] = &refused[0];
    assert!(message.starts_with(start) && message.ends_with(end), "{message}");
    assert_eq!(found, hint, "{message}");
    let rules: Vec<String> = run.findings().into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(rules, ["broken-image"], "{run:#?}");
}

/// Damages to a layout: beginning and end of what is said of each, and what to do about it.
const DAMAGES: [(&str, &str, &str, &str); 8] = [
    (
        "missing-layer",
        "image `target/image/hello`: ",
        "` is missing from the image",
        AGAIN,
    ),
    (
        "truncated-layer",
        "image `target/image/hello`: ",
        " bytes, and its descriptor says ",
        AGAIN,
    ),
    (
        "changed-layer",
        "image `target/image/hello`: ",
        ", and its descriptor says `sha256:",
        AGAIN,
    ),
    (
        "empty-index",
        "image `target/image/hello`: `index.json` lists no image",
        "",
        AGAIN,
    ),
    (
        "truncated-index",
        "image `target/image/hello`: the index `index.json` is not valid: EOF while parsing",
        "",
        AGAIN,
    ),
    (
        "no-marker",
        "`target/image/hello` is no image: it has no file `oci-layout`",
        "",
        GIVE,
    ),
    (
        "unknown-media-type",
        "image `target/image/hello`: the media type `application/vnd.example.thing+json` of `index.json` ",
        "",
        "write the image with OCI or Docker media types, uncompressed, gzip or zstd",
    ),
    (
        "other-user",
        "image `target/image/hello`: ",
        "the key `user` is read as `User` by container runtimes",
        AGAIN,
    ),
];

#[test]
fn a_layout_that_is_damaged() {
    for (kind, start, end, hint) in DAMAGES {
        let repository = Repository::new();
        damage(&repository.path(PATH), kind);
        let run = judge(&repository);
        let message = refusals(&run)
            .first()
            .map(|[message, ..]| message.clone())
            .unwrap_or_default();
        assert!(message.contains(end), "{kind}: {message}");
        assert_broken(&run, start, "", hint);
    }
}

#[test]
fn a_digest_that_is_a_path_is_not_followed() {
    let repository = Repository::new();
    let manifest = fs::read(repository.path(PATH).join("index.json")).unwrap();
    for text in [
        "sha256:../../../../zanzibar",
        "sha256:/etc/passwd",
        "../zanzibar",
        "sha256:",
        "sha512:00",
    ] {
        let mut index: Value = serde_json::from_slice(&manifest).unwrap();
        index["manifests"][0]["digest"] = json!(text);
        fs::write(repository.path(PATH).join("index.json"), index.to_string()).unwrap();
        repository.write("target/zanzibar", "{\"zanzibar-content\": 1}");
        let run = judge(&repository);
        let message = format!(
            "image `target/image/hello`: `{text}` in `index.json` is no digest: `sha256:` and 64 lowercase hexadecimal \
             digits are expected"
        );
        assert_broken(&run, &message, "", WHO);
        assert!(!run.stdout.contains("zanzibar-content"), "{run:#?}");
    }
}

#[test]
fn what_is_no_image() {
    let repository = Repository::new();
    fs::remove_dir_all(repository.path(PATH)).unwrap();
    fs::create_dir(repository.path(PATH)).unwrap();
    let message = "`target/image/hello` is no image: it has no file `oci-layout`";
    assert_broken(&judge(&repository), message, "", GIVE);
    fs::remove_dir(repository.path(PATH)).unwrap();
    repository.write(PATH, "no archive\n");
    let message = "`target/image/hello` is no image: it is too short for a tar archive";
    assert_broken(&judge(&repository), message, "", GIVE);
    fs::write(
        repository.path(PATH),
        [b"\x1f\x8b".as_slice(), &[0; 2000]].concat(),
    )
    .unwrap();
    let message = "`target/image/hello` is no image: it is a compressed archive; decompress it first";
    assert_broken(&judge(&repository), message, "", GIVE);
    fs::write(repository.path(PATH), vec![b'x'; 2000]).unwrap();
    let message = "`target/image/hello` is no image: it cannot be read as a tar archive: ";
    assert_broken(&judge(&repository), message, "", GIVE);
}

#[test]
fn an_image_of_the_configuration_that_is_not_there() {
    let repository = Repository::new();
    fs::remove_dir_all(repository.path(PATH)).unwrap();
    let run = repository.gate(&["check", "--only", "image", "--format", "json"]);
    let expected = [
        "there is no image at `target/image/hello`",
        "",
        "build the image first, or correct the path",
    ];
    assert_eq!((run.code, refusals(&run)), (2, vec![expected.map(str::to_owned)]));
}

#[test]
fn entries_of_a_layer_that_lead_out_or_are_no_files() {
    for (entry, reason) in [
        (
            json!({"path": "../../zanzibar", "text": "x"}),
            "leads out of the image",
        ),
        (
            json!({"path": "a", "kind": "hardlink", "target": "../../etc/passwd"}),
            "etc/passwd",
        ),
        (json!({"path": "a", "kind": "device"}), "a device"),
    ] {
        let repository = Repository::new();
        let mut description = image();
        description["layers"][0]["files"]
            .as_array_mut()
            .unwrap()
            .push(entry.clone());
        fs::remove_dir_all(repository.path(PATH)).unwrap();
        write_layout(&description, &repository.path(PATH));
        let run = judge(&repository);
        let refused = refusals(&run);
        assert_eq!((run.code, refused.len()), (2, 1), "{entry}: {run:#?}");
        assert!(refused[0][0].contains(reason), "{entry}: {refused:?}");
        assert_eq!(refused[0][2], "remove the entry from the layer that brings it");
    }
}

#[test]
fn a_broken_image_is_released_by_nothing() {
    if !can_render() {
        return;
    }
    let repository = Repository::new();
    let released = || {
        let run = repository.gate(&["check", "--as-released", "--format", "json"]);
        (
            run.code,
            run.report()["stages"][0]["covered"]["renders as released"].clone(),
        )
    };
    assert_eq!(released(), (0, json!(2)));
    damage(&repository.path(PATH), "changed-layer");
    assert_eq!(released(), (2, Value::Null));
}
