//! `floating-tag`.

use crate::kube::{Field, Workload};
use crate::rules::{Sink, declare_rule};

/// Tags that are moved on purpose.
const FLOATING_TAGS: [&str; 1] = ["latest"];

declare_rule! {
    /// An image is named by a tag that moves on purpose, or by none.
    ///
    /// # Why it matters
    ///
    /// `latest`, which is also what no tag means, names whatever was pushed last. Two pods of one workload may run
    /// different programs, a restart may bring an untested one, and there is no way back to what ran before.
    ///
    /// A digest beside the tag ends that, so an image with a digest passes. Such an image is also an unpinned one;
    /// as one defect it gets one finding, this one, instead of `unpinned-image`. An exception for this rule
    /// therefore accepts both.
    ///
    /// # What to do
    ///
    /// Name a version that is never moved, with its digest:
    ///
    /// ```yaml
    /// image: registry.example/team/web:1.4.2@sha256:5f0c…
    /// ```
    ///
    /// # References
    ///
    /// - <https://kubernetes.io/docs/concepts/containers/images/#image-names>
    /// - <https://kubernetes.io/docs/concepts/configuration/overview/>
    id: "floating-tag",
    group: SupplyChain,
    level: Error,
    profile: Restricted,
    instead_of: "unpinned-image",
    check: Workload(check),
}

fn check(workload: &Workload<'_>, sink: &mut Sink<Field>) {
    for image in workload.images() {
        let Some(reference) = image.reference().filter(|reference| reference.digest.is_none()) else {
            continue;
        };
        let message = match reference.tag {
            None => format!("the image of {} has neither tag nor digest", image.label),
            Some(tag) if FLOATING_TAGS.contains(&tag) => {
                format!("the image of {} floats with the tag `{tag}`", image.label)
            }
            Some(_) => continue,
        };
        sink.report(image.field.clone(), message)
            .detail(image.text().unwrap_or_default())
            .help("name a fixed version with its digest, as `repository:tag@sha256:…`");
    }
}
