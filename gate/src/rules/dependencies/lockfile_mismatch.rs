//! `lockfile-mismatch`.

use crate::deps::{Audit, Difference, Place};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// A binary holds other packages than its lockfile resolves.
    ///
    /// Every name, version and source of the list that cargo-auditable embedded in the binary must stand in the lockfile.
    /// Where it is known what cargo builds for this binary and target, the two sets must be equal.
    ///
    /// # Why it matters
    /// The lockfile is what was reviewed and audited. A binary built from another one was not.
    ///
    /// # What to do
    /// Build the binary again from the lockfile at hand:
    ///
    /// ```sh
    /// cargo auditable build --release --locked
    /// ```
    ///
    /// # References
    /// - <https://github.com/rust-secure-code/cargo-auditable>
    /// - <https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html>
    id: "lockfile-mismatch",
    group: Dependencies,
    level: Error,
    profile: Baseline,
    check: Dependencies(check),
}

fn check(audit: &Audit, sink: &mut Sink<Place>) {
    for (index, binary) in audit.binaries.iter().enumerate() {
        let lockfile = binary.lockfile.as_deref().unwrap_or("the lockfile");
        for difference in &binary.differences {
            let (holds, resolves) = words(difference);
            let message = format!(
                "`{}` holds {holds}, and `{lockfile}` resolves {resolves}",
                binary.path
            );
            sink.report(Place::Binary(index), message)
                .detail(format!("binary: {holds}; lockfile: {resolves}"))
                .help("build the binary again from this lockfile, with `--locked`");
        }
    }
}

fn words(difference: &Difference) -> (String, String) {
    let holds = difference.binary.clone();
    let resolves = match (difference.lockfile.is_empty(), &difference.binary) {
        (true, _) => "no package of that name".to_owned(),
        (false, _) => difference.lockfile.join(", "),
    };
    (
        holds.unwrap_or_else(|| "nothing of that name".to_owned()),
        resolves,
    )
}
