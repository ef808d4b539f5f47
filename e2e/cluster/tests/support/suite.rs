//! The checks: made in order, timed, printed as they end.

use std::fmt::{self, Display};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

use cluster::Interrupt;

/// Why a check failed: words of any kind, or any error.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What a check comes to.
pub type Outcome<T = ()> = Result<T, Failure>;

/// A check failed that the rest of its section needs.
#[derive(Debug, PartialEq, Eq)]
pub struct Stop;

/// One check that was made.
#[derive(Debug, Clone)]
pub struct Check {
    /// What was claimed.
    pub name: String,
    /// How long the check took.
    pub took: Duration,
    /// Why it failed, if it did.
    pub reason: Option<String>,
}

/// A section and the checks made in it.
#[derive(Debug, Clone)]
pub struct Chapter {
    /// The section's name.
    pub name: String,
    /// How long it took, waiting included.
    pub took: Duration,
    /// In the order in which they were made.
    pub checks: Vec<Check>,
    /// Part of the surroundings: bringing a cluster up is no proof of anything.
    pub surroundings: bool,
}

/// Takes the checks of a suite and remembers what they came to.
pub struct Suite {
    out: Box<dyn Write + Send>,
    interrupt: Interrupt,
    started: Instant,
    chapter_started: Instant,
    chapters: Vec<Chapter>,
    figures: Vec<(String, String)>,
}

impl Suite {
    /// No check yet; lines go to `out`. Once the interrupt is set no check counts any more.
    pub fn new(out: impl Write + Send + 'static, interrupt: Interrupt) -> Self {
        let now = Instant::now();
        Self {
            out: Box::new(out),
            interrupt,
            started: now,
            chapter_started: now,
            chapters: Vec::new(),
            figures: Vec::new(),
        }
    }

    /// Makes a check and gives what it found, if it holds. The suite goes on either way.
    pub fn check<T>(&mut self, name: impl Into<String>, check: impl FnOnce() -> Outcome<T>) -> Option<T> {
        let started = Instant::now();
        let outcome = guarded(check);
        self.record(name, started.elapsed(), outcome)
    }

    /// Makes a check without which the rest of the section has no meaning.
    pub fn needed<T>(
        &mut self,
        name: impl Into<String>,
        check: impl FnOnce() -> Outcome<T>,
    ) -> Result<T, Stop> {
        self.check(name, check).ok_or(Stop)
    }

    /// Makes checks at the same time, for waiting side by side; their lines come in the order given. Says whether all
    /// of them hold.
    pub fn parallel<'a, Name, Body>(&mut self, checks: impl IntoIterator<Item = (Name, Body)>) -> bool
    where
        Name: Into<String>,
        Body: FnOnce() -> Outcome + Send + 'a,
    {
        thread::scope(|scope| {
            let started = Instant::now();
            let running: Vec<_> = checks
                .into_iter()
                .map(|(name, body)| {
                    let thread = scope.spawn(move || {
                        let outcome = guarded(body);
                        (started.elapsed(), outcome)
                    });
                    (name.into(), thread)
                })
                .collect();
            let mut all = true;
            for (name, thread) in running {
                let (took, outcome) = thread
                    .join()
                    .unwrap_or_else(|_| (started.elapsed(), Err("its thread panicked".into())));
                all &= self.record(name, took, outcome).is_some();
            }
            all
        })
    }

    /// For options of a cluster, and for waits.
    pub fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// Takes what a check that was made elsewhere came to.
    pub fn record<T>(&mut self, name: impl Into<String>, took: Duration, outcome: Outcome<T>) -> Option<T> {
        if self.interrupt.is_set() {
            return None; // what fails now fails because the cluster is being taken away
        }
        if self.chapters.is_empty() {
            self.begin("checks", false);
        }
        let name = name.into();
        let (value, reason) = match outcome {
            Ok(value) => (Some(value), None),
            Err(failure) => (None, Some(words(failure.as_ref()))),
        };
        match &reason {
            None => self.line(format_args!("ok   {:6.1} s  {name}", took.as_secs_f64())),
            Some(reason) => {
                self.line(format_args!("FAIL {:6.1} s  {name}", took.as_secs_f64()));
                for line in reason.lines() {
                    self.line(format_args!("              {line}"));
                }
            }
        }
        if let Some(chapter) = self.chapters.last_mut() {
            chapter.checks.push(Check { name, took, reason });
        }
        value
    }

    /// Notes something measured or seen, for the table at the end and for documentation.
    pub fn figure(&mut self, name: impl Into<String>, value: impl Display) {
        let (name, value) = (name.into(), value.to_string());
        self.line(format_args!("       {name}: {value}"));
        self.figures.push((name, value));
    }

    /// Prints a line that is no check.
    pub fn note(&mut self, text: impl Display) {
        self.line(format_args!("{text}"));
    }

    /// Begins a section. `surroundings`: its checks do not count as proof.
    pub(super) fn begin(&mut self, name: &str, surroundings: bool) {
        self.end();
        self.line(format_args!("\n{name}"));
        self.chapter_started = Instant::now();
        self.chapters.push(Chapter {
            name: name.to_owned(),
            took: Duration::ZERO,
            checks: Vec::new(),
            surroundings,
        });
    }

    /// Ends the section under way.
    pub(super) fn end(&mut self) {
        let took = self.chapter_started.elapsed();
        if let Some(chapter) = self.chapters.last_mut()
            && chapter.took.is_zero()
        {
            chapter.took = took;
        }
    }

    /// The sections so far.
    pub fn chapters(&self) -> &[Chapter] {
        &self.chapters
    }

    /// The figures so far.
    pub fn figures(&self) -> &[(String, String)] {
        &self.figures
    }

    /// Since the suite began.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Did anything fail, or was nothing proven?
    pub fn failed(&self) -> bool {
        let proven = self
            .chapters
            .iter()
            .any(|chapter| !chapter.surroundings && !chapter.checks.is_empty());
        !proven || self.failures().next().is_some()
    }

    /// The checks that failed, each with its section.
    pub fn failures(&self) -> impl Iterator<Item = (&Chapter, &Check)> {
        self.chapters.iter().flat_map(|chapter| {
            let failed = chapter.checks.iter().filter(|check| check.reason.is_some());
            failed.map(move |check| (chapter, check))
        })
    }

    /// A reader that has gone away (a closed pipe) is no reason to leave a cluster behind.
    fn line(&mut self, line: fmt::Arguments<'_>) {
        let _ = writeln!(self.out, "{line}");
        let _ = self.out.flush();
    }
}

/// A check that panics has failed; the cluster must still come down.
fn guarded<T>(check: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|panic| {
        let words = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("without words");
        Err(format!("it panicked: {words}").into())
    })
}

/// An error and what caused it, a line each.
pub(super) fn words(failure: &(dyn std::error::Error + 'static)) -> String {
    let mut words = failure.to_string();
    let mut cause = failure.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !words.contains(&text) {
            words = format!("{words}\n{text}");
        }
        cause = error.source();
    }
    words
}
