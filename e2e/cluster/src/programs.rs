//! The Go programs that a cluster is made of, built from the modules below `go/`.
//!
//! A module names its programs as tools and may hold some of its own. They are built once, into
//! `${XDG_CACHE_HOME:-~/.cache}/hello-cluster/MODULE-HASH`: a folder of that name is complete, for it is built under
//! another name and renamed. The hash covers sources, flags, and what `go` is.

#![expect(
    clippy::disallowed_methods,
    reason = "reads the Go sources of this crate, from which programs are built"
)]

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::directory::{self, DirectoryError};
use crate::lock;
use crate::process::{Interrupt, ProcessError, Run};

/// Environment of every build: pure Go, no path and no revision of a machine inside, versions as locked.
const ENVIRONMENT: [(&str, &str); 3] = [
    ("CGO_ENABLED", "0"),
    ("GOFLAGS", "-mod=readonly -trimpath -buildvcs=false"),
    ("GOWORK", "off"),
];

/// Variables that would build for another machine.
const FOREIGN: [&str; 3] = ["GOOS", "GOARCH", "GOBIN"];

/// The module whose version is Kubernetes' own.
const KUBERNETES: &str = "k8s.io/kubernetes";

/// Where Kubernetes' programs read their version from.
const VERSION_PACKAGE: &str = "k8s.io/component-base/version";

/// Programs that `go build` names after the last part of their path, and their own names.
const NAMES: [(&str, &str); 1] = [("server", "etcd")];

/// A cold build on a slow machine is done by then.
const LIMIT: Duration = Duration::from_hours(2);

/// How many lines of a failed build are told.
const TOLD: usize = 20;

/// Why programs could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// There is no Go.
    #[error("`go` is not installed, and the programs of a cluster are built with it")]
    NoGo,
    /// A source could not be read.
    #[error("`{}` cannot be read", place.display())]
    Source {
        /// The file.
        place: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The manifest does not say which Kubernetes.
    #[error("`{}` does not require `{KUBERNETES}`", .0.display())]
    NoVersion(PathBuf),
    /// The cache cannot be written.
    #[error("`{}` cannot be written", place.display())]
    Cache {
        /// The file or folder.
        place: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The user's folders cannot be told.
    #[error(transparent)]
    Place(#[from] DirectoryError),
    /// The build failed.
    #[error("the programs of `{module}` could not be built: {words}")]
    Failed {
        /// The module.
        module: String,
        /// What go said last.
        words: String,
    },
    /// Go could not be run, or was interrupted.
    #[error(transparent)]
    Run(ProcessError),
}

impl From<ProcessError> for BuildError {
    fn from(error: ProcessError) -> Self {
        match error {
            ProcessError::NotInstalled(_) => Self::NoGo,
            error => Self::Run(error),
        }
    }
}

impl BuildError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::NoGo => Some("install Go 1.24 or later, see https://go.dev/dl".to_owned()),
            Self::Failed { words, .. } if words.contains("dial tcp") || words.contains("proxyconnect") => Some(
                "allow this machine to reach a Go module proxy, or name one in GOPROXY; what was downloaded is kept"
                    .to_owned(),
            ),
            Self::Failed { words, .. } if words.contains("requires go >=") => {
                Some("install that Go or a later one, see https://go.dev/dl".to_owned())
            }
            Self::Failed { words, .. } if words.contains("no space left") => {
                Some("a first build needs about 6 GB in the folders that `go env GOCACHE GOMODCACHE` names".to_owned())
            }
            Self::Place(error) => error.hint(),
            _ => None,
        }
    }
}

/// The folder of the programs of a module below `go/`, built if they are not there.
pub(crate) fn ensure(
    module: &str,
    interrupt: &Interrupt,
    progress: &mut dyn FnMut(&str),
) -> Result<PathBuf, BuildError> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("go").join(module);
    ensure_in(&directory::cache()?, &source, interrupt, progress)
}

fn ensure_in(
    cache: &Path,
    source: &Path,
    interrupt: &Interrupt,
    progress: &mut dyn FnMut(&str),
) -> Result<PathBuf, BuildError> {
    let module = source
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let sources = sources(source)?;
    let platform = go(source, interrupt)
        .arguments(["env", "GOVERSION", "GOOS", "GOARCH"])
        .output()?;
    let folder = cache.join(format!("{module}-{}", hash(source, &sources, &platform.stdout)?));
    if folder.is_dir() {
        return Ok(folder);
    }
    let write = |place: &Path| {
        let place = place.to_owned();
        move |source| BuildError::Cache { place, source }
    };
    fs::create_dir_all(cache).map_err(write(cache))?;
    let _lock = hold(
        &cache.join(format!("{module}.lock")),
        &module,
        interrupt,
        progress,
    )?;
    if folder.is_dir() {
        return Ok(folder); // by whoever held the lock
    }
    progress(&format!(
        "building the programs of {module}: ten minutes at first, much less once Go's own cache has their parts"
    ));
    let partial = folder.with_extension("partial");
    if partial.exists() {
        fs::remove_dir_all(&partial).map_err(write(&partial))?;
    }
    build(source, &module, &sources, &partial, interrupt)?;
    for (built, name) in NAMES {
        let built = partial.join(built);
        if built.exists() {
            fs::rename(&built, partial.join(name)).map_err(write(&built))?;
        }
    }
    fs::rename(&partial, &folder).map_err(write(&folder))?;
    Ok(folder)
}

/// A file that is locked as long as this process lives or holds it. It stays, for its name is what others wait for.
fn hold(
    place: &Path,
    module: &str,
    interrupt: &Interrupt,
    progress: &mut dyn FnMut(&str),
) -> Result<File, BuildError> {
    let said = format!("another build of {module} is going on: waiting for it");
    lock::wait(place, interrupt, &said, progress).map_err(|error| match error {
        DirectoryError::Interrupted => BuildError::Run(ProcessError::Interrupted),
        error => error.into(),
    })
}

fn go(source: &Path, interrupt: &Interrupt) -> Run {
    let mut run = Run::of("go", interrupt).folder(source).limit(LIMIT);
    for (name, value) in ENVIRONMENT {
        run = run.variable(name, value);
    }
    FOREIGN.into_iter().fold(run, Run::without)
}

fn build(
    source: &Path,
    module: &str,
    sources: &[PathBuf],
    folder: &Path,
    interrupt: &Interrupt,
) -> Result<(), BuildError> {
    // The separator at its end tells go that this is a folder.
    let output = format!("{}/", folder.display());
    let mut run =
        go(source, interrupt).arguments(["build", "-ldflags", &flags(source)?, "-o", &output, "tool"]);
    if sources
        .iter()
        .any(|file| file.extension().is_some_and(|extension| extension == "go"))
    {
        run = run.arguments(["./..."]);
    }
    let outcome = run.outcome()?;
    if outcome.status.success() {
        return Ok(());
    }
    let words = outcome.words();
    let lines: Vec<&str> = words
        .lines()
        .filter(|line| !line.starts_with("go: downloading "))
        .collect();
    Err(BuildError::Failed {
        module: module.to_owned(),
        words: lines
            .get(lines.len().saturating_sub(TOLD)..)
            .unwrap_or_default()
            .join("\n"),
    })
}

/// What the linker puts into Kubernetes' programs: their version, without which they call themselves v0.0.0.
fn flags(source: &Path) -> Result<String, BuildError> {
    let manifest = source.join("go.mod");
    let text = fs::read_to_string(&manifest).map_err(unreadable(&manifest))?;
    let version = version(&text).ok_or(BuildError::NoVersion(manifest))?;
    let minor = version.split('.').nth(1).unwrap_or_default();
    Ok(format!(
        "-s -w -X {VERSION_PACKAGE}.gitVersion={version} -X {VERSION_PACKAGE}.gitMajor=1 \
         -X {VERSION_PACKAGE}.gitMinor={minor} -X {VERSION_PACKAGE}.gitTreeState=clean"
    ))
}

/// The version of Kubernetes that a `go.mod` requires.
fn version(manifest: &str) -> Option<&str> {
    manifest.lines().find_map(|line| {
        let mut words = line.trim().trim_start_matches("require ").split_whitespace();
        (words.next()? == KUBERNETES).then(|| words.next())?
    })
}

/// Everything that the programs are built from: manifest, checksums, and Go files, in order.
fn sources(folder: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let entry = entry.map_err(unreadable(folder))?;
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path
            .extension()
            .is_some_and(|extension| ["go", "mod", "sum"].iter().any(|kind| extension == *kind))
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn hash(source: &Path, sources: &[PathBuf], platform: &[u8]) -> Result<String, BuildError> {
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        // With its length in front no part can pass for the end of the one before.
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    };
    for (name, value) in ENVIRONMENT.iter().chain(&NAMES) {
        add(name.as_bytes());
        add(value.as_bytes());
    }
    add(flags(source)?.as_bytes());
    add(platform);
    for file in sources {
        add(file
            .strip_prefix(source)
            .unwrap_or(file)
            .to_string_lossy()
            .as_bytes());
        add(&fs::read(file).map_err(unreadable(file))?);
    }
    let number = hash
        .finalize()
        .first_chunk()
        .map_or(0, |bytes| u64::from_be_bytes(*bytes));
    Ok(format!("{number:016x}"))
}

fn unreadable(place: &Path) -> impl FnOnce(io::Error) -> BuildError {
    let place = place.to_owned();
    move |source| BuildError::Source { place, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_the_manifest() {
        let manifest = "module x\n\nrequire (\n\tk8s.io/kubernetes-incubator v9.9.9\n\tk8s.io/kubernetes v1.34.4 // indirect\n)\n";
        assert_eq!(version(manifest), Some("v1.34.4"));
        assert_eq!(version("require k8s.io/kubernetes v1.35.0\n"), Some("v1.35.0"));
        assert_eq!(version("module k8s.io/kubernetes\n"), None);
    }

    #[test]
    fn the_hash_sees_every_source_the_version_and_the_platform() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        let hash_of =
            |platform: &[u8]| hash(folder.path(), &sources(folder.path()).unwrap(), platform).unwrap();
        write("go.mod", "require k8s.io/kubernetes v1.34.4\n");
        fs::create_dir(folder.path().join("pause")).unwrap();
        write("pause/main.go", "package main\n");
        let mut seen = vec![hash_of(b"linux")];
        assert_eq!(seen, [hash_of(b"linux")]);
        write("notes.txt", "no source");
        assert_eq!(seen, [hash_of(b"linux")]);
        seen.push(hash_of(b"plan9"));
        write("go.sum", "");
        seen.push(hash_of(b"linux"));
        write("pause/main.go", "package pause\n");
        seen.push(hash_of(b"linux"));
        write("go.mod", "require k8s.io/kubernetes v1.34.5\n");
        seen.push(hash_of(b"linux"));
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 5);
    }

    #[test]
    fn the_modules_of_this_crate_say_their_version() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("go/control-plane");
        let flags = flags(&source).unwrap();
        assert!(flags.contains("version.gitVersion=v1.34.4 "), "{flags}");
        assert!(flags.contains("version.gitMinor=34 "), "{flags}");
    }
}
