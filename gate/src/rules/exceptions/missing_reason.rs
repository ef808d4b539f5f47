//! `missing-reason`

use crate::exceptions::{EntryUse, Part, Place, Usage};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// An exception has no reason or no end date.
    ///
    /// # Why it matters
    /// Who reads the entry in a year must be able to tell whether it is still needed, and an exception without an end
    /// is a rule turned off for ever. Such an entry covers nothing.
    ///
    /// # What to do
    /// Write why the finding is acceptable here, in ten characters or more and without filler such as "TODO" or
    /// "temporary", and until when:
    ///
    /// ```toml
    /// [[allow]]
    /// rule = "writable-root-filesystem"
    /// where = { kind = "Deployment", name = "search" }
    /// reason = "the index is rebuilt beside the binary at start"
    /// until = 2027-03-31
    /// ```
    ///
    /// # References
    /// - <https://csrc.nist.gov/glossary/term/risk_acceptance>
    id: "missing-reason",
    group: Exceptions,
    level: Error,
    profile: Baseline,
    excusable: false,
    check: Exceptions(check),
}

fn check(usage: &Usage<'_>, sink: &mut Sink<Place>) {
    for (entry, used) in usage.indexed() {
        if !used.is_valid() {
            continue;
        }
        let Some((part, message)) = lack(used) else {
            continue;
        };
        sink.report(Place { entry, part }, message)
            .detail(used.allow.to_string())
            .help("write why it is acceptable here (`reason`) and its last day (`until`)");
    }
}

fn lack(used: &EntryUse<'_>) -> Option<(Part, &'static str)> {
    let written = used.allow.reason.is_some();
    match (used.has_reason(), used.allow.until.is_some()) {
        (true, true) => None,
        (true, false) => Some((Part::Entry, "this exception has no end date")),
        (false, true) if written => Some((Part::Reason, "the reason of this exception says nothing")),
        (false, true) => Some((Part::Entry, "this exception has no reason")),
        (false, false) if written => Some((
            Part::Reason,
            "this exception has no end date, and its reason says nothing",
        )),
        (false, false) => Some((Part::Entry, "this exception has neither reason nor end date")),
    }
}
