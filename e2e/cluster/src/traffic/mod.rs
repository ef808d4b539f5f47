//! An honest load generator: what is lost is counted, each request with its time, cause and port.
//!
//! New connections come in an open loop: requests start on time whatever the answers do, so a stall counts as what it
//! costs. Kept connections send request after request; a request that was written into a connection which the server
//! closes at the same time is lost, and is never sent again in silence. Only a connection that was seen to be closed
//! before a byte was written is replaced without a loss. An answer is one with a 2xx status, read to its end.
//!
//! Times are this machine's. [`Account::latest_start`] says by how much the generator itself was late, and the time of
//! a request stands still while this process does not get to run ([`Account::stalled`]).

mod account;
mod cause;
mod connection;
pub mod conntrack;
mod drive;
mod ledger;
mod limits;
mod stall;
mod table;
mod target;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::watch;

pub use account::{Account, Latency, Lost, Place};
pub use cause::{Cause, Phase};
pub use ledger::Progress;

use ledger::Ledger;
use stall::Stall;
use target::Target;

/// What shall be sent.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where to: `http://HOST[:PORT][/PATH]`.
    pub url: String,
    /// On which connections.
    pub connections: Connections,
    /// How long a request may take, its connection included.
    pub timeout: Duration,
    /// For how long requests start; none: until [`Running::stop`].
    pub duration: Option<Duration>,
    /// The zone of each node, for answers that name their node and no zone.
    pub zones: BTreeMap<String, String>,
}

/// On which connections requests are sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Connections {
    /// Each request has its own.
    New {
        /// How many start in a second.
        per_second: u32,
    },
    /// Each carries request after request; one that closes is replaced.
    Kept {
        /// How many there are.
        connections: u32,
        /// How many requests start in a second on all together; none: each as soon as the one before is answered.
        per_second: Option<u32>,
    },
}

impl Plan {
    /// 200 new connections a second, 5 s for each, until it is stopped.
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            connections: Connections::New { per_second: 200 },
            timeout: Duration::from_secs(5),
            duration: None,
            zones: BTreeMap::new(),
        }
    }
}

/// Why no request can be sent.
#[derive(Debug, thiserror::Error)]
pub enum TrafficError {
    /// The URL says nothing that can be asked.
    #[error("`{url}` is no URL that can be asked: {reason}")]
    BadUrl {
        /// The URL.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The URL asks for TLS.
    #[error("`{0}` asks for TLS, which is not spoken here")]
    Tls(String),
    /// The host has no address.
    #[error("`{host}` has no address")]
    NoAddress {
        /// The host.
        host: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// A number that must not be zero.
    #[error("the number of {0} must not be zero")]
    Zero(&'static str),
    /// The system allows too few open files for all connections that may be open at once.
    #[error("{needed} open files may be needed, and this process may have {allowed}")]
    TooFewFiles {
        /// Requests that may be open at once, and some.
        needed: u64,
        /// The hard limit.
        allowed: u64,
    },
    /// Nobody answers there.
    #[error("nothing answers at `{url}`: {cause} {phase}")]
    NoAnswer {
        /// The URL.
        url: String,
        /// What happened instead.
        cause: Cause,
        /// When.
        phase: Phase,
    },
    /// The system gave no thread or no event queue.
    #[error("the load generator cannot be started")]
    System(#[from] io::Error),
}

impl TrafficError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::BadUrl { .. } => {
                "write it as `http://HOST:PORT/PATH`, such as `http://127.0.0.1:8080/version`"
            }
            Self::Tls(_) => "ask the port that speaks plain HTTP: a NodePort, or `kubectl port-forward`",
            Self::NoAddress { .. } => "names of Services are known inside the cluster only: give an address",
            Self::Zero(_) => "give at least 1",
            Self::TooFewFiles { .. } => {
                "lower the rate, the timeout or the number of connections, or raise `ulimit -Hn`"
            }
            Self::NoAnswer { .. } => {
                "see whether pods are ready (`cargo xtask cluster status`) and whether their Service has this port"
            }
            Self::System(_) => return None,
        };
        Some(hint.to_owned())
    }
}

/// What everything that sends has in common.
#[derive(Debug)]
struct Shared {
    target: Target,
    plan: Plan,
    started: Instant,
    ledger: Ledger,
    stall: Stall,
}

/// Traffic that runs. Dropped, it ends without an account.
#[derive(Debug)]
pub struct Running {
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    thread: JoinHandle<()>,
}

/// Starts to send, on a thread of its own.
pub fn start(plan: Plan) -> Result<Running, TrafficError> {
    let target = Target::of(&plan.url)?;
    limits::check(&plan)?;
    let runtime = runtime()?;
    let shared = Arc::new(Shared {
        target,
        ledger: Ledger::new(plan.zones.clone()),
        plan,
        started: Instant::now(),
        stall: Stall::default(),
    });
    let (stop, stopped) = watch::channel(false);
    let thread = {
        let shared = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("traffic".to_owned())
            .spawn(move || {
                limits::prefer_this_thread();
                runtime.block_on(drive::all(shared, stopped));
            })?
    };
    Ok(Running { shared, stop, thread })
}

/// Sends one request, and says whether anybody answers, with whatever status.
pub fn probe(url: &str, timeout: Duration) -> Result<(), TrafficError> {
    let target = Target::of(url)?;
    let outcome = runtime()?.block_on(drive::probe(&target, timeout));
    outcome.map_err(|(cause, phase)| TrafficError::NoAnswer {
        url: crate::plain::plain(url),
        cause,
        phase,
    })
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

impl Running {
    /// When it started; [`Lost::at`] counts from here.
    pub fn started(&self) -> Instant {
        self.shared.started
    }

    /// The address that is asked.
    pub fn address(&self) -> SocketAddr {
        self.shared.target.address
    }

    /// What happened until now.
    pub fn progress(&self) -> Progress {
        self.shared.ledger.progress(self.shared.started.elapsed())
    }

    /// Has it ended by itself, its duration being over?
    pub fn is_over(&self) -> bool {
        self.thread.is_finished()
    }

    /// Starts no more requests, waits for those on their way, and gives the account.
    pub fn stop(self) -> Account {
        self.stop.send_replace(true);
        self.wait()
    }

    /// Waits until the plan's duration is over and the last request is decided, and gives the account.
    pub fn wait(self) -> Account {
        if let Err(panic) = self.thread.join() {
            std::panic::resume_unwind(panic);
        }
        Account::of(&self.shared)
    }
}
