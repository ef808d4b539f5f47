//! `hidden-content`.

use crate::rules::{Sink, declare_rule};
use crate::yaml::{Place, ProblemKind, Stream};

declare_rule! {
    /// Text stands in a file that kubectl silently drops.
    ///
    /// # Why it matters
    ///
    /// A line `...` ends a document. What follows it without a `---` is not read: kubectl reports success, and an
    /// object that every reviewer has seen does not exist. The other way round, a tool that reads on judges an
    /// object that is never applied.
    ///
    /// # What to do
    ///
    /// Begin the next document with `---`, or delete the text:
    ///
    /// ```yaml
    /// kind: ConfigMap
    /// ---
    /// kind: NetworkPolicy
    /// ```
    ///
    /// # References
    ///
    /// - <https://yaml.org/spec/1.2.2/#923-bare-documents>
    id: "hidden-content",
    group: Api,
    level: Error,
    profile: Baseline,
    excusable: false,
    check: Text(check),
}

fn check(stream: &Stream, sink: &mut Sink<Place>) {
    for problem in stream.problems_of(ProblemKind::Hidden) {
        let hit = sink.report(problem.span, problem.message.clone());
        hit.help("separate the documents with `---`, or delete the text");
        if let Some(related) = problem.related {
            hit.related(related, "reading ends here");
        }
    }
}
