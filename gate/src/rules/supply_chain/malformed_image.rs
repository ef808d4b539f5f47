//! `malformed-image`.

use crate::kube::{Field, Workload};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// The name of an image is not one that a container runtime accepts.
    ///
    /// # Why it matters
    ///
    /// The pod never starts: nodes refuse to pull. A digest that was cut short looks pinned to the eye and to many
    /// tools. Reported are: nothing at all, blanks, a `https://` in front, upper-case letters or other signs that
    /// no repository may have, a tag over 128 characters, and a digest that is not `sha256` with exactly 64 or
    /// `sha512` with exactly 128 lower-case hexadecimal digits.
    ///
    /// Such a name is written anew, so no other rule says anything about it.
    ///
    /// # What to do
    ///
    /// Copy the name again, whole:
    ///
    /// ```yaml
    /// image: registry.example/team/web:1.4.2@sha256:5f0c…
    /// ```
    ///
    /// # References
    ///
    /// - <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests>
    /// - <https://github.com/opencontainers/image-spec/blob/main/descriptor.md#registered-algorithms>
    id: "malformed-image",
    group: SupplyChain,
    level: Error,
    profile: Baseline,
    check: Workload(check),
}

fn check(workload: &Workload<'_>, sink: &mut Sink<Field>) {
    for image in workload.images() {
        if let Some(defect) = image.defect() {
            let message = format!("the image of {} {defect}", image.label);
            let hit = sink.report(image.field.clone(), message);
            hit.help("copy the whole name again, as `repository:tag@sha256:…`");
            if let Some(text) = image.text().filter(|text| !text.is_empty()) {
                hit.detail(text);
            }
        }
    }
}
