//! `broad-exception`

use crate::exceptions::{Part, Place, Usage};
use crate::rules::{Sink, declare_rule};

/// The most findings that one exception may cover.
const MOST: usize = 20;

declare_rule! {
    /// An exception is not limited to certain things, or covers more than 20 findings.
    ///
    /// # Why it matters
    /// It also covers what is added tomorrow, which nobody has looked at. What holds for everything is not an
    /// exception but a decision about the rule, and belongs into `[rules]`, where each report lists it.
    ///
    /// # What to do
    /// Name the thing: one or more of `name`, `container`, `path`, `image`, `package` and `file`. A `kind` or a
    /// `namespace` alone is not enough. An exception that names an advisory is narrow by itself.
    ///
    /// ```toml
    /// where = { kind = "DaemonSet", name = "node-agent", container = "agent" }
    /// ```
    ///
    /// # References
    /// - <https://csrc.nist.gov/glossary/term/least_privilege>
    id: "broad-exception",
    group: Exceptions,
    level: Warning,
    profile: Baseline,
    excusable: false,
    check: Exceptions(check),
}

fn check(usage: &Usage<'_>, sink: &mut Sink<Place>) {
    for (entry, used) in usage.indexed() {
        if !used.holds(usage.today) {
            continue;
        }
        let message = if !used.is_narrow() {
            "this exception is not limited to certain things".to_owned()
        } else if used.matched > MOST {
            format!(
                "this exception covers {} findings, more than {MOST}",
                used.matched
            )
        } else {
            continue;
        };
        let place = Place {
            entry,
            part: Part::Scope,
        };
        sink.report(place, message).detail(used.allow.to_string()).help(
            "name what it is for in `where`: `name`, `container`, `path`, `image`, `package` or `file`",
        );
    }
}
