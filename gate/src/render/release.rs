//! A kustomization as it would be released: with the digests of images that were just built.
//!
//! All files that the walk found are copied into a temporary folder, the digests are put in there, and the copy is
//! rendered. Every place leads back to the committed files, which are never touched.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::error::RenderError;
use super::pin::{self, Pin};
use super::source::{Committed, Naming, relative};
use super::tree::Tree;
use crate::edit::{self, Edit};
use crate::input;
use crate::yaml::Stream;

/// The copy of a tree with digests put in.
pub(super) struct Copy {
    /// The folder that holds it, real path.
    pub(super) folder: PathBuf,
    /// The kustomization in it.
    pub(super) kustomization: PathBuf,
    pub(super) naming: Naming,
    /// Removes the copy in the end.
    pub(super) _temporary: tempfile::TempDir,
}

/// The changes by file of the tree. An entry of `images:` is where a digest belongs; a repository without one gets it in
/// the manifests themselves.
pub(super) fn edits(tree: &Tree, pins: &[Pin]) -> BTreeMap<usize, Vec<Edit>> {
    let mut edits = BTreeMap::new();
    for kustomization in &tree.kustomizations {
        let stream = &tree.files[kustomization.file].stream;
        edits.insert(kustomization.file, pin::pin_entries(stream, pins));
    }
    let by_entry: BTreeSet<String> = edits
        .values()
        .flatten()
        .map(|edit| edit.subject.clone())
        .collect();
    let others: Vec<Pin> = pins
        .iter()
        .filter(|pin| !by_entry.contains(pin.repository()))
        .cloned()
        .collect();
    for (number, file) in tree.files.iter().enumerate() {
        edits
            .entry(number)
            .or_insert_with(|| pin::pin_images(&file.stream, &others));
    }
    edits.retain(|_, edits| !edits.is_empty());
    edits
}

/// Writes the copy.
pub(super) fn copy(
    tree: &Tree,
    edits: &BTreeMap<usize, Vec<Edit>>,
    root: &Path,
) -> Result<Copy, RenderError> {
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path().canonicalize()?;
    let original = shared_folder(tree);
    let place = |path: &Path| folder.join(path.strip_prefix(&original).unwrap_or(path));
    let mut naming = Naming::of_copy(root, &folder, &original);
    for (number, file) in tree.files.iter().enumerate() {
        let Some(edits) = edits.get(&number) else { continue };
        let path = place(&file.path);
        write(&path, edit::apply(&file.stream.text, edits).as_bytes())?;
        let committed = Committed {
            text: file.stream.text.clone(),
            edits: edits.clone(),
        };
        naming.committed.insert(path, committed);
    }
    for named in &tree.named {
        let path = place(&named.real);
        if named.real.is_dir() {
            fs::create_dir_all(&path)?;
        } else if !path.exists() {
            write(&path, &input::read_bytes(&named.real, input::MANIFEST_LIMIT)?)?;
        }
    }
    for named in tree.named.iter().filter(|named| named.written != named.real) {
        link(&place(&named.real), &place(&named.written))?;
    }
    let kustomization = place(&tree.kustomizations[tree.root].folder);
    Ok(Copy {
        kustomization,
        naming,
        folder,
        _temporary: temporary,
    })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), RenderError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(fs::write(path, bytes)?)
}

/// The innermost folder that holds everything that is named.
fn shared_folder(tree: &Tree) -> PathBuf {
    let mut shared = tree.kustomizations[tree.root].folder.clone();
    let paths = tree.named.iter().flat_map(|named| [&named.written, &named.real]);
    for path in paths.chain(
        tree.kustomizations
            .iter()
            .map(|kustomization| &kustomization.folder),
    ) {
        while !path.starts_with(&shared) && shared.pop() {}
    }
    shared
}

/// Repeats a link of the tree. Where a link is a folder on the way, the copy has a folder of links.
fn link(real: &Path, written: &Path) -> Result<(), RenderError> {
    let Some(folder) = written.parent() else {
        return Ok(());
    };
    if written.exists() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    let target = relative(&folder.canonicalize()?, real);
    #[cfg(unix)]
    std::os::unix::fs::symlink(target, written)?;
    #[cfg(not(unix))]
    return Err(input::InputError::Outside {
        path: target.display().to_string(),
        limit: "what can be copied: links need Unix",
    }
    .into());
    #[cfg(unix)]
    Ok(())
}

/// The pinned repositories that are rendered. An error where one of them still has another digest.
pub(super) fn rendered_pins(stream: &Stream, pins: &[Pin]) -> Result<Vec<String>, RenderError> {
    let mut seen = BTreeSet::new();
    let mut unpinned = None;
    for document in &stream.documents {
        pin::collect_images(document.root(), &mut |_, image| {
            let Some(pin) = pins.iter().find(|pin| pin.repository() == pin::repository(image)) else {
                return;
            };
            seen.insert(pin.repository().to_owned());
            if !image.ends_with(&format!("@{}", pin.digest())) {
                unpinned = Some(RenderError::NotPinned {
                    image: image.to_owned(),
                    digest: pin.digest().to_owned(),
                });
            }
        });
    }
    match unpinned {
        Some(error) => Err(error),
        None => Ok(seen.into_iter().collect()),
    }
}
