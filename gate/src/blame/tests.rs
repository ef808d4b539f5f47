//! Each kind of blame on the fixtures of `tests/kustomize`, rendered by the real programs.

use std::path::{Path, PathBuf};

use super::*;
use crate::finding::Certainty;
use crate::render::{Renderer, Unit, Workshop};
use crate::support::prerequisites;
use crate::yaml::Document;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kustomize")
}

/// The programs that are installed.
fn renderers() -> Vec<Renderer> {
    let renderer = |name: &str| match name {
        "kubectl" => Renderer::Kubectl,
        _ => Renderer::Kustomize,
    };
    prerequisites::renderers().into_iter().map(renderer).collect()
}

fn document<'a>(rendered: &'a Rendered, kind: &str) -> Option<(usize, &'a Document)> {
    let is_kind = |document: &&Document| document.root().get("kind").and_then(Node::as_str) == Some(kind);
    let number = rendered
        .stream
        .documents
        .iter()
        .position(|document| is_kind(&document))?;
    Some((number, &rendered.stream.documents[number]))
}

/// `/a/0/b`, with `~1` for a slash inside a key.
fn path(pointer: &str) -> FieldPath {
    let segment = |token: &str| match token.parse() {
        Ok(index) => Segment::Index(index),
        Err(_) => Segment::Key(token.replace("~1", "/")),
    };
    FieldPath::from(pointer.split('/').skip(1).map(segment).collect::<Vec<_>>())
}

/// The text at a location, from the file itself.
fn text_at(rendered: &Rendered, location: &Location) -> String {
    let (_, text) = rendered
        .sources()
        .find(|(name, _)| *name == location.file)
        .unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let line: Vec<char> = lines[location.line - 1].chars().collect();
    let end = if location.end_line == location.line {
        location.end_column - 1
    } else {
        line.len()
    };
    line[location.column - 1..end].iter().collect()
}

/// `file:line text (kind)`, with `?` before a place that is not certain.
fn told(rendered: &Rendered, blame: &Blame) -> String {
    let Some(location) = &blame.location else {
        return "nowhere".to_owned();
    };
    let doubt = if location.certainty == Certainty::Exact {
        ""
    } else {
        "?"
    };
    let kind = blame.introduced_by.as_ref().map(|by| format!("{:?}", by.kind));
    format!(
        "{doubt}{}:{} {} ({})",
        location.file,
        location.line,
        text_at(rendered, location),
        kind.unwrap_or_else(|| "-".to_owned())
    )
}

fn check(folder: &str, expected: &[(&str, &str, &str)]) {
    for renderer in renderers() {
        let workshop = Workshop::new(&fixtures(), renderer, false);
        let rendered = workshop
            .render(&Unit::Kustomization(fixtures().join(folder)))
            .unwrap_or_else(|error| panic!("{error}"));
        assert!(rendered.provenance.is_some(), "the two renders differ");
        let blamer = Blamer::new(&rendered);
        let told = expected.iter().map(|(kind, pointer, _)| {
            let (number, _) = document(&rendered, kind).unwrap();
            (*pointer, told(&rendered, &blamer.blame(number, &path(pointer))))
        });
        let told: Vec<(&str, String)> = told.collect();
        let expected: Vec<(&str, String)> = expected
            .iter()
            .map(|(_, pointer, place)| (*pointer, (*place).to_owned()))
            .collect();
        assert_eq!(told, expected, "{renderer:?}");
    }
}

const POD: &str = "/spec/template/spec";

#[test]
fn what_stays_as_it_was_is_blamed_on_the_base() {
    check(
        "app/overlays/production",
        &[
            (
                "Deployment",
                "/spec/selector/matchLabels/app",
                "app/base/deployment.yaml:9 shop (Base)",
            ),
            (
                "Deployment",
                "/spec/template/spec/containers/0/env/2/value",
                "app/base/deployment.yaml:38 blue (Base)",
            ),
            (
                "Deployment",
                "/spec/template/spec/topologySpreadConstraints/1/whenUnsatisfiable",
                "app/base/deployment.yaml:24 ScheduleAnyway (Base)",
            ),
            (
                "Deployment",
                "/spec/template/spec/containers/0/securityContext/capabilities/drop/0",
                "app/base/deployment.yaml:42 ALL (Base)",
            ),
            (
                "Service",
                "/spec/ports/0/port",
                "app/base/others.yaml:16 80 (Base)",
            ),
        ],
    );
}

#[test]
fn each_kind_of_patch_is_found() {
    check(
        "app/overlays/production",
        &[
            // A strategic merge in a file of a nested base, its second document, and one in place.
            (
                "Deployment",
                "/spec/template/spec/containers/0/env/0/value",
                "app/middle/mode.yaml:14 patched (Patch)",
            ),
            (
                "Deployment",
                "/spec/template/spec/containers/1/image",
                "app/middle/mode.yaml:10 log:v2 (Patch)",
            ),
            (
                "PodDisruptionBudget",
                "/spec/maxUnavailable",
                "app/middle/mode.yaml:23 0 (Patch)",
            ),
            (
                "Deployment",
                "/spec/template/spec/containers/0/imagePullPolicy",
                "app/overlays/production/kustomization.yaml:39 Always (Patch)",
            ),
            // JSON 6902 in place.
            (
                "Deployment",
                "/spec/template/spec/topologySpreadConstraints/0/maxSkew",
                "app/overlays/production/kustomization.yaml:24 2 (Patch)",
            ),
            (
                "Deployment",
                "/spec/template/spec/containers/0/resources/limits/memory",
                "app/overlays/production/kustomization.yaml:29 64Mi (Patch)",
            ),
        ],
    );
}

#[test]
fn entries_of_the_kustomization_are_found() {
    check(
        "app/overlays/production",
        &[
            (
                "Deployment",
                "/spec/template/spec/containers/0/image",
                "app/overlays/production/kustomization.yaml:15 v1.2.3 (Images)",
            ),
            (
                "Deployment",
                "/spec/template/spec/initContainers/0/image",
                "app/overlays/production/kustomization.yaml:18 \
                 sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef (Images)",
            ),
            (
                "Deployment",
                "/spec/replicas",
                "app/overlays/production/kustomization.yaml:20 9 (Replicas)",
            ),
            (
                "Deployment",
                "/metadata/name",
                "app/overlays/production/kustomization.yaml:4 eu- (Prefix)",
            ),
            (
                "Service",
                "/metadata/namespace",
                "app/overlays/production/kustomization.yaml:3 shop-production (-)",
            ),
            (
                "Service",
                "/metadata/labels/team",
                "app/overlays/production/kustomization.yaml:10 shops (Labels)",
            ),
            (
                "Deployment",
                "/spec/template/metadata/labels/team",
                "app/overlays/production/kustomization.yaml:10 shops (Labels)",
            ),
        ],
    );
}

#[test]
fn components_and_generators_are_found() {
    check(
        "app/overlays/production",
        &[
            (
                "ServiceAccount",
                "/automountServiceAccountToken",
                "app/components/extra/account.yaml:4 false (Component)",
            ),
            (
                "ConfigMap",
                "/data/level",
                "app/middle/kustomization.yaml:5 level=info (Generator)",
            ),
            // The name follows the ServiceAccount's by a step that is not followed.
            (
                "Deployment",
                "/spec/template/spec/serviceAccountName",
                "?app/components/extra/kustomization.yaml:14 shop (Patch)",
            ),
        ],
    );
}

#[test]
fn what_is_missing_is_blamed_on_the_innermost_part_that_is_there() {
    check(
        "app/overlays/production",
        &[
            (
                "Deployment",
                "/spec/template/spec/containers/0/securityContext/privileged",
                "app/base/deployment.yaml:39 securityContext (Base)",
            ),
            (
                "Deployment",
                "/spec/template/spec/containers/1/securityContext/privileged",
                "app/middle/mode.yaml:9 name: log (Patch)",
            ),
            ("Service", "/spec/type", "app/base/others.yaml:14 spec (Base)"),
            (
                "ServiceAccount",
                "/nothing/there",
                "app/components/extra/account.yaml:1 apiVersion: v1 (Component)",
            ),
        ],
    );
}

#[test]
fn what_a_patch_removed_is_blamed_on_the_patch() {
    check(
        "app/overlays/production",
        &[
            (
                "Deployment",
                "/spec/template/spec/volumes",
                "app/middle/drop-cache.yaml:5 /spec/template/spec/volumes (Patch)",
            ),
            (
                "Deployment",
                "/spec/template/spec/securityContext/runAsUser",
                "app/overlays/production/kustomization.yaml:40 \"/spec/template/spec/securityContext/runAsUser\" (Patch)",
            ),
            (
                "Deployment",
                "/spec/template/spec/containers/0/volumeMounts",
                "app/middle/drop-cache.yaml:7 /spec/template/spec/containers/1/volumeMounts/0 (Patch)",
            ),
        ],
    );
    check(
        "app/overlays/stripped",
        &[
            (
                "Deployment",
                "/spec/template/spec/topologySpreadConstraints",
                "app/overlays/stripped/kustomization.yaml:15 topologyKey: kubernetes.io/hostname (Patch)",
            ),
            (
                "Deployment",
                "/spec/template/spec/securityContext/runAsNonRoot",
                "app/overlays/stripped/kustomization.yaml:18 null (Patch)",
            ),
            // It never was there: the patch did not take it away.
            (
                "Deployment",
                "/spec/template/spec/securityContext/seccompProfile",
                "app/base/deployment.yaml:13 spec (Base)",
            ),
            (
                "Deployment",
                "/spec/template/spec/containers/0/securityContext/readOnlyRootFilesystem",
                "app/overlays/stripped/kustomization.yaml:21 securityContext (Patch)",
            ),
            (
                "Deployment",
                "/spec/template/spec/containers/0/env/0/value",
                "app/overlays/stripped/kustomization.yaml:27 here (Patch)",
            ),
            (
                "Deployment",
                "/spec/template/spec/containers/0/volumeMounts",
                "app/overlays/stripped/kustomization.yaml:29 mountPath: /cache (Patch)",
            ),
        ],
    );
}

#[test]
fn what_was_there_before_is_told_too() {
    for renderer in renderers() {
        let workshop = Workshop::new(&fixtures(), renderer, false);
        let unit = Unit::Kustomization(fixtures().join("app/overlays/production"));
        let rendered = workshop.render(&unit).unwrap();
        let (number, _) = document(&rendered, "Deployment").unwrap();
        let blamer = Blamer::new(&rendered);
        for (pointer, place) in [
            (format!("{POD}/containers/0/image"), "app/base/deployment.yaml:31"),
            (
                format!("{POD}/securityContext/runAsUser"),
                "app/base/deployment.yaml:16",
            ),
        ] {
            let blame = blamer.blame(number, &path(&pointer));
            let related = &blame.related[0].location;
            assert_eq!(format!("{}:{}", related.file, related.line), place, "{pointer}");
        }
    }
}

#[test]
fn a_file_is_its_own_origin() {
    let workshop = Workshop::new(&fixtures(), Renderer::Auto, false);
    let rendered = workshop
        .render(&Unit::File(fixtures().join("app/base/others.yaml")))
        .unwrap();
    let blamer = Blamer::new(&rendered);
    for (pointer, place) in [
        ("/items/0/spec/maxUnavailable", "app/base/others.yaml:9 1 (Base)"),
        ("/items/0/spec/minAvailable", "app/base/others.yaml:8 spec (Base)"),
        ("/items/1/metadata", "app/base/others.yaml:13 metadata (Base)"),
        ("/items/1", "app/base/others.yaml:11 apiVersion: v1 (Base)"),
    ] {
        assert_eq!(
            told(&rendered, &blamer.blame(0, &path(pointer))),
            place,
            "{pointer}"
        );
    }
}
