//! The chain from a lockfile to an image: every program of the image holds what the lockfile resolves.
//!
//! The rules of group `dependencies` judge it; their findings belong to the stage *image*, because it is the image
//! that would have to be built again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::image::Inspections;
use super::{StageError, StageOutcome, deps, image};
use crate::deps::{
    Audit, Binary, DatabaseChoice, DependencyError, Difference, EmbeddedList, Features, Input, InputFile,
    Lockfile, ResolveRequest, compare, compare_built, read_input, resolve,
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
    /// By the path of an image's source, the features that its program was built with; the default ones of its
    /// package where there is no entry.
    pub features: BTreeMap<PathBuf, Features>,
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
        let features = images.features.get(&found.source.path).cloned();
        let link = Link {
            images,
            file,
            lockfile: lockfile.as_ref(),
            features: features.unwrap_or_default(),
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
    features: Features,
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
            let targets = targets(image.platform.as_ref(), program.program.interpreter.as_deref());
            match self.against_cargo(&targets, file, list) {
                Ok(Some(found)) => differences = found,
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

    /// How a list differs from what cargo builds for its package and one of the targets: not at all where it agrees
    /// with any of them. None where package or target is not known.
    fn against_cargo(
        &self,
        targets: &[String],
        file: &InputFile,
        list: &EmbeddedList,
    ) -> Result<Option<Vec<Difference>>, DependencyError> {
        let Some(root) = list.packages.iter().find(|package| package.root) else {
            return Ok(None);
        };
        let mut first = None;
        for target in targets {
            let expected = resolve(&ResolveRequest {
                manifest: &file.beside("Cargo.toml").path,
                package: &root.name,
                version: &root.version,
                target,
                features: &self.features,
                repository: self.images.settings.repository.as_deref(),
            })?;
            let differences = compare_built(&expected, list);
            if differences.is_empty() {
                return Ok(Some(differences));
            }
            first.get_or_insert(differences);
        }
        Ok(first)
    }
}

/// The targets that a program may have been built for, the likeliest first. The interpreter of a dynamic program tells
/// its C library; a static one has musl, or, rarely, the GNU library linked into it.
fn targets(platform: Option<&Platform>, interpreter: Option<&str>) -> Vec<String> {
    let architecture = match platform.map(|platform| (platform.os.as_str(), platform.architecture.as_str())) {
        Some(("linux", "amd64")) => "x86_64",
        Some(("linux", "arm64")) => "aarch64",
        _ => return Vec::new(),
    };
    let libraries: &[&str] = match interpreter {
        None => &["musl", "gnu"],
        Some(path) if path.contains("musl") => &["musl"],
        Some(_) => &["gnu"],
    };
    let target = |library: &&str| format!("{architecture}-unknown-linux-{library}");
    libraries.iter().map(target).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interpreter_tells_the_target() {
        let platform = |architecture: &str| Platform {
            os: "linux".to_owned(),
            architecture: architecture.to_owned(),
            variant: None,
        };
        let of = |architecture: &str, interpreter| targets(Some(&platform(architecture)), interpreter);
        let [musl, gnu] = ["x86_64-unknown-linux-musl", "x86_64-unknown-linux-gnu"];
        assert_eq!(of("amd64", None), [musl, gnu]);
        assert_eq!(of("amd64", Some("/lib/ld-musl-x86_64.so.1")), [musl]);
        assert_eq!(of("amd64", Some("/lib64/ld-linux-x86-64.so.2")), [gnu]);
        assert_eq!(of("arm64", None)[0], "aarch64-unknown-linux-musl");
        assert!(of("s390x", None).is_empty() && targets(None, None).is_empty());
    }
}
