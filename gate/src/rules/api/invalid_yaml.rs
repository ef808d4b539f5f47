//! `invalid-yaml`.

use crate::rules::{Sink, declare_rule};
use crate::yaml::{Place, ProblemKind, Stream};

declare_rule! {
    /// A document is one that kubectl cannot read.
    ///
    /// # Why it matters
    ///
    /// What cannot be read cannot be judged, and kubectl applies none of it. Tools differ in what they accept: tabs
    /// as indentation, directives, text right after `---`, an alias to another document, too many aliases, `.inf`,
    /// keys that are lists. `gate` reads as kubectl does, so that nothing is applied that it has not seen.
    ///
    /// The other documents of the file are still judged, and the run ends with exit code 2.
    ///
    /// # What to do
    ///
    /// Mend the place that is shown. kubectl says the same without a cluster:
    ///
    /// ```shell
    /// kubectl label --local --filename FILE --output json checked=yes
    /// ```
    ///
    /// # References
    ///
    /// - <https://yaml.org/spec/1.1/>
    /// - <https://kubernetes.io/docs/reference/kubectl/>
    id: "invalid-yaml",
    group: Api,
    level: Error,
    profile: Baseline,
    excusable: false,
    check: Text(check),
}

fn check(stream: &Stream, sink: &mut Sink<Place>) {
    for problem in stream.problems_of(ProblemKind::Invalid) {
        let hit = sink.report(problem.span, problem.message.clone());
        if let Some(related) = problem.related {
            hit.related(related, "it clashes with this");
        }
    }
}
