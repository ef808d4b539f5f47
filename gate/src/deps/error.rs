//! What can go wrong in this room, and what the user can do about it.

use std::path::PathBuf;

use jiff::civil::Date;
use rustsec::semver::Version;

use crate::config::MaxAge;
use crate::input::InputError;
use crate::process::ProcessError;
use crate::stages::Hint;
use crate::yaml::Position;

/// Why dependencies could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum DependencyError {
    /// A file could not be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A folder could not be listed.
    #[error("`{}` could not be read: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A folder where a file is wanted.
    #[error("`{}` is a folder", path.display())]
    NotAFile {
        /// Which.
        path: PathBuf,
    },
    /// A lockfile that cargo cannot have written.
    #[error("`{}` is no lockfile: {reason}", path.display())]
    BrokenLockfile {
        /// Which.
        path: PathBuf,
        /// Where.
        position: Position,
        /// What is wrong.
        reason: String,
    },
    /// A lockfile without a single package.
    #[error("`{}` holds no package", path.display())]
    EmptyLockfile {
        /// Which.
        path: PathBuf,
    },
    /// A lockfile of a version that is not known here.
    #[error("`{}` is a lockfile of version {version}, and versions up to 4 are understood", path.display())]
    UnknownLockfileVersion {
        /// Which.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// A `Cargo.toml` that cannot be read.
    #[error("`{}` is no manifest: {reason}", path.display())]
    BrokenManifest {
        /// Which.
        path: PathBuf,
        /// Where.
        position: Position,
        /// What is wrong.
        reason: String,
    },
    /// An embedded list that cannot be read.
    #[error("the dependency list in `{path}` cannot be read: {reason}")]
    BrokenList {
        /// The binary.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// A binary without an embedded list.
    #[error("`{path}` holds no dependency list")]
    NoList {
        /// The binary.
        path: String,
    },
    /// No such database.
    #[error("{name} does not exist, or is no folder")]
    NoDatabase {
        /// Which database.
        name: String,
    },
    /// A folder that is something else.
    #[error("{name} is none: it has no folder `crates`")]
    NotADatabase {
        /// Which database.
        name: String,
    },
    /// An advisory that cannot be read.
    #[error("the advisory `{file}` cannot be read: {reason}")]
    BrokenAdvisory {
        /// Its file, below the database.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// The table in this program cannot be read.
    #[error("the embedded advisory table cannot be read: {reason}")]
    BrokenTable {
        /// What is wrong.
        reason: String,
    },
    /// A database with too few advisories.
    #[error(
        "{name} holds {entries} advisories, and at least {} are expected",
        super::MINIMUM_ENTRIES
    )]
    Truncated {
        /// Which database.
        name: String,
        /// How many it holds.
        entries: usize,
    },
    /// A clone that lacks files of its commit.
    #[error("{name} lacks {missing} files of its own commit, `{first}` first")]
    IncompleteClone {
        /// Which database.
        name: String,
        /// How many files are missing.
        missing: usize,
        /// The first of them.
        first: String,
    },
    /// git cannot read a clone.
    #[error("git cannot read the commit of {name}")]
    UnreadableClone {
        /// Which database.
        name: String,
    },
    /// A database that is too old.
    #[error("{name} is of {updated}, {age} days old, and the limit is `{limit}`")]
    Stale {
        /// Which database.
        name: String,
        /// The day up to which it is current.
        updated: Date,
        /// Its age in days.
        age: i64,
        /// The limit.
        limit: MaxAge,
        /// Is it the embedded table?
        embedded: bool,
    },
    /// A database that is dated after today.
    #[error("{name} is of {updated}, and today is {today}")]
    FromTheFuture {
        /// Which database.
        name: String,
        /// Its date.
        updated: Date,
        /// Today.
        today: Date,
    },
    /// A program failed to give an outcome.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The database could not be fetched.
    #[error("the advisory database could not be fetched from `{url}`: {reason}")]
    Fetch {
        /// From where.
        url: String,
        /// What git said.
        reason: String,
    },
    /// A folder could not be written.
    #[error("`{}` could not be written: {source}", path.display())]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No folder is known where the clone could be kept.
    #[error("no cache folder is known: neither `XDG_CACHE_HOME` nor `HOME` is set to an absolute path")]
    NoCacheFolder,
    /// cargo-deny has no configuration.
    #[error("cargo-deny is to run, and there is no `{}`", path.display())]
    NoDenyConfiguration {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A file that cargo-deny reads in any case is not that of the tree whose rules hold.
    #[error("`{}` is not as on the base branch, and cargo-deny takes exceptions of licences from it", path.display())]
    DenyExceptions {
        /// The file, from the root of the repository.
        path: PathBuf,
    },
    /// A cargo-deny of another version.
    #[error("cargo-deny is of version `{found}`, and 0.20 is needed")]
    DenyVersion {
        /// What it says of itself.
        found: String,
    },
    /// cargo-deny failed.
    #[error("cargo-deny gave no verdict (exit code {code}): {reason}")]
    DenyFailed {
        /// Its exit code.
        code: i32,
        /// What it said.
        reason: String,
    },
    /// cargo-deny's output contradicts itself.
    #[error("cargo-deny counts {counted} errors and warnings, and shows {shown}")]
    DenyContradiction {
        /// By its summary.
        counted: usize,
        /// By its diagnostics.
        shown: usize,
    },
    /// cargo could not say what is built.
    #[error("`cargo {command}` gave no answer (exit code {code}): {reason}")]
    CargoFailed {
        /// Its command.
        command: String,
        /// Its exit code.
        code: i32,
        /// What it said.
        reason: String,
    },
    /// The workspace has no such member.
    #[error(
        "a program says that it was built from `{package}` {version}, which is no member of the workspace"
    )]
    NoMember {
        /// The package.
        package: String,
        /// Its version.
        version: Version,
    },
}

impl DependencyError {
    /// The place in a file, where the error has one.
    pub fn position(&self) -> Option<Position> {
        match self {
            Self::BrokenLockfile { position, .. } | Self::BrokenManifest { position, .. } => Some(*position),
            _ => None,
        }
    }
}

impl Hint for DependencyError {
    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Input(error @ (InputError::Outside { .. } | InputError::Unreadable { .. })) => {
                return error.hint();
            }
            Self::Input(_) | Self::NotAFile { .. } => {
                "name a `Cargo.lock`, or a binary that was built with cargo-auditable"
            }
            Self::Unreadable { .. } => "make it readable for this user",
            Self::BrokenLockfile { .. } | Self::EmptyLockfile { .. } => {
                "run `cargo generate-lockfile`, or restore the file from version control"
            }
            Self::UnknownLockfileVersion { .. } => "use a newer gate",
            Self::BrokenManifest { .. } => "run `cargo metadata` to see what cargo says of it",
            Self::BrokenList { .. } | Self::NoList { .. } => "build it with `cargo auditable build`",
            Self::NoDatabase { .. } | Self::NotADatabase { .. } => {
                "name a clone of https://github.com/RustSec/advisory-db, or run `gate db update` and name none"
            }
            Self::BrokenTable { .. } => "this is a defect of gate: report it",
            Self::BrokenAdvisory { .. }
            | Self::Truncated { .. }
            | Self::IncompleteClone { .. }
            | Self::UnreadableClone { .. }
            | Self::Stale { embedded: false, .. } => "fetch it anew, for instance with `gate db update`",
            Self::Stale { embedded: true, .. } => {
                "run `gate db update`, or accept the age with `--advisory-db-max-age unlimited`"
            }
            Self::FromTheFuture { .. } => {
                "check the clock of this machine, and where the database comes from"
            }
            Self::Fetch { .. } => {
                "check the network and `HTTPS_PROXY`, or name a local copy with `--advisory-db`"
            }
            Self::Unwritable { .. } | Self::NoCacheFolder => {
                "set `XDG_CACHE_HOME` to a folder that can be written"
            }
            Self::NoDenyConfiguration { .. } => "write one with `cargo deny init`, or set `deny = false`",
            Self::DenyExceptions { .. } => {
                "write the exceptions into `deny.toml`, or change the file on the base branch first"
            }
            Self::DenyVersion { .. } => {
                "install it with `cargo install cargo-deny --version '^0.20' --locked`"
            }
            Self::DenyFailed { .. } | Self::DenyContradiction { .. } => {
                "run `cargo deny check bans licenses sources` by hand to see more"
            }
            Self::CargoFailed { .. } => {
                "run `cargo fetch --locked`: what cargo has not downloaded it cannot resolve offline"
            }
            Self::NoMember { .. } => "name the lockfile of the workspace that the image was built from",
            Self::Process(error) => return process_hint(error),
        };
        Some(text.to_owned())
    }
}

fn process_hint(error: &ProcessError) -> Option<String> {
    let (ProcessError::NotFound { name } | ProcessError::InsideRepository { name, .. }) = error else {
        return error.hint();
    };
    Some(
        match name.as_str() {
            "cargo-deny" => {
                "install it with `cargo install cargo-deny --version '^0.20' --locked`, or set `deny = false`"
            }
            "git" => "install git: it tells the age of the advisory database and fetches a new one",
            _ => "install it outside the repository",
        }
        .to_owned(),
    )
}
