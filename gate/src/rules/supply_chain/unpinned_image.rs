//! `unpinned-image`.

use crate::kube::{Field, Workload};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// An image is named without a digest.
    ///
    /// # Why it matters
    ///
    /// A tag can be moved. What was tested yesterday and what a node pulls tomorrow may be two programs under one
    /// name, and pods of one workload may run both. A digest is the content itself: nobody can put something else
    /// behind it.
    ///
    /// An image with a tag that floats on purpose, or with no tag at all, lacks a digest as well. It is one defect
    /// and gets one finding: where `floating-tag` runs, it speaks instead of this rule. Turn that rule off, and
    /// this one reports these images too.
    ///
    /// # What to do
    ///
    /// Add the digest of the image that was checked; the tag may stay for people to read:
    ///
    /// ```yaml
    /// image: registry.example/team/web:1.4.2@sha256:5f0c…
    /// ```
    ///
    /// With kustomize, where `images:` sets the tag:
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
    /// - <https://kubernetes.io/docs/concepts/containers/images/#image-names>
    /// - <https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests>
    id: "unpinned-image",
    group: SupplyChain,
    level: Error,
    profile: Production,
    check: Workload(check),
}

fn check(workload: &Workload<'_>, sink: &mut Sink<Field>) {
    for image in workload.images() {
        let unpinned = image
            .reference()
            .is_some_and(|reference| reference.digest.is_none());
        if unpinned {
            let message = format!("the image of {} has no digest", image.label);
            sink.report(image.field.clone(), message)
                .detail(image.text().unwrap_or_default())
                .help("add `@sha256:…` of the image that was checked, in kustomize's `images:` if it is set there");
        }
    }
}
