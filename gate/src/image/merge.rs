//! Lays layers on one another, entry by entry, as a container runtime does.
//!
//! Whiteouts after the OCI image specification (`.wh.NAME`, `.wh..wh..opq`). An entry that would leave the image is
//! not followed but reported.

use super::contents::{Contents, File, FileKind, Unresolved, parts};
use super::{Content, ImageError, Limits};

const WHITEOUT: &str = ".wh.";
const OPAQUE: &str = ".wh..wh..opq";
/// Other names that begin so are bookkeeping of one storage driver; runtimes pass over them.
const BOOKKEEPING: &str = ".wh..wh.";

/// An entry of a layer, before it is placed.
#[derive(Debug)]
pub(super) struct NewFile {
    pub(super) name: String,
    pub(super) mode: u32,
    pub(super) capabilities: bool,
    pub(super) kind: NewKind,
}

/// What an entry of a layer is.
#[derive(Debug)]
pub(super) enum NewKind {
    Regular(Content),
    Directory,
    Symlink { target: String },
    HardLink { target: String },
    Pipe,
    Device,
    Unknown { kind: u8 },
}

/// Contents in the making.
pub(super) struct Merge<'a> {
    pub(super) contents: Contents,
    pub(super) defects: Vec<ImageError>,
    pub(super) limits: &'a Limits,
}

impl<'a> Merge<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self {
            contents: Contents::default(),
            defects: Vec::new(),
            limits,
        }
    }

    /// Begins the next layer.
    pub(super) fn next_layer(&mut self) {
        self.contents.layers += 1;
    }

    /// Number of the layer at hand.
    pub(super) fn layer(&self) -> usize {
        self.contents.layers
    }

    /// Reports what is wrong with an entry of this layer.
    pub(super) fn defect(&mut self, name: &str, reason: impl Into<String>) {
        self.defects.push(ImageError::Entry {
            layer: self.layer(),
            path: name.to_owned(),
            reason: reason.into(),
        });
    }

    /// Places an entry. The error is only for the cap on their number.
    pub(super) fn add(&mut self, new: NewFile) -> Result<(), ImageError> {
        if self.contents.files.len() >= self.limits.files {
            return Err(ImageError::TooMuch {
                what: "files",
                limit: self.limits.files as u64,
            });
        }
        let name = new.name.clone();
        if let Err(reason) = self.place(new) {
            self.defect(&name, reason);
        }
        Ok(())
    }

    fn place(&mut self, new: NewFile) -> Result<(), String> {
        let (parent, name) = self.landing(&new.name)?;
        if name == OPAQUE {
            self.hide_below(&parent);
            return Ok(());
        }
        if name.starts_with(BOOKKEEPING) {
            return Ok(());
        }
        if let Some(hidden) = name.strip_prefix(WHITEOUT) {
            return self.whiteout(&parent, hidden);
        }
        let path = join(&parent, &name);
        let kind = self.kind(new.kind, &parent, &path)?;
        self.make_room(&path, kind == FileKind::Directory);
        self.contents
            .visible
            .insert(path.clone(), self.contents.files.len());
        self.contents.files.push(File {
            layer: self.contents.layers,
            path,
            mode: new.mode & 0o7777,
            capabilities: new.capabilities,
            kind,
        });
        Ok(())
    }

    /// Where a name lands: its parent with links resolved, and its last part. The root has no last part.
    fn landing(&self, name: &str) -> Result<(String, String), String> {
        if parts(name).any(|part| part == "..") {
            return Err("leads out of the image with `..`".to_owned());
        }
        let mut all: Vec<&str> = parts(name).collect();
        let last = all.pop().unwrap_or_default().to_owned();
        let parent = self.contents.resolve(&all.join("/"), true).map_err(explain)?;
        match self
            .contents
            .visible
            .get(&parent)
            .and_then(|file| self.contents.files.get(*file))
        {
            Some(file) if file.kind != FileKind::Directory => Err(explain(Unresolved::NotDirectory)),
            _ => Ok((parent, last)),
        }
    }

    fn kind(&self, kind: NewKind, parent: &str, path: &str) -> Result<FileKind, String> {
        match kind {
            NewKind::Regular(content) => Ok(FileKind::Regular(at(content, path))),
            NewKind::Directory => Ok(FileKind::Directory),
            NewKind::Pipe => Ok(FileKind::Pipe),
            NewKind::Symlink { target } if climbs_out(parent, &target) => {
                Err(format!("is a link that leads out of the image: `{target}`"))
            }
            NewKind::Symlink { target } => Ok(FileKind::Symlink { target }),
            NewKind::HardLink { target } => self.hard_link(&target),
            NewKind::Device => Err("is a device".to_owned()),
            NewKind::Unknown { kind } => Err(format!("is of a kind that no image has: {kind}")),
        }
    }

    fn hard_link(&self, target: &str) -> Result<FileKind, String> {
        let (parent, name) = self
            .landing(target)
            .map_err(|reason| format!("is another name for `{target}`, which {reason}"))?;
        let found = self.contents.visible.get(&join(&parent, &name)).copied();
        let Some((index, file)) = found.and_then(|index| Some((index, self.contents.files.get(index)?)))
        else {
            return Err(format!("is another name for `{target}`, which is not there"));
        };
        match &file.kind {
            FileKind::Directory => Err(format!("is another name for the folder `{target}`")),
            FileKind::HardLink { file } => Ok(FileKind::HardLink { file: *file }),
            FileKind::Symlink { target } => Ok(FileKind::Symlink {
                target: target.clone(),
            }),
            _ => Ok(FileKind::HardLink { file: index }),
        }
    }

    fn whiteout(&mut self, parent: &str, hidden: &str) -> Result<(), String> {
        if matches!(hidden, "" | "." | "..") {
            return Err("hides no file that could be in the image".to_owned());
        }
        let path = join(parent, hidden);
        self.hide_below(&path);
        if self.is_from_below(&path) {
            self.contents.visible.remove(&path);
        }
        Ok(())
    }

    /// Hides what lower layers have below a folder. What this layer itself brings stays.
    fn hide_below(&mut self, folder: &str) {
        let hidden: Vec<String> = self
            .below(folder)
            .into_iter()
            .filter(|path| self.is_from_below(path))
            .collect();
        for path in hidden {
            self.contents.visible.remove(&path);
        }
    }

    fn is_from_below(&self, path: &str) -> bool {
        let file = self.contents.visible.get(path).copied();
        file.and_then(|file| self.contents.files.get(file))
            .is_some_and(|file| file.layer < self.contents.layers)
    }

    fn below(&self, folder: &str) -> Vec<String> {
        let start = if folder == "/" {
            "/".to_owned()
        } else {
            format!("{folder}/")
        };
        self.contents
            .visible
            .range(start.clone()..)
            .map(|(path, _)| path)
            .take_while(|path| path.starts_with(&start))
            .filter(|path| *path != "/")
            .cloned()
            .collect()
    }

    /// A folder over a folder joins it; everything else takes the place of what was there.
    fn make_room(&mut self, path: &str, is_directory: bool) {
        let old = self.contents.visible.get(path).copied();
        let old = old.and_then(|file| self.contents.files.get(file));
        let joins = is_directory && old.is_none_or(|file| file.kind == FileKind::Directory);
        if !joins {
            for path in self.below(path) {
                self.contents.visible.remove(&path);
            }
        }
    }
}

/// A program's list names the program by the path where it landed.
fn at(mut content: Content, path: &str) -> Content {
    if let Content::Program(program) = &mut content
        && let Some(list) = &mut program.embedded
    {
        path.clone_into(&mut list.path);
    }
    content
}

fn join(parent: &str, name: &str) -> String {
    format!("{}/{name}", parent.trim_end_matches('/'))
}

fn explain(unresolved: Unresolved) -> String {
    match unresolved {
        Unresolved::Loop => "lies behind a chain of links that does not end",
        Unresolved::NotDirectory => "lies below something that is no folder",
    }
    .to_owned()
}

/// Does a link in a folder lead above the root? A container's kernel stops there; a careless unpacker does not.
fn climbs_out(folder: &str, target: &str) -> bool {
    let mut depth = if target.starts_with('/') {
        0
    } else {
        parts(folder).count()
    };
    for part in parts(target) {
        if part != ".." {
            depth += 1;
        } else if depth == 0 {
            return true;
        } else {
            depth -= 1;
        }
    }
    false
}
