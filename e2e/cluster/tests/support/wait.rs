//! Waiting for a condition, never for a time.

use std::thread::sleep;
use std::time::{Duration, Instant};

use cluster::Interrupt;

use super::suite::{Outcome, words};

/// Between two looks: a look at the cluster starts a process, and they share the machine with the cluster itself.
const PAUSE: Duration = Duration::from_millis(250);

/// Looks until a look gives no error, at most for `seconds`; then fails with the last one's words.
pub fn wait_until<T>(
    interrupt: &Interrupt,
    seconds: u64,
    mut look: impl FnMut() -> Outcome<T>,
) -> Outcome<T> {
    let end = Instant::now() + Duration::from_secs(seconds);
    loop {
        match look() {
            Ok(value) => return Ok(value),
            Err(_) if interrupt.is_set() => return Err("interrupted".into()),
            Err(failure) if Instant::now() >= end => {
                return Err(format!("not within {seconds} s: {}", words(failure.as_ref())).into());
            }
            Err(_) => sleep(PAUSE),
        }
    }
}
