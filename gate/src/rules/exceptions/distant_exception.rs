//! `distant-exception`

use jiff::ToSpan as _;

use crate::exceptions::{Part, Place, Usage};
use crate::rules::{Sink, declare_rule};

/// The longest time that an exception may run from today.
const DAYS: i64 = 180;

declare_rule! {
    /// An exception ends more than 180 days from now.
    ///
    /// # Why it matters
    /// An end date is there so that somebody looks again. Half a year is long enough to mend almost anything, and short
    /// enough that the person who accepted the risk can still be asked.
    ///
    /// # What to do
    /// Write a nearer day, and decide again when it comes:
    ///
    /// ```toml
    /// until = 2027-03-31
    /// ```
    ///
    /// # References
    /// - <https://csrc.nist.gov/glossary/term/risk_acceptance>
    id: "distant-exception",
    group: Exceptions,
    level: Warning,
    profile: Baseline,
    excusable: false,
    check: Exceptions(check),
}

fn check(usage: &Usage<'_>, sink: &mut Sink<Place>) {
    let Ok(last) = usage.today.checked_add(DAYS.days()) else {
        return;
    };
    for (entry, used) in usage.indexed() {
        let until = used.allow.until.as_ref().map(|until| until.value);
        let Some(until) = until.filter(|until| used.is_valid() && *until > last) else {
            continue;
        };
        let place = Place {
            entry,
            part: Part::Until,
        };
        sink.report(
            place,
            format!("this exception runs for more than {DAYS} days, until {until}"),
        )
        .detail(used.allow.to_string())
        .help(format!("end it on {last} or earlier"));
    }
}
