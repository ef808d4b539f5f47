use super::*;
use crate::settings::Settings;

fn pace() -> Pace {
    Pace::new(Settings::from_lookup(|_| None).unwrap().limits)
}

fn left(pace: &Pace) -> Duration {
    pace.now().1 - Instant::now()
}

#[tokio::test]
async fn a_request_passes_through_its_phases() {
    let pace = pace();
    assert_eq!(pace.now().0, Phase::Fresh);
    pace.received();
    assert_eq!(pace.now().0, Phase::Head);
    pace.called();
    assert_eq!(pace.now().0, Phase::Answer);
    // hyper flushes `100 Continue` while the answer is being made.
    pace.flushed();
    assert_eq!(pace.now().0, Phase::Answer);
    pace.answered();
    pace.flushed();
    assert_eq!(pace.now().0, Phase::Idle);
    pace.received();
    assert_eq!(pace.now().0, Phase::Head);
}

#[tokio::test]
async fn progress_moves_no_deadline() {
    let pace = pace();
    pace.received();
    let begun = pace.now();
    pace.received();
    assert_eq!(pace.now(), begun);
    pace.called();
    let begun = pace.now();
    pace.received();
    pace.flushed();
    pace.answered();
    assert_eq!(pace.now(), begun);
}

#[tokio::test]
async fn only_a_connection_at_rest_has_long() {
    let pace = pace();
    assert!(left(&pace) <= pace.limits.header);
    pace.called();
    assert!(left(&pace) <= pace.limits.request + pace.limits.answer);
    pace.answered();
    pace.flushed();
    assert!(left(&pace) > pace.limits.request + pace.limits.answer);
    pace.received();
    assert!(left(&pace) <= pace.limits.header);
}
