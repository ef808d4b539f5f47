//! What was measured, step by step, in the form of the table in `docs/zones.md`.

use std::fmt;
use std::time::Duration;

use cluster::traffic::Account;

use crate::support::Suite;

/// One step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Step {
    /// What happened.
    pub(crate) name: String,
    /// How long it took.
    pub(crate) took: Option<Duration>,
    /// Requests on connections of their own, and on kept ones: sent and lost.
    pub(crate) requests: Option<(u64, usize)>,
    /// Ready pods by zone at its end.
    pub(crate) pods: String,
}

/// The steps of a run.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    steps: Vec<Step>,
}

impl Step {
    /// A step of which nothing is known yet.
    pub(crate) fn of(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// It took so long.
    pub(crate) fn took(self, took: Duration) -> Self {
        Self {
            took: Some(took),
            ..self
        }
    }

    /// Requests were sent meanwhile.
    pub(crate) fn requests(self, account: &Account) -> Self {
        Self {
            requests: Some((account.sent, account.lost.len())),
            ..self
        }
    }

    /// At its end pods were spread so.
    pub(crate) fn pods(self, pods: impl Into<String>) -> Self {
        Self {
            pods: pods.into(),
            ..self
        }
    }

    fn cells(&self) -> [String; 4] {
        let (sent, lost) = self.requests.unzip();
        [
            self.took
                .map(|took| format!("{:.1}", took.as_secs_f64()))
                .unwrap_or_default(),
            sent.map(grouped).unwrap_or_default(),
            lost.map(|lost| lost.to_string()).unwrap_or_default(),
            self.pods.clone(),
        ]
    }
}

impl Journal {
    /// Was nothing measured?
    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Notes a step, also among the figures of the suite.
    pub(crate) fn note(&mut self, suite: &mut Suite, step: Step) {
        let [seconds, sent, lost, pods] = step.cells();
        let words = [(seconds, " s"), (sent, " sent"), (lost, " lost"), (pods, "")];
        let words: Vec<String> = words
            .into_iter()
            .filter(|(value, _)| !value.is_empty())
            .map(|(value, unit)| format!("{value}{unit}"))
            .collect();
        suite.figure(step.name.as_str(), words.join("; "));
        self.steps.push(step);
    }
}

impl fmt::Display for Journal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "| step | seconds | requests sent | lost | ready pods by zone |"
        )?;
        writeln!(formatter, "|---|--:|--:|--:|---|")?;
        for step in &self.steps {
            writeln!(formatter, "| {} | {} |", step.name, step.cells().join(" | "))?;
        }
        Ok(())
    }
}

/// A number with a comma for each thousand.
fn grouped(number: u64) -> String {
    if number < 1000 {
        return number.to_string();
    }
    format!("{},{:03}", grouped(number / 1000), number % 1000)
}
