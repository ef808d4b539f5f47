//! What is judged for a path that the user names.
//!
//! A folder may hold kustomizations, manifests, patches, values and much else. Each kustomization that no other one
//! includes is rendered; a file that a kustomization names is judged through it and not by itself; a file without
//! `apiVersion` and `kind` is no manifest. Components, patches and values are nothing by themselves.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::error::RenderError;
use super::references::{self, Role};
use super::source::{Naming, location};
use crate::finding::Certainty;
use crate::input::{self, Boundary, Input, InputError};
use crate::yaml::{self, Limits, Node, ProblemKind, Stream};

/// One thing that is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A folder that kustomize renders.
    Kustomization(PathBuf),
    /// A file of manifests.
    File(PathBuf),
    /// Standard input.
    StandardInput,
}

/// What is judged for a path, and what is not.
#[derive(Debug, Default)]
pub struct Discovery {
    /// What is judged, in order.
    pub units: Vec<Unit>,
    /// Names of files that are no manifests.
    pub skipped: Vec<String>,
    /// What should be judged but cannot be taken.
    pub errors: Vec<RenderError>,
}

/// One kustomization of a folder, as far as it decides what is judged by itself.
struct Found {
    folder: PathBuf,
    real: PathBuf,
    is_component: bool,
    names: BTreeSet<PathBuf>,
}

pub(super) fn discover(path: &Path, naming: &Naming) -> Result<Discovery, RenderError> {
    let mut discovery = Discovery::default();
    let folder = match input::classify(path)? {
        Input::StandardInput => return Ok(only(Unit::StandardInput)),
        Input::File(path) => return Ok(only(Unit::File(path))),
        Input::Kustomization(path) => return Ok(only(Unit::Kustomization(path))),
        Input::Folder(folder) => folder,
    };
    discovery.errors = folder.refused.into_iter().map(RenderError::from).collect();
    let boundary = Boundary::around(path)?;
    let mut found = Vec::new();
    for folder in &folder.kustomizations {
        match read(folder, &boundary, naming) {
            Ok(kustomization) => found.push(kustomization),
            Err(error) => discovery.errors.push(error),
        }
    }
    discovery.units = not_included(&found).map(Unit::Kustomization).collect();
    let named: BTreeSet<&PathBuf> = found
        .iter()
        .flat_map(|kustomization| &kustomization.names)
        .collect();
    for file in folder.files {
        let real = file.canonicalize().unwrap_or_else(|_| file.clone());
        if named.contains(&real) {
            continue;
        }
        let shown = naming.name(&real);
        match input::read_bytes(&file, input::MANIFEST_LIMIT) {
            Err(error) => discovery.errors.push(error.named(&shown).into()),
            Ok(bytes) if is_manifest(&yaml::read(&bytes, &Limits::default())) => {
                discovery.units.push(Unit::File(file));
            }
            Ok(_) => discovery.skipped.push(shown),
        }
    }
    if discovery.units.is_empty() && discovery.errors.is_empty() {
        let path = path.display().to_string();
        return Err(InputError::Nothing { path }.into());
    }
    Ok(discovery)
}

fn only(unit: Unit) -> Discovery {
    Discovery {
        units: vec![unit],
        ..Discovery::default()
    }
}

/// What a kustomization names. References that cannot be resolved are left to its own rendering.
fn read(folder: &Path, boundary: &Boundary, naming: &Naming) -> Result<Found, RenderError> {
    let name = folder.display().to_string();
    let real = folder.canonicalize()?;
    let file = input::kustomization_file(folder)?.unwrap_or_else(|| folder.to_owned());
    let bare = file.file_name().map_or(file.as_ref(), Path::new);
    let real_file = boundary.resolve(&real, bare, &name)?;
    let bytes = input::read_bytes(&real_file, input::MANIFEST_LIMIT)?;
    let stream = yaml::read(bytes, &Limits::default());
    if let Some(problem) = stream.problems.first() {
        return Err(RenderError::Kustomization {
            message: problem.message.clone(),
            location: Box::new(location(
                &naming.name(&real_file),
                &stream.text,
                problem.span,
                Certainty::Exact,
            )),
        });
    }
    let root = stream.documents.first().map(|document| document.root());
    let references = references::references(&stream);
    let names = references
        .iter()
        .filter(|reference| {
            !(reference.role == Role::Plugin && references::is_written_in_place(reference.text))
        })
        .filter_map(|reference| boundary.resolve(&real, Path::new(reference.text), &name).ok());
    Ok(Found {
        folder: folder.to_owned(),
        is_component: root.and_then(|root| root.get("kind")).and_then(Node::as_str) == Some("Component"),
        names: names.collect(),
        real,
    })
}

/// The kustomizations that must be rendered so that every one is, alone or as part of another.
fn not_included(found: &[Found]) -> impl Iterator<Item = PathBuf> {
    let candidates = || found.iter().filter(|one| !one.is_component);
    let is_named =
        |one: &Found| candidates().any(|other| other.real != one.real && other.names.contains(&one.real));
    let mut covered = BTreeSet::new();
    let mut chosen = BTreeSet::new();
    let free = candidates().filter(|one| !is_named(one));
    // Those that remain after the free ones name each other in a circle, or are named by a component only.
    for one in free.chain(candidates()) {
        if !covered.contains(&one.real) {
            chosen.insert(one.folder.clone());
            cover(&one.real, found, &mut covered);
        }
    }
    chosen.into_iter()
}

fn cover(real: &Path, found: &[Found], covered: &mut BTreeSet<PathBuf>) {
    if !covered.insert(real.to_owned()) {
        return;
    }
    let one = found.iter().find(|one| one.real == real);
    for name in one.into_iter().flat_map(|one| &one.names) {
        cover(name, found, covered);
    }
}

/// Has any document one of the two keys that every object has? What cannot be read counts as a manifest when it names
/// them somewhere: better an error than a skip.
fn is_manifest(stream: &Stream) -> bool {
    let has_keys = |node: Node<'_>| node.get("apiVersion").is_some() || node.get("kind").is_some();
    let unreadable = stream
        .problems
        .iter()
        .any(|problem| problem.kind != ProblemKind::DuplicateKey);
    stream.documents.iter().any(|document| has_keys(document.root()))
        || (unreadable && (stream.text.contains("apiVersion") || stream.text.contains("kind:")))
}
