use crate::image::{Inspection, Place};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// An image is incomplete, was changed, or leads out of itself.
    ///
    /// # Why it matters
    ///
    /// What is inspected must be what runs. A blob that is missing or has another digest or size than its
    /// descriptor says is refused by registries and runtimes, or is not the one that was reviewed. An entry that
    /// leads out of the image through `..` or a link overwrites files of the machine that unpacks it. Documents and
    /// entries that two readers understand in two ways hide from one what the other runs. For each of these gate
    /// also ends with exit code 2: an image that cannot be read is not judged.
    ///
    /// No exception covers this rule, and its level cannot be changed.
    ///
    /// # What to do
    ///
    /// Build or copy the image again, and look who wrote it if the finding stays:
    ///
    /// ```sh
    /// rm -r target/image/hello && cargo xtask image
    /// skopeo copy docker://registry.example/hello@sha256:… oci:target/image/hello
    /// ```
    ///
    /// # References
    ///
    /// - <https://github.com/opencontainers/image-spec/blob/main/image-layout.md>
    /// - <https://github.com/opencontainers/image-spec/blob/main/descriptor.md>
    /// - <https://github.com/opencontainers/image-spec/blob/main/layer.md>
    id: "broken-image",
    group: Image,
    level: Error,
    profile: Baseline,
    excusable: false,
    check: Image(check),
}

fn check(image: &Inspection, sink: &mut Sink<Place>) {
    for error in image.errors.iter().filter(|error| error.is_defect()) {
        let hit = sink.report(error.place(), "the image is broken");
        hit.detail(error.to_string());
        if let Some(hint) = crate::stages::Hint::hint(error) {
            hit.help(hint);
        }
    }
}
