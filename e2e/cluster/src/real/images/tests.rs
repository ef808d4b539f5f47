use std::fs;

use super::*;

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const OTHER: &str = "sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";

fn index(digests: &[&str]) -> String {
    let listed: Vec<String> = digests
        .iter()
        .map(|digest| format!(r#"{{"digest":"{digest}","size":4}}"#))
        .collect();
    format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, listed.join(","))
}

fn names(name: &str) -> Vec<String> {
    let names = Names::parse(name, DIGEST).unwrap();
    names.all().map(str::to_owned).collect()
}

#[test]
fn a_name_is_completed_as_kubelets_do() {
    for (given, full) in [
        ("hello", "docker.io/library/hello"),
        ("team/hello", "docker.io/team/hello"),
        ("localhost/hello", "localhost/hello"),
        ("registry:5000/hello", "registry:5000/hello"),
        (
            "europe-docker.pkg.dev/p/r/hello",
            "europe-docker.pkg.dev/p/r/hello",
        ),
    ] {
        assert_eq!(names(given), [format!("{full}@{DIGEST}")], "{given}");
    }
}

#[test]
fn a_tag_is_a_second_name() {
    let exact = format!("registry:5000/hello@{DIGEST}");
    assert_eq!(
        names("registry:5000/hello:v1.2"),
        [exact.as_str(), "registry:5000/hello:v1.2"]
    );
    let with_both = format!("registry:5000/hello:v1.2@{DIGEST}");
    assert_eq!(names(&with_both), [exact.as_str(), "registry:5000/hello:v1.2"]);
}

#[test]
fn a_digest_of_another_image_is_refused() {
    let refused = Names::parse(&format!("localhost/hello@{OTHER}"), DIGEST);
    assert!(matches!(refused, Err(ImageError::OtherDigest { wanted, .. }) if wanted == OTHER));
}

#[test]
fn what_is_no_name_is_refused() {
    for name in [
        "",
        "Hello",
        "localhost/",
        "a//b",
        "/hello",
        "hello:",
        "hello:-x",
        "hello world",
        "-hello",
        "ho$t.io/a",
    ] {
        let refused = Names::parse(name, DIGEST);
        assert!(matches!(refused, Err(ImageError::Name(_))), "{name}: {refused:?}");
    }
}

#[test]
fn an_index_names_one_image_however_often() {
    assert_eq!(of_index(&index(&[DIGEST])).as_deref(), Ok(DIGEST));
    assert_eq!(of_index(&index(&[DIGEST, DIGEST])).as_deref(), Ok(DIGEST));
    assert_eq!(
        of_index(&index(&[DIGEST, OTHER])),
        Err("lists 2 images".to_owned())
    );
    assert_eq!(of_index(&index(&[])), Err("lists no image".to_owned()));
    assert_eq!(of_index("{}"), Err("lists no image".to_owned()));
    assert!(of_index("{").unwrap_err().starts_with("is no JSON"));
    for bad in ["sha256:12", "sha512:00", &DIGEST.to_uppercase(), "../../etc"] {
        assert!(
            of_index(&index(&[bad])).unwrap_err().contains("which is none"),
            "{bad}"
        );
    }
}

#[test]
fn folder_and_archive_of_a_layout_are_one_image() {
    let folder = tempfile::tempdir().unwrap();
    let layout = folder.path().join("layout");
    fs::create_dir_all(layout.join("blobs/sha256")).unwrap();
    fs::write(layout.join("blobs/sha256/x"), "x".repeat(2000)).unwrap();
    fs::write(layout.join("oci-layout"), "{}").unwrap();
    fs::write(layout.join("index.json"), index(&[DIGEST])).unwrap();
    let archive = folder.path().join("archive.tar");
    pack(&layout, &archive).unwrap();
    assert_eq!(digest(&layout).unwrap(), DIGEST);
    assert_eq!(digest(&archive).unwrap(), DIGEST);
    let mut packed = tar::Archive::new(File::open(&archive).unwrap());
    let paths: Vec<String> = packed
        .entries()
        .unwrap()
        .map(|entry| entry.unwrap().path().unwrap().display().to_string())
        .collect();
    assert!(paths.contains(&"blobs/sha256/x".to_owned()), "{paths:?}");
}

#[test]
fn what_is_no_layout_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let place = folder.path().join(name);
        fs::write(&place, bytes).unwrap();
        digest(&place)
    };
    assert!(matches!(digest(folder.path()), Err(ImageError::NoLayout(_))));
    assert!(matches!(
        digest(&folder.path().join("absent")),
        Err(ImageError::Read { .. })
    ));
    assert!(matches!(file("empty", b""), Err(ImageError::NoLayout(_))));
    assert!(matches!(
        file("text", &b"text ".repeat(400)),
        Err(ImageError::NoLayout(_))
    ));
    assert!(matches!(
        file("gzip", &[0x1f, 0x8b, 8, 0, 0, 0]),
        Err(ImageError::Compressed(_))
    ));
    assert!(matches!(
        file("zstd", &[0x28, 0xb5, 0x2f, 0xfd, 0]),
        Err(ImageError::Compressed(_))
    ));
}

#[test]
fn a_tag_moves_to_the_image_that_was_given_it_last() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    for (name, lines) in [("old", "a@1\na:v1\nb:v1\n"), ("new", "a@2\na:v1\n")] {
        fs::create_dir(place(name)).unwrap();
        fs::write(place(name).join("names"), lines).unwrap();
    }
    forget_elsewhere(folder.path(), &place("new"), "a:v1").unwrap();
    assert_eq!(
        fs::read_to_string(place("old").join("names")).unwrap(),
        "a@1\nb:v1\n"
    );
    assert_eq!(
        fs::read_to_string(place("new").join("names")).unwrap(),
        "a@2\na:v1\n"
    );
}
