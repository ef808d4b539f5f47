//! `duplicate-key`.

use crate::rules::{Sink, declare_rule};
use crate::yaml::{Place, ProblemKind, Stream};

declare_rule! {
    /// A key of a mapping is set twice, and one value silently wins.
    ///
    /// # Why it matters
    ///
    /// kubectl keeps the last of two equal keys and says nothing, and the API server never sees the first. A
    /// reviewer who reads `privileged: false` at the top may approve the `privileged: true` further down. The same
    /// holds for keys that become equal (`1` and `'1'`), and for a merge key `<<` that stands after a key which it
    /// also sets: to kubectl, the merge wins.
    ///
    /// # What to do
    ///
    /// Keep one of the two. Put a merge key first, where its values can be overridden:
    ///
    /// ```yaml
    /// securityContext:
    ///   <<: *hardened
    ///   runAsUser: 65532
    /// ```
    ///
    /// # References
    ///
    /// - <https://yaml.org/spec/1.2.2/#3213-node-comparison>
    /// - <https://yaml.org/type/merge.html>
    id: "duplicate-key",
    group: Api,
    level: Error,
    profile: Baseline,
    excusable: false,
    check: Text(check),
}

fn check(stream: &Stream, sink: &mut Sink<Place>) {
    for problem in stream.problems_of(ProblemKind::DuplicateKey) {
        let hit = sink.report(problem.span, problem.message.clone());
        hit.help("keep one of the two");
        if let Some(related) = problem.related {
            hit.related(related, "set before here");
        }
    }
}
