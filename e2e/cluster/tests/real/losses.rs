//! Which requests a lost zone costs: when they began, and where they were on their way to.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use cluster::traffic::conntrack::Seen;
use cluster::traffic::{Account, Lost};

use crate::outage::RATE;
use crate::support::{Outcome, Suite};

/// Between an endpoint's end and the last packet filter that hears of it.
const HEARD: Duration = Duration::from_secs(3);
/// How often the tracker is read. What ended sooner may have left its port to another connection before that, whose way
/// would then be taken for its own.
const READ: Duration = Duration::from_secs(1);
/// Of a hundred lost requests so many may have ended at once while the zone died.
const AT_ONCE: usize = 3;

/// When what was seen, after the start of the traffic.
pub(crate) struct Moments {
    /// The zone was still whole.
    pub(crate) lost: Duration,
    /// It was taken away.
    pub(crate) done: Duration,
    /// None of its nodes was Ready.
    pub(crate) noticed: Duration,
    /// None of its pods was a ready endpoint.
    pub(crate) left: Duration,
    /// Nine pods were Ready in the other zones.
    pub(crate) nine: Duration,
}

/// Lost requests by where they were on their way to.
struct Destinations<'a> {
    /// Pods of the lost zone.
    zone: Vec<&'a Lost>,
    /// Other pods.
    elsewhere: Vec<&'a Lost>,
    /// Refused, reset or unreachable at once, while the zone was being taken away: its processes and links end one after
    /// the other. No reading of the tracker can be trusted to show where these went.
    at_once: Vec<&'a Lost>,
    /// Nothing is known of these.
    unknown: Vec<&'a Lost>,
}

impl<'a> Destinations<'a> {
    fn of(lost: &'a [Lost], seen: &Seen, moments: &Moments, victims: &BTreeSet<IpAddr>) -> Self {
        let mut found = Self {
            zone: Vec::new(),
            elsewhere: Vec::new(),
            at_once: Vec::new(),
            unknown: Vec::new(),
        };
        let dying = moments.lost.saturating_sub(READ)..moments.done + READ;
        for one in lost {
            let kind = match seen.destination(one) {
                _ if one.took < READ && dying.contains(&one.at) => &mut found.at_once,
                Some(pod) if victims.contains(&pod.ip()) => &mut found.zone,
                Some(_) => &mut found.elsewhere,
                None => &mut found.unknown,
            };
            kind.push(one);
        }
        found
    }

    /// Every one was on its way to the zone, as far as that can be known.
    fn judge(&self, seen: &Seen, all: usize) -> Outcome {
        if let [first, ..] = self.elsewhere.as_slice() {
            let (count, pod) = (self.elsewhere.len(), seen.destination(first));
            return Err(format!("{count} of {all} were not; the first, to {pod:?}: {first:?}").into());
        }
        if let [first, ..] = self.unknown.as_slice() {
            let (count, failures) = (self.unknown.len(), &seen.failures);
            let words = format!("where {count} of {all} were going is not known; the first: {first:?}");
            return Err(format!("{words}\nthe tracker was not read: {failures:?}").into());
        }
        if let Some(first) = self
            .at_once
            .first()
            .filter(|_| self.at_once.len() * 100 > all * AT_ONCE)
        {
            let count = self.at_once.len();
            return Err(format!("{count} of {all} ended at once; the first: {first:?}").into());
        }
        Ok(())
    }
}

/// Checks what was lost.
pub(crate) fn judge(
    suite: &mut Suite,
    account: &Account,
    seen: &Seen,
    moments: &Moments,
    victims: &BTreeSet<IpAddr>,
) {
    let lost = &account.lost;
    suite.check(
        "requests are lost, as a zone that is gone must cost some, but no more than half",
        || {
            let outage = moments.left.saturating_sub(moments.lost);
            let meanwhile = u128::from(RATE) * outage.as_millis() / 1000;
            if (meanwhile / 20..meanwhile / 2).contains(&(lost.len() as u128)) {
                return Ok(());
            }
            let lost = lost.len();
            Err(format!("{lost} of about {meanwhile} requests until its endpoints left").into())
        },
    );
    suite.check("none before, and none after its endpoints have left", || {
        let times = moments.lost.saturating_sub(Duration::from_secs(1))..moments.left + HEARD;
        match lost.iter().find(|lost| !times.contains(&lost.at)) {
            None => Ok(()),
            Some(lost) => Err(format!("{lost:?}, outside of {times:?}").into()),
        }
    });
    let destinations = Destinations::of(lost, seen, moments, victims);
    suite.check("every lost request was on its way to a pod of the zone", || {
        destinations.judge(seen, lost.len())
    });
    suite.figure(
        "lost requests by destination",
        format_args!(
            "{} to pods of the zone, {} to others, {} ended at once while it died, {} not known",
            destinations.zone.len(),
            destinations.elsewhere.len(),
            destinations.at_once.len(),
            destinations.unknown.len()
        ),
    );
}
