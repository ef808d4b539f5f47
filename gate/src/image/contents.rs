//! The files of an image: all that its layers bring, and what is left of them once they lie on one another.

use std::collections::BTreeMap;

use super::Place;
use super::elf::Program;
use crate::deps::EmbeddedList;

/// A file that a layer brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Number of the layer, from one, the lowest first.
    pub layer: usize,
    /// Absolute path inside the image. Links among its parents are resolved; bytes that are no text stand as `\xNN`.
    pub path: String,
    /// Permission bits with setuid (`0o4000`), setgid (`0o2000`) and sticky (`0o1000`).
    pub mode: u32,
    /// Does it carry file capabilities?
    pub capabilities: bool,
    /// What it is.
    pub kind: FileKind,
}

impl File {
    /// Its place in a report.
    pub fn place(&self) -> Place {
        Place::File {
            layer: self.layer,
            path: self.path.clone(),
        }
    }

    /// May anyone run it, as far as the permission bits say?
    pub fn is_executable(&self) -> bool {
        self.mode & 0o111 != 0
    }
}

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A file with content.
    Regular(Content),
    /// A folder.
    Directory,
    /// A symbolic link.
    Symlink {
        /// Its target as written.
        target: String,
    },
    /// Another name for a file.
    HardLink {
        /// Index of that file in [`Contents::files`].
        file: usize,
    },
    /// A pipe.
    Pipe,
}

/// What is in a file, as far as it is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A program.
    Program(Box<Executable>),
    /// A file that begins like a program and is none.
    MalformedProgram,
    /// A script; its first line names what runs it.
    Script {
        /// Path of the interpreter.
        interpreter: String,
    },
    /// The accounts of the image, `/etc/passwd`, as text.
    Accounts(String),
    /// Anything else.
    Other {
        /// Its size in bytes.
        size: u64,
    },
}

/// A program in an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executable {
    /// What the kernel sees.
    pub program: Program,
    /// Does it look as if the Rust compiler had made it?
    pub rust: bool,
    /// Its dependency list, where it carries one.
    pub embedded: Option<EmbeddedList>,
}

/// A database of packages that were installed into an image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackageDatabase {
    /// Whose database it is: `dpkg`, `apk` or `rpm`.
    pub manager: &'static str,
    /// Path of the file that was recognised.
    pub path: String,
}

/// Why a path leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unresolved {
    /// A chain of links without an end.
    Loop,
    /// A parent is a file.
    NotDirectory,
}

/// Links on the way to one file; the kernel stops there too.
const LINKS: usize = 40;

/// The files of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Every file of every layer, in the order of the layers; also those that a later layer hides.
    pub files: Vec<File>,
    /// How many layers there are.
    pub layers: usize,
    /// Index into `files` of what a container sees, by path.
    pub(super) visible: BTreeMap<String, usize>,
}

impl Contents {
    /// The files that a container sees, ordered by path.
    pub fn visible(&self) -> impl Iterator<Item = &File> {
        self.visible.values().filter_map(|file| self.files.get(*file))
    }

    /// Is a file hidden by a later layer?
    pub fn is_hidden(&self, file: &File) -> bool {
        self.at(&file.path).is_none_or(|seen| !std::ptr::eq(seen, file))
    }

    fn at(&self, path: &str) -> Option<&File> {
        self.files.get(*self.visible.get(path)?)
    }

    /// The file that a container finds at a path, links followed inside the image only.
    pub fn find(&self, path: &str) -> Option<&File> {
        self.at(&self.resolve(path, true).ok()?)
    }

    /// The file that a name stands for: itself, or the one that a hard link is another name of.
    pub fn target<'f>(&'f self, file: &'f File) -> &'f File {
        match file.kind {
            FileKind::HardLink { file: other } => self.files.get(other).unwrap_or(file),
            _ => file,
        }
    }

    /// What is in a file, a hard link followed; none for what has no content.
    pub fn content<'f>(&'f self, file: &'f File) -> Option<&'f Content> {
        match &self.target(file).kind {
            FileKind::Regular(content) => Some(content),
            _ => None,
        }
    }

    /// The programs of all layers, those that a later layer hides included.
    pub fn programs(&self) -> impl Iterator<Item = (&File, &Executable)> {
        self.files.iter().filter_map(|file| match &file.kind {
            FileKind::Regular(Content::Program(executable)) => Some((file, executable.as_ref())),
            _ => None,
        })
    }

    /// The accounts that a container sees.
    pub fn accounts(&self) -> Option<&str> {
        match self.content(self.find("/etc/passwd")?)? {
            Content::Accounts(text) => Some(text),
            _ => None,
        }
    }

    /// The number of a user's account.
    pub fn account_number(&self, user: &str) -> Option<u32> {
        self.accounts()?.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == user).then(|| fields.nth(1)?.parse().ok())?
        })
    }

    /// The package databases that a container sees.
    pub fn package_databases(&self) -> Vec<PackageDatabase> {
        let mut found: Vec<_> = self
            .visible()
            .filter(|file| self.content(file).is_some())
            .filter(|file| self.content(file) != Some(&Content::Other { size: 0 }))
            .filter_map(|file| {
                Some(PackageDatabase {
                    manager: package_manager(&file.path)?,
                    path: file.path.clone(),
                })
            })
            .collect();
        found.sort();
        found.dedup_by(|later, earlier| later.manager == earlier.manager);
        found
    }

    /// Does the image come from a distribution? Each says in one of these files which one it is.
    pub fn names_distribution(&self) -> bool {
        ["/etc/os-release", "/usr/lib/os-release"]
            .iter()
            .any(|path| self.find(path).is_some())
    }

    /// Resolves links and `..` as a container would, whose root is the image's. What does not exist stays as it is.
    pub(super) fn resolve(&self, path: &str, follow_last: bool) -> Result<String, Unresolved> {
        let mut pending: Vec<&str> = parts(path).rev().collect();
        let mut done = String::new();
        let mut links = 0;
        while let Some(part) = pending.pop() {
            if part == ".." {
                done.truncate(done.rfind('/').unwrap_or_default());
                continue;
            }
            let next = format!("{done}/{part}");
            match self.at(&next).map(|file| &file.kind) {
                Some(FileKind::Symlink { target }) if follow_last || !pending.is_empty() => {
                    links += 1;
                    if links > LINKS {
                        return Err(Unresolved::Loop);
                    }
                    if target.starts_with('/') {
                        done.clear();
                    }
                    pending.extend(parts(target).rev());
                }
                Some(FileKind::Directory) | None => done = next,
                Some(_) if pending.is_empty() => done = next,
                Some(_) => return Err(Unresolved::NotDirectory),
            }
        }
        Ok(if done.is_empty() { "/".to_owned() } else { done })
    }
}

/// The parts of a path that matter.
pub(super) fn parts(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|part| !matches!(*part, "" | "."))
}

fn package_manager(path: &str) -> Option<&'static str> {
    match path {
        "/var/lib/dpkg/status" => Some("dpkg"),
        "/lib/apk/db/installed" | "/usr/lib/apk/db/installed" => Some("apk"),
        _ if path.starts_with("/var/lib/dpkg/status.d/") => Some("dpkg"),
        _ => {
            let folders = ["/var/lib/rpm/", "/usr/lib/sysimage/rpm/", "/usr/share/rpm/"];
            let name = folders.iter().find_map(|folder| path.strip_prefix(folder))?;
            ["Packages", "Packages.db", "rpmdb.sqlite"]
                .contains(&name)
                .then_some("rpm")
        }
    }
}
