//! `expired-exception`

use crate::exceptions::{Part, Place, Usage};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// The end date of an exception is past.
    ///
    /// # Why it matters
    /// An exception is a decision for a time: somebody said until when a risk is acceptable. After that day nobody has
    /// accepted it. An expired exception covers nothing, so what it covered is reported again.
    ///
    /// # What to do
    /// Fix the cause and delete the entry. Where the reason still holds, decide again and write a new date:
    ///
    /// ```toml
    /// [[allow]]
    /// rule = "privileged-container"
    /// where = { kind = "DaemonSet", name = "node-agent" }
    /// reason = "reads the node's log directory"
    /// until = 2027-03-31
    /// ```
    ///
    /// The last day counts in UTC and is still covered.
    ///
    /// # References
    /// - <https://owasp.org/www-project-risk-assessment-framework/>
    id: "expired-exception",
    group: Exceptions,
    level: Error,
    profile: Baseline,
    excusable: false,
    check: Exceptions(check),
}

fn check(usage: &Usage<'_>, sink: &mut Sink<Place>) {
    for (entry, used) in usage.indexed() {
        let Some(until) = &used.allow.until else {
            continue;
        };
        if !used.is_valid() || !used.is_expired(usage.today) {
            continue;
        }
        let place = Place {
            entry,
            part: Part::Until,
        };
        let help = if used.matched == 0 {
            "delete the entry: nothing needs it any more"
        } else {
            "fix what it covered and delete the entry, or decide again and write a new date"
        };
        sink.report(place, format!("this exception ended on {}", until.value))
            .detail(used.allow.to_string())
            .help(help);
    }
}
