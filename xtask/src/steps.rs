//! Says on standard error what a long step does and how long it usually takes.

use std::time::{Duration, Instant};

/// From this duration on, a step says at its end how long it took.
const WORTH_TELLING: Duration = Duration::from_secs(5);

/// A step that has begun.
#[derive(Debug)]
pub(crate) struct Step {
    begun: Instant,
}

impl Step {
    /// Says what is done, and how long that usually takes on two cores.
    pub(crate) fn begin(what: &str, usual: &str) -> Self {
        eprintln!("xtask: {what} (usually {usual})");
        Self {
            begun: Instant::now(),
        }
    }

    /// Says how long it took, if that was long.
    pub(crate) fn end(self) {
        let took = self.begun.elapsed();
        if took >= WORTH_TELLING {
            eprintln!("xtask: … done in {}", words(took));
        }
    }
}

fn words(duration: Duration) -> String {
    match (duration.as_secs() / 60, duration.as_secs() % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_minutes_and_seconds() {
        assert_eq!(words(Duration::from_secs(59)), "59 s");
        assert_eq!(words(Duration::from_secs(125)), "2 min 5 s");
    }
}
