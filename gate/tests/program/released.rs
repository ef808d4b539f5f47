//! `--as-released`: the committed overlays as they stand, and as they would be released with the image at hand.

use serde_json::json;

use crate::changes::{BASE, OTHER_DIGEST, PRODUCTION, STAGING, pin, setuid_image, unpin_production};
use crate::repository::{IMAGE, Repository, Run, image};

fn check(repository: &Repository) -> Run {
    repository.gate(&["check", "--as-released", "--format", "json"])
}

/// A repository with another image at hand than the one that its overlays pin: a commit after a release.
fn after_a_release() -> Option<Repository> {
    let repository = Repository::rendered()?;
    let mut other = image();
    other["config"]["Env"] = json!(["BUILD=2"]);
    let built = repository.build_only(&other);
    assert_ne!(pin(&repository, PRODUCTION), built);
    Some(repository)
}

#[test]
fn the_pin_of_the_last_release_is_no_finding() {
    let Some(repository) = after_a_release() else {
        return;
    };
    let run = check(&repository);
    run.assert_found(0, &[]);
    let covered = &run.report()["stages"][0]["covered"];
    assert_eq!(
        (&covered["renders"], &covered["renders as released"]),
        (&json!(2), &json!(2))
    );
    let human = repository.gate(&["check", "--as-released"]).stdout;
    let last = human.lines().last().unwrap();
    assert!(
        last.starts_with("pass: 2 renders, 2 renders as released, 22 objects, "),
        "{last}"
    );
}

#[test]
fn what_the_committed_overlay_does_not_pin_is_found() {
    let Some(repository) = after_a_release() else {
        return;
    };
    unpin_production(&repository);
    let place = repository.place(PRODUCTION, "newTag:", "v0.1.0");
    check(&repository).assert_found(1, &[format!("unpinned-image {place}")]);
    repository.change(PRODUCTION, "newTag: v0.1.0", "newTag: latest");
    let place = repository.place(PRODUCTION, "newTag:", "latest");
    check(&repository).assert_found(1, &[format!("floating-tag {place}")]);
    repository.change(PRODUCTION, "    newTag: latest\n", "");
    let name = IMAGE.split_once('/').unwrap().0;
    let place = repository.place(PRODUCTION, "newName:", name);
    check(&repository).assert_found(1, &[format!("floating-tag {place}")]);
}

#[test]
fn a_malformed_digest_of_the_committed_overlay_is_found() {
    let upper = OTHER_DIGEST.replace('1', "A");
    for digest in [
        "sha256:1234",
        upper.as_str(),
        "md5:d41d8cd98f00b204e9800998ecf8427e",
    ] {
        let Some(repository) = after_a_release() else {
            return;
        };
        repository.pin("production", digest);
        let place = repository.place(PRODUCTION, "digest:", digest);
        check(&repository).assert_found(1, &[format!("malformed-image {place}")]);
    }
}

#[test]
fn a_defect_of_both_views_is_one_finding() {
    let Some(repository) = after_a_release() else {
        return;
    };
    repository.change(BASE, "        runAsNonRoot: true\n", "");
    let context = "securityContext:\n        runAsUser";
    let place = repository.place(BASE, context, "securityContext");
    check(&repository).assert_found(1, &[format!("may-run-as-root {place}")]);
}

#[test]
fn the_image_that_would_be_released_is_judged() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    repository.build_only(&setuid_image());
    check(&repository).assert_found(1, &["setuid-file layer 1: /hello".to_owned()]);
}

#[test]
fn an_image_that_no_overlay_names_cannot_be_judged_as_released() {
    let Some(repository) = after_a_release() else {
        return;
    };
    for overlay in [PRODUCTION, STAGING] {
        repository.change(overlay, IMAGE, "registry.example/other");
    }
    let run = check(&repository);
    let report = run.report();
    let manifests = &report["stages"][0];
    let message = format!("no manifest names the image `{IMAGE}`, which is to be judged as released");
    assert_eq!((run.code, &report["verdict"]), (2, &json!("error")), "{run:#?}");
    assert_eq!(manifests["status"], "error");
    assert_eq!(manifests["errors"][0]["message"], message);
    assert_eq!(manifests["errors"].as_array().unwrap().len(), 1);
}

/// Beside the service runs an image that nobody checked. In the committed overlay nothing is held against the image at
/// hand, so only the overlay as released shows it.
#[test]
fn what_only_the_overlay_as_released_shows_is_found() {
    let Some(repository) = after_a_release() else {
        return;
    };
    let file = "kustomize/overlays/production/sidecar.yaml";
    let sidecar = format!("registry.example/sidecar:v2@{OTHER_DIGEST}");
    repository.write(
        file,
        &format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: hello\nspec:\n  template:\n    spec:\n      containers:\n        \
             - name: sidecar\n          image: {sidecar}\n          securityContext:\n            \
             allowPrivilegeEscalation: false\n            readOnlyRootFilesystem: true\n            capabilities:\n              \
             drop: [ALL]\n"
        ),
    );
    repository.change(PRODUCTION, "patches:\n", "patches:\n  - path: sidecar.yaml\n");
    let place = repository.place(file, "image:", &sidecar);
    check(&repository).assert_found(1, &[format!("unchecked-image {place}")]);
}

/// One overlay that runs an image nobody built beside one that is as it should be.
#[test]
fn an_overlay_that_does_not_name_the_image_is_judged_as_it_stands() {
    let Some(repository) = after_a_release() else {
        return;
    };
    repository.change(PRODUCTION, IMAGE, "registry.example/other");
    let place = repository.place(PRODUCTION, "digest:", "sha256:");
    check(&repository).assert_found(1, &[format!("unchecked-image {place}")]);
}

#[test]
fn without_images_nothing_can_be_judged_as_released() {
    let Some(repository) = after_a_release() else {
        return;
    };
    let run = repository.gate(&["check", "--as-released", "--skip", "image", "--format", "json"]);
    let error = &run.report()["errors"][0]["message"];
    let expected = "`--as-released` takes the digests of images at hand, and the stage `image` does not run";
    assert_eq!((run.code, error.as_str()), (2, Some(expected)), "{run:#?}");
}

#[test]
fn the_users_files_are_untouched() {
    let Some(repository) = after_a_release() else {
        return;
    };
    repository.change(BASE, "        runAsNonRoot: true\n", "");
    let before = repository.contents();
    assert!(before.contains_key(&repository.path(PRODUCTION)));
    for arguments in [
        &["check", "--as-released"][..],
        &["check"],
        &["manifests", "kustomize"],
        &["render", "kustomize/overlays/production"],
    ] {
        let run = repository.gate(arguments);
        assert!(run.code < 2, "{run:#?}");
        assert!(repository.contents() == before, "{arguments:?}");
    }
}
