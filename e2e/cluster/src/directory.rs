//! Where the state of clusters lies: `${XDG_STATE_HOME:-~/.local/state}/hello-cluster/NAME`, for the owner only.
//!
//! A folder appears with its settings in it or not at all. Each cluster has a slot, a small number that no other
//! cluster of this user has; ports, and on real nodes links and networks, follow from it.

#![expect(
    clippy::disallowed_methods,
    reason = "reads the settings that this module wrote into the user's own folder"
)]

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::lock::Held;
use crate::options::Options;
use crate::ports::{PORTS, Ports};
use crate::process::Interrupt;

/// The folder of this crate in the user's folders.
const OURS: &str = "hello-cluster";

/// The file that tells that the start of a cluster was finished.
const COMPLETE: &str = "complete";

/// How many clusters a user can have at a time.
pub(crate) const SLOTS: u8 = 40;

/// Why the state of a cluster could not be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// There is no home folder.
    #[error("neither `{0}` nor `HOME` says where to keep a cluster")]
    NoHome(&'static str),
    /// Something could not be written.
    #[error("`{}` cannot be written", place.display())]
    Write {
        /// The file or folder.
        place: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something could not be read.
    #[error("`{}` cannot be read", place.display())]
    Read {
        /// The file or folder.
        place: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The settings are not what this version writes.
    #[error("`{}` is not what this version writes", place.display())]
    Settings {
        /// The file.
        place: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// All slots are taken.
    #[error("there are {SLOTS} clusters or their networks already")]
    NoSlot,
    /// Too few ports are free.
    #[error("of the {PORTS} ports from {0} too few are free")]
    NoPort(u16),
    /// The wait for a lock was interrupted.
    #[error("interrupted")]
    Interrupted,
}

impl DirectoryError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::NoHome(variable) => Some(format!("set `{variable}` to an absolute path")),
            Self::NoSlot => {
                Some("`cargo xtask cluster list` names them, `down --name NAME` ends one".to_owned())
            }
            Self::Settings { place, .. } => Some(format!(
                "end its processes, whose ids are in `processes` beside it, and remove `{}`",
                place.parent().unwrap_or(place).display()
            )),
            _ => None,
        }
    }
}

/// What was settled when a cluster was brought up.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Settings {
    /// What was asked for.
    pub(crate) options: Options,
    /// Its small number.
    pub(crate) slot: u8,
    /// Where its programs listen.
    pub(crate) ports: Ports,
    /// The folder of the control plane's programs.
    pub(crate) programs: PathBuf,
    /// The folder of the nodes' programs, where those are not in the former.
    pub(crate) node_programs: Option<PathBuf>,
}

/// The folder for what can be made again.
pub(crate) fn cache() -> Result<PathBuf, DirectoryError> {
    user_folder("XDG_CACHE_HOME", ".cache")
}

/// The folder of all clusters.
pub(crate) fn state() -> Result<PathBuf, DirectoryError> {
    user_folder("XDG_STATE_HOME", ".local/state")
}

fn user_folder(variable: &'static str, below_home: &str) -> Result<PathBuf, DirectoryError> {
    // A relative path is to be ignored, says the specification of these variables.
    let absolute = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute(variable)
        .or_else(|| Some(absolute("HOME")?.join(below_home)))
        .map(|folder| folder.join(OURS))
        .ok_or(DirectoryError::NoHome(variable))
}

/// The folder of one cluster.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    root: PathBuf,
    name: String,
}

impl Directory {
    /// The folder of a cluster of this name, whether it is there or not.
    pub(crate) fn of(name: &str) -> Result<Self, DirectoryError> {
        Ok(Self::below(&state()?, name))
    }

    /// The same below another folder than the user's.
    pub(crate) fn below(root: &Path, name: &str) -> Self {
        Self {
            root: root.to_owned(),
            name: name.to_owned(),
        }
    }

    /// Its path.
    pub(crate) fn path(&self) -> PathBuf {
        self.root.join(&self.name)
    }

    /// A file or folder in it.
    pub(crate) fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path().join(name)
    }

    /// What was settled, if the cluster is there.
    pub(crate) fn settings(&self) -> Result<Option<Settings>, DirectoryError> {
        let place = self.join("settings.json");
        let text = match fs::read(&place) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(DirectoryError::Read { place, source }),
        };
        let settings = serde_json::from_slice(&text);
        settings
            .map(Some)
            .map_err(|source| DirectoryError::Settings { place, source })
    }

    /// Takes a slot that is free, also in the eyes of `is_free`, and makes the folder with the settings of it.
    pub(crate) fn claim(
        &self,
        is_free: impl Fn(u8) -> bool,
        settle: impl FnOnce(u8) -> Result<Settings, DirectoryError>,
    ) -> Result<Settings, DirectoryError> {
        make_folder(&self.root)?;
        let root = File::open(&self.root).map_err(unreadable(&self.root))?;
        root.lock().map_err(unwritable(&self.root))?;
        let taken = self.taken()?;
        let slot = (0..SLOTS)
            .find(|slot| !taken.contains(slot) && is_free(*slot))
            .ok_or(DirectoryError::NoSlot)?;
        let settings = settle(slot)?;
        let fresh = self.fresh();
        remove(&fresh)?;
        for folder in ["", "etcd", "keys", "logs", "processes"] {
            make_folder(&fresh.join(folder))?;
        }
        let text = serde_json::to_string_pretty(&settings).map_err(io::Error::from);
        let place = fresh.join("settings.json");
        text.and_then(|text| write_private(&place, text))
            .map_err(unwritable(&place))?;
        fs::rename(&fresh, self.path()).map_err(unwritable(&self.path()))?;
        Ok(settings)
    }

    fn taken(&self) -> Result<BTreeSet<u8>, DirectoryError> {
        let mut taken = BTreeSet::new();
        for name in names_below(&self.root)? {
            taken.extend(
                Self::below(&self.root, &name)
                    .settings()?
                    .map(|settings| settings.slot),
            );
        }
        Ok(taken)
    }

    /// Waits until no other command changes this cluster, and keeps others out as long as the result lives.
    pub(crate) fn lock(
        &self,
        interrupt: &Interrupt,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Held, DirectoryError> {
        make_folder(&self.root)?;
        let said = format!(
            "another command is at work on cluster `{}`: waiting for it",
            self.name
        );
        Held::take(
            self.root.join(format!("{}.lock", self.name)),
            interrupt,
            &said,
            progress,
        )
    }

    /// Notes that all of the cluster runs.
    pub(crate) fn complete(&self) -> Result<(), DirectoryError> {
        let place = self.join(COMPLETE);
        write_private(&place, "").map_err(unwritable(&place))
    }

    /// Was it noted that all of the cluster runs?
    pub(crate) fn is_complete(&self) -> bool {
        self.join(COMPLETE).exists()
    }

    /// Removes the folder with all that is in it, and what an unfinished claim has left.
    pub(crate) fn remove(&self) -> Result<(), DirectoryError> {
        remove(&self.path())?;
        remove(&self.fresh())
    }

    /// The folder under the name that it has until its settings are in it.
    fn fresh(&self) -> PathBuf {
        self.root.join(format!("{}.new", self.name))
    }
}

/// The names of all clusters of this user, in order.
pub(crate) fn names() -> Result<Vec<String>, DirectoryError> {
    names_below(&state()?)
}

fn names_below(root: &Path) -> Result<Vec<String>, DirectoryError> {
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(root)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(unreadable(root))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.contains('.') && entry.path().join("settings.json").exists() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Makes a folder, and those above it, for the owner only.
pub(crate) fn make_folder(place: &Path) -> Result<(), DirectoryError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(place);
    made.map_err(unwritable(place))
}

/// Writes a file that only the owner can read.
pub(crate) fn write_private(place: &Path, text: impl AsRef<[u8]>) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(place)?;
    file.write_all(text.as_ref())
}

fn remove(place: &Path) -> Result<(), DirectoryError> {
    match fs::remove_dir_all(place) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unwritable(place)(error)),
        _ => Ok(()),
    }
}

/// Names what could not be written.
pub(crate) fn unwritable(place: &Path) -> impl FnOnce(io::Error) -> DirectoryError {
    let place = place.to_owned();
    move |source| DirectoryError::Write { place, source }
}

/// Names what could not be read.
pub(crate) fn unreadable(place: &Path) -> impl FnOnce(io::Error) -> DirectoryError {
    let place = place.to_owned();
    move |source| DirectoryError::Read { place, source }
}

#[cfg(test)]
mod tests;
