//! How long this process did not get to run. On a machine with few processors, which builds and runs a cluster besides,
//! that can be seconds; answers that came meanwhile must not count as lost.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::yield_now;
use tokio::time::{sleep, sleep_until};

/// How often it is looked whether this process runs.
const BEAT: Duration = Duration::from_millis(20);

/// So often everything that has come is passed on, after the time of a request is over, before it counts as lost: from
/// the socket to the connection, and from there to the request, twice.
const LAST_LOOKS: usize = 8;

/// The time, in all, in which this process should have run and did not.
#[derive(Debug, Default)]
pub(super) struct Stall(AtomicU64);

impl Stall {
    pub(super) fn total(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::Relaxed))
    }

    pub(super) fn add(&self, stall: Duration) {
        let micros = u64::try_from(stall.as_micros()).unwrap_or(u64::MAX);
        self.0.fetch_add(micros, Ordering::Relaxed);
    }

    /// Measures, for as long as it is polled.
    pub(super) async fn measure(&self) {
        loop {
            let due = Instant::now() + BEAT;
            sleep(BEAT).await;
            let late = Instant::now().saturating_duration_since(due);
            // Timers are as coarse as this.
            if late > BEAT {
                self.add(late);
            }
        }
    }

    /// What comes of a future within a time that stands still while this process does.
    pub(super) async fn within<T>(&self, limit: Duration, future: impl Future<Output = T>) -> Option<T> {
        let mut future = pin!(future);
        let (begun, before) = (Instant::now(), self.total());
        loop {
            let stalled = self.total();
            let end = begun + limit + stalled.saturating_sub(before);
            tokio::select! {
                biased;
                outcome = &mut future => return Some(outcome),
                () = sleep_until(end.into()) => {}
            }
            for _ in 0..LAST_LOOKS {
                tokio::select! {
                    biased;
                    outcome = &mut future => return Some(outcome),
                    () = yield_now() => {}
                }
            }
            if self.total() == stalled {
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(future)
    }

    #[test]
    fn time_ends_where_nothing_comes() {
        let outcome = block_on(Stall::default().within(Duration::from_millis(1), pending::<()>()));
        assert_eq!(outcome, None);
    }

    #[test]
    fn a_process_that_stands_still_is_noticed() {
        let stall = Stall::default();
        block_on(async {
            tokio::select! {
                () = stall.measure() => {}
                () = async {
                    yield_now().await;
                    std::thread::sleep(10 * BEAT);
                    sleep(2 * BEAT).await;
                } => {}
            }
        });
        assert!(stall.total() > BEAT, "{stall:?}");
    }

    #[test]
    fn what_came_while_this_process_stood_still_came_in_time() {
        let stall = Stall::default();
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let outcome = block_on(async {
            // The limit is over before anything is passed on.
            tokio::spawn(async move {
                std::thread::sleep(Duration::from_millis(20));
                yield_now().await;
                yield_now().await;
                sender.send(1).unwrap();
            });
            stall.within(Duration::from_millis(10), receiver).await
        });
        assert_eq!(outcome, Some(Ok(1)));
    }

    #[test]
    fn a_stall_is_added_to_the_time() {
        let stall = Stall::default();
        let outcome = block_on(async {
            let answer = async {
                stall.add(Duration::from_mins(1));
                sleep(Duration::from_millis(50)).await;
            };
            stall.within(Duration::from_millis(1), answer).await
        });
        assert_eq!(outcome, Some(()));
    }
}
