//! Images: read from an OCI layout, kept in the cluster's folder, and taken by every node from there, also by one that
//! starts later.

#![expect(clippy::disallowed_methods, reason = "reads the image that the user names")]

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::addresses::Node;
use super::{RealError, Site, node};
use crate::directory::{make_folder, unreadable, unwritable, write_private};
use crate::error::ClusterError;

/// The largest `index.json` that is read.
const LARGEST_INDEX: u64 = 4 << 20;

/// Where names without a registry are looked for by all who know images.
const DEFAULT_REGISTRY: &str = "docker.io";

/// Why an image cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// It is no layout.
    #[error("`{}` is no image: neither a folder with `index.json` nor a tar archive of one", .0.display())]
    NoLayout(PathBuf),
    /// It is a compressed archive.
    #[error("`{}` is a compressed archive", .0.display())]
    Compressed(PathBuf),
    /// It cannot be read.
    #[error("`{}` cannot be read", place.display())]
    Read {
        /// The folder or archive.
        place: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Its index does not name one image.
    #[error("`index.json` of `{}` {what}", place.display())]
    Index {
        /// The folder or archive.
        place: PathBuf,
        /// What it does instead.
        what: String,
    },
    /// The name is not one.
    #[error("`{0}` is no name of an image")]
    Name(String),
    /// The name has a digest, of another image.
    #[error("the image has digest `{digest}`, not `{wanted}`")]
    OtherDigest {
        /// Its digest.
        digest: String,
        /// The digest in the name.
        wanted: String,
    },
}

impl ImageError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        let words = match self {
            Self::NoLayout(_) | Self::Index { .. } => {
                "`cargo xtask image` writes the folder `target/image/hello`; `docker save` of Docker 25 or later and \
                 `skopeo copy … oci-archive:FILE` write archives"
            }
            Self::Compressed(_) => "decompress it first",
            Self::Read { .. } => return None,
            Self::Name(_) => {
                "give it as manifests do: `REGISTRY/REPOSITORY`, with `:TAG` or without, in small letters"
            }
            Self::OtherDigest { .. } => {
                "build the image that the manifests mean, or load it under the name without digest"
            }
        };
        Some(words.to_owned())
    }
}

/// Puts an image into every node that runs, and remembers it for those that do not. Gives its digest.
pub(crate) fn load(site: &Site<'_>, image: &Path, name: &str) -> Result<String, ClusterError> {
    let digest = remember(site, image, name)?;
    let mut running = Vec::new();
    for node in &site.nodes {
        if site.alive(&node.name)?.is_some() {
            running.push(node);
        }
    }
    if running.is_empty() {
        return Err(RealError::NoNode.into());
    }
    let outcomes: Vec<Result<(), ClusterError>> = std::thread::scope(|scope| {
        let threads: Vec<_> = running
            .iter()
            .map(|node| scope.spawn(|| take(site, node)))
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    });
    outcomes.into_iter().collect::<Result<(), _>>()?;
    Ok(digest)
}

/// Lets a node take all images that it does not have.
fn take(site: &Site<'_>, node: &Node) -> Result<(), ClusterError> {
    let outcome = node::inside(site, node)?
        .arguments(["sh", "/var/etc/take-images"])
        .outcome()?;
    if outcome.status.success() {
        return Ok(());
    }
    Err(RealError::NotTaken {
        node: node.name.clone(),
        words: outcome.words(),
    }
    .into())
}

/// Keeps an image under a name in the cluster's folder, from which nodes take it. Gives its digest.
pub(crate) fn remember(site: &Site<'_>, image: &Path, name: &str) -> Result<String, ClusterError> {
    let digest = digest(image).map_err(RealError::from)?;
    let names = Names::parse(name, &digest).map_err(RealError::from)?;
    let folder = site.images().join(digest.trim_start_matches("sha256:"));
    make_folder(&site.images())?;
    let place = folder.join("names");
    let mut lines = fs::read_to_string(&place).unwrap_or_default();
    for name in names.all() {
        if !lines.lines().any(|line| line == name) {
            lines.extend([name, "\n"]);
        }
    }
    if folder.exists() {
        write_private(&place, lines).map_err(unwritable(&place))?;
    } else {
        let fresh = site.cluster.directory().join("image.new");
        make_folder(&fresh)?;
        let archive = fresh.join("archive");
        keep(image, &archive)?;
        write_private(&fresh.join("names"), lines).map_err(unwritable(&fresh))?;
        fs::rename(&fresh, &folder).map_err(unwritable(&folder))?;
    }
    if let Some(tagged) = &names.tagged {
        forget_elsewhere(&site.images(), &folder, tagged)?;
    }
    Ok(digest)
}

/// Writes a layout, folder or archive, as an archive.
fn keep(image: &Path, archive: &Path) -> Result<(), ClusterError> {
    let written = if image.is_dir() {
        pack(image, archive)
    } else {
        fs::copy(image, archive).map(|_| ())
    };
    Ok(written.map_err(unwritable(archive))?)
}

/// Packs the parts of a layout, whatever else is in its folder.
fn pack(layout: &Path, archive: &Path) -> io::Result<()> {
    let mut builder = tar::Builder::new(File::create(archive)?);
    builder.mode(tar::HeaderMode::Deterministic);
    for part in ["oci-layout", "index.json"] {
        builder.append_path_with_name(layout.join(part), part)?;
    }
    builder.append_dir_all("blobs", layout.join("blobs"))?;
    builder.finish()
}

/// A tag means one image: takes it from all others.
fn forget_elsewhere(images: &Path, but: &Path, tagged: &str) -> Result<(), ClusterError> {
    for entry in fs::read_dir(images).map_err(unreadable(images))? {
        let folder = entry.map_err(unreadable(images))?.path();
        let place = folder.join("names");
        let lines = fs::read_to_string(&place).map_err(unreadable(&place))?;
        if folder != but && lines.lines().any(|line| line == tagged) {
            let others = lines.lines().filter(|line| *line != tagged);
            let others: String = others.flat_map(|line| [line, "\n"]).collect();
            write_private(&place, others).map_err(unwritable(&place))?;
        }
    }
    Ok(())
}

/// The digest of the one image in a layout.
fn digest(image: &Path) -> Result<String, ImageError> {
    let text = if image.is_dir() {
        index_of_folder(image)
    } else {
        index_of_archive(image)
    }?;
    of_index(&text).map_err(|what| ImageError::Index {
        place: image.to_owned(),
        what,
    })
}

fn index_of_folder(folder: &Path) -> Result<String, ImageError> {
    let place = folder.join("index.json");
    match File::open(&place) {
        Ok(file) => text(file, &place),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(ImageError::NoLayout(folder.to_owned())),
        Err(source) => Err(ImageError::Read { place, source }),
    }
}

fn index_of_archive(archive: &Path) -> Result<String, ImageError> {
    let failure = |source| ImageError::Read {
        place: archive.to_owned(),
        source,
    };
    let no_layout = || ImageError::NoLayout(archive.to_owned());
    let mut start = [0; 4];
    let mut file = File::open(archive).map_err(failure)?;
    file.read_exact(&mut start).map_err(|_| no_layout())?;
    if start.starts_with(&[0x1f, 0x8b]) || start == [0x28, 0xb5, 0x2f, 0xfd] {
        return Err(ImageError::Compressed(archive.to_owned()));
    }
    let mut archived = tar::Archive::new(File::open(archive).map_err(failure)?);
    for entry in archived.entries().map_err(failure)? {
        let entry = entry.map_err(|_| no_layout())?;
        let path = entry.path().map_err(failure)?.into_owned();
        if path.strip_prefix(".").unwrap_or(&path) == Path::new("index.json") {
            return text(entry, archive);
        }
    }
    Err(no_layout())
}

fn text(file: impl Read, place: &Path) -> Result<String, ImageError> {
    let mut text = String::new();
    let read = file.take(LARGEST_INDEX).read_to_string(&mut text);
    read.map(|_| text).map_err(|source| ImageError::Read {
        place: place.to_owned(),
        source,
    })
}

/// The digest of the one image in an index, which may list it several times under different names.
fn of_index(text: &str) -> Result<String, String> {
    let index: Value = serde_json::from_str(text).map_err(|error| format!("is no JSON: {error}"))?;
    let listed = index
        .pointer("/manifests")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let mut digests = Vec::new();
    for entry in listed {
        let digest = entry
            .pointer("/digest")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !is_digest(digest) {
            return Err(format!("has the digest `{digest}`, which is none of SHA-256"));
        }
        if !digests.contains(&digest) {
            digests.push(digest);
        }
    }
    match digests.as_slice() {
        [digest] => Ok((*digest).to_owned()),
        [] => Err("lists no image".to_owned()),
        several => Err(format!("lists {} images", several.len())),
    }
}

fn is_digest(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    digits.len() == 64
        && digits
            .bytes()
            .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

/// The names by which a node knows an image.
#[derive(Debug, Eq, PartialEq)]
struct Names {
    /// `REGISTRY/REPOSITORY@DIGEST`.
    exact: String,
    /// `REGISTRY/REPOSITORY:TAG`, where a tag was given.
    tagged: Option<String>,
}

impl Names {
    /// The full names of an image of this digest, from a name such as manifests have.
    fn parse(name: &str, digest: &str) -> Result<Self, ImageError> {
        let refused = || ImageError::Name(name.to_owned());
        let (rest, wanted) = name
            .split_once('@')
            .map_or((name, None), |(rest, wanted)| (rest, Some(wanted)));
        if let Some(wanted) = wanted.filter(|wanted| *wanted != digest) {
            return Err(ImageError::OtherDigest {
                digest: digest.to_owned(),
                wanted: wanted.to_owned(),
            });
        }
        // A colon before the last slash is that of a registry's port.
        let (repository, tag) = match rest.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
            _ => (rest, None),
        };
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(refused());
        }
        let repository = full(repository).ok_or_else(refused)?;
        Ok(Self {
            exact: format!("{repository}@{digest}"),
            tagged: tag.map(|tag| format!("{repository}:{tag}")),
        })
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        [self.exact.as_str()].into_iter().chain(self.tagged.as_deref())
    }
}

fn is_tag(tag: &str) -> bool {
    (1..=128).contains(&tag.len())
        && tag
            .bytes()
            .all(|letter| letter.is_ascii_alphanumeric() || b"_.-".contains(&letter))
        && !tag.starts_with(['.', '-'])
}

/// A repository with its registry, which those that know images add where there is none.
fn full(repository: &str) -> Option<String> {
    let parts: Vec<&str> = repository.split('/').collect();
    let (first, rest) = parts.split_first()?;
    let is_registry = !rest.is_empty() && (*first == "localhost" || first.contains(['.', ':']));
    let path = if is_registry { rest } else { &parts };
    let is_part = |part: &str| {
        part.bytes()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || b"._-".contains(&letter))
            && part.starts_with(|letter: char| letter.is_ascii_alphanumeric())
            && part.ends_with(|letter: char| letter.is_ascii_alphanumeric())
    };
    let is_host = |host: &str| {
        host.bytes()
            .all(|letter| letter.is_ascii_alphanumeric() || b".:-".contains(&letter))
    };
    if !path.iter().all(|part| is_part(part)) || (is_registry && !is_host(first)) {
        return None;
    }
    Some(match (is_registry, rest) {
        (true, _) => repository.to_owned(),
        (false, []) => format!("{DEFAULT_REGISTRY}/library/{repository}"),
        (false, _) => format!("{DEFAULT_REGISTRY}/{repository}"),
    })
}
