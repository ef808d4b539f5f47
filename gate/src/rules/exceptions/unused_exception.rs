//! `unused-exception`

use crate::exceptions::{Part, Place, Target, Usage};
use crate::finding::Level;
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// An exception matches nothing, although its rule ran.
    ///
    /// # Why it matters
    /// The defect that it excused is gone, or its scope is mistyped and the defect was never covered. Left in the file,
    /// it will one day cover a new defect that nobody looked at.
    ///
    /// Judged only by a run that judges everything that `gate.toml` declares: a run over one path cannot know what
    /// the others need. An entry whose rule does not run at all is a note.
    ///
    /// # What to do
    /// Delete the entry, or correct its scope:
    ///
    /// ```toml
    /// where = { kind = "DaemonSet", name = "node-agent", container = "agent" }
    /// ```
    ///
    /// # References
    /// - <https://embarkstudios.github.io/cargo-deny/checks/cfg.html>
    id: "unused-exception",
    group: Exceptions,
    level: Error,
    profile: Baseline,
    excusable: false,
    check: Exceptions(check),
}

fn check(usage: &Usage<'_>, sink: &mut Sink<Place>) {
    for (entry, used) in usage.indexed() {
        if used.matched > 0 || !used.holds(usage.today) {
            continue;
        }
        let place = Place {
            entry,
            part: Part::Rule,
        };
        let rule = &used.allow.rule.value;
        let detail = used.allow.to_string();
        match used.target {
            Target::Rule { enabled: false, .. } => {
                sink.report(
                    place,
                    format!("`{rule}` does not run, so this exception does nothing"),
                )
                .level(Level::Note)
                .detail(detail)
                .help("delete the entry, or turn the rule on");
            }
            Target::Rule { ran: true, .. } | Target::Advisory { ran: true } if usage.complete => {
                sink.report(place, "this exception matches nothing")
                    .detail(detail)
                    .help("delete the entry, or correct its scope");
            }
            _ => {}
        }
    }
}
