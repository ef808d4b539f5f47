//! `gate db update`: fetches the advisory database through git.
//!
//! Gate opens no connection itself. git is found outside the repository, asks no question, runs no hook, reads no
//! settings of user or system, and may speak https only. A proxy and its certificates are passed on: `HTTPS_PROXY`,
//! `ALL_PROXY`, `NO_PROXY`, `SSL_CERT_FILE`, `SSL_CERT_DIR`, `GIT_SSL_CAINFO`, `GIT_SSL_CAPATH`. The new clone is
//! proven to be a whole database before it takes the place of the old one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::git::{CloneRequest, Git};
use super::{Advisories, DependencyError, Origin};
use crate::stages::{DatabaseUse, ToolUse};

/// The public database.
pub const PUBLIC_DATABASE: &str = "https://github.com/RustSec/advisory-db";

/// What is fetched, and where it is kept.
#[derive(Clone, Debug)]
pub struct UpdateRequest {
    /// The repository; [`PUBLIC_DATABASE`] unless a mirror is wanted.
    pub url: String,
    /// The folder of the clone, as [`clone_folder`] gives it.
    pub folder: PathBuf,
    /// How long git may take.
    pub time_limit: Duration,
    /// No program inside this folder is started.
    pub repository: Option<PathBuf>,
}

/// What an update brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Updated {
    /// The new database.
    pub database: DatabaseUse,
    /// The git that fetched it.
    pub tool: ToolUse,
}

/// Where the clone is kept: `gate/advisory-db` below `XDG_CACHE_HOME`, else below `~/.cache`.
pub fn clone_folder() -> Result<PathBuf, DependencyError> {
    let variable = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    variable("XDG_CACHE_HOME")
        .or_else(|| variable("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("gate").join("advisory-db"))
        .ok_or(DependencyError::NoCacheFolder)
}

/// Fetches the database.
pub fn update(request: &UpdateRequest) -> Result<Updated, DependencyError> {
    let git = Git::find(request.repository.as_deref())?;
    let version = git.version()?;
    let parent = request.folder.parent().unwrap_or(Path::new("."));
    let unwritable = |source| DependencyError::Unwritable {
        path: request.folder.clone(),
        source,
    };
    std::fs::create_dir_all(parent).map_err(unwritable)?;
    // Beside the old one, so that taking its place is a rename.
    let workshop = tempfile::Builder::new()
        .prefix(".advisory-db-")
        .tempdir_in(parent)
        .map_err(unwritable)?;
    let new = workshop.path().join("new");
    fetch(&git, request, &new)?;
    let origin = Origin::Clone(request.folder.clone());
    let database = Advisories::read(origin, &new, request.repository.as_deref())?.used();
    replace(&new, &request.folder, &workshop.path().join("old")).map_err(unwritable)?;
    Ok(Updated {
        database,
        tool: ToolUse {
            name: "git".to_owned(),
            version,
            path: git.program().display().to_string(),
        },
    })
}

fn fetch(git: &Git, request: &UpdateRequest, folder: &Path) -> Result<(), DependencyError> {
    // A mirror on the same machine is named by a path or a file URL; then nothing else may be spoken.
    let local = request.url.starts_with("file://") || Path::new(&request.url).is_absolute();
    let output = git.clone(&CloneRequest {
        url: &request.url,
        folder,
        protocols: if local { "file" } else { "https" },
        time_limit: request.time_limit,
    })?;
    if output.code == 0 {
        return Ok(());
    }
    let text = output.stderr_text();
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    // git says `fatal: …` last; before it stand hints of remote helpers.
    let reason = lines
        .iter()
        .rev()
        .find(|line| line.starts_with("fatal:"))
        .or(lines.last());
    Err(DependencyError::Fetch {
        url: request.url.clone(),
        reason: reason
            .map_or("git said nothing", |line| {
                line.trim_start_matches("fatal:").trim()
            })
            .to_owned(),
    })
}

/// Puts a new folder in the place of an old one; where that fails, the old one is put back.
fn replace(new: &Path, target: &Path, aside: &Path) -> std::io::Result<()> {
    let had_old = target.symlink_metadata().is_ok();
    if had_old {
        std::fs::rename(target, aside)?;
    }
    std::fs::rename(new, target).inspect_err(|_| {
        if had_old {
            // The error that is reported is the first one.
            let _ = std::fs::rename(aside, target);
        }
    })
}

#[cfg(test)]
#[path = "update_tests.rs"]
mod tests;
