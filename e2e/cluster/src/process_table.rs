//! What the system knows of a process: from `/proc`, and where there is none, from `ps`.

#![expect(clippy::disallowed_methods, reason = "reads /proc")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::Interrupt;
use crate::process::Run;

/// A process that runs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Vital {
    /// When it was started, in whatever words the system has for it: equal or not is all that can be asked.
    pub(crate) start: String,
    /// Resident memory in bytes.
    pub(crate) memory: u64,
    /// Time on processors.
    pub(crate) cpu: Duration,
}

/// Looks at a process; one that has ended but is still listed (a zombie) is nothing.
pub(crate) fn look(pid: u32) -> Option<Vital> {
    if Path::new("/proc/self/stat").exists() {
        return from_proc(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?);
    }
    let columns = ["-o", "stat=,rss=,time=,lstart=", "-p"];
    let run = Run::of("ps", &Interrupt::default()).variable("LC_ALL", "C");
    from_ps(
        &run.arguments(columns)
            .arguments([pid.to_string()])
            .output()
            .ok()?
            .text(),
    )
}

/// The time of start from a line of `/proc/PID/stat`, or what `ps` says of it.
pub(crate) fn start_of(text: &str) -> Option<String> {
    let text = text.trim();
    if text.contains(')') {
        return Some(Stat::of(text)?.field(22)?.to_owned());
    }
    Some(text.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|words| !words.is_empty())
}

/// A line of `/proc/PID/stat`: see `proc_pid_stat(5)`.
struct Stat<'a>(Vec<&'a str>);

impl<'a> Stat<'a> {
    fn of(line: &'a str) -> Option<Self> {
        // The second field is the program's name in parentheses, and that may hold blanks and parentheses.
        let (_, rest) = line.rsplit_once(')')?;
        Some(Self(rest.split_whitespace().collect()))
    }

    /// A field by its number in the manual page, from the third on.
    fn field(&self, number: usize) -> Option<&'a str> {
        self.0.get(number.checked_sub(3)?).copied()
    }

    fn number(&self, number: usize) -> Option<u64> {
        self.field(number)?.parse().ok()
    }
}

fn from_proc(line: &str) -> Option<Vital> {
    let stat = Stat::of(line)?;
    if matches!(stat.field(3)?, "Z" | "X") {
        return None;
    }
    let ticks = stat.number(14)? + stat.number(15)?;
    let page = u64::try_from(rustix::param::page_size()).ok()?;
    let milliseconds = ticks.saturating_mul(1000) / rustix::param::clock_ticks_per_second().max(1);
    Some(Vital {
        start: stat.field(22)?.to_owned(),
        memory: stat.number(24)?.saturating_mul(page),
        cpu: Duration::from_millis(milliseconds),
    })
}

/// `STAT RSS TIME LSTART…`: kibibytes, `[HH:]MM:SS[.ss]`, and a date of five words.
fn from_ps(line: &str) -> Option<Vital> {
    let mut words = line.split_whitespace();
    if words.next()?.starts_with('Z') {
        return None;
    }
    let kibibytes: u64 = words.next()?.parse().ok()?;
    let cpu = words
        .next()?
        .split(':')
        .try_fold(0.0, |sum, part| Some(sum * 60.0 + part.parse::<f64>().ok()?))?;
    Some(Vital {
        memory: kibibytes.saturating_mul(1024),
        cpu: Duration::try_from_secs_f64(cpu).ok()?,
        start: start_of(&words.collect::<Vec<_>>().join(" "))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "812 (a b) c) S 1 812 812 0 -1 4194560 1 2 3 4 250 50 0 0 20 0 9 0 7654321 99 1000 18446744073709551615";

    #[test]
    fn a_name_with_blanks_and_parentheses_shifts_nothing() {
        let vital = from_proc(LINE).unwrap();
        assert_eq!(vital.start, "7654321");
        let page = u64::try_from(rustix::param::page_size()).unwrap();
        assert_eq!(vital.memory, 1000 * page);
        let ticks = rustix::param::clock_ticks_per_second();
        assert_eq!(vital.cpu, Duration::from_millis(300 * 1000 / ticks));
        assert_eq!(start_of(LINE).unwrap(), "7654321");
    }

    #[test]
    fn a_zombie_does_not_run() {
        assert_eq!(from_proc(&LINE.replace(") S", ") Z")), None);
        assert_eq!(from_ps("Z+ 0 0:00.00 Mon Nov 25 02:31:00 2024"), None);
    }

    #[test]
    fn words_of_ps_are_understood() {
        let vital = from_ps("Ss   2048   1:02.50 Mon Nov  5 02:31:00 2024\n").unwrap();
        assert_eq!(vital.memory, 2048 * 1024);
        assert_eq!(vital.cpu, Duration::from_millis(62_500));
        assert_eq!(Some(vital.start), start_of("Mon Nov  5 02:31:00 2024"));
    }

    #[test]
    fn this_process_runs_and_number_zero_does_not() {
        let vital = look(std::process::id()).unwrap();
        assert!(vital.memory > 0);
        assert_eq!(look(0), None);
    }
}
