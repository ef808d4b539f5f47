use super::with_index;
use crate::kube::{ImageReference, is_pinned_digest, repository_key};

#[test]
fn references_are_cut_at_their_signs() {
    for (text, host, path, tag, digest) in [
        ("web", None, "web", None, None),
        ("web:1", None, "web", Some("1"), None),
        ("team/web:1", None, "team/web", Some("1"), None),
        (
            "registry.example/web",
            Some("registry.example"),
            "web",
            None,
            None,
        ),
        ("registry:5000/web", Some("registry:5000"), "web", None, None),
        ("localhost/web:1", Some("localhost"), "web", Some("1"), None),
        (
            "localhost:5000/a/b:1@sha256:0",
            Some("localhost:5000"),
            "a/b",
            Some("1"),
            Some("sha256:0"),
        ),
        ("web@sha256:0", None, "web", None, Some("sha256:0")),
        ("web@", None, "web", None, Some("")),
        ("", None, "", None, None),
    ] {
        let expected = ImageReference {
            host,
            path,
            tag,
            digest,
        };
        assert_eq!(ImageReference::cut(text), expected, "{text}");
    }
}

#[test]
fn repositories_are_compared_in_full() {
    for (text, full) in [
        ("web", "docker.io/library/web"),
        ("library/web:1", "docker.io/library/web"),
        ("docker.io/web", "docker.io/library/web"),
        ("index.docker.io/team/web", "docker.io/team/web"),
        ("team/web", "docker.io/team/web"),
        ("registry.example/web@sha256:0", "registry.example/web"),
        ("registry.example:5000/web:1", "registry.example:5000/web"),
    ] {
        assert_eq!(repository_key(text), full, "{text}");
    }
}

#[test]
fn a_digest_is_whole_or_none() {
    let sha256 = "0123456789abcdef".repeat(4);
    let sha512 = sha256.repeat(2);
    for (digest, expected) in [
        (format!("sha256:{sha256}"), true),
        (format!("sha512:{sha512}"), true),
        (format!("sha256:{sha512}"), false),
        (format!("sha512:{sha256}"), false),
        (format!("SHA256:{sha256}"), false),
        (format!("sha256:{}", sha256.to_uppercase()), false),
        (format!("sha256:{}", &sha256[1..]), false),
        (format!("sha256:{sha256}@"), false),
        (sha256.clone(), false),
        (format!("sha256:../{}", &sha256[3..]), false),
        (String::new(), false),
    ] {
        assert_eq!(is_pinned_digest(&digest), expected, "{digest}");
    }
}

#[test]
fn images_of_containers_and_volumes_are_seen() {
    let text = "
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  volumes:
  - {name: scratch, emptyDir: {}}
  - {name: model, image: {reference: model}}
  containers: [{name: c, image: main}]
  initContainers: [{name: i, image: first}]
  ephemeralContainers: [{name: e, image: late}]
";
    with_index(text, |index| {
        let workload = index.workloads().next().expect("a pod");
        let seen: Vec<_> = workload
            .images()
            .iter()
            .map(|image| (image.text().unwrap_or_default(), image.field.path.to_string()))
            .collect();
        let expected = [
            ("first", "/spec/initContainers/0/image"),
            ("main", "/spec/containers/0/image"),
            ("late", "/spec/ephemeralContainers/0/image"),
            ("model", "/spec/volumes/1/image/reference"),
        ];
        assert_eq!(seen, expected.map(|(text, path)| (text, path.to_owned())));
    });
}
