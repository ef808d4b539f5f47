//! `vulnerable-crate`.

use crate::deps::{Audit, Kind, Place};
use crate::finding::Level;
use crate::rules::{Sink, advisories, declare_rule};

declare_rule! {
    /// A crate has a known vulnerability.
    ///
    /// An advisory of the RustSec database holds for the locked version. Withdrawn advisories hold for none. A crate
    /// that certainly reaches no running program (it only builds the binary, or is only in the lockfile) is a
    /// warning; the list that cargo-auditable embeds in a binary says so.
    ///
    /// # Why it matters
    /// The defect is public, and so is the way to use it.
    ///
    /// # What to do
    /// Take a version that the advisory calls patched, or replace the crate:
    ///
    /// ```sh
    /// cargo update -p time@0.3.20 --precise 0.3.47
    /// ```
    ///
    /// If the affected function is never called, accept the finding for a while: an `[[allow]]` in `gate.toml` that
    /// names the advisory's id as its rule, with a reason and an end date.
    ///
    /// # References
    /// - <https://rustsec.org/advisories/>
    /// - <https://doc.rust-lang.org/cargo/commands/cargo-update.html>
    id: "vulnerable-crate",
    group: Dependencies,
    level: Error,
    profile: Baseline,
    check: Dependencies(check),
}

fn check(audit: &Audit, sink: &mut Sink<Place>) {
    for (index, package, advisory) in advisories::of_kinds(audit, &[Kind::Vulnerability]) {
        let message = advisories::message(package, advisory, "has the vulnerability");
        let hit = advisories::report(sink, index, package, advisory, message);
        if package.shipping.is_some_and(crate::deps::Shipping::is_harmless) {
            hit.level(Level::Warning);
        }
    }
}
