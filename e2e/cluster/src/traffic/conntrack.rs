//! Where a lost request was on its way to: the connection tracker of the network that hands a Service's connections out
//! to pods knows it, also of a connection that nobody answered.
//!
//! A connection to a dead pod stands in `/proc/net/nf_conntrack` as `SYN_SENT`, for as long as
//! `nf_conntrack_tcp_timeout_syn_sent` says, with the pod as the source of the reply that is expected (the second of the
//! two tuples; `nf_conntrack_standalone.c` of the kernel writes the lines).

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Lost, Running};

/// How often the tracker is read.
const PERIOD: Duration = Duration::from_secs(1);

/// A TCP connection that the tracker knows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tracked {
    /// `SYN_SENT`, `ESTABLISHED`, …
    pub state: String,
    /// Who connects.
    pub client: SocketAddr,
    /// The address that it asks for.
    pub asked: SocketAddr,
    /// Who is to answer: the pod, where the address is that of a Service.
    pub destination: SocketAddr,
}

/// Every TCP connection in the text of `/proc/net/nf_conntrack`.
pub fn tracked(text: &str) -> Vec<Tracked> {
    text.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<Tracked> {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    if words.get(2) != Some(&"tcp") {
        return None;
    }
    let state = (*words.get(5)?).to_owned();
    let values = |name: &str| {
        let found = words
            .iter()
            .filter_map(|word| word.split_once('='))
            .filter(|(key, _)| *key == name);
        found.map(|(_, value)| value).collect::<Vec<&str>>()
    };
    let [sources, targets] = [values("src"), values("dst")];
    let [source_ports, target_ports] = [values("sport"), values("dport")];
    let address = |addresses: &[&str], ports: &[&str], tuple: usize| {
        let address: IpAddr = addresses.get(tuple)?.parse().ok()?;
        Some(SocketAddr::new(address, ports.get(tuple)?.parse().ok()?))
    };
    Some(Tracked {
        state,
        client: address(&sources, &source_ports, 0)?,
        asked: address(&targets, &target_ports, 0)?,
        destination: address(&sources, &source_ports, 1)?,
    })
}

/// By the port of the client, who is to answer: of those connections whose address was rewritten. Where several clients
/// use the same port, use [`tracked`].
pub fn destinations(text: &str) -> HashMap<u16, SocketAddr> {
    let rewritten = tracked(text)
        .into_iter()
        .filter(|tracked| tracked.asked != tracked.destination);
    rewritten
        .map(|tracked| (tracked.client.port(), tracked.destination))
        .collect()
}

/// Reads a tracker every second while traffic runs, and remembers.
#[derive(Debug)]
pub struct Sampler {
    stop: Sender<()>,
    thread: JoinHandle<Seen>,
}

/// What a [`Sampler`] saw.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    sightings: HashMap<u16, Vec<Sighting>>,
    /// When each reading that succeeded began.
    moments: Vec<Duration>,
    /// How often the tracker was read.
    pub samples: u64,
    /// How often it could not be read, and what was said the last time: what was not seen then is not known.
    pub failures: (u64, Option<String>),
}

/// One connection from a port, and when it was there. Times count from the start of the traffic; a sample has no moment
/// but an interval, which its reading took.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Sighting {
    first: Duration,
    last: Duration,
    destination: SocketAddr,
}

impl Sampler {
    /// Begins to read; `read` gives the tracker's text, or says in words why it cannot.
    ///
    /// On a real cluster that is `/proc/net/nf_conntrack` in the network of `control`.
    pub fn start(
        running: &Running,
        mut read: impl FnMut() -> Result<String, String> + Send + 'static,
    ) -> Self {
        let (started, asked) = (running.started(), running.address());
        let (stop, stopped) = channel();
        let thread = std::thread::spawn(move || {
            let mut seen = Seen::default();
            let mut last = false;
            loop {
                let before = started.elapsed();
                let text = read();
                let after = started.elapsed();
                seen.sample(before..after, asked, text);
                if last {
                    return seen;
                }
                let rest = PERIOD.saturating_sub(after.saturating_sub(before));
                last = stopped.recv_timeout(rest) != Err(RecvTimeoutError::Timeout);
            }
        });
        Self { stop, thread }
    }

    /// Reads a last time, and ends.
    pub fn stop(self) -> Seen {
        let _ended_already = self.stop.send(());
        match self.thread.join() {
            Ok(seen) => seen,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

impl Seen {
    fn sample(&mut self, read: Range<Duration>, asked: SocketAddr, text: Result<String, String>) {
        self.samples += 1;
        let text = match text {
            Ok(text) => text,
            Err(words) => {
                self.failures = (self.failures.0 + 1, Some(words));
                return;
            }
        };
        self.moments.push(read.start);
        for tracked in tracked(&text)
            .into_iter()
            .filter(|tracked| tracked.asked == asked)
        {
            let sightings = self.sightings.entry(tracked.client.port()).or_default();
            match sightings.last_mut() {
                Some(last)
                    if last.destination == tracked.destination && last.last + 2 * PERIOD >= read.start =>
                {
                    last.last = read.end;
                }
                _ => sightings.push(Sighting {
                    first: read.start,
                    last: read.end,
                    destination: tracked.destination,
                }),
            }
        }
    }

    /// Where a lost request was on its way to; none if its connection was never seen.
    ///
    /// A port is used again and again, so what was seen while the request was on its way counts: first what began then,
    /// else a connection that was there before, as a kept one is. A request that was lost between two samples is seen in
    /// the one after, since the tracker keeps what was refused for ten seconds, unless its port is used again by then.
    pub fn destination(&self, lost: &Lost) -> Option<SocketAddr> {
        let sightings = self.sightings.get(&lost.port?)?;
        let (start, end) = (lost.at, lost.at + lost.took);
        let between = |from, to| {
            let mut later = sightings.iter();
            later.find(|sighting| sighting.first >= from && sighting.first <= to)
        };
        let before = || {
            let mut earlier = sightings.iter().rev();
            earlier.find(|sighting| sighting.first < start && sighting.last >= start)
        };
        let found = between(start, end).or_else(before).or_else(|| {
            let next = self.moments.iter().find(|moment| **moment >= end)?;
            between(end, *next)
        });
        found.map(|sighting| sighting.destination)
    }
}

#[cfg(test)]
mod tests;
