//! `unchecked-image`.

use crate::kube::{Field, Index};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// A pinned image is not among those that were checked.
    ///
    /// # Why it matters
    ///
    /// When images are given to be checked, the claim is that what runs is what was checked. An image besides them
    /// is a hole in that claim: nobody has looked inside it.
    ///
    /// The rule is silent where no image was given, for images without a digest (`unpinned-image`), and where the
    /// repository was checked under another digest (`digest-mismatch`).
    ///
    /// # What to do
    ///
    /// Give the image to the check, or say that it is checked elsewhere, in `gate.toml`:
    ///
    /// ```toml
    /// [[images]]
    /// repository = "registry.example/team/web"
    /// source = "target/image/web"
    ///
    /// [manifests]
    /// external-images = ["registry.example/sidecars/*"]
    /// ```
    ///
    /// # References
    ///
    /// - <https://slsa.dev/spec/v1.1/verifying-artifacts>
    id: "unchecked-image",
    group: SupplyChain,
    level: Error,
    profile: Production,
    check: Render(check),
}

fn check(index: &Index<'_>, sink: &mut Sink<Field>) {
    let checked = &index.facts.checked_images;
    if checked.is_empty() {
        return;
    }
    for image in index.workloads().flat_map(|workload| workload.images()) {
        let Some(reference) = image.reference() else {
            continue;
        };
        let Some(digest) = reference.digest else {
            continue;
        };
        let repository = reference.repository();
        let is_known = checked.iter().any(|candidate| {
            candidate.index_digest.as_deref() == Some(digest)
                || candidate.has_platform(digest)
                || candidate.is_of(&repository)
        });
        if !is_known && !reference.is_covered_by(&index.facts.external_images) {
            let message = format!("the image of {} was not checked", image.label);
            sink.report(image.field.clone(), message)
                .detail(image.text().unwrap_or_default())
                .help("add it to `[[images]]`, or to `external-images` if it is checked elsewhere");
        }
    }
}
