//! `cargo xtask cluster`: a Kubernetes cluster in zones on this machine, for people.
//!
//! What a cluster is and does is the crate `cluster`; here are its words on the command line. Progress goes to standard
//! error, results to standard output.

mod load;
mod screen;
mod settings;
mod status;
mod traffic;
mod watch;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use cluster::traffic::TrafficError;
use cluster::zones::ZonesError;
use cluster::{Cluster, ClusterError, Interrupt, Kind, Options};
use gate::stages::Hint;

use crate::programs::{self, ProgramError};
use crate::say;
use crate::workspace::Workspace;

/// Arguments of `cargo xtask cluster`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// The cluster, of which there can be several
    #[arg(long, global = true, default_value = "default")]
    name: String,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build the programs of clusters, which `up` does by itself, and print their folders
    Build {
        /// Also those of real nodes
        #[arg(long)]
        real: bool,
    },
    /// Bring a cluster up: the control plane of Kubernetes itself, and nodes in zones
    Up(Up),
    /// Print what a shell needs for `kubectl`: eval "$(cargo xtask cluster env)"
    Env,
    /// Run the pinned kubectl on the cluster
    Kubectl {
        /// Arguments of kubectl
        #[arg(last = true, required = true)]
        arguments: Vec<String>,
    },
    /// Show processes, nodes, and the pods of each zone
    Status(watch::Arguments),
    /// Send requests and count what is lost
    Traffic(traffic::Arguments),
    /// Cut the network of a zone: its pods go on, unseen; simulated nodes fall silent
    ZoneCut {
        /// The zone
        zone: String,
    },
    /// Take the power of a zone; simulated nodes fall silent
    ZoneKill {
        /// The zone
        zone: String,
    },
    /// Undo `zone-cut` and `zone-kill`
    ZoneMend {
        /// The zone
        zone: String,
    },
    /// Put an image into every node
    Load(load::Arguments),
    /// Run a command in a node, or in the network of the control plane
    Exec {
        /// node-a1, …, or `control`, or `fabric` for the switches between the zones
        place: String,
        /// The command and its arguments
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
    /// End all processes of a cluster, and remove what it is made of
    Down,
    /// Print the names of the clusters that are there
    List,
}

/// Options of `cargo xtask cluster up`.
#[derive(Debug, Args)]
struct Up {
    /// Nodes that run containers, for which this must be Linux and you root; without it pods start but run nothing
    #[arg(long)]
    real: bool,
    /// Names of the zones
    #[arg(long, value_delimiter = ',', default_value = "a,b,c")]
    zones: Vec<String>,
    /// How many nodes each zone has; without it three, or two if they are real
    #[arg(long, value_name = "NUMBER")]
    nodes_per_zone: Option<u8>,
    /// How long a pod tolerates that its node is not ready or not reachable
    #[arg(long, value_name = "SECONDS", default_value_t = Options::default().toleration_seconds)]
    toleration_seconds: u32,
    /// How long a node may be silent until it is not ready; clusters of providers have 40 to 50
    #[arg(long, value_name = "SECONDS", default_value_t = Options::default().node_grace_seconds)]
    node_grace_seconds: u32,
    /// How many nodes of a lost zone a second may lose their pods
    #[arg(long, value_name = "NUMBER", default_value_t = Options::default().eviction_rate)]
    eviction_rate: f32,
}

impl Up {
    fn options(&self, name: &str, interrupt: Interrupt) -> Options {
        Options {
            name: name.to_owned(),
            kind: kind(self.real),
            zones: self.zones.clone(),
            nodes_per_zone: self.nodes_per_zone.unwrap_or(if self.real { 2 } else { 3 }),
            toleration_seconds: self.toleration_seconds,
            node_grace_seconds: self.node_grace_seconds,
            eviction_rate: self.eviction_rate,
            interrupt,
        }
    }
}

fn kind(is_real: bool) -> Kind {
    if is_real { Kind::Real } else { Kind::Simulated }
}

/// Why a cluster did not do what was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The cluster says why.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The signals cannot be listened to.
    #[error("signals cannot be handled")]
    Signals(#[source] io::Error),
    /// The pinned kubectl could not be run.
    #[error(transparent)]
    Kubectl(#[from] ProgramError),
    /// There is no image to load.
    #[error(transparent)]
    Image(#[from] load::ImageError),
    /// It is not known where pods are.
    #[error(transparent)]
    Zones(#[from] ZonesError),
    /// No request can be sent.
    #[error(transparent)]
    Traffic(#[from] TrafficError),
}

impl Failure {
    /// Was it an interruption that somebody asked for?
    pub(crate) fn is_interruption(&self) -> bool {
        matches!(self, Self::Cluster(error) if error.is_interruption())
    }
}

impl Hint for Failure {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Cluster(error) => error.hint(),
            Self::Image(error) => error.hint(),
            Self::Traffic(error) => error.hint(),
            Self::Signals(_) | Self::Kubectl(_) | Self::Zones(_) => None,
        }
    }
}

/// Does what was asked for.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let name = &arguments.name;
    match &arguments.command {
        Command::Build { real } => build(kind(*real))?,
        Command::Up(up) => bring_up(&up.options(name, signals()?))?,
        Command::Env => say(&settings::exports(&open(name)?)?),
        Command::Kubectl { arguments } => return kubectl(&open(name)?, arguments),
        Command::Status(arguments) if arguments.watch => {
            let interrupt = signals()?;
            watch::follow(&open(name)?.interruptible(&interrupt), arguments, &interrupt)?;
        }
        Command::Status(arguments) => return status::show(&open(name)?, arguments),
        Command::Traffic(arguments) => return traffic::run(name, arguments, &signals()?),
        Command::ZoneCut { zone } => {
            open(name)?.zone_cut(zone)?;
            tell(&format!("zone {zone} is cut off; `zone-mend {zone}` undoes it"));
        }
        Command::ZoneKill { zone } => {
            open(name)?.zone_kill(zone)?;
            tell(&format!(
                "zone {zone} is without power; `zone-mend {zone}` undoes it"
            ));
        }
        Command::ZoneMend { zone } => {
            open(name)?.zone_mend(zone)?;
            tell(&format!(
                "zone {zone} is back; its nodes are Ready in a few seconds"
            ));
        }
        Command::Load(arguments) => {
            let cluster = open(name)?.interruptible(&signals()?);
            load::load(workspace, &cluster, arguments)?;
        }
        Command::Exec { place, command } => return execute(&open(name)?, place, command),
        Command::Down => take_down(name)?,
        Command::List => {
            for name in cluster::list()? {
                say(&name);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn signals() -> Result<Interrupt, Failure> {
    Interrupt::by_signals().map_err(Failure::Signals)
}

fn open(name: &str) -> Result<Cluster, Failure> {
    Ok(Cluster::open(name)?)
}

/// Says what is going on.
fn tell(words: &str) {
    crate::tell(&format!("xtask: {words}"));
}

fn build(kind: Kind) -> Result<(), Failure> {
    for folder in cluster::build(kind, &signals()?, &mut tell)? {
        say(&folder.display().to_string());
    }
    Ok(())
}

fn bring_up(options: &Options) -> Result<(), Failure> {
    let begun = std::time::Instant::now();
    let cluster = Cluster::up(options, &mut tell)?;
    let nodes = usize::from(options.nodes_per_zone) * options.zones.len();
    let name = settings::argument(cluster.name());
    tell(&format!(
        "cluster `{}` has {nodes} nodes in zones {}, after {:.1} s",
        cluster.name(),
        cluster.zones().join(", "),
        begun.elapsed().as_secs_f32(),
    ));
    if let Some(address) = cluster.node_port_address() {
        tell(&format!("NodePorts answer at {address}, whichever zone is away"));
    }
    tell(&format!(
        "eval \"$(cargo xtask cluster env{name})\" sets KUBECONFIG; `cargo xtask cluster down{name}` ends it"
    ));
    Ok(())
}

fn take_down(name: &str) -> Result<(), Failure> {
    // Without it an interruption would leave half of the cluster; with it, it ends the wait for others only.
    if Cluster::down_by_name(name, &signals()?, &mut tell)? {
        tell(&format!("cluster `{name}` is gone"));
    } else {
        tell(&format!("there is no cluster `{name}`: nothing to do"));
    }
    Ok(())
}

/// Runs kubectl in this terminal, where a Ctrl-C is its own. Its exit code is the answer.
fn kubectl(cluster: &Cluster, arguments: &[String]) -> Result<ExitCode, Failure> {
    let kubectl = cluster.kubectl();
    let mut command = programs::program(kubectl.program());
    command.args(arguments).envs(kubectl.environment());
    if let Some(hosts) = settings::unproxied(cluster) {
        command.env("NO_PROXY", hosts);
    }
    Ok(code(programs::code(&mut command)?))
}

/// Runs a command in a node, and repeats what it says. Its exit code is the answer.
fn execute(cluster: &Cluster, place: &str, command: &[String]) -> Result<ExitCode, Failure> {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    let output = cluster.exec(place, &words)?;
    // Whoever does not listen to the end has heard enough.
    let _ = io::stdout().write_all(&output.stdout);
    let _ = io::stderr().write_all(&output.stderr);
    Ok(code(output.status.code()))
}

/// An exit code as it came; one where a signal ended the program.
fn code(code: Option<i32>) -> ExitCode {
    ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// The default of `load`, seen from the root of the workspace.
fn image_folder(workspace: &Workspace) -> PathBuf {
    workspace.target().join("image/hello")
}
