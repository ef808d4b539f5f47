//! What a path is, and what lies below a folder.

#![expect(clippy::disallowed_methods, reason = "this is the room that walks folders")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Boundary, InputError};

/// The names by which kustomize knows a kustomization file.
pub const KUSTOMIZATION_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Files and folders that one walk may see. The largest repositories of manifests hold some ten thousand.
const ENTRY_LIMIT: usize = 200_000;

/// What a path is.
#[derive(Debug)]
pub enum Input {
    /// A folder that kustomize renders.
    Kustomization(PathBuf),
    /// A file of manifests.
    File(PathBuf),
    /// A folder that is not a kustomization itself.
    Folder(Folder),
    /// `-`: standard input.
    StandardInput,
}

/// What lies below a folder, in the order of the names. Hidden folders and `target` are left out.
#[derive(Debug, Default)]
pub struct Folder {
    /// The folder given.
    pub path: PathBuf,
    /// Folders with a kustomization file.
    pub kustomizations: Vec<PathBuf>,
    /// Files whose names end in `.yaml`, `.yml` or `.json`, without kustomizations and charts.
    pub files: Vec<PathBuf>,
    /// What cannot be taken: charts, links that lead out, unreadable folders.
    pub refused: Vec<InputError>,
}

/// Says what a path is. A folder is walked.
pub fn classify(path: &Path) -> Result<Input, InputError> {
    if path.as_os_str() == "-" {
        return Ok(Input::StandardInput);
    }
    let metadata = fs::metadata(path).map_err(|source| InputError::of_system(path, source))?;
    let name = path.display().to_string();
    let boundary = Boundary::around(path)?;
    if metadata.is_file() {
        let parent = path.parent().unwrap_or(Path::new(""));
        let folder = std::path::absolute(parent_or_here(parent))
            .and_then(|folder| folder.canonicalize())
            .map_err(|source| InputError::of_system(path, source))?;
        let file = path.file_name().map_or(path.as_ref(), Path::new);
        boundary.resolve(&folder, file, &name)?;
        let is_kustomization = KUSTOMIZATION_NAMES.iter().any(|known| file == Path::new(known));
        return Ok(if is_kustomization {
            Input::Kustomization(parent_or_here(parent).to_owned())
        } else {
            Input::File(path.to_owned())
        });
    }
    if !metadata.is_dir() {
        return Err(InputError::NotAFile { path: name });
    }
    if kustomization_file(path)?.is_some() {
        return Ok(Input::Kustomization(path.to_owned()));
    }
    if path.join("Chart.yaml").is_file() {
        return Err(InputError::Chart { path: name });
    }
    let mut walk = Walk::new(path, &boundary);
    walk.folder(path)?;
    let folder = walk.found;
    if folder.kustomizations.is_empty() && folder.files.is_empty() && folder.refused.is_empty() {
        return Err(InputError::Nothing { path: name });
    }
    Ok(Input::Folder(folder))
}

fn parent_or_here(parent: &Path) -> &Path {
    if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    }
}

/// The kustomization file of a folder, if it has one; several are an error, as they are for kustomize.
pub fn kustomization_file(folder: &Path) -> Result<Option<PathBuf>, InputError> {
    let found: Vec<&str> = KUSTOMIZATION_NAMES
        .into_iter()
        .filter(|name| folder.join(name).symlink_metadata().is_ok())
        .collect();
    match found.as_slice() {
        [] => Ok(None),
        [name] => Ok(Some(folder.join(name))),
        several => Err(InputError::SeveralKustomizations {
            path: folder.display().to_string(),
            names: several.join(", "),
        }),
    }
}

struct Walk<'a> {
    boundary: &'a Boundary,
    entries: usize,
    /// Real paths of the folders seen, so that links in a circle end.
    seen: BTreeSet<PathBuf>,
    found: Folder,
}

impl<'a> Walk<'a> {
    fn new(path: &Path, boundary: &'a Boundary) -> Self {
        Self {
            boundary,
            entries: 0,
            seen: BTreeSet::new(),
            found: Folder {
                path: path.to_owned(),
                ..Folder::default()
            },
        }
    }

    fn folder(&mut self, folder: &Path) -> Result<(), InputError> {
        let real = folder
            .canonicalize()
            .map_err(|source| InputError::of_system(folder, source))?;
        if !self.seen.insert(real.clone()) {
            return Ok(());
        }
        if folder.join("Chart.yaml").is_file() {
            let path = folder.display().to_string();
            self.found.refused.push(InputError::Chart { path });
            return Ok(());
        }
        match kustomization_file(folder) {
            Ok(None) => {}
            Ok(Some(_)) => self.found.kustomizations.push(folder.to_owned()),
            Err(error) => self.found.refused.push(error),
        }
        for name in self.names(folder)? {
            self.entry(folder, &real, &name)?;
        }
        Ok(())
    }

    /// Names in a folder, in order.
    fn names(&mut self, folder: &Path) -> Result<Vec<PathBuf>, InputError> {
        let system = |source| InputError::of_system(folder, source);
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(system)? {
            names.push(PathBuf::from(entry.map_err(system)?.file_name()));
            self.entries += 1;
            if self.entries > ENTRY_LIMIT {
                return Err(InputError::TooMany {
                    path: self.found.path.display().to_string(),
                    limit: ENTRY_LIMIT,
                });
            }
        }
        names.sort();
        Ok(names)
    }

    fn entry(&mut self, folder: &Path, real_folder: &Path, name: &Path) -> Result<(), InputError> {
        let path = folder.join(name);
        let hidden = name.to_string_lossy().starts_with('.');
        let is_manifest = name
            .extension()
            .is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|known| extension == *known));
        let is_folder = path.is_dir();
        if hidden || (is_folder && name == Path::new("target")) || !(is_folder || is_manifest) {
            return Ok(());
        }
        let shown = path.display().to_string();
        match self.boundary.resolve(real_folder, name, &shown) {
            Err(error) => self.found.refused.push(error),
            Ok(_) if is_folder => {
                if let Err(error) = self.folder(&path) {
                    if matches!(error, InputError::TooMany { .. }) {
                        return Err(error);
                    }
                    self.found.refused.push(error);
                }
            }
            Ok(_) if KUSTOMIZATION_NAMES.iter().any(|known| name == Path::new(known)) => {}
            Ok(_) => self.found.files.push(path),
        }
        Ok(())
    }
}
