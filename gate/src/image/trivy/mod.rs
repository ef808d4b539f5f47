//! Trivy, where it is installed: the scanner for packages that gate has no advisories of.
//!
//! It is given one image at a time, in a folder that holds nothing but that image, and works in an empty folder with
//! empty configuration, so that no file of a change can hide what it finds. It fetches nothing: the database is the
//! one whose age was checked before. Its exit codes: 0 is nothing found, 10 (as it is told) is something found, all
//! others are failures. Silence is not taken for health: it must have recognised what gate recognises.

mod error;
mod report;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil::Date;
use serde::Deserialize;
use tempfile::TempDir;

pub use error::TrivyError;
pub use report::{PackageVulnerability, Scan, Severity, read_report};

use super::inspection::Inspection;
use super::store::Store;
use super::{Digest, Limits};
use crate::process::{Invocation, Output, ProcessError, locate};

/// The exit code that trivy is told to use when it finds something: none that it has for anything else.
const FOUND: i32 = 10;
/// The oldest version whose options and report are known.
const LEAST: (u64, u64) = (0, 60);

/// How trivy is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where trivy is; none is wherever the `PATH` has it outside of the repository.
    pub program: Option<PathBuf>,
    /// Time for one image.
    pub time_limit: Duration,
    /// How old its database may be; none is any age.
    pub maximum_age: Option<Duration>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            program: None,
            time_limit: Duration::from_mins(5),
            maximum_age: Some(Duration::from_hours(7 * 24)),
        }
    }
}

/// A trivy that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trivy {
    /// Where it was found.
    pub program: PathBuf,
    /// Its version.
    pub version: String,
    /// The day of its database.
    pub updated: Date,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VersionReport {
    version: String,
    #[serde(rename = "VulnerabilityDB")]
    database: Option<DatabaseReport>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DatabaseReport {
    updated_at: String,
}

impl Trivy {
    /// Finds trivy outside the repository, and proves its version and the age of its database.
    pub fn find(repository: Option<&Path>, settings: &Settings, today: Date) -> Result<Self, TrivyError> {
        let program = match &settings.program {
            None => locate("trivy", repository)?,
            Some(program) if program.is_file() => program.clone(),
            Some(_) => {
                let name = "trivy".to_owned();
                return Err(ProcessError::NotFound { name }.into());
            }
        };
        let folder = tempfile::tempdir().map_err(TrivyError::Folder)?;
        let output = invocation(&program, folder.path())
            .arguments(["version", "--format", "json"])
            .time_limit(settings.time_limit.min(Duration::from_secs(30)))
            .run()?;
        let unusable = |reason| TrivyError::NoVersion { reason };
        if output.code != 0 {
            return Err(unusable(format!("exit code {}: {}", output.code, words(&output))));
        }
        let report: VersionReport =
            serde_json::from_slice(&output.stdout).map_err(|error| unusable(error.to_string()))?;
        check_version(&report.version)?;
        let updated = report.database.ok_or(TrivyError::NoDatabase)?.updated_at;
        let updated: Date = updated
            .get(..10)
            .and_then(|day| day.parse().ok())
            .ok_or_else(|| unusable(format!("`{updated}` is no time")))?;
        check_age(updated, settings.maximum_age, today)?;
        Ok(Self {
            program,
            version: report.version,
            updated,
        })
    }

    /// Scans an image that was read from `path`.
    pub(crate) fn scan(
        &self,
        path: &Path,
        image: &Inspection,
        limits: &Limits,
        settings: &Settings,
    ) -> Result<Scan, TrivyError> {
        let folder = tempfile::tempdir().map_err(TrivyError::Folder)?;
        let input = stage(path, image, limits, &folder).map_err(TrivyError::Folder)?;
        let work = folder.path().join("work");
        let empty = folder.path().join("empty.yaml");
        std::fs::create_dir(&work).map_err(TrivyError::Folder)?;
        std::fs::write(&empty, "").map_err(TrivyError::Folder)?;
        let output = invocation(&self.program, &work)
            .arguments([
                "image",
                "--format",
                "json",
                "--scanners",
                "vuln",
                "--list-all-pkgs",
            ])
            .arguments([
                "--skip-db-update",
                "--skip-java-db-update",
                "--offline-scan",
                "--quiet",
            ])
            .arguments(["--exit-code", &FOUND.to_string()])
            .arguments(["--config".as_ref(), empty.as_os_str()])
            .arguments(["--ignorefile".as_ref(), empty.as_os_str()])
            .arguments(["--secret-config".as_ref(), empty.as_os_str()])
            .arguments(["--input".as_ref(), input.as_os_str()])
            .time_limit(settings.time_limit)
            .run()?;
        let scan = judge(&output, &image.label())?;
        check_image(&scan, image)?;
        check_recognised(&scan, image)?;
        Ok(scan)
    }
}

fn invocation(program: &Path, directory: &Path) -> Invocation {
    let invocation = Invocation::new(program)
        .directory(directory)
        // Both are network traffic that has nothing to do with the scan; older versions do not know them.
        .variable("TRIVY_SKIP_VERSION_CHECK", "true")
        .variable("TRIVY_DISABLE_TELEMETRY", "true");
    // Its database lies below this folder where it is set.
    match std::env::var_os("XDG_CACHE_HOME") {
        Some(folder) => invocation.variable("XDG_CACHE_HOME", folder),
        None => invocation,
    }
}

fn check_version(version: &str) -> Result<(), TrivyError> {
    let mut numbers = version.trim_start_matches('v').split('.').map(str::parse);
    let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else {
        return Err(TrivyError::NoVersion {
            reason: format!("`{version}` is no version"),
        });
    };
    if (major, minor) < LEAST {
        return Err(TrivyError::OldVersion {
            found: version.to_owned(),
            least: format!("{}.{}", LEAST.0, LEAST.1),
        });
    }
    Ok(())
}

fn check_age(updated: Date, limit: Option<Duration>, today: Date) -> Result<(), TrivyError> {
    const DAY: i64 = 24 * 60 * 60;
    let Some(limit) = limit else { return Ok(()) };
    let age = today.duration_since(updated).as_secs();
    if age > i64::try_from(limit.as_secs()).unwrap_or(i64::MAX) {
        let limit = i64::try_from(limit.as_secs()).unwrap_or(i64::MAX);
        return Err(TrivyError::Stale {
            updated: updated.to_string(),
            limit: if limit % DAY == 0 {
                format!("{} days", limit / DAY)
            } else {
                format!("{} hours", limit / 3600)
            },
        });
    }
    Ok(())
}

/// Puts an image where trivy finds nothing else: a layout with this one manifest. A Docker archive is given as it
/// is, since it has no manifest of its own.
fn stage(path: &Path, image: &Inspection, limits: &Limits, folder: &TempDir) -> io::Result<PathBuf> {
    let path = path.canonicalize()?;
    let Some(manifest) = &image.manifest else {
        return Ok(path);
    };
    let layout = folder.path().join("layout");
    std::fs::create_dir(&layout)?;
    std::fs::write(layout.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#)?;
    let index = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [{
            "mediaType": manifest.media_type,
            "digest": manifest.digest.to_string(),
            "size": manifest.size,
        }],
    });
    std::fs::write(layout.join("index.json"), index.to_string())?;
    let store = Store::open(&path, &image.name, limits).map_err(io::Error::other)?;
    store.place_blobs(&layout, &image.blobs)?;
    Ok(layout)
}

fn judge(output: &Output, image: &str) -> Result<Scan, TrivyError> {
    if output.code != 0 && output.code != FOUND {
        return Err(TrivyError::Failed {
            image: image.to_owned(),
            code: output.code,
            words: words(output),
        });
    }
    let unusable = |reason: String| TrivyError::Report {
        image: image.to_owned(),
        reason,
    };
    let scan = read_report(&output.stdout).map_err(unusable)?;
    if (output.code == FOUND) == scan.vulnerabilities.is_empty() {
        return Err(unusable(format!(
            "exit code {} does not fit {} vulnerabilities",
            output.code,
            scan.vulnerabilities.len()
        )));
    }
    Ok(scan)
}

/// The last thing that a program said, as one line.
fn words(output: &Output) -> String {
    const LONGEST: usize = 300;
    let text = output.stderr_text();
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty());
    line.unwrap_or("it said nothing").chars().take(LONGEST).collect()
}

fn check_image(scan: &Scan, image: &Inspection) -> Result<(), TrivyError> {
    match (&scan.image, &image.reference.configuration) {
        (Some(found), Some(expected)) if *found != expected.to_string() => Err(TrivyError::OtherImage {
            image: image.label(),
            expected: Digest::clone(expected),
            found: found.clone(),
        }),
        _ => Ok(()),
    }
}

fn check_recognised(scan: &Scan, image: &Inspection) -> Result<(), TrivyError> {
    let nothing = |what| {
        Err(TrivyError::NothingRecognised {
            image: image.label(),
            what,
        })
    };
    let databases = image
        .contents
        .iter()
        .flat_map(super::Contents::package_databases)
        .next();
    if let Some(database) = databases
        && scan.system_packages == 0
    {
        return nothing(format!("a {} database at `{}`", database.manager, database.path));
    }
    let listed = image.programs().find(|(_, program)| program.embedded.is_some());
    if let Some((file, _)) = listed
        && scan.system_packages + scan.other_packages == 0
    {
        return nothing(format!("a dependency list embedded in `{}`", file.path));
    }
    Ok(())
}
