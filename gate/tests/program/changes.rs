//! One change at a time to the manifests of a repository that passes: each gives exactly its finding and its exit code.

use serde_json::{Value, json};

use crate::repository::{Repository, Run, image};

/// The files that the changes are made to.
pub(crate) const BASE: &str = "kustomize/base/deployment.yaml";
pub(crate) const BUDGET: &str = "kustomize/base/disruption-budget.yaml";
pub(crate) const PRODUCTION: &str = "kustomize/overlays/production/kustomization.yaml";
pub(crate) const STAGING: &str = "kustomize/overlays/staging/kustomization.yaml";

/// A digest that no image has.
pub(crate) const OTHER_DIGEST: &str =
    "sha256:1111111111111111111111111111111111111111111111111111111111111111";

/// A JSON 6902 patch of the deployment, but for its operation.
const DEPLOYMENT_PATCH: &str = "patches:
  - target: { kind: Deployment, name: hello }
    patch: |
";

pub(crate) fn check(repository: &Repository) -> Run {
    repository.gate(&["check", "--format", "json"])
}

/// Takes the digest out of the production overlay.
pub(crate) fn unpin_production(repository: &Repository) {
    let digest = pin(repository, PRODUCTION);
    repository.change(PRODUCTION, &format!("    digest: {digest}\n"), "");
}

/// The digest that an overlay pins.
pub(crate) fn pin(repository: &Repository, overlay: &str) -> String {
    let text = std::fs::read_to_string(repository.path(overlay)).unwrap();
    let (_, rest) = text.split_once("digest: ").unwrap();
    rest.lines().next().unwrap().to_owned()
}

/// The image whose program has the set-user-id bit.
pub(crate) fn setuid_image() -> Value {
    let mut image = image();
    image["layers"][0]["files"][0]["mode"] = json!("4755");
    image
}

fn patch_production(repository: &Repository, operation: &str) {
    repository.change(
        PRODUCTION,
        "patches:\n",
        &format!("{DEPLOYMENT_PATCH}{operation}\n"),
    );
}

#[test]
fn the_repository_passes() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    check(&repository).assert_found(0, &[]);
}

#[test]
fn a_tag_instead_of_the_digest() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    unpin_production(&repository);
    let place = repository.place(PRODUCTION, "newTag: v0.1.0", "v0.1.0");
    let run = check(&repository);
    run.assert_found(1, &[format!("unpinned-image {place}")]);
    let finding = &run.report()["findings"][0];
    assert_eq!(finding["introduced_by"]["kind"], "images");
    assert_eq!(finding["location"]["certainty"], "exact");
}

#[test]
fn run_as_non_root_removed_in_the_base() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    repository.change(BASE, "        runAsNonRoot: true\n", "");
    let context = "securityContext:\n        runAsUser";
    let place = repository.place(BASE, context, "securityContext");
    let run = check(&repository);
    run.assert_found(1, &[format!("may-run-as-root {place}")]);
    let finding = &run.report()["findings"][0];
    let renders: Vec<&Value> = [&finding["rendered"]]
        .into_iter()
        .chain(finding["also_rendered"].as_array().unwrap())
        .map(|place| &place["file"])
        .collect();
    assert_eq!(
        renders,
        ["kustomize/overlays/staging", "kustomize/overlays/production"]
    );
    assert_eq!(finding["introduced_by"]["kind"], "base");
    assert_eq!(finding["location"]["certainty"], "exact");
}

#[test]
fn zone_spread_removed_by_a_json_patch_in_the_overlay() {
    for path in ["topologySpreadConstraints", "topologySpreadConstraints/0"] {
        let Some(repository) = Repository::rendered() else {
            return;
        };
        let path = format!("/spec/template/spec/{path}");
        patch_production(&repository, &format!("      - {{ op: remove, path: {path} }}"));
        let place = repository.place(PRODUCTION, "op: remove", &path);
        assert_spread_removed(&repository, &place, "exact");
    }
}

#[test]
fn zone_spread_removed_by_a_strategic_merge_in_the_overlay() {
    for (constraints, text) in [
        (" null", "null"),
        (
            "
      - topologyKey: topology.kubernetes.io/zone
        whenUnsatisfiable: DoNotSchedule
        $patch: delete",
            "topologyKey",
        ),
    ] {
        let Some(repository) = Repository::rendered() else {
            return;
        };
        let file = "kustomize/overlays/production/spread.yaml";
        repository.write(
            file,
            &format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: hello\nspec:\n  template:\n    spec:\n      \
                 topologySpreadConstraints:{constraints}\n"
            ),
        );
        repository.change(PRODUCTION, "patches:\n", "patches:\n  - path: spread.yaml\n");
        let place = repository.place(file, "Constraints:", text);
        assert_spread_removed(&repository, &place, "exact");
    }
}

#[test]
fn zone_spread_made_another_by_a_patch_in_the_overlay() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    let path = "/spec/template/spec/topologySpreadConstraints/0/topologyKey";
    patch_production(
        &repository,
        &format!("      - {{ op: replace, path: {path}, value: example.com/rack }}"),
    );
    let place = repository.place(PRODUCTION, path, "example.com/rack");
    assert_spread_removed(&repository, &place, "nearest");
}

#[track_caller]
fn assert_spread_removed(repository: &Repository, place: &str, certainty: &str) {
    let run = check(repository);
    run.assert_found(1, &[format!("no-zone-spread {place}")]);
    let finding = &run.report()["findings"][0];
    assert_eq!(finding["introduced_by"]["kind"], "patch");
    assert_eq!(finding["location"]["certainty"], certainty);
    assert_eq!(finding["rendered"]["file"], "kustomize/overlays/production");
    assert_eq!(finding["also_rendered"], json!([]));
}

#[test]
fn a_budget_in_the_base_that_blocks_every_drain() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    repository.change(BUDGET, "maxUnavailable: 3", "maxUnavailable: 0");
    repository.change(
        STAGING,
        "{ op: test, path: /spec/maxUnavailable, value: 3 }",
        "{ op: test, path: /spec/maxUnavailable, value: 0 }",
    );
    let place = repository.place(BUDGET, "maxUnavailable: 0", "0");
    check(&repository).assert_found(1, &[format!("blocking-pdb {place}")]);
}

#[test]
fn a_budget_that_a_patch_makes_block_every_drain() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    let replace = "{ op: replace, path: /spec/maxUnavailable, value: ";
    repository.change(STAGING, &format!("{replace}1 }}"), &format!("{replace}0 }}"));
    let place = repository.place(STAGING, &format!("{replace}0"), "0");
    check(&repository).assert_found(1, &[format!("blocking-pdb {place}")]);
}

/// The patch of staging tests what it replaces, so that the base alone does not change under it: production is judged
/// all the same.
#[test]
fn a_budget_that_a_patch_does_not_expect() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    repository.change(BUDGET, "maxUnavailable: 3", "maxUnavailable: 0");
    let run = check(&repository);
    let place = repository.place(BUDGET, "maxUnavailable: 0", "0");
    let report = run.report();
    let findings: Vec<String> = run.findings().into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(
        (run.code, findings),
        (2, vec!["blocking-pdb".to_owned()]),
        "{run:#?}"
    );
    assert_eq!(
        crate::repository::found(&report["findings"][0]),
        format!("blocking-pdb {place}")
    );
    let message = report["stages"][0]["errors"][0]["message"].as_str().unwrap();
    let (_, told) = message.split_once(" could not render ").unwrap();
    assert_eq!(
        told,
        "`kustomize/overlays/staging`: testing value /spec/maxUnavailable failed: test failed"
    );
}
