//! Builds the static binary so that its bytes tell nothing of the machine.
//!
//! cargo-auditable wraps the build, so that the list of crates is inside. `rust-lld` and the C library that rustup
//! brings link it: no C cross-compiler is needed. The environment is controlled, every path that the compiler may
//! write into the binary gets a fixed name, and the settings of `[profile.image]` are given on the command line,
//! where no configuration file of the user overrides them. What still leaks is refused.

#![expect(
    clippy::disallowed_methods,
    reason = "reads the workspace's own manifest and the binary that it built"
)]

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use gate::stages::Hint;
use serde::Deserialize;

use crate::environment;
use crate::programs::{self, ProgramError, program};
use crate::steps::Step;
use crate::tools::{self, ToolError};
use crate::workspace::Workspace;

/// The package that the image is made of.
const PACKAGE: &str = "hello";

/// The platform of the image.
const TARGET: &str = "x86_64-unknown-linux-musl";

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
            Self::Unexpected { .. } | Self::Profile(_) | Self::NoCargoHome | Self::Read(_) => None,
        }
    }
}

/// What `cargo metadata` says of the package.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Package {
    /// Its name, which is also that of the program.
    pub(super) name: String,
    /// Its version.
    pub(super) version: String,
    /// Address of the source code.
    pub(super) repository: String,
    /// SPDX expression.
    pub(super) license: String,
}

/// A binary with what is known of it.
#[derive(Debug)]
pub(super) struct Built {
    /// The package that it was built from.
    pub(super) package: Package,
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
    let paths = Paths::of(workspace, &compiler)?;
    let package = package(workspace)?;
    let step = Step::begin(
        "building the service for the image",
        "2 minutes the first time, a moment when nothing has changed",
    );
    let binary = compile(workspace, &auditable, &paths)?;
    step.end();
    paths.refuse_leaks(&binary)?;
    let listed = listed_crates(&binary, &package)?;
    Ok(Built {
        package,
        binary,
        listed,
    })
}

/// A program in the controlled environment, at the root of the workspace.
fn controlled(name: impl AsRef<std::ffi::OsStr>, workspace: &Workspace) -> Command {
    let mut command = program(name);
    environment::control(&mut command).current_dir(workspace.root());
    command
}

fn text(output: std::process::Output, program: &'static str) -> Result<String, BuildError> {
    String::from_utf8(output.stdout).map_err(|error| BuildError::Unexpected {
        program,
        what: error.to_string(),
    })
}

/// The pinned compiler.
struct Compiler {
    /// Its folder.
    sysroot: PathBuf,
    /// The commit that it was built from.
    commit: String,
}

impl Compiler {
    fn ask(workspace: &Workspace) -> Result<Self, BuildError> {
        let sysroot = programs::output(controlled("rustc", workspace).args(["--print", "sysroot"]))?;
        let version = text(
            programs::output(controlled("rustc", workspace).arg("-vV"))?,
            "rustc -vV",
        )?;
        let commit = version
            .lines()
            .find_map(|line| line.strip_prefix("commit-hash: "))
            .ok_or_else(|| BuildError::Unexpected {
                program: "rustc -vV",
                what: "no line `commit-hash:`".to_owned(),
            })?;
        Ok(Self {
            sysroot: PathBuf::from(text(sysroot, "rustc --print sysroot")?.trim_end()),
            commit: commit.to_owned(),
        })
    }

    /// Adds the target with rustup where its libraries are missing.
    fn ensure_target(&self, workspace: &Workspace) -> Result<(), BuildError> {
        let libraries = self.sysroot.join("lib/rustlib").join(TARGET).join("lib");
        if libraries.is_dir() {
            return Ok(());
        }
        let step = Step::begin(
            &format!("adding the Rust target {TARGET}"),
            "10 seconds, only once",
        );
        programs::output(controlled("rustup", workspace).args(["target", "add", TARGET]))
            .map_err(BuildError::Target)?;
        step.end();
        Ok(())
    }
}

/// A folder of this machine, and the name that it gets in the binary.
struct Renamed {
    /// What it is, for an error.
    what: &'static str,
    folder: PathBuf,
    name: String,
}

/// The folders whose paths the compiler may write into the binary.
struct Paths(Vec<Renamed>);

impl Paths {
    fn of(workspace: &Workspace, compiler: &Compiler) -> Result<Self, BuildError> {
        let cargo_home = environment::cargo_home().ok_or(BuildError::NoCargoHome)?;
        let mut folders = vec![
            ("cargo home", cargo_home, "/cargo".to_owned()),
            ("workspace", workspace.root().to_owned(), "/workspace".to_owned()),
            ("toolchain", compiler.sysroot.clone(), "/toolchain".to_owned()),
            // Where the sources of the standard library are installed, rustc writes their place instead of the
            // name that it was built with.
            (
                "toolchain",
                compiler.sysroot.join("lib/rustlib/src/rust"),
                format!("/rustc/{}", compiler.commit),
            ),
        ];
        for at in 0..folders.len() {
            let (what, folder, name) = folders[at].clone();
            if let Some(real) = folder.canonicalize().ok().filter(|real| *real != folder) {
                folders.push((what, real, name));
            }
        }
        // Of several that match, rustc takes the last: a folder inside another must come after it.
        folders.sort_by_key(|(_, folder, _)| folder.as_os_str().len());
        let renamed = folders
            .into_iter()
            .map(|(what, folder, name)| Renamed { what, folder, name });
        Ok(Self(renamed.collect()))
    }

    /// The compiler's flags, in the form of `CARGO_ENCODED_RUSTFLAGS`.
    fn flags(&self) -> OsString {
        let mut flags = OsString::from("-Clink-self-contained=yes");
        for renamed in &self.0 {
            flags.push("\x1f--remap-path-prefix=");
            flags.push(&renamed.folder);
            flags.push("=");
            flags.push(&renamed.name);
        }
        flags
    }

    fn refuse_leaks(&self, binary: &[u8]) -> Result<(), BuildError> {
        let leaked = self
            .0
            .iter()
            .find(|renamed| contains(binary, renamed.folder.as_os_str().as_encoded_bytes()));
        leaked.map_or(Ok(()), |renamed| Err(BuildError::Leak(renamed.what)))
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    let Some(first) = part.first() else {
        return false;
    };
    let begins = |at: &usize| bytes.get(*at..).is_some_and(|rest| rest.starts_with(part));
    (0..bytes.len())
        .filter(|at| bytes.get(*at) == Some(first))
        .any(|at| begins(&at))
}

fn compile(workspace: &Workspace, auditable: &Path, paths: &Paths) -> Result<Vec<u8>, BuildError> {
    let folder = workspace.target().join("image-build");
    let mut command = controlled(auditable, workspace);
    command
        .args(["auditable", "build", "--quiet", "--locked", "--package", PACKAGE])
        .args(["--bin", PACKAGE, "--profile", PROFILE, "--target", TARGET])
        .arg("--target-dir")
        .arg(&folder)
        .arg("--config")
        .arg(format!("target.{TARGET}.linker=\"rust-lld\""));
    for setting in profile(workspace)? {
        command.arg("--config").arg(setting);
    }
    command
        .env("CARGO_ENCODED_RUSTFLAGS", paths.flags())
        .env("CARGO_BUILD_BUILD_DIR", &folder)
        // Empty: a wrapper of the user's configuration is not started.
        .env("RUSTC_WRAPPER", "")
        .env("RUSTC", "rustc");
    programs::output(&mut command)?;
    let binary = folder.join(TARGET).join(PROFILE).join(PACKAGE);
    Ok(std::fs::read(binary)?)
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

fn package(workspace: &Workspace) -> Result<Package, BuildError> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<serde_json::Value>,
    }
    let unexpected = |what: String| BuildError::Unexpected {
        program: "cargo metadata",
        what,
    };
    let mut command = controlled("cargo", workspace);
    command.args(["metadata", "--no-deps", "--format-version=1", "--locked"]);
    let output = programs::output(&mut command)?;
    let metadata: Metadata =
        serde_json::from_slice(&output.stdout).map_err(|error| unexpected(error.to_string()))?;
    let package = metadata
        .packages
        .into_iter()
        .find(|package| package.get("name").and_then(serde_json::Value::as_str) == Some(PACKAGE))
        .ok_or_else(|| unexpected(format!("no package `{PACKAGE}`")))?;
    serde_json::from_value(package).map_err(|error| unexpected(error.to_string()))
}

/// How many crates the embedded list names; without the package itself it is none.
fn listed_crates(binary: &[u8], package: &Package) -> Result<usize, BuildError> {
    let list = auditable_info::audit_info_from_slice(binary, LIST_LIMIT)
        .map_err(|error| BuildError::NoList(error.to_string()))?;
    if !list.packages.iter().any(|listed| listed.name == package.name) {
        return Err(BuildError::NoList(format!("it does not name `{}`", package.name)));
    }
    Ok(list.packages.len())
}
