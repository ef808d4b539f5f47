//! `unsound-crate`.

use crate::deps::{Audit, Kind, Place};
use crate::rules::{Sink, advisories, declare_rule};

declare_rule! {
    /// A crate is unsound: safe code that uses it can cause undefined behaviour.
    ///
    /// # Why it matters
    /// What the compiler proves of the program no longer holds. Whether it can be used against the program depends on
    /// how the crate is called, and nobody has shown that it can: otherwise it would be a vulnerability.
    ///
    /// # What to do
    /// Take a version that the advisory calls patched, or replace the crate:
    ///
    /// ```sh
    /// cargo update -p anyhow@1.0.100 --precise 1.0.103
    /// ```
    ///
    /// # References
    /// - <https://rustsec.org/advisories/>
    /// - <https://rust-lang.github.io/unsafe-code-guidelines/glossary.html#soundness-of-code--of-a-library>
    id: "unsound-crate",
    group: Dependencies,
    level: Warning,
    profile: Baseline,
    check: Dependencies(check),
}

fn check(audit: &Audit, sink: &mut Sink<Place>) {
    for (index, package, advisory) in advisories::of_kinds(audit, &[Kind::Unsound]) {
        let message = advisories::message(package, advisory, "is unsound:");
        advisories::report(sink, index, package, advisory, message);
    }
}
