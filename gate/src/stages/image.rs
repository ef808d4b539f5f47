//! The image stage: what is in the images, and whether it is what was audited.
//!
//! Two steps, because manifests are judged between them: [`inspect`] reads the images, whose digests the manifest
//! rules compare with what is pinned; [`judge`] then runs the rules of group `image/`, which compare the images with
//! what the manifests expect. [`run`] does both where there are no manifests.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::civil::Date;

use super::{Hint, StageError, StageOutcome, ToolUse};
use crate::deps::{EmbeddedList, ListedPackage};
use crate::finding::Finding;
use crate::image::trivy::{self, Trivy, TrivyError};
use crate::image::{
    AdvisoryFact, Claims, Contents, EmbeddedVulnerability, ImageError, Inspection, Limits, ManifestUse, Place,
};
pub use crate::kube::CheckedImage;
use crate::process::ProcessError;
use crate::rules::{self, Policy, RuleHit, by_id};

/// Looks for the advisories that affect a package of a program of an image and are to be reported; withdrawn ones are
/// none.
pub type AdvisoryLookup<'a> = dyn Fn(&ImageSource, &ListedPackage) -> Vec<AdvisoryFact> + 'a;

/// The rule over what trivy reports: trivy runs only for it.
const PACKAGE_RULE: &str = "image-vulnerability";

/// An image to judge.
#[derive(Clone, Debug, Default)]
pub struct ImageSource {
    /// Where it lies: a folder with an OCI layout, or an archive.
    pub path: PathBuf,
    /// The path as reports shall show it.
    pub name: String,
    /// The repositories that it is pushed to, as manifests name them.
    pub repositories: Vec<String>,
    /// What its owner says of it.
    pub claims: Claims,
}

/// What the stage does.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The images.
    pub images: Vec<ImageSource>,
    /// Caps on what is read of each.
    pub limits: Limits,
    /// The repository that is judged: no program is taken from it.
    pub repository: Option<PathBuf>,
    /// How trivy is run.
    pub trivy: trivy::Settings,
}

/// What was found of one [`ImageSource`].
#[derive(Debug)]
pub struct Inspections {
    /// The source.
    pub source: ImageSource,
    /// Its images, one a platform: never none.
    pub images: Vec<Inspection>,
    /// Manifests without anything that could run.
    pub attestations: usize,
}

impl Inspections {
    /// What manifests may pin; nothing of an image with errors.
    pub fn checked(&self) -> Vec<CheckedImage> {
        let mut checked: Vec<CheckedImage> = Vec::new();
        if !self.images.iter().all(Inspection::is_sound) {
            return checked;
        }
        for image in &self.images {
            let Some(manifest) = &image.reference.manifest else {
                continue;
            };
            let index = image.reference.index.as_ref().map(ToString::to_string);
            match checked
                .iter_mut()
                .find(|one| index.is_some() && one.index_digest == index)
            {
                Some(one) => one.platform_digests.push(manifest.to_string()),
                None => checked.push(CheckedImage {
                    repositories: self.source.repositories.clone(),
                    index_digest: index,
                    platform_digests: vec![manifest.to_string()],
                }),
            }
        }
        checked
    }

    /// The dependency lists of its programs.
    pub fn embedded_lists(&self) -> impl Iterator<Item = &EmbeddedList> {
        let programs = self.images.iter().flat_map(Inspection::programs);
        programs.filter_map(|(_, program)| program.embedded.as_ref())
    }

    /// Says what manifests expect of it.
    pub fn expect(&mut self, uses: &[ManifestUse]) {
        for image in &mut self.images {
            image.claims.uses.extend_from_slice(uses);
        }
    }
}

/// Reads all images.
pub fn inspect(settings: &Settings) -> Vec<Inspections> {
    let read = |source: &ImageSource| {
        let mut inspected = crate::image::inspect(&source.path, &source.name, &settings.limits);
        for image in &mut inspected.images {
            image.claims = source.claims.clone();
        }
        Inspections {
            source: source.clone(),
            images: inspected.images,
            attestations: inspected.attestations,
        }
    };
    settings.images.iter().map(read).collect()
}

/// Reads and judges all images.
pub fn run(
    settings: &Settings,
    policy: &Policy,
    advisories: &AdvisoryLookup<'_>,
    today: Date,
) -> (StageOutcome, Vec<Inspections>) {
    let mut inspections = inspect(settings);
    let outcome = judge(&mut inspections, settings, policy, advisories, today);
    (outcome, inspections)
}

/// Judges images that were read.
pub fn judge(
    inspections: &mut [Inspections],
    settings: &Settings,
    policy: &Policy,
    advisories: &AdvisoryLookup<'_>,
    today: Date,
) -> StageOutcome {
    let mut outcome = StageOutcome::default();
    audit(inspections, advisories);
    scan_all(inspections, settings, policy, today, &mut outcome);
    for found in &*inspections {
        for image in &found.images {
            outcome
                .errors
                .extend(image.errors.iter().map(|error| stage_error(image, error)));
            outcome.findings.extend(findings(image, policy));
        }
        if found.attestations > 0 {
            outcome.notes.push(format!(
                "`{}` holds {} manifests with attestations, whose statements are not read",
                found.source.name, found.attestations
            ));
        }
    }
    cover(inspections, &mut outcome);
    outcome
}

/// Looks for advisories over the embedded lists.
pub fn audit(inspections: &mut [Inspections], advisories: &AdvisoryLookup<'_>) {
    for found in inspections {
        for image in &mut found.images {
            image.vulnerabilities = vulnerabilities(&found.source, image, advisories);
        }
    }
}

fn vulnerabilities(
    source: &ImageSource,
    image: &Inspection,
    advisories: &AdvisoryLookup<'_>,
) -> Vec<EmbeddedVulnerability> {
    let mut found = Vec::new();
    for (file, program) in image.programs() {
        let packages = program.embedded.iter().flat_map(|list| &list.packages);
        for package in packages {
            let affecting = advisories(source, package);
            found.extend(affecting.into_iter().map(|advisory| EmbeddedVulnerability {
                layer: file.layer,
                binary: file.path.clone(),
                package: package.clone(),
                advisory,
            }));
        }
    }
    found
}

/// An error says which image it is about, unless its sentence does so already.
fn stage_error(image: &Inspection, error: &ImageError) -> StageError {
    let message = match error {
        ImageError::Missing { .. } | ImageError::NotAnImage { .. } => error.to_string(),
        _ => format!("image `{}`: {error}", image.label()),
    };
    StageError {
        message,
        hint: error.hint(),
        location: None,
    }
}

/// Runs every rule of the policy that looks at images.
pub fn findings(image: &Inspection, policy: &Policy) -> Vec<Finding> {
    let finding = |(rule, hit): RuleHit<Place>| {
        let mut finding = policy.finding(rule, &hit);
        finding.image = Some(image.label());
        finding.path = hit.place.path();
        finding.package = hit.place.package().map(str::to_owned);
        finding.seal()
    };
    let hits = rules::image(image, policy.rules()).into_iter();
    hits.map(finding).collect()
}

fn cover(inspections: &[Inspections], outcome: &mut StageOutcome) {
    let images = inspections.iter().flat_map(|found| &found.images);
    for image in images {
        let Some(contents) = &image.contents else { continue };
        let listed: Vec<_> = contents
            .programs()
            .filter_map(|(_, program)| program.embedded.as_ref())
            .collect();
        let counts = [
            ("images", 1),
            ("layers", contents.layers),
            ("files", contents.files.len()),
            ("binaries", contents.programs().count()),
            (
                "embedded crates",
                listed.iter().map(|list| list.packages.len()).sum(),
            ),
        ];
        for (what, count) in counts {
            *outcome.covered.entry(what).or_default() += count;
        }
    }
}

/// Asks trivy, where it is installed, about every image that could be read.
fn scan_all(
    inspections: &mut [Inspections],
    settings: &Settings,
    policy: &Policy,
    today: Date,
    outcome: &mut StageOutcome,
) {
    let has_contents = |image: &Inspection| image.contents.is_some();
    if !inspections
        .iter()
        .flat_map(|found| &found.images)
        .any(has_contents)
    {
        return;
    }
    if !by_id(PACKAGE_RULE).is_some_and(|rule| policy.runs(rule)) {
        outcome.notes.push(format!(
            "installed packages are not scanned, since `{PACKAGE_RULE}` is off"
        ));
        return;
    }
    match Trivy::find(settings.repository.as_deref(), &settings.trivy, today) {
        Ok(trivy) => scan_with(&trivy, inspections, settings, outcome),
        Err(TrivyError::Process(
            reason @ (ProcessError::NotFound { .. } | ProcessError::InsideRepository { .. }),
        )) => without_scanner(inspections, &reason, outcome),
        Err(error) => outcome.errors.push(StageError::new(&error)),
    }
}

fn scan_with(
    trivy: &Trivy,
    inspections: &mut [Inspections],
    settings: &Settings,
    outcome: &mut StageOutcome,
) {
    outcome.tools.push(ToolUse {
        name: "trivy".to_owned(),
        version: trivy.version.clone(),
        path: trivy.program.display().to_string(),
    });
    outcome.notes.push(format!(
        "the vulnerability database of trivy is of {}",
        trivy.updated
    ));
    for found in inspections {
        for image in found.images.iter_mut().filter(|image| image.contents.is_some()) {
            match trivy.scan(&found.source.path, image, &settings.limits, &settings.trivy) {
                Ok(scan) => image.scan = Some(scan),
                Err(error) => outcome.errors.push(StageError::new(&error)),
            }
        }
    }
}

fn without_scanner(inspections: &[Inspections], reason: &ProcessError, outcome: &mut StageOutcome) {
    outcome
        .notes
        .push(format!("{reason}: only embedded dependency lists are audited"));
    let mut managers = BTreeSet::new();
    for image in inspections.iter().flat_map(|found| &found.images) {
        for database in image.contents.iter().flat_map(Contents::package_databases) {
            if managers.insert((image.label(), database.manager)) {
                outcome.errors.push(StageError::new(&TrivyError::Unscanned {
                    image: image.label(),
                    manager: database.manager,
                    path: database.path,
                    reason: reason.to_string(),
                }));
            }
        }
    }
}
