//! `unmaintained-crate`.

use crate::deps::{Audit, Kind, Place};
use crate::rules::{Sink, advisories, declare_rule};

declare_rule! {
    /// A crate is unmaintained, or an advisory has a notice about it.
    ///
    /// # Why it matters
    /// The next vulnerability of an unmaintained crate will not be mended, and then there is no time to choose a
    /// successor.
    ///
    /// # What to do
    /// Replace it. The page of the advisory names successors where there are any. Where it comes with another crate,
    /// see whether a newer version of that one has left it:
    ///
    /// ```sh
    /// cargo tree --invert paste
    /// ```
    ///
    /// # References
    /// - <https://rustsec.org/advisories/>
    /// - <https://doc.rust-lang.org/cargo/commands/cargo-tree.html>
    id: "unmaintained-crate",
    group: Dependencies,
    level: Note,
    profile: Baseline,
    check: Dependencies(check),
}

fn check(audit: &Audit, sink: &mut Sink<Place>) {
    for (index, package, advisory) in advisories::of_kinds(audit, &[Kind::Unmaintained, Kind::Notice]) {
        let verb = match advisory.kind {
            Kind::Unmaintained => "is unmaintained:",
            _ => "has the notice",
        };
        let message = advisories::message(package, advisory, verb);
        advisories::report(sink, index, package, advisory, message);
    }
}
