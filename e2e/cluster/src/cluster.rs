//! A cluster from its beginning to its end.

use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::certificates::Authority;
use crate::daemon;
use crate::directory::{Directory, DirectoryError, Settings, make_folder};
use crate::error::ClusterError;
use crate::kubectl::{Kubectl, KubectlError};
use crate::lock::Held;
use crate::nodes::{self, Nodes, ZoneState};
use crate::options::{self, Kind, Options};
use crate::ports::Ports;
use crate::process::{Interrupt, Output, ProcessError};
use crate::programs;
use crate::status::ProcessStatus;

/// The Go module of the control plane, below `go/`.
pub(crate) const CONTROL_PLANE: &str = "control-plane";

/// How often a wait looks.
const PACE: Duration = Duration::from_millis(100);

/// A cluster that is there.
#[derive(Clone, Debug)]
pub struct Cluster {
    directory: Directory,
    settings: Settings,
}

impl Cluster {
    /// Starts a cluster, and returns when its nodes are Ready and pods can be scheduled; if one of the same name and
    /// options runs already, that is it. `progress` hears what is done.
    ///
    /// A failure, or an interruption by [`Options::interrupt`], ends what was started before it is returned.
    pub fn up(options: &Options, progress: &mut dyn FnMut(&str)) -> Result<Self, ClusterError> {
        options.check()?;
        let nodes = nodes::of(options.kind);
        nodes.check(options)?;
        let directory = Directory::of(&options.name)?;
        let _lock = directory.lock(&options.interrupt, progress)?;
        if let Some(settings) = directory.settings()? {
            let directory = directory.clone();
            let cluster = Self { directory, settings }.interruptible(&options.interrupt);
            if cluster.is_complete() {
                cluster.is_as(options)?;
                progress(&format!("cluster `{}` is up already", options.name));
                return Ok(cluster);
            }
            // Nobody is at it, or the lock would not be ours.
            progress("clearing away what an unfinished start has left");
            cluster.end(progress)?;
        }
        let programs = programs::ensure(CONTROL_PLANE, &options.interrupt, progress)?;
        let node_programs = nodes.build(&options.interrupt, progress)?;
        let settings = directory.claim(
            |slot| nodes.slot_is_free(slot),
            |slot| {
                Ok(Settings {
                    options: options.clone(),
                    slot,
                    ports: Ports::of(slot, &options.zones)?,
                    programs,
                    node_programs,
                })
            },
        )?;
        let cluster = Self { directory, settings };
        match cluster.start(nodes, progress) {
            Ok(()) => Ok(cluster),
            Err(error) => Err(cluster.undo(error, progress)),
        }
    }

    fn start(&self, nodes: &dyn Nodes, progress: &mut dyn FnMut(&str)) -> Result<(), ClusterError> {
        nodes.up(self, progress)?;
        daemon::check(&self.directory)?;
        Ok(self.directory.complete()?)
    }

    /// Is it up, with these options?
    fn is_as(&self, options: &Options) -> Result<(), ClusterError> {
        let name = || self.name().to_owned();
        if self.options() != options {
            return Err(ClusterError::OtherOptions(name()));
        }
        match daemon::all(&self.directory)?
            .iter()
            .find(|daemon| daemon.has_ended())
        {
            None => Ok(()),
            Some(dead) => Err(ClusterError::HalfDead {
                name: name(),
                process: dead.name().to_owned(),
            }),
        }
    }

    /// Ends what was started, for a reason, and gives the reason.
    fn undo(self, reason: ClusterError, progress: &mut dyn FnMut(&str)) -> ClusterError {
        progress("ending what was started");
        // What interrupted the start must not interrupt its end.
        match self.interruptible(&Interrupt::default()).end(progress) {
            Ok(()) => reason,
            Err(left) => ClusterError::Left {
                reason: Box::new(reason),
                left: Box::new(left),
            },
        }
    }

    /// The cluster of this name that was brought up before, whether or not its processes still run.
    pub fn open(name: &str) -> Result<Self, ClusterError> {
        options::check_name(name)?;
        let directory = Directory::of(name)?;
        match directory.settings()? {
            Some(settings) => Ok(Self { directory, settings }),
            None => Err(ClusterError::NotFound(name.to_owned())),
        }
    }

    /// The same cluster, whose commands stop when this is set.
    #[must_use]
    pub fn interruptible(mut self, interrupt: &Interrupt) -> Self {
        self.settings.options.interrupt = interrupt.clone();
        self
    }

    /// Ends every process of the cluster, and removes all that it is made of.
    pub fn down(self, progress: &mut dyn FnMut(&str)) -> Result<(), ClusterError> {
        Self::down_by_name(self.name(), self.interrupt(), progress)?;
        Ok(())
    }

    /// Ends the cluster of this name as [`Self::down`] does, also if its start was never finished; says whether there
    /// was one. `interrupt` ends the wait for another command that is at work on it, and nothing later.
    pub fn down_by_name(
        name: &str,
        interrupt: &Interrupt,
        progress: &mut dyn FnMut(&str),
    ) -> Result<bool, ClusterError> {
        options::check_name(name)?;
        let directory = Directory::of(name)?;
        let _lock = directory.lock(interrupt, progress)?;
        let Some(settings) = directory.settings()? else {
            directory.remove()?;
            return Ok(false);
        };
        Self { directory, settings }.end(progress)?;
        Ok(true)
    }

    fn end(&self, progress: &mut dyn FnMut(&str)) -> Result<(), ClusterError> {
        nodes::of(self.kind()).down(self, progress)?;
        Ok(self.directory.remove()?)
    }

    /// Was its start finished? It was not where it goes on, or where the command that started it was killed.
    pub fn is_complete(&self) -> bool {
        self.directory.is_complete()
    }

    /// Keeps other commands from changing this cluster.
    fn lock(&self, progress: &mut dyn FnMut(&str)) -> Result<Held, ClusterError> {
        Ok(self.directory.lock(self.interrupt(), progress)?)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.options().name
    }

    /// What its nodes are.
    pub fn kind(&self) -> Kind {
        self.options().kind
    }

    /// Its zones, in the order in which they were asked for.
    pub fn zones(&self) -> &[String] {
        &self.options().zones
    }

    /// The options that it was brought up with.
    pub fn options(&self) -> &Options {
        &self.settings.options
    }

    /// The folder of all that it is made of.
    pub fn folder(&self) -> PathBuf {
        self.directory.path()
    }

    /// The administrator's kubeconfig, readable by the owner only.
    pub fn kubeconfig(&self) -> PathBuf {
        self.directory.join("kubeconfig")
    }

    /// The pinned kubectl as the administrator.
    pub fn kubectl(&self) -> Kubectl {
        let program = self.settings.programs.join("kubectl");
        Kubectl::new(&program, &self.kubeconfig(), self.interrupt().clone())
    }

    /// A folder with the pinned kubectl and nothing else, for `PATH`.
    pub fn programs_for_people(&self) -> Result<PathBuf, ClusterError> {
        let folder = self.directory.join("bin");
        make_folder(&folder)?;
        let place = folder.join("kubectl");
        match std::os::unix::fs::symlink(self.kubectl().program(), &place) {
            Err(source) if source.kind() != io::ErrorKind::AlreadyExists => {
                Err(DirectoryError::Write { place, source }.into())
            }
            _ => Ok(folder),
        }
    }

    /// Cuts the network of a zone; on a simulated cluster its kubelets stop.
    pub fn zone_cut(&self, zone: &str) -> Result<(), ClusterError> {
        let zone = self.zone(zone)?;
        let _lock = self.lock(&mut |_| {})?;
        nodes::of(self.kind()).cut(self, zone)
    }

    /// Takes the power of a zone; on a simulated cluster its kubelets stop.
    pub fn zone_kill(&self, zone: &str) -> Result<(), ClusterError> {
        let zone = self.zone(zone)?;
        let _lock = self.lock(&mut |_| {})?;
        nodes::of(self.kind()).kill(self, zone)
    }

    /// Undoes [`Self::zone_cut`] and [`Self::zone_kill`]; does not wait until the nodes are Ready.
    pub fn zone_mend(&self, zone: &str) -> Result<(), ClusterError> {
        let zone = self.zone(zone)?;
        let _lock = self.lock(&mut |_| {})?;
        nodes::of(self.kind()).mend(self, zone)
    }

    /// What was done to a zone.
    pub fn zone_state(&self, zone: &str) -> Result<ZoneState, ClusterError> {
        nodes::of(self.kind()).state(self, self.zone(zone)?)
    }

    /// Puts an image, a folder or an archive in OCI layout, into every node as `name@digest`, and gives the digest.
    pub fn load_image(&self, image: &Path, name: &str) -> Result<String, ClusterError> {
        nodes::of(self.kind()).load_image(self, image, name)
    }

    /// Where `NodePort`s answer, whichever zone is away; nowhere on a simulated cluster.
    pub fn node_port_address(&self) -> Option<Ipv4Addr> {
        nodes::of(self.kind()).node_port_address(self)
    }

    /// Runs a command in a node (`node-a1`), or in the network of the control plane (`control`) or of the switches
    /// (`fabric`), of a real cluster.
    pub fn exec(&self, place: &str, command: &[&str]) -> Result<Output, ClusterError> {
        nodes::of(self.kind()).exec(self, place, command)
    }

    /// All its processes, in the order of their start.
    pub fn processes(&self) -> Result<Vec<ProcessStatus>, ClusterError> {
        let nodes = nodes::of(self.kind());
        let daemons = daemon::all(&self.directory)?;
        Ok(daemons.iter().map(|daemon| nodes.status(self, daemon)).collect())
    }

    /// What went wrong meanwhile without ending a process of [`Self::processes`]: programs in real nodes that were
    /// started again.
    pub fn remarks(&self) -> Vec<String> {
        nodes::of(self.kind()).remarks(self)
    }

    fn zone<'a>(&'a self, zone: &str) -> Result<&'a str, ClusterError> {
        let found = self.zones().iter().find(|name| *name == zone);
        found.map(String::as_str).ok_or_else(|| ClusterError::NoZone {
            cluster: self.name().to_owned(),
            zone: zone.to_owned(),
            zones: self.zones().join(", "),
        })
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn interrupt(&self) -> &Interrupt {
        &self.options().interrupt
    }

    /// Signs its certificates.
    pub(crate) fn authority(&self) -> Authority {
        Authority::at(&self.directory.join("keys"), self.interrupt())
    }

    /// Looks ten times a second until a look finds something, and gives that. A process that has ended by itself ends
    /// the wait; a refusal of the API server is told only if the time is over.
    pub(crate) fn wait<T>(
        &self,
        what: &str,
        limit: Duration,
        mut look: impl FnMut(&Kubectl) -> Result<Option<T>, ClusterError>,
    ) -> Result<T, ClusterError> {
        let kubectl = self.kubectl().impatient();
        let deadline = Instant::now() + limit;
        loop {
            let last = match look(&kubectl) {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => String::new(),
                Err(ClusterError::Kubectl(error @ KubectlError::Refused { .. })) => format!(": {error}"),
                Err(error) => return Err(error),
            };
            daemon::check(&self.directory)?;
            if self.interrupt().is_set() {
                return Err(ProcessError::Interrupted.into());
            }
            if Instant::now() >= deadline {
                let what = what.to_owned();
                return Err(KubectlError::NotInTime { what, limit, last }.into());
            }
            sleep(PACE);
        }
    }
}
