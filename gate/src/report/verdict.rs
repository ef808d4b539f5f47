//! From what happened to one verdict.

use crate::finding::{Finding, Level};
use crate::stages::StageOutcome;

/// How a stage ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It covered something and found nothing that fails the run.
    Passed,
    /// It found something that fails the run.
    Failed,
    /// It could not do all of its work.
    Error,
    /// It was declared and covered nothing.
    Empty,
    /// It was left out on purpose.
    Skipped,
}

impl Status {
    /// The status of a stage that ran.
    pub(super) fn of(outcome: &StageOutcome, fail_on: Level) -> Self {
        if !outcome.errors.is_empty() {
            Self::Error
        } else if outcome.covered.values().all(|count| *count == 0) {
            Self::Empty
        } else if outcome.findings.iter().any(|finding| fails(finding, fail_on)) {
            Self::Failed
        } else {
            Self::Passed
        }
    }

    /// Its name in the table of stages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Error => "error",
            Self::Empty => "empty",
            Self::Skipped => "skipped",
        }
    }
}

/// Does a finding fail the run?
pub(super) fn fails(finding: &Finding, fail_on: Level) -> bool {
    finding.allowed.is_none() && finding.level >= fail_on
}

/// The one verdict of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Everything was judged and nothing fails.
    Pass,
    /// Something was found at or above the fail level.
    Fail,
    /// Something could not be judged; there may be findings as well.
    Error,
    /// There was nothing to judge, in one of the stages or at all.
    Empty,
}

impl Verdict {
    /// The verdict of a run: what could not be done comes before what was not there, and that before what was found.
    pub(super) fn of(has_errors: bool, stages: &[Status], has_failures: bool) -> Self {
        let worked = |status: &Status| matches!(status, Status::Passed | Status::Failed);
        if has_errors || stages.contains(&Status::Error) {
            Self::Error
        } else if stages.contains(&Status::Empty) || !stages.iter().any(worked) {
            Self::Empty
        } else if has_failures || stages.contains(&Status::Failed) {
            Self::Fail
        } else {
            Self::Pass
        }
    }

    /// The exit code: 0 pass, 1 fail, 2 error, 3 nothing to check.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Fail => 1,
            Self::Error => 2,
            Self::Empty => 3,
        }
    }

    /// Its name, as in JSON and at the beginning of the last line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Empty => "empty",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Status::{Empty, Error, Failed, Passed, Skipped};
    use super::{Status, Verdict};

    /// The rule of the exit codes, said the other way round: the code of the first condition that holds.
    fn expected(has_errors: bool, stages: &[Status], has_failures: bool) -> u8 {
        let any = |status| stages.contains(&status);
        let conditions = [
            (2, has_errors || any(Error)),
            (3, any(Empty)),
            (3, stages.iter().all(|stage| *stage == Skipped)),
            (1, has_failures || any(Failed)),
        ];
        let holds = conditions.iter().find(|(_, holds)| *holds);
        holds.map_or(0, |(code, _)| *code)
    }

    #[test]
    fn every_combination_has_its_exit_code() {
        let all = [Passed, Failed, Error, Empty, Skipped];
        let mut combinations: Vec<Vec<Status>> = vec![vec![]];
        for _ in 0..3 {
            let longer = |stages: &Vec<Status>| all.map(|status| [stages.as_slice(), &[status]].concat());
            let added: Vec<Vec<Status>> = combinations.iter().flat_map(longer).collect();
            combinations.extend(added);
        }
        for stages in combinations {
            for (has_errors, has_failures) in [(false, false), (false, true), (true, false), (true, true)] {
                let verdict = Verdict::of(has_errors, &stages, has_failures);
                let code = expected(has_errors, &stages, has_failures);
                assert_eq!(
                    verdict.exit_code(),
                    code,
                    "{has_errors} {stages:?} {has_failures}"
                );
            }
        }
    }

    #[test]
    fn the_table_of_the_design_holds() {
        let code = |stages: &[Status]| Verdict::of(false, stages, false).exit_code();
        assert_eq!(code(&[Passed, Passed]), 0);
        assert_eq!(code(&[Passed, Skipped]), 0);
        assert_eq!(code(&[Passed, Failed]), 1);
        assert_eq!(code(&[Failed, Error, Empty]), 2);
        assert_eq!(code(&[Failed, Empty]), 3);
        assert_eq!(code(&[Skipped]), 3);
        assert_eq!(code(&[]), 3);
        assert_eq!(
            Verdict::of(false, &[Passed], true).exit_code(),
            1,
            "a finding about an exception"
        );
        assert_eq!(
            Verdict::of(true, &[], false).exit_code(),
            2,
            "an unreadable gate.toml"
        );
    }
}
