//! The chain from a lockfile to an image: every program of the image holds what the lockfile resolves.
//!
//! The rules of group `dependencies` judge it; their findings belong to the stage *image*, because it is the image
//! that would have to be built again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::image::Inspections;
use super::{StageError, StageOutcome, deps, image};
use crate::deps::{
    Audit, Binary, DatabaseChoice, DependencyError, EmbeddedList, Input, InputFile, Lockfile, ResolveRequest,
    ResolvedPackage, compare, compare_resolved, read_input, resolve,
};
use crate::finding::{Certainty, Finding, Location};
use crate::image::{Executable, Inspection, Platform};
use crate::rules::Policy;

/// The images of a run and the lockfiles that belong to them.
#[derive(Debug, Default)]
pub struct Images {
    /// What the stage *image* does.
    pub settings: image::Settings,
    /// By the path of an image's source, the lockfile that it was built from.
    pub lockfiles: BTreeMap<PathBuf, InputFile>,
    /// Which advisories the programs of the images are held against.
    pub database: DatabaseChoice,
    /// May cargo be asked what it builds? It reads the repository's configuration, so this trusts the repository.
    pub trusted: bool,
}

/// What the programs of images say of the lockfiles they were built from, by the name of the lockfile.
pub fn lists(images: &Images, inspections: &[Inspections]) -> BTreeMap<PathBuf, Vec<EmbeddedList>> {
    let mut lists: BTreeMap<PathBuf, Vec<EmbeddedList>> = BTreeMap::new();
    for found in inspections {
        if let Some(lockfile) = images.lockfiles.get(&found.source.path) {
            lists
                .entry(lockfile.name.clone())
                .or_default()
                .extend(found.embedded_lists().cloned());
        }
    }
    lists
}

/// Holds every program of every image against the lockfile of the image.
pub fn judge(images: &Images, inspections: &[Inspections], policy: &Policy, outcome: &mut StageOutcome) {
    for found in inspections {
        let file = images.lockfiles.get(&found.source.path);
        let lockfile = match file.map(|file| read(file, outcome)) {
            None => None,
            Some(Some(lockfile)) => Some(lockfile),
            // The lockfile that was named cannot be read, which is an error already: nothing can be compared.
            Some(None) => continue,
        };
        let link = Link {
            images,
            file,
            lockfile: lockfile.as_ref(),
        };
        for image in &found.images {
            let audit = link.audit(image, outcome);
            let findings = deps::findings(&audit, policy, |_| file.map(beginning));
            outcome
                .findings
                .extend(findings.into_iter().map(|finding| in_image(finding, image)));
        }
    }
}

fn read(file: &InputFile, outcome: &mut StageOutcome) -> Option<Lockfile> {
    let error = match read_input(file) {
        Ok(Input::Lockfile(lockfile, text)) => {
            outcome.sources.insert(file.label(), text);
            return Some(lockfile);
        }
        Ok(Input::Binary(_)) => {
            outcome.errors.push(StageError {
                message: format!("`{}` is a binary and no lockfile", file.label()),
                hint: Some("name the lockfile that the image was built from".to_owned()),
                location: None,
            });
            return None;
        }
        Err(error) => error,
    };
    outcome.errors.push(StageError::new(&error));
    None
}

/// The lockfile as a whole: what differs may stand nowhere in it.
fn beginning(file: &InputFile) -> Location {
    Location {
        file: file.label(),
        line: 1,
        column: 1,
        end_line: 1,
        end_column: 1,
        certainty: Certainty::Nearest,
    }
}

fn in_image(mut finding: Finding, image: &Inspection) -> Finding {
    finding.path = Some(image.label());
    finding.seal()
}

struct Link<'a> {
    images: &'a Images,
    file: Option<&'a InputFile>,
    lockfile: Option<&'a Lockfile>,
}

impl Link<'_> {
    fn audit(&self, image: &Inspection, outcome: &mut StageOutcome) -> Audit {
        let mut audit = Audit::default();
        for (file, program) in image.programs() {
            audit
                .binaries
                .extend(self.binary(image, &file.path, program, outcome));
        }
        audit
    }

    /// A program in the chain; none where it is no Rust program, of which no list can be expected.
    fn binary(
        &self,
        image: &Inspection,
        path: &str,
        program: &Executable,
        outcome: &mut StageOutcome,
    ) -> Option<Binary> {
        let path = path.to_owned();
        let Some(list) = &program.embedded else {
            return program.rust.then(|| Binary::without_list(path));
        };
        let (Some(file), Some(lockfile)) = (self.file, self.lockfile) else {
            return Some(Binary {
                listed: true,
                ..Binary::without_list(path)
            });
        };
        let mut differences = compare(lockfile, list);
        if self.images.trusted && differences.is_empty() {
            match self.resolved(image, file, list) {
                Ok(Some(resolved)) => differences = compare_resolved(&resolved, list),
                Ok(None) => outcome.notes.push(format!(
                    "what cargo builds for `{path}` was not asked: its package or target is not known"
                )),
                Err(error) => outcome.errors.push(StageError::new(&error)),
            }
        } else if !self.images.trusted {
            outcome.notes.push(format!(
                "`{path}` was compared with `{}` alone, not with what cargo would build (`deny = true` trusts the repository)",
                file.label()
            ));
        }
        *outcome.covered.entry("embedded lists").or_default() += 1;
        Some(Binary::compared(path, file.label(), differences))
    }

    /// What cargo builds for the package and target of a program; none where one of them is not known.
    fn resolved(
        &self,
        image: &Inspection,
        file: &InputFile,
        list: &EmbeddedList,
    ) -> Result<Option<Vec<ResolvedPackage>>, DependencyError> {
        let root = list.packages.iter().find(|package| package.root);
        let (Some(root), Some(target)) = (root, image.platform.as_ref().and_then(target)) else {
            return Ok(None);
        };
        let request = ResolveRequest {
            manifest: &file.beside("Cargo.toml").path,
            package: &root.name,
            target,
            repository: self.images.settings.repository.as_deref(),
        };
        resolve(&request).map(Some)
    }
}

/// The target that a static program of a platform is built for.
fn target(platform: &Platform) -> Option<&'static str> {
    match (platform.os.as_str(), platform.architecture.as_str()) {
        ("linux", "amd64") => Some("x86_64-unknown-linux-musl"),
        ("linux", "arm64") => Some("aarch64-unknown-linux-musl"),
        _ => None,
    }
}
