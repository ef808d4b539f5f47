//! `digest-mismatch`.

use crate::finding::Level;
use crate::kube::{CheckedImage, Field, ImageUse, Index};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// The pinned digest is not that of the image that was checked.
    ///
    /// # Why it matters
    ///
    /// The repository is one that was checked, but the manifest pins something else behind its name: an older
    /// build, another branch's, or somebody else's. What was found out about the checked image says nothing about
    /// what will run.
    ///
    /// A digest of the checked image's index or of one of its platform manifests passes. Where there is an index, a
    /// platform's digest is a note: nodes of another architecture cannot run it.
    ///
    /// # What to do
    ///
    /// Pin the digest that was checked; it is in the message. With kustomize:
    ///
    /// ```yaml
    /// images:
    /// - name: web
    ///   newName: registry.example/team/web
    ///   digest: sha256:5f0c…
    /// ```
    ///
    /// # References
    ///
    /// - <https://github.com/opencontainers/image-spec/blob/main/image-index.md>
    id: "digest-mismatch",
    group: SupplyChain,
    level: Error,
    profile: Baseline,
    check: Render(check),
}

fn check(index: &Index<'_>, sink: &mut Sink<Field>) {
    for image in index.workloads().flat_map(|workload| workload.images()) {
        let Some(reference) = image.reference() else {
            continue;
        };
        let Some(digest) = reference.digest else {
            continue;
        };
        let repository = reference.repository();
        let candidates: Vec<&CheckedImage> = index
            .facts
            .checked_images
            .iter()
            .filter(|candidate| candidate.is_of(&repository))
            .collect();
        if !candidates.is_empty() {
            compare(&image, digest, &candidates, sink);
        }
    }
}

fn compare(image: &ImageUse<'_>, digest: &str, candidates: &[&CheckedImage], sink: &mut Sink<Field>) {
    let is_index = |candidate: &&&CheckedImage| candidate.index_digest.as_deref() == Some(digest);
    let is_platform = |candidate: &&&CheckedImage| candidate.has_platform(digest);
    if candidates.iter().any(|candidate| is_index(&candidate)) {
        return;
    }
    let (message, wanted) = match candidates.iter().find(is_platform) {
        Some(candidate) if candidate.index_digest.is_none() => return,
        Some(candidate) => (
            "is pinned to one platform of the checked index",
            digests(candidate),
        ),
        None => (
            "is not the one that was checked",
            candidates
                .iter()
                .flat_map(|candidate| digests(candidate))
                .collect(),
        ),
    };
    let hit = sink.report(
        image.field.clone(),
        format!("the image of {} {message}", image.label),
    );
    hit.detail(digest);
    hit.help(format!("pin what was checked: {}", wanted.join(" or ")));
    if candidates.iter().any(|candidate| is_platform(&candidate)) {
        hit.level(Level::Note);
    }
}

/// What to pin: the index where there is one, else the platforms' manifests.
fn digests(image: &CheckedImage) -> Vec<&str> {
    match &image.index_digest {
        Some(index) => vec![index],
        None => image.platform_digests.iter().map(String::as_str).collect(),
    }
}
