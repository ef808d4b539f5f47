//! Starts each request when it is due, and sees each to its end: answered, or lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::{JoinSet, yield_now};
use tokio::time::{sleep, sleep_until, timeout};

use super::cause::{Cause, Phase};
use super::connection::{Answer, Attempt, Connection, Unanswered, request};
use super::ledger::{Began, Ledger};
use super::target::Target;
use super::{Connections, Shared};

/// How long a kept connection that could not be made waits before it tries again, as it has no rate that would slow it.
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

/// Sends until it is stopped or the duration is over, and returns when the last request is decided.
pub(super) async fn all(shared: Arc<Shared>, stopped: watch::Receiver<bool>) {
    let requests = requests(&shared, stopped);
    tokio::select! {
        () = requests => {}
        () = shared.stall.measure() => {}
    }
}

async fn requests(shared: &Arc<Shared>, stopped: watch::Receiver<bool>) {
    match shared.plan.connections {
        Connections::New { per_second } => {
            let pace = Pace::new(shared, Some(per_second), stopped);
            new_connections(shared, &pace).await;
        }
        Connections::Kept {
            connections,
            per_second,
        } => {
            let pace = Arc::new(Pace::new(shared, per_second, stopped));
            let mut lines = JoinSet::new();
            for _ in 0..connections {
                lines.spawn(kept_connection(Arc::clone(shared), Arc::clone(&pace)));
            }
            while let Some(outcome) = lines.join_next().await {
                passed_on(outcome);
            }
        }
    }
}

/// When the next request is due.
struct Pace {
    started: Instant,
    per_second: Option<u32>,
    end: Option<Instant>,
    next: AtomicU64,
    stopped: watch::Receiver<bool>,
}

impl Pace {
    fn new(shared: &Shared, per_second: Option<u32>, stopped: watch::Receiver<bool>) -> Self {
        Self {
            started: shared.started,
            per_second,
            end: shared.plan.duration.map(|duration| shared.started + duration),
            next: AtomicU64::new(0),
            stopped,
        }
    }

    /// Waits for the next time at which a request is due, and gives the time from which it counts: one that comes late,
    /// because everything was busy, counts from when it was due. None when no more shall start.
    async fn next(&self, ledger: &Ledger) -> Option<Instant> {
        let mut stopped = self.stopped.clone();
        let Some(rate) = self.per_second else {
            let now = Instant::now();
            let stop = *stopped.borrow() || stopped.has_changed().is_err();
            let over = stop || self.end.is_some_and(|end| now >= end);
            return (!over).then_some(now);
        };
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let nanoseconds = u128::from(number) * 1_000_000_000 / u128::from(rate);
        let due = self.started + Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX));
        if self.end.is_some_and(|end| due >= end) {
            return None;
        }
        let late = due <= Instant::now();
        tokio::select! {
            biased;
            _stopped_or_dropped = stopped.wait_for(|stopped| *stopped) => return None,
            () = sleep_until(due.into()), if !late => {}
            () = yield_now(), if late => {}
        }
        let now = Instant::now();
        ledger.late(now.saturating_duration_since(due));
        Some(if late { due } else { now })
    }
}

async fn new_connections(shared: &Arc<Shared>, pace: &Pace) {
    let mut on_their_way = JoinSet::new();
    while let Some(due) = pace.next(&shared.ledger).await {
        while let Some(outcome) = on_their_way.try_join_next() {
            passed_on(outcome);
        }
        let shared = Arc::clone(shared);
        on_their_way.spawn(async move {
            let mut attempt = Attempt::default();
            let exchange = exchange_once(&shared.target, &mut attempt);
            let began = shared.begin(due);
            let outcome = shared.stall.within(shared.plan.timeout, exchange).await;
            shared.settle(began, outcome.unwrap_or(Err(Cause::Timeout)), &attempt);
        });
    }
    while let Some(outcome) = on_their_way.join_next().await {
        passed_on(outcome);
    }
}

async fn exchange_once(target: &Target, attempt: &mut Attempt) -> Result<Answer, Cause> {
    let request = request(target, true).map_err(|error| Cause::Other(error.to_string()))?;
    let mut connection = Connection::open(target, attempt).await?;
    let outcome = connection.ask(request, attempt).await;
    outcome.map_err(|(Unanswered::NotWritten(cause) | Unanswered::Lost(cause))| cause)
}

async fn kept_connection(shared: Arc<Shared>, pace: Arc<Pace>) {
    let mut kept = None;
    while let Some(due) = pace.next(&shared.ledger).await {
        let mut attempt = Attempt::default();
        let began = shared.begin(due);
        let exchange = exchange_kept(&shared, &mut kept, &mut attempt);
        let outcome = shared.stall.within(shared.plan.timeout, exchange).await;
        let outcome = outcome.unwrap_or(Err(Cause::Timeout));
        let unconnected = outcome.is_err() && attempt.phase == Phase::Connecting;
        shared.settle(began, outcome, &attempt);
        if unconnected && pace.per_second.is_none() {
            sleep(BETWEEN_TRIES).await;
        }
    }
}

/// Asks on the connection that is there, or on a new one. While it is asked the connection is not in `kept`, so that it
/// is gone when the time is over.
async fn exchange_kept(
    shared: &Shared,
    kept: &mut Option<Connection>,
    attempt: &mut Attempt,
) -> Result<Answer, Cause> {
    loop {
        let request = request(&shared.target, false).map_err(|error| Cause::Other(error.to_string()))?;
        let (mut connection, used) = match kept.take() {
            Some(mut connection) => {
                if !connection.is_open().await {
                    shared.ledger.closed_at_rest();
                    continue;
                }
                (connection, true)
            }
            None => (Connection::open(&shared.target, attempt).await?, false),
        };
        if !used {
            shared.ledger.connected();
        }
        match connection.ask(request, attempt).await {
            Ok(answer) => {
                if !answer.close {
                    *kept = Some(connection);
                }
                return Ok(answer);
            }
            Err(Unanswered::NotWritten(_)) if used => shared.ledger.closed_at_rest(),
            Err(Unanswered::NotWritten(cause) | Unanswered::Lost(cause)) => return Err(cause),
        }
    }
}

impl Shared {
    fn begin(&self, from: Instant) -> Began {
        self.ledger
            .begin(from, from.saturating_duration_since(self.started))
    }

    fn settle(&self, began: Began, outcome: Result<Answer, Cause>, attempt: &Attempt) {
        match outcome {
            Ok(answer) => self.ledger.answered(began, &answer, attempt),
            Err(cause) => self.ledger.lost(began, cause, attempt),
        }
    }
}

/// Asks once, and says what came instead of an answer.
pub(super) async fn probe(target: &Target, limit: Duration) -> Result<(), (Cause, Phase)> {
    let mut attempt = Attempt::default();
    let outcome = timeout(limit, exchange_once(target, &mut attempt)).await;
    match outcome.unwrap_or(Err(Cause::Timeout)) {
        Ok(_) => Ok(()),
        Err(cause) => Err((cause, attempt.phase)),
    }
}

/// A task that panicked decided nothing: the account would not add up.
fn passed_on(outcome: Result<(), tokio::task::JoinError>) {
    if let Err(error) = outcome
        && let Ok(panic) = error.try_into_panic()
    {
        std::panic::resume_unwind(panic);
    }
}
