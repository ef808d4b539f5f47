//! cargo-deny: bans, licences and sources. Advisories are gate's own.
//!
//! cargo-deny runs `cargo metadata`, and cargo reads the repository's configuration, which can name programs to run.
//! So this happens only for a repository that is trusted. Its contract, seen with version 0.20: `--offline`,
//! `--config` and `--manifest-path` stand before `check`; the report is JSON on standard error, a line each; exit
//! code 1 means failure as well as findings (the code is a sum of bits over the checks); a run that came to its end
//! prints a `summary` line. So the summary decides, and it must count what was shown.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::{DependencyError, InputFile};
use crate::finding::Level;
use crate::input::{self, BaseTree};
use crate::process::{Invocation, Output, locate};
use crate::stages::ToolUse;

/// The minor version whose contract is known.
const VERSION: &str = "0.20.";

/// No file of exceptions is larger than this many bytes.
const EXCEPTIONS_LIMIT: u64 = 1024 * 1024;

/// How cargo-deny is run.
#[derive(Clone, Debug, Default)]
pub struct DenySettings {
    /// The program; none means the one on `PATH`, outside the repository.
    pub program: Option<PathBuf>,
    /// Its configuration by the path of the lockfile; the others have a `deny.toml` beside them.
    pub configurations: BTreeMap<PathBuf, InputFile>,
    /// The tree that the rules come from, where it is not the judged one.
    pub tree: Option<BaseTree>,
    /// Must cargo and cargo-deny stay off the network?
    pub offline: bool,
}

impl DenySettings {
    /// The configuration that holds for a lockfile.
    pub fn configuration_for(&self, lockfile: &InputFile) -> InputFile {
        self.configurations
            .get(&lockfile.path)
            .cloned()
            .unwrap_or_else(|| lockfile.beside("deny.toml"))
    }
}

/// One thing that cargo-deny refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its code, for instance `banned`.
    pub code: String,
    /// Its severity.
    pub level: Level,
    /// Its message.
    pub message: String,
    /// What its labels and notes add.
    pub detail: Option<String>,
    /// The packages it is about: name and version.
    pub packages: Vec<(String, String)>,
    /// The first line that it names in its configuration, from one.
    pub line: Option<usize>,
}

/// What cargo-deny said.
#[derive(Clone, Debug, PartialEq)]
pub struct DenyReport {
    /// What it refuses, in its order.
    pub refusals: Vec<Refusal>,
    /// The program used.
    pub tool: ToolUse,
}

/// Runs cargo-deny on the workspace of a lockfile.
pub fn deny(
    settings: &DenySettings,
    lockfile: &InputFile,
    repository: Option<&Path>,
) -> Result<DenyReport, DependencyError> {
    let configuration = settings.configuration_for(lockfile);
    if !configuration.path.is_file() {
        return Err(DependencyError::NoDenyConfiguration {
            path: configuration.name,
        });
    }
    if let Some(tree) = &settings.tree {
        same_exceptions(tree, &lockfile.path)?;
    }
    let program = match &settings.program {
        Some(program) => program.clone(),
        None => locate("cargo-deny", repository)?,
    };
    let version = version(&program)?;
    let manifest = absolute(&lockfile.path.with_file_name("Cargo.toml"));
    let mut invocation = with_toolchain(Invocation::new(&program), repository)
        .arguments([
            "--format",
            "json",
            "--color",
            "never",
            "--log-level",
            "warn",
            "--locked",
        ])
        .arguments(settings.offline.then_some("--offline"))
        .arguments(["--manifest-path"])
        .arguments([&manifest])
        .arguments(["--config"])
        .arguments([absolute(&configuration.path)])
        .arguments(["check", "bans", "licenses", "sources"])
        .time_limit(Duration::from_mins(5));
    if let Some(cargo) = locate("cargo", repository).ok().filter(|cargo| cargo.is_file()) {
        invocation = invocation.variable("CARGO", cargo);
    }
    if let Some(folder) = manifest.parent() {
        invocation = invocation.directory(folder);
    }
    Ok(DenyReport {
        refusals: judge(&invocation.run()?)?,
        tool: ToolUse {
            name: "cargo-deny".to_owned(),
            version,
            path: program.display().to_string(),
        },
    })
}

/// cargo-deny reads exceptions of licences from these files too, in the folder of the manifest and above, whatever
/// configuration it is given. So they must be those of the other tree.
fn same_exceptions(tree: &BaseTree, lockfile: &Path) -> Result<(), DependencyError> {
    const NAMES: [&str; 3] = [
        "deny.exceptions.toml",
        ".deny.exceptions.toml",
        ".cargo/deny.exceptions.toml",
    ];
    let folder = lockfile.parent().unwrap_or(Path::new(""));
    let resolved = folder.canonicalize().ok();
    let folders = folder
        .ancestors()
        .chain(resolved.iter().flat_map(|folder| folder.ancestors()));
    for path in folders.flat_map(|folder| NAMES.map(|name| folder.join(name))) {
        let Some(below) = tree.below(&path) else { continue };
        let read = |root: &Path| input::read_bytes(&root.join(&below), EXCEPTIONS_LIMIT).ok();
        let exists = |root: &Path| root.join(&below).symlink_metadata().is_ok();
        let (own, base) = (read(&tree.work), read(&tree.base));
        if own != base || (own.is_none() && exists(&tree.work)) {
            return Err(DependencyError::DenyExceptions { path: below });
        }
    }
    Ok(())
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn version(program: &Path) -> Result<String, DependencyError> {
    let output = Invocation::new(program)
        .arguments(["--version"])
        .time_limit(Duration::from_secs(20))
        .run()?;
    let text = output.stdout_text();
    let version = text.trim().strip_prefix("cargo-deny ").unwrap_or(text.trim());
    if output.code == 0 && version.starts_with(VERSION) {
        Ok(version.to_owned())
    } else {
        Err(DependencyError::DenyVersion {
            found: version.lines().next().unwrap_or_default().to_owned(),
        })
    }
}

/// Adds what cargo needs to find its toolchain, its packages and its proxy; `PATH` without folders inside the
/// repository.
pub(super) fn with_toolchain(mut invocation: Invocation, repository: Option<&Path>) -> Invocation {
    const VARIABLES: [&str; 10] = [
        "CARGO_HOME",
        "RUSTUP_HOME",
        "RUSTUP_TOOLCHAIN",
        "HTTPS_PROXY",
        "https_proxy",
        "NO_PROXY",
        "no_proxy",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "CARGO_HTTP_CAINFO",
    ];
    for name in VARIABLES {
        if let Some(value) = std::env::var_os(name) {
            invocation = invocation.variable(name, value);
        }
    }
    let repository = repository.and_then(|folder| folder.canonicalize().ok());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).filter(|folder| {
        let resolved = folder.canonicalize().ok();
        let inside = resolved.zip(repository.as_ref());
        folder.is_absolute() && !inside.is_some_and(|(folder, repository)| folder.starts_with(repository))
    });
    match std::env::join_paths(folders) {
        Ok(path) => invocation.variable("PATH", path),
        Err(_) => invocation,
    }
}

#[derive(Deserialize)]
#[serde(tag = "type", content = "fields", rename_all = "lowercase")]
enum Line {
    Diagnostic(Diagnostic),
    Summary(Summary),
    Log(Log),
}

#[derive(Deserialize)]
struct Diagnostic {
    #[serde(default)]
    code: String,
    severity: String,
    message: String,
    #[serde(default)]
    labels: Vec<Label>,
    #[serde(default)]
    notes: Vec<String>,
    #[serde(default)]
    graphs: Vec<Graph>,
}

#[derive(Deserialize)]
struct Label {
    line: usize,
    #[serde(default)]
    message: String,
    #[serde(default)]
    span: String,
}

#[derive(Deserialize)]
struct Graph {
    #[serde(rename = "Krate")]
    package: GraphPackage,
}

#[derive(Deserialize)]
struct GraphPackage {
    name: String,
    version: String,
}

#[derive(Deserialize)]
struct Log {
    #[serde(default)]
    level: String,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct Summary {
    bans: Counts,
    licenses: Counts,
    sources: Counts,
}

#[derive(Deserialize)]
struct Counts {
    errors: usize,
    warnings: usize,
}

/// Reads what cargo-deny printed. Without a summary it failed, whatever its exit code.
fn judge(output: &Output) -> Result<Vec<Refusal>, DependencyError> {
    let text = output.stderr_text();
    let mut refusals = Vec::new();
    let mut summary = None;
    let mut reason = None;
    for line in text.lines() {
        match serde_json::from_str(line) {
            Ok(Line::Diagnostic(diagnostic)) => refusals.push(refusal(diagnostic)),
            Ok(Line::Summary(found)) => summary = Some(found),
            Ok(Line::Log(log)) if log.level == "ERROR" => reason = Some(log.message),
            // What else it prints is no verdict; the summary proves that no diagnostic was missed.
            Ok(Line::Log(_)) | Err(_) => {}
        }
    }
    let Some(summary) = summary else {
        let first = || {
            text.lines()
                .map(str::trim)
                .find(|line| !line.is_empty())
                .map(str::to_owned)
        };
        let reason = reason
            .or_else(first)
            .unwrap_or_else(|| "it said nothing".to_owned());
        return Err(DependencyError::DenyFailed {
            code: output.code,
            reason: reason.lines().next().unwrap_or_default().trim().to_owned(),
        });
    };
    let counted = [summary.bans, summary.licenses, summary.sources]
        .iter()
        .map(|counts| counts.errors + counts.warnings)
        .sum();
    let shown = refusals
        .iter()
        .filter(|refusal| refusal.level > Level::Note)
        .count();
    if counted != shown {
        return Err(DependencyError::DenyContradiction { counted, shown });
    }
    Ok(refusals)
}

fn refusal(diagnostic: Diagnostic) -> Refusal {
    let level = match diagnostic.severity.as_str() {
        "error" | "bug" => Level::Error,
        "warning" => Level::Warning,
        _ => Level::Note,
    };
    let labels = diagnostic
        .labels
        .iter()
        .filter(|label| !label.message.is_empty())
        .map(|label| format!("{}: {}", label.message, label.span));
    let notes = diagnostic.notes.iter().map(|note| note.trim().to_owned());
    let details: Vec<String> = labels.chain(notes).map(|text| text.replace('\n', ", ")).collect();
    Refusal {
        code: diagnostic.code,
        level,
        message: diagnostic.message,
        detail: (!details.is_empty()).then(|| details.join("; ")),
        packages: diagnostic
            .graphs
            .into_iter()
            .map(|graph| (graph.package.name, graph.package.version))
            .collect(),
        line: diagnostic.labels.first().map(|label| label.line),
    }
}

#[cfg(test)]
#[path = "deny_tests.rs"]
mod tests;
