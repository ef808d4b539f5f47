//! The process from its start to its end: log, ports, signals, drain.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::connection::Terms;
use crate::lifecycle::{Lifecycle, Stage};
use crate::listener::Port;
use crate::settings::Settings;
use crate::{Service, admin, app, log};

/// Two are enough for answers out of memory, and leave one where the log has to wait for its reader. Given as a number, since
/// counting the processors would read files.
const WORKERS: usize = 2;
/// How long the admin port may take to end, once the public one has.
const ADMIN_FINISH: Duration = Duration::from_secs(1);

/// How the process came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It drained after one signal.
    Drained,
    /// A second signal, of this number, cut the drain short.
    Cut(u8),
}

/// Why the service cannot run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The log of this process was started before.
    #[error("the log is already started")]
    Log(#[from] tracing::subscriber::SetGlobalDefaultError),
    /// The system refuses threads or an event queue.
    #[error("cannot start the runtime: {0}")]
    Runtime(#[source] io::Error),
    /// The system refuses signal handlers.
    #[error("cannot listen for signals: {0}")]
    Signals(#[source] io::Error),
    /// The system refuses the address.
    #[error("cannot listen on `{address}`: {source}")]
    Listen {
        /// The variable that named the address.
        setting: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
}

impl RunError {
    /// What to do about it, in one sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::Log(_) => "call `run` once in a process".to_owned(),
            Self::Runtime(_) | Self::Signals(_) => {
                "raise the limits of threads and open files for this process".to_owned()
            }
            Self::Listen { setting, .. } => {
                format!("set `{setting}` to a free address of this machine; port 0 takes any free port")
            }
        }
    }
}

/// Serves until a signal ends the process.
pub fn run(settings: &Settings) -> Result<Ended, RunError> {
    log::start(settings.log.clone())?;
    let runtime = Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_io()
        .enable_time()
        .build()
        .map_err(RunError::Runtime)?;
    let ended = runtime.block_on(serve(settings));
    runtime.shutdown_background();
    ended
}

/// SIGTERM, which the kubelet sends, and SIGINT, which a person does.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// The number of the next signal.
    async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.terminate.recv() => 15,
            _ = self.interrupt.recv() => 2,
        }
    }
}

async fn serve(settings: &Settings) -> Result<Ended, RunError> {
    // First of all: process 1 of a container ignores signals that it has no handler for.
    let mut signals = Signals::new().map_err(RunError::Signals)?;
    let (stage, lifecycle) = Lifecycle::begin();
    let ports = Ports::open(settings, &lifecycle).await?;
    let public = Arc::clone(&ports.public);

    let signal = signals.next().await;
    // Before the log is written, which may have to wait for its reader.
    stage.send_replace(Stage::Draining);
    tracing::info!(signal, seconds = settings.drain.as_secs(), "draining");
    tokio::select! {
        signal = signals.next() => {
            tracing::warn!(signal, connections = public.open(), "ended by a second signal");
            Ok(Ended::Cut(signal))
        }
        () = ports.drain(settings, &stage) => {
            tracing::info!("ended");
            Ok(Ended::Drained)
        }
    }
}

/// The two ports and the tasks that serve them.
struct Ports {
    public: Arc<Port>,
    public_over: JoinHandle<()>,
    admin_over: JoinHandle<()>,
}

impl Ports {
    /// Binds both addresses before either is served, so that a process that says it listens is whole.
    async fn open(settings: &Settings, lifecycle: &Lifecycle) -> Result<Self, RunError> {
        let service = Arc::new(Service::new(settings, lifecycle.clone()));
        let limits = settings.limits;
        let terms = |router, last| Terms {
            router,
            limits,
            lifecycle: lifecycle.clone(),
            last,
            crowded: Arc::default(),
        };
        let (public_socket, public_address) = listen("PUBLIC_ADDRESS", settings.public).await?;
        let (admin_socket, admin_address) = listen("ADMIN_ADDRESS", settings.admin).await?;
        let public = terms(app(&service), Stage::Finishing);
        let public = Arc::new(Port::new("public", public, limits.public_connections));
        let admin = terms(admin(&service), Stage::Ended);
        let admin = Arc::new(Port::new("admin", admin, limits.admin_connections));
        tracing::info!(version = crate::VERSION, public = %public_address, admin = %admin_address, "listening");
        Ok(Self {
            public_over: tokio::spawn(Arc::clone(&public).serve(public_socket)),
            admin_over: tokio::spawn(admin.serve(admin_socket)),
            public,
        })
    }

    /// Serves for the drain time, closes the public port, waits for what is in flight, then closes the admin port.
    async fn drain(self, settings: &Settings, stage: &watch::Sender<Stage>) {
        tokio::time::sleep(settings.drain).await;
        stage.send_replace(Stage::Finishing);
        let public_over = tokio::time::timeout(settings.finish, self.public_over);
        if public_over.await.is_err() {
            tracing::warn!(
                connections = self.public.open(),
                "cut off what was still in flight"
            );
        }
        stage.send_replace(Stage::Ended);
        // A scrape that takes longer is worth no waiting.
        let _over = tokio::time::timeout(ADMIN_FINISH, self.admin_over).await;
    }
}

/// Binds the address and says which one it became: port 0 is any free port.
async fn listen(setting: &'static str, address: SocketAddr) -> Result<(TcpListener, SocketAddr), RunError> {
    let refused = |source| RunError::Listen {
        setting,
        address,
        source,
    };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    Ok((listener, bound))
}
