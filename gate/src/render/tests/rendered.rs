//! What programs make of a kustomization, and what is made of their words.

use super::*;

#[test]
fn kustomize_gets_its_word_without_paths_of_the_machine() {
    let files = [
        ("k/kustomization.yaml", "resources: [a.yaml, b.yaml]\n"),
        ("k/a.yaml", POD),
        ("k/b.yaml", POD),
    ];
    let Some(outcome) = render(&files) else { return };
    let error = outcome.unwrap_err().to_string();
    assert!(error.contains("could not render `k`: "), "{error}");
    assert!(error.contains("already registered id"), "{error}");
    assert!(!error.contains("/tmp"), "{error}");
}

#[test]
fn a_resource_that_cannot_be_read_is_shown_with_its_place() {
    let files = [
        ("k/kustomization.yaml", "resources: [a.yaml]\n"),
        ("k/a.yaml", "a: [\nb: c\n"),
    ];
    let Some(outcome) = render(&files) else { return };
    let error = outcome.unwrap_err();
    assert!(matches!(error, RenderError::Failed { .. }), "{error}");
    assert_eq!(
        error.location().map(|place| place.file.as_str()),
        Some("k/a.yaml"),
        "{error}"
    );
}

#[test]
fn the_author_cannot_write_the_origin_himself() {
    let pod = POD.replace(
        "{ name: a }",
        "{ name: a, annotations: { config.kubernetes.io/origin: \"path: ../../etc/passwd\" } }",
    );
    let Some(outcome) = render(&[
        ("k/kustomization.yaml", "resources: [a.yaml]\n"),
        ("k/a.yaml", &pod),
    ]) else {
        return;
    };
    let rendered = outcome.unwrap();
    let origins = rendered.provenance.unwrap().origins;
    assert!(origins[0].as_ref().unwrap().ends_with("k/a.yaml"), "{origins:?}");
}
