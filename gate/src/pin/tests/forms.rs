//! Each form in which a file names an image.

use super::{DIGEST, OLD, PinError, pinned};

/// Asserts what becomes of a text, in which `OLD` and `NEW` stand for digests.
#[track_caller]
fn assert_pinned(file: &str, before: &str, after: &str) {
    let before = before.replace("OLD", OLD);
    let text = pinned(file, &before, Some("v2")).unwrap();
    assert_eq!(text, after.replace("OLD", OLD).replace("NEW", DIGEST));
}

#[test]
fn an_entry_of_a_kustomization() {
    for (before, after) in [
        (
            "images: # all\n- name: app # a\n  newTag: v1 # b\n  digest: OLD # c\n- name: other\n  newTag: v1\n",
            "images: # all\n- name: app # a\n  newTag: v2 # b\n  digest: NEW # c\n- name: other\n  newTag: v1\n",
        ),
        (
            "images:\n- newTag: 'v1'\n  name: x\n  digest: \"OLD\"\n  newName: app\n",
            "images:\n- newTag: 'v2'\n  name: x\n  digest: \"NEW\"\n  newName: app\n",
        ),
        (
            "images:\n  - name: app # a\n\n    # about the next\n  - name: other\n",
            "images:\n  - name: app # a\n    newTag: v2\n    digest: NEW\n\n    # about the next\n  - name: other\n",
        ),
        (
            "images:\n- name: app\n  digest:\n",
            "images:\n- name: app\n  newTag: v2\n  digest: NEW\n",
        ),
        (
            "images: [{name: app}]",
            "images: [{name: app, newTag: v2, digest: NEW}]",
        ),
        (
            "{\"images\": [{\"name\": \"app\", \"digest\": null}]}\n",
            "{\"images\": [{\"name\": \"app\", \"newTag\": \"v2\", \"digest\": \"NEW\"}]}\n",
        ),
        (
            "images:\r\n- name: app\r\nkind: K\r\n",
            "images:\r\n- name: app\r\n  newTag: v2\r\n  digest: NEW\r\nkind: K\r\n",
        ),
        (
            "\u{feff}images:\n- name: app\n  newTag: 1.10",
            "\u{feff}images:\n- name: app\n  newTag: v2\n  digest: NEW",
        ),
        (
            "images:\n- name: app\n  newTag: >-\n    v1\n  # kept\n",
            "images:\n- name: app\n  newTag: v2\n  digest: NEW\n  # kept\n",
        ),
    ] {
        assert_pinned("kustomization.yaml", before, after);
    }
}

#[test]
fn an_image_of_a_manifest() {
    for (before, after) in [
        (
            "kind: Pod\nspec:\n  containers:\n  - image: \"app:v1@OLD\" # a\n  - image: app-2:v1\n---\nkind: Other\n",
            "kind: Pod\nspec:\n  containers:\n  - image: \"app:v2@NEW\" # a\n  - image: app-2:v1\n---\nkind: Other\n",
        ),
        ("a: {image: app}\n", "a: {image: app:v2@NEW}\n"),
        ("{\"image\": \"app:v1\"}", "{\"image\": \"app:v2@NEW\"}"),
        (
            "volumes: [{image: {reference: 'app:v1', pullPolicy: Always}}]\n",
            "volumes: [{image: {reference: 'app:v2@NEW', pullPolicy: Always}}]\n",
        ),
        (
            "- image: app:v1\n- image: app:v1 # twice\n",
            "- image: app:v2@NEW\n- image: app:v2@NEW # twice\n",
        ),
    ] {
        assert_pinned("pod.yaml", before, after);
    }
}

#[test]
fn the_values_of_a_chart() {
    for (before, after) in [
        (
            "image:\n  # where from\n  repository: app\n  tag: v1 # for people\n  digest: \"\"\n",
            "image:\n  # where from\n  repository: app\n  tag: v2 # for people\n  digest: \"NEW\"\n",
        ),
        (
            "web: {image: {digest: ~, tag: \"1.10\", repository: app}}\n",
            "web: {image: {digest: NEW, tag: \"v2\", repository: app}}\n",
        ),
        (
            "image:\n  repository: app\n  tag: v1@OLD\n",
            "image:\n  repository: app\n  tag: v2@NEW\n",
        ),
        ("image: app:v1\n", "image: app:v2@NEW\n"),
    ] {
        assert_pinned("values.yaml", before, after);
    }
    let registry = "image: {registry: r.example, repository: app, tag: v1, digest: x}\n";
    assert!(
        pinned("values.yaml", registry, Some("v2"))
            .unwrap()
            .contains(DIGEST)
    );
    for (text, key) in [
        ("image:\n  repository: app\n  tag: v1\n", "digest"),
        ("image:\n  repository: app\n  digest: x\n", "tag"),
    ] {
        let error = pinned("values.yaml", text, Some("v2")).unwrap_err();
        assert!(
            matches!(&error, PinError::NoKey { key: absent, .. } if *absent == key),
            "{error}"
        );
    }
}

#[test]
fn a_tag_is_quoted_where_it_would_be_read_as_something_else() {
    for tag in ["1.10", "1e3", "0777", "yes", "null", "12345"] {
        let text = pinned(
            "kustomization.yaml",
            "images:\n- name: app\n  newTag: v1\n",
            Some(tag),
        )
        .unwrap();
        assert_eq!(
            text,
            format!("images:\n- name: app\n  newTag: \"{tag}\"\n  digest: {DIGEST}\n")
        );
    }
    let text = pinned("kustomization.yaml", "images:\n- name: app\n", Some("1.2.3")).unwrap();
    assert!(text.contains("newTag: 1.2.3\n"), "{text}");
}

#[test]
fn without_a_tag_the_one_that_stands_there_is_not_given_to_another_image() {
    let text = format!("images:\n- name: app\n  digest: {OLD}\n");
    assert_eq!(
        pinned("kustomization.yaml", &text, None).unwrap(),
        text.replace(OLD, DIGEST)
    );
    let same = format!("images:\n- name: app\n  newTag: v1\n  digest: {DIGEST}\n");
    assert_eq!(pinned("kustomization.yaml", &same, None).unwrap(), same);
    let same = format!("image: app:v1@{DIGEST}\n");
    assert_eq!(pinned("pod.yaml", &same, None).unwrap(), same);
    for (file, text) in [
        ("kustomization.yaml", "images:\n- name: app\n  newTag: v1\n"),
        ("pod.yaml", "image: app:v1\n"),
        ("values.yaml", "image: {repository: app, tag: v1, digest: x}\n"),
    ] {
        let error = pinned(file, text, None).unwrap_err();
        assert!(matches!(error, PinError::TagStands { .. }), "{error}");
    }
}

#[test]
fn what_would_change_something_else_is_refused() {
    for (file, text) in [
        (
            "kustomization.yaml",
            "x: &tag v1\nimages:\n- name: app\n  newTag: *tag\n",
        ),
        (
            "kustomization.yaml",
            "images:\n- name: app\n  newTag: &tag v1\n- name: other\n  newTag: *tag\n",
        ),
        (
            "kustomization.yaml",
            "x: &x {newTag: v1}\nimages:\n- name: app\n  <<: *x\n",
        ),
        (
            "kustomization.yaml",
            "x: &x {name: app, newTag: v1}\nimages:\n- <<: *x\n- name: other\n",
        ),
        ("pod.yaml", "a: &a app:v1\nimage: *a\n"),
        ("pod.yaml", "image: &a app:v1\nannotation: *a\n"),
        ("pod.yaml", "image: \"app\\x3av1\"\n"),
        ("pod.yaml", "image: >-\n  app:v1\n"),
        ("kustomization.yaml", "images:\n- name: app\n  newTag: [v1]\n"),
    ] {
        let error = pinned(file, text, Some("v2")).unwrap_err();
        assert!(
            matches!(error, PinError::Unintended { .. } | PinError::Form { .. }),
            "{text}: {error:?}"
        );
    }
}

#[test]
fn what_is_not_read_in_one_way_is_refused() {
    for text in [
        "images:\n- name: app\n  digest: a\n  digest: b\n",
        "images:\n- name: app\n...\nhidden\n",
        "images: [\n",
    ] {
        let error = pinned("kustomization.yaml", text, Some("v2")).unwrap_err();
        assert!(matches!(error, PinError::Problem { .. }), "{text}: {error:?}");
    }
}

#[test]
fn a_name_that_stands_there_twice_must_be_alike() {
    for text in [
        "images:\n- name: app\n  newTag: v1\n- name: x\n  newName: app\n  newTag: v3\n",
        "images:\n- name: app\n- name: app\n  newTag: v1\n",
    ] {
        let error = pinned("kustomization.yaml", text, Some("v2")).unwrap_err();
        assert!(matches!(error, PinError::Ambiguous { .. }), "{text}: {error:?}");
    }
}
