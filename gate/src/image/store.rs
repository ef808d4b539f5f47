//! What holds an image: a folder, or a tar archive of the same files. Nothing outside of it is ever read.

#![expect(
    clippy::disallowed_methods,
    reason = "blobs are read as streams, each proven to lie inside the layout, with the size that its descriptor says"
)]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use tar::EntryType;

use super::{ImageError, Limits};

/// A folder or an archive with named files.
#[derive(Debug)]
pub(super) enum Store {
    /// A folder; its path is resolved.
    Folder(PathBuf),
    /// A tar archive that is not compressed.
    Archive(Archive),
}

/// An archive and where its files lie.
#[derive(Debug)]
pub(super) struct Archive {
    path: PathBuf,
    members: BTreeMap<String, Member>,
}

#[derive(Debug)]
enum Member {
    File { offset: u64, size: u64 },
    Link { target: String },
}

/// How many links lead from a name to a file of an archive at most.
const LINKS: usize = 8;

impl Store {
    /// Opens what lies at a path. `name` is the path as the user gave it, for errors.
    pub(super) fn open(path: &Path, name: &str, limits: &Limits) -> Result<Self, ImageError> {
        let read = |source| ImageError::Read {
            path: name.to_owned(),
            source,
        };
        let missing = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ImageError::Missing {
                path: name.to_owned(),
            },
            _ => read(source),
        };
        let resolved = path.canonicalize().map_err(missing)?;
        let metadata = resolved.metadata().map_err(read)?;
        if metadata.is_dir() {
            return Ok(Self::Folder(resolved));
        }
        if !metadata.is_file() {
            return Err(not_an_image(name, "it is neither a folder nor a file"));
        }
        let file = File::open(&resolved).map_err(read)?;
        let members = index(file, metadata.len(), name, limits)?;
        Ok(Self::Archive(Archive {
            path: resolved,
            members,
        }))
    }

    /// Is there something of this name?
    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Self::Folder(root) => root.join(name).symlink_metadata().is_ok(),
            Self::Archive(archive) => archive.members.contains_key(name),
        }
    }

    /// The bytes of a file as a stream, and how many they are.
    pub(super) fn stream(&self, name: &str) -> Result<(Box<dyn Read>, u64), ImageError> {
        match self {
            Self::Folder(root) => stream_of_folder(root, name),
            Self::Archive(archive) => archive.stream(name),
        }
    }

    /// A whole file, which may not have more bytes than `limit`.
    pub(super) fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>, ImageError> {
        let (stream, size) = self.stream(name)?;
        if size > limit {
            return Err(ImageError::TooMuch {
                what: "bytes in one document",
                limit,
            });
        }
        let mut bytes = Vec::new();
        stream
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(|source| ImageError::Read {
                path: name.to_owned(),
                source,
            })?;
        Ok(bytes)
    }
}

impl Store {
    /// Makes the blobs of a layout available to a program, in the layout in `folder`: a folder's own by a link to
    /// them, an archive's as copies.
    pub(super) fn place_blobs(&self, folder: &Path, paths: &[String]) -> io::Result<()> {
        match self {
            #[cfg(unix)]
            Self::Folder(root) => std::os::unix::fs::symlink(root.join("blobs"), folder.join("blobs")),
            _ => paths.iter().try_for_each(|path| {
                let (mut stream, _) = self.stream(path).map_err(io::Error::other)?;
                let copy = folder.join(path);
                std::fs::create_dir_all(copy.parent().unwrap_or(folder))?;
                io::copy(&mut stream, &mut File::create(copy)?).map(|_| ())
            }),
        }
    }
}

fn not_an_image(name: &str, reason: &str) -> ImageError {
    ImageError::NotAnImage {
        path: name.to_owned(),
        reason: reason.to_owned(),
    }
}

fn stream_of_folder(root: &Path, name: &str) -> Result<(Box<dyn Read>, u64), ImageError> {
    let read = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ImageError::MissingBlob {
            path: name.to_owned(),
        },
        _ => ImageError::Read {
            path: name.to_owned(),
            source,
        },
    };
    let refused = |reason| ImageError::NotInLayout {
        path: name.to_owned(),
        reason,
    };
    let resolved = root.join(name).canonicalize().map_err(read)?;
    if !resolved.starts_with(root) {
        return Err(refused("is a link that leads out of the image"));
    }
    // Asked before it is opened: opening a pipe would wait for ever.
    if !resolved.metadata().map_err(read)?.is_file() {
        return Err(refused("is no file"));
    }
    let file = File::open(&resolved).map_err(read)?;
    let size = file.metadata().map_err(read)?.len();
    Ok((Box::new(BufReader::new(file)), size))
}

impl Archive {
    fn stream(&self, name: &str) -> Result<(Box<dyn Read>, u64), ImageError> {
        let mut current = name.to_owned();
        for _ in 0..LINKS {
            match self.members.get(&current) {
                None => {
                    return Err(ImageError::MissingBlob {
                        path: name.to_owned(),
                    });
                }
                Some(Member::Link { target }) => current.clone_from(target),
                Some(&Member::File { offset, size }) => {
                    let stream = self.section(offset, size).map_err(|source| ImageError::Read {
                        path: name.to_owned(),
                        source,
                    })?;
                    return Ok((stream, size));
                }
            }
        }
        Err(ImageError::NotInLayout {
            path: name.to_owned(),
            reason: "is a chain of links that does not end",
        })
    }

    fn section(&self, offset: u64, size: u64) -> io::Result<Box<dyn Read>> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(offset))?;
        Ok(Box::new(BufReader::new(file).take(size)))
    }
}

/// Where the files of an archive lie. An archive that names a file twice has two readings, and is refused.
fn index(
    mut file: File,
    length: u64,
    name: &str,
    limits: &Limits,
) -> Result<BTreeMap<String, Member>, ImageError> {
    let unreadable = |source: io::Error| ImageError::NotAnImage {
        path: name.to_owned(),
        reason: format!("it cannot be read as a tar archive: {source}"),
    };
    let mut magic = [0; 2];
    if length < 1024 || file.read_exact(&mut magic).is_err() {
        return Err(not_an_image(name, "it is too short for a tar archive"));
    }
    if magic == [0x1f, 0x8b] {
        return Err(not_an_image(
            name,
            "it is a compressed archive; decompress it first",
        ));
    }
    file.rewind().map_err(unreadable)?;
    let mut archive = tar::Archive::new(file);
    let mut members = BTreeMap::new();
    for entry in archive.entries_with_seek().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = clean(&entry.path_bytes());
        let Some(member) = member(&entry, &path) else {
            continue;
        };
        if let Member::File { offset, size } = member
            && offset.checked_add(size).is_none_or(|end| end > length)
        {
            return Err(not_an_image(name, "the archive is cut off"));
        }
        if members.insert(path.clone(), member).is_some() {
            return Err(not_an_image(name, &format!("it contains `{path}` twice")));
        }
        if members.len() > limits.files {
            return Err(ImageError::TooMuch {
                what: "files",
                limit: limits.files as u64,
            });
        }
    }
    Ok(members)
}

fn member<R: Read>(entry: &tar::Entry<'_, R>, path: &str) -> Option<Member> {
    match entry.header().entry_type() {
        EntryType::Regular | EntryType::Continuous => Some(Member::File {
            offset: entry.raw_file_position(),
            size: entry.size(),
        }),
        EntryType::Link => Some(Member::Link {
            target: clean(&entry.link_name_bytes()?),
        }),
        // The older format of `docker save` links a layer that two images share: `../ID/layer.tar`.
        EntryType::Symlink => {
            let target = entry.link_name_bytes()?;
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            Some(Member::Link {
                target: clean(format!("{folder}/{}", String::from_utf8_lossy(&target)).as_bytes()),
            })
        }
        _ => None,
    }
}

/// A name inside an archive without `.` and `..`; the latter cannot lead out of the archive's own list.
fn clean(path: &[u8]) -> String {
    let text = String::from_utf8_lossy(path);
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
