//! Sections, what each needs, which of them run, and the whole run.

use std::env;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use cluster::Interrupt;

use super::interruption;
use super::report;
use super::suite::{Stop, Suite};

/// What a shell reports of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// A part of a suite that can be asked for by name.
pub struct Section<World> {
    /// For `GATE_E2E_ONLY` and the table.
    pub name: &'static str,
    /// Sections of which this one uses what they leave on the cluster. They stand before it in the plan.
    pub needs: &'static [&'static str],
    /// Makes the checks. `Err` when one failed that the rest of the section needs.
    pub run: fn(&mut Suite, &mut World) -> Result<(), Stop>,
}

/// A whole suite.
pub struct Plan<World> {
    /// In one word, for the results.
    pub name: &'static str,
    /// In the order in which they run.
    pub sections: Vec<Section<World>>,
    /// Brings up what the checks work on, with the suite's interrupt. If it fails it has left nothing behind.
    pub prepare: fn(&mut Suite) -> Result<World, Stop>,
    /// Takes it down again, also after an interruption; what fails in it fails the suite.
    pub finish: fn(&mut Suite, World),
}

/// What the environment asks of a suite.
#[derive(Debug, Default)]
pub struct Settings {
    /// Run at all (`GATE_E2E=1`)?
    pub wanted: bool,
    /// Sections by name (`GATE_E2E_ONLY`); empty: all.
    pub only: Vec<String>,
    /// Where to write the results as JSON (`GATE_E2E_RESULTS`).
    pub results: Option<PathBuf>,
}

impl Settings {
    /// From the environment.
    pub fn from_environment() -> Self {
        let only = env::var("GATE_E2E_ONLY").unwrap_or_default();
        Self {
            wanted: env::var_os("GATE_E2E").is_some_and(|value| value == "1"),
            only: names(&only),
            results: env::var_os("GATE_E2E_RESULTS").map(PathBuf::from),
        }
    }
}

fn names(list: &str) -> Vec<String> {
    let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

impl<World> Plan<World> {
    /// Runs the suite as a test program does, with lines on standard output.
    pub fn main(&self) -> ExitCode {
        let settings = Settings::from_environment();
        let interrupt = Interrupt::default();
        let mut suite = Suite::new(io::stdout(), interrupt.clone());
        if !settings.wanted {
            suite.note(format_args!(
                "skipped: set GATE_E2E=1 to run the {} suite on a cluster of its own",
                self.name
            ));
            return ExitCode::SUCCESS;
        }
        if let Err(error) = interruption::watch(&interrupt) {
            suite.note(format_args!("cannot listen for signals: {error}"));
            return ExitCode::FAILURE;
        }
        let green = self.run(&mut suite, &settings);
        if interrupt.is_set() {
            return ExitCode::from(INTERRUPTED);
        }
        if green {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    /// Runs the sections asked for, prints the table, writes the results. Says whether all is well.
    ///
    /// After an interruption nothing is proven: there is no table, and it is not well.
    pub fn run(&self, suite: &mut Suite, settings: &Settings) -> bool {
        let selected = match self.select(&settings.only) {
            Ok(selected) => selected,
            Err(words) => {
                suite.note(words);
                return false;
            }
        };
        self.run_selected(suite, &selected);
        suite.end();
        if suite.interrupt().is_set() {
            suite.note("\ninterrupted: nothing is proven");
            return false;
        }
        let left_out: Vec<_> = self
            .sections
            .iter()
            .map(|section| section.name)
            .filter(|name| !selected.contains(name))
            .collect();
        suite.note(report::table(suite));
        if !left_out.is_empty() {
            suite.note(format_args!("not asked for: {}", left_out.join(", ")));
        }
        let written = settings.results.as_deref().is_none_or(|path| {
            let written = report::write(path, self.name, suite, &left_out);
            if let Err(error) = &written {
                suite.note(format_args!("cannot write `{}`: {error}", path.display()));
            }
            written.is_ok()
        });
        written && !suite.failed()
    }

    fn run_selected(&self, suite: &mut Suite, selected: &[&'static str]) {
        suite.begin("cluster", true);
        let Ok(mut world) = (self.prepare)(suite) else {
            return;
        };
        let mut broken: Vec<&str> = Vec::new();
        for section in &self.sections {
            if suite.interrupt().is_set() {
                break;
            }
            if !selected.contains(&section.name) {
                continue;
            }
            suite.begin(section.name, false);
            if let Some(need) = section.needs.iter().find(|need| broken.contains(need)) {
                broken.push(section.name);
                not_run(suite, format!("it needs `{need}`, which failed"));
            } else if Self::run_section(section, suite, &mut world).is_err() {
                broken.push(section.name);
            }
        }
        suite.begin("end", true);
        (self.finish)(suite, world);
    }

    /// A section whose own lines panic, or that checks nothing, has failed.
    fn run_section(section: &Section<World>, suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
        let ran = catch_unwind(AssertUnwindSafe(|| (section.run)(suite, world)));
        let outcome = ran.unwrap_or_else(|_| {
            not_run(suite, "the section panicked".to_owned());
            Err(Stop)
        });
        if suite
            .chapters()
            .last()
            .is_none_or(|chapter| chapter.checks.is_empty())
        {
            not_run(suite, "the section makes no check".to_owned());
            return Err(Stop);
        }
        outcome
    }

    /// The sections named and all that they need, in the plan's order.
    fn select(&self, only: &[String]) -> Result<Vec<&'static str>, String> {
        let all = || self.sections.iter().map(|section| section.name);
        if only.is_empty() {
            return Ok(all().collect());
        }
        let mut wanted: Vec<&str> = Vec::new();
        for name in only {
            if !all().any(|known| known == name) {
                let known = all().collect::<Vec<_>>().join(", ");
                return Err(format!(
                    "GATE_E2E_ONLY: there is no section `{name}`; there are {known}"
                ));
            }
            wanted.push(name);
        }
        // Needs stand before the sections that have them, so one pass from the end finds them all.
        for section in self.sections.iter().rev() {
            if wanted.contains(&section.name) {
                wanted.extend(section.needs);
            }
        }
        Ok(all().filter(|name| wanted.contains(name)).collect())
    }
}

fn not_run(suite: &mut Suite, reason: String) {
    suite.record("the section runs", Duration::ZERO, Err::<(), _>(reason.into()));
}
