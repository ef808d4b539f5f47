//! What is judged of a folder.

use super::*;

#[test]
fn of_a_folder_each_thing_is_judged_once() {
    let folder = tree(&[
        ("base/kustomization.yaml", "resources: [pod.yaml]\n"),
        ("base/pod.yaml", POD),
        (
            "overlays/a/kustomization.yaml",
            "resources: [../../base]\npatches: [{path: patch.yaml}]\n",
        ),
        ("overlays/a/patch.yaml", POD),
        (
            "component/kustomization.yaml",
            "kind: Component\nresources: [extra.yaml]\n",
        ),
        ("component/extra.yaml", POD),
        ("alone.yaml", POD),
        ("broken.yaml", "apiVersion: [\n"),
        ("values.yaml", "replicas: 3\n"),
        ("package.json", "{}"),
        ("tsconfig.json", "{ // a comment\n}"),
    ]);
    let workshop = Workshop::new(folder.path(), Renderer::Auto, false);
    let discovery = workshop.discover(folder.path()).unwrap();
    let at = |name: &str| folder.path().join(name);
    let expected = [
        Unit::Kustomization(at("overlays/a")),
        Unit::File(at("alone.yaml")),
        Unit::File(at("broken.yaml")),
    ];
    assert_eq!(discovery.units, expected);
    assert_eq!(
        discovery.skipped,
        ["package.json", "tsconfig.json", "values.yaml"]
    );
    assert!(discovery.errors.is_empty());
}

#[test]
fn kustomizations_that_include_each_other_are_not_passed_over() {
    let folder = tree(&[
        ("a/kustomization.yaml", "resources: [../b]\n"),
        ("b/kustomization.yaml", "resources: [../a]\n"),
    ]);
    let workshop = Workshop::new(folder.path(), Renderer::Auto, false);
    let discovery = workshop.discover(folder.path()).unwrap();
    assert_eq!(discovery.units, [Unit::Kustomization(folder.path().join("a"))]);
}

#[test]
fn a_folder_with_nothing_but_values_is_nothing_to_check() {
    let folder = tree(&[("values.yaml", "replicas: 3\n")]);
    let workshop = Workshop::new(folder.path(), Renderer::Auto, false);
    assert!(workshop.discover(folder.path()).unwrap_err().is_nothing());
}
