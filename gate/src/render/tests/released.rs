//! The overlay as it would be released.

use super::*;
use crate::blame::{Blame, Blamer};
use crate::yaml::{FieldPath, Node};

const REPOSITORY: &str = "registry.example/shop";

fn pin() -> Pin {
    Pin::new(REPOSITORY, &format!("sha256:{}", "a".repeat(64))).unwrap()
}

/// The image that is rendered with the pin, and its blame.
fn image(files: &[(&str, &str)]) -> Option<Result<(String, Blame), String>> {
    let folder = tree(&[&[(".git/HEAD", "")], files].concat());
    let before: Vec<String> = texts(folder.path(), files);
    let workshop = workshop(folder.path())?;
    let outcome = workshop.as_released(&Unit::Kustomization(folder.path().join("o")), &[pin()]);
    assert_eq!(
        texts(folder.path(), files),
        before,
        "the committed files are never touched"
    );
    Some(match outcome {
        Ok(Released::NotNamed) => Err("not named".to_owned()),
        Err(error) => Err(error.to_string()),
        Ok(Released::Rendered {
            rendered,
            repositories,
        }) => {
            assert_eq!(repositories, [REPOSITORY]);
            let path = FieldPath::of(&["spec", "containers"]).index(0).key("image");
            let image = rendered.stream.documents[0]
                .root()
                .follow(&path)
                .and_then(Node::as_str);
            let blame = Blamer::new(&rendered).blame(0, &path);
            Ok((image.unwrap().to_owned(), blame))
        }
    })
}

fn texts(folder: &Path, files: &[(&str, &str)]) -> Vec<String> {
    let text = |name: &str| input::read_text(&folder.join(name), input::MANIFEST_LIMIT).unwrap();
    files.iter().map(|(name, _)| text(name)).collect()
}

fn place(blame: &Blame) -> String {
    let location = blame.location.as_ref().unwrap();
    format!(
        "{}:{}:{}-{}",
        location.file, location.line, location.column, location.end_column
    )
}

#[test]
fn an_entry_gets_the_digest_and_its_place_is_the_committed_one() {
    let old = "0".repeat(64);
    let entry = |rest: &str| {
        format!(
            "resources: [../base]\nimages:\n- name: shop # é\n  newName: {REPOSITORY}\n{rest}namespace: x\n"
        )
    };
    for (overlay, expected) in [
        (entry("  newTag: v1\n"), "o/kustomization.yaml:5:11-13"),
        (
            entry(&format!("  digest: sha256:{old} # pin\n")),
            "o/kustomization.yaml:5:11-82",
        ),
        (entry(""), "o/kustomization.yaml:4:12-33"),
    ] {
        let pod = POD.replace("registry.example/a:v1", "shop");
        let files = [
            ("o/kustomization.yaml", overlay.as_str()),
            ("base/kustomization.yaml", "resources: [pod.yaml]\n"),
            ("base/pod.yaml", pod.as_str()),
        ];
        let Some(outcome) = image(&files) else { return };
        let (image, blame) = outcome.unwrap();
        assert!(image.ends_with(&format!("@{}", pin().digest())), "{image}");
        assert_eq!(place(&blame), expected, "{overlay}");
    }
}

#[test]
fn an_image_of_a_base_is_edited_where_it_stands() {
    let pod = POD.replace("registry.example/a:v1", &format!("{REPOSITORY}:v1"));
    let files = [
        ("o/kustomization.yaml", "resources: [../base]\nnamePrefix: a-\n"),
        ("base/kustomization.yaml", "resources: [pod.yaml]\n"),
        ("base/pod.yaml", pod.as_str()),
    ];
    let Some(outcome) = image(&files) else { return };
    let (image, blame) = outcome.unwrap();
    assert_eq!(image, format!("{REPOSITORY}:v1@{}", pin().digest()));
    assert_eq!(place(&blame), "base/pod.yaml:7:12-36");
}

#[test]
fn what_names_another_repository_is_told_apart() {
    let files = [
        ("o/kustomization.yaml", "resources: [pod.yaml]\n"),
        ("o/pod.yaml", POD),
    ];
    let Some(outcome) = image(&files) else { return };
    assert_eq!(outcome.unwrap_err(), "not named");
}

#[test]
fn an_image_that_a_patch_sets_past_the_pin_is_an_error() {
    let overlay = format!(
        "resources: [pod.yaml, other.yaml]\nimages: [{{name: shop, newName: {REPOSITORY}}}]\npatches:\n- target: {{kind: Job}}\n  \
         patch: '[{{\"op\": \"replace\", \"path\": \"/spec/image\", \"value\": \"{REPOSITORY}:v9\"}}]'\n"
    );
    let pod = POD.replace("registry.example/a:v1", "shop");
    let other = "apiVersion: example.com/v1\nkind: Job\nmetadata: {name: j}\nspec: {image: x}\n";
    let files = [
        ("o/kustomization.yaml", overlay.as_str()),
        ("o/pod.yaml", pod.as_str()),
        ("o/other.yaml", other),
    ];
    let Some(outcome) = image(&files) else { return };
    let error = outcome.unwrap_err();
    assert!(
        error.starts_with(&format!("`{REPOSITORY}:v9` does not get the digest")),
        "{error}"
    );
}

#[test]
fn a_plain_file_keeps_its_places_too() {
    let container = |name: &str| format!("  - {{ name: {name}, image: '{REPOSITORY}:v1', tty: true }}\n");
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n{}  - {{ name: b, image: x }}\n{}",
        container("a"),
        container("c")
    );
    let folder = tree(&[("pod.yaml", &pod)]);
    let workshop = Workshop::new(folder.path(), Renderer::Auto, false);
    let outcome = workshop
        .as_released(&Unit::File(folder.path().join("pod.yaml")), &[pin()])
        .unwrap();
    let Released::Rendered {
        rendered,
        repositories,
    } = outcome
    else {
        panic!("nothing was pinned");
    };
    assert_eq!(repositories, [REPOSITORY]);
    let blamer = Blamer::new(&rendered);
    for (key, expected) in [("image", "pod.yaml:7:23-49"), ("tty", "pod.yaml:7:56-60")] {
        let path = FieldPath::of(&["spec", "containers"]).index(2).key(key);
        assert_eq!(place(&blamer.blame(0, &path)), expected, "{key}");
    }
    assert!(rendered.stream.text.contains(pin().digest()));
    assert_eq!(rendered.sources().next(), Some(("pod.yaml", pod.as_str())));
}

#[cfg(unix)]
#[test]
fn links_inside_the_tree_are_repeated_in_the_copy() {
    let overlay =
        format!("resources: [../link, own.yaml]\nimages: [{{name: shop, newName: {REPOSITORY}}}]\n");
    let pod = POD.replace("registry.example/a:v1", "shop");
    let folder = tree(&[
        (".git/HEAD", ""),
        ("o/kustomization.yaml", &overlay),
        ("base/kustomization.yaml", "resources: [pod.yaml]\n"),
        ("base/pod.yaml", &pod),
        ("o/real.yaml", &pod.replace("{ name: a }", "{ name: b }")),
    ]);
    std::os::unix::fs::symlink("base", folder.path().join("link")).unwrap();
    std::os::unix::fs::symlink("real.yaml", folder.path().join("o/own.yaml")).unwrap();
    let Some(workshop) = workshop(folder.path()) else {
        return;
    };
    let outcome = workshop
        .as_released(&Unit::Kustomization(folder.path().join("o")), &[pin()])
        .unwrap();
    assert!(matches!(outcome, Released::Rendered { rendered, .. } if rendered.stream.documents.len() == 2));
}
