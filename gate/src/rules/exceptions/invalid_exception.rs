//! `invalid-exception`

use crate::exceptions::{Part, Place, Target, Usage};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// An exception names a rule that does not exist, or one that no exception may cover.
    ///
    /// # Why it matters
    /// It does nothing, while its author believes that a risk was accepted and written down. Some rules cannot be
    /// excused, because what they find would hide other findings: a document that cannot be read, an image that is not
    /// what it says, an exception that is over.
    ///
    /// # What to do
    /// Correct the id (`gate rules` lists them; an advisory is named by its id, such as `RUSTSEC-2026-0001`), or
    /// delete the entry and mend the defect.
    ///
    /// ```toml
    /// [[allow]]
    /// rule = "writable-root-filesystem"
    /// ```
    ///
    /// # References
    /// - <https://rustsec.org/advisories/>
    id: "invalid-exception",
    group: Exceptions,
    level: Error,
    profile: Baseline,
    excusable: false,
    check: Exceptions(check),
}

fn check(usage: &Usage<'_>, sink: &mut Sink<Place>) {
    for (entry, used) in usage.indexed() {
        let rule = &used.allow.rule.value;
        let (message, help) = match used.target {
            Target::Unknown { nearest } => (
                format!("there is no rule `{rule}`"),
                match nearest {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None => "`gate rules` lists every rule; advisories are named like `RUSTSEC-2026-0001`"
                        .to_owned(),
                },
            ),
            Target::Rule { excusable: false, .. } => (
                format!("no exception may cover `{rule}`"),
                "mend what it finds and delete the entry".to_owned(),
            ),
            _ => continue,
        };
        let place = Place {
            entry,
            part: Part::Rule,
        };
        sink.report(place, message)
            .detail(used.allow.to_string())
            .help(help);
    }
}
