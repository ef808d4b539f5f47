//! Builds the static binary so that its bytes tell nothing of the machine.
//!
//! cargo-auditable wraps the compiler, so that the list of crates is inside. `rust-lld` and the C library that rustup
//! brings link it: no C cross-compiler is needed. The environment is controlled, every path that the compiler may
//! write into the binary gets a fixed name, and the settings of `[profile.image]` are given on the command line,
//! where no configuration file of the user overrides them. What still leaks is refused.

#![expect(
    clippy::disallowed_methods,
    reason = "reads the workspace's own manifest and the binary that it built"
)]

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::Command;

use gate::stages::Hint;

use super::compiler::{Compiler, controlled};
use super::metadata::{Graph, Service};
use super::paths::Paths;
use super::stage;
use crate::environment;
use crate::programs::{self, ProgramError};
use crate::steps::Step;
use crate::tools::{self, ToolError};
use crate::workspace::Workspace;

/// The package that the image is made of.
pub(super) const PACKAGE: &str = "hello";

/// The platform of the image.
pub(super) const TARGET: &str = "x86_64-unknown-linux-musl";

/// The profile that the service is built with.
const PROFILE: &str = "image";

/// Above this size an embedded list is no list.
const LIST_LIMIT: usize = 8 << 20;

/// Why there is no binary.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    /// cargo-auditable is not there.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// A program failed.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// The target's libraries are missing and cannot be added.
    #[error("the Rust target `{TARGET}` is not installed, and rustup cannot add it")]
    Target(#[source] ProgramError),
    /// What a program printed is not what it should be.
    #[error("`{program}` printed something unexpected: {what}")]
    Unexpected {
        /// The program.
        program: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// `[profile.image]` cannot be read.
    #[error("`[profile.image]` of `Cargo.toml` cannot be read: {0}")]
    Profile(String),
    /// A manifest cannot be read.
    #[error("a `Cargo.toml` cannot be read: {0}")]
    Manifest(String),
    /// The service alone would be built from something else than is locked.
    #[error(
        "without the other crates of the workspace cargo resolves `{name}` {version}, which `Cargo.lock` does not hold"
    )]
    Unlocked {
        /// The package.
        name: String,
        /// Its version.
        version: String,
    },
    /// The home of cargo cannot be told.
    #[error("neither `CARGO_HOME` nor `HOME` is set")]
    NoCargoHome,
    /// The binary cannot be read.
    #[error("the binary that was built cannot be read")]
    Read(#[from] io::Error),
    /// A path of this machine stands in the binary.
    #[error("the binary names the {0} of this machine, so its digest would differ elsewhere")]
    Leak(&'static str),
    /// The list of crates is not in the binary.
    #[error("the binary holds no list of its crates: {0}")]
    NoList(String),
}

impl Hint for BuildError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Tool(error) => error.hint(),
            Self::Program(error) => error.hint(),
            Self::Target(_) => Some(format!(
                "run `rustup target add {TARGET}`; Rust must come from rustup"
            )),
            Self::Leak(_) => {
                Some("find the crate that uses `env!` or `file!` with an absolute path".to_owned())
            }
            Self::NoList(_) => {
                Some("run `cargo clean --target-dir target/image-build` and build again".to_owned())
            }
            Self::Unlocked { .. } => {
                Some("run `cargo update --workspace` and commit the lockfile".to_owned())
            }
            Self::Unexpected { .. }
            | Self::Manifest(_)
            | Self::Profile(_)
            | Self::NoCargoHome
            | Self::Read(_) => None,
        }
    }
}

/// A binary with what is known of it.
#[derive(Debug)]
pub(super) struct Built {
    /// The package that it was built from.
    pub(super) service: Service,
    /// Its bytes.
    pub(super) binary: Vec<u8>,
    /// How many crates its embedded list names.
    pub(super) listed: usize,
}

/// Builds the binary of the image.
pub(super) fn build(workspace: &Workspace) -> Result<Built, BuildError> {
    let auditable = tools::cargo_auditable(workspace)?;
    let compiler = Compiler::ask(workspace)?;
    compiler.ensure_target(workspace)?;
    let stage = stage::lay_out(workspace)?;
    let graph = Graph::ask(&stage)?;
    let paths = Paths::of([workspace, &stage], &compiler, &graph.crates)?;
    let step = Step::begin(
        "building the service for the image",
        "2 minutes the first time, a moment when nothing has changed",
    );
    let binary = compile(workspace, &stage, &auditable, &paths)?;
    step.end();
    paths.refuse_leaks(&binary)?;
    Ok(Built {
        listed: listed_crates(&binary)?,
        service: graph.service,
        binary,
    })
}

fn compile(
    workspace: &Workspace,
    stage: &Workspace,
    auditable: &Path,
    paths: &Paths,
) -> Result<Vec<u8>, BuildError> {
    let folder = workspace.target().join("image-build");
    let mut settings = profile(workspace)?;
    settings.push(format!("target.{TARGET}.linker=\"rust-lld\""));
    let mut flags = OsString::from("-Clink-self-contained=yes");
    flags.push(paths.flags());
    let mut command = controlled("cargo", stage);
    command
        .args([
            "build",
            "--quiet",
            "--locked",
            "--package",
            PACKAGE,
            "--bin",
            PACKAGE,
        ])
        .args(["--profile", PROFILE, "--target", TARGET, "--target-dir"])
        .arg(&folder)
        .args(settings.iter().flat_map(|setting| ["--config", setting]))
        .env("CARGO_ENCODED_RUSTFLAGS", flags)
        .env("CARGO_BUILD_BUILD_DIR", &folder);
    wrap(&mut command, auditable, &settings);
    programs::output(&mut command)?;
    let binary = folder.join(TARGET).join(PROFILE).join(PACKAGE);
    Ok(std::fs::read(binary)?)
}

/// Lets cargo-auditable wrap a build, as `cargo auditable build` does, but under a name without a folder: cargo
/// hashes the wrapper's name into those of all symbols, and `cargo auditable` gives it the absolute path.
fn wrap(command: &mut Command, auditable: &Path, settings: &[String]) {
    let arguments =
        serde_json::json!({"offline": false, "locked": true, "frozen": false, "config": settings});
    command
        .env("RUSTC_WORKSPACE_WRAPPER", "cargo-auditable")
        .env("CARGO_AUDITABLE_ORIG_ARGS", arguments.to_string());
    if let Some(folder) = auditable.parent() {
        command.env("PATH", environment::path_with(folder));
    }
}

/// The settings of `[profile.image]` as arguments of `--config`.
fn profile(workspace: &Workspace) -> Result<Vec<String>, BuildError> {
    let manifest = std::fs::read_to_string(workspace.root().join("Cargo.toml"))
        .map_err(|error| BuildError::Profile(error.to_string()))?;
    settings(&manifest)
}

fn settings(manifest: &str) -> Result<Vec<String>, BuildError> {
    let manifest: toml::Table = manifest
        .parse()
        .map_err(|error: toml::de::Error| BuildError::Profile(error.to_string()))?;
    let table = manifest
        .get("profile")
        .and_then(|profiles| profiles.get(PROFILE))
        .and_then(toml::Value::as_table)
        .ok_or_else(|| BuildError::Profile("there is none".to_owned()))?;
    let settings = table
        .iter()
        .map(|(key, value)| format!("profile.{PROFILE}.{key}={value}"));
    Ok(settings.collect())
}

/// How many crates the embedded list names; without the service itself it is none.
fn listed_crates(binary: &[u8]) -> Result<usize, BuildError> {
    let list = auditable_info::audit_info_from_slice(binary, LIST_LIMIT)
        .map_err(|error| BuildError::NoList(error.to_string()))?;
    if !list.packages.iter().any(|listed| listed.name == PACKAGE) {
        return Err(BuildError::NoList(format!("it does not name `{PACKAGE}`")));
    }
    Ok(list.packages.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_leaves_nothing_to_the_users_configuration() {
        let settings = settings(include_str!("../../../Cargo.toml")).unwrap();
        let keys: Vec<&str> = settings
            .iter()
            .filter_map(|setting| setting.strip_prefix("profile.image.")?.split('=').next())
            .collect();
        // Every key of cargo's reference on profiles.
        for key in [
            "opt-level",
            "debug",
            "split-debuginfo",
            "strip",
            "debug-assertions",
            "overflow-checks",
            "lto",
            "panic",
            "incremental",
            "codegen-units",
            "rpath",
        ] {
            assert!(keys.contains(&key), "`{key}` is not in [profile.image]");
        }
    }

    #[test]
    fn a_manifest_without_the_profile_is_refused() {
        let error = settings("[profile.release]\nlto = true\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`[profile.image]` of `Cargo.toml` cannot be read: there is none"
        );
    }

    #[test]
    fn a_binary_without_a_list_is_refused() {
        let this_program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let error = listed_crates(&this_program).unwrap_err();
        assert!(matches!(error, BuildError::NoList(_)), "{error}");
    }
}
