//! The programs that the chores need, pinned, below `target/tools`.
//!
//! Each is built from its registry into a folder of its own version, and linked into `target/tools/bin`; a tool
//! whose folder is there is taken as it is. A new version is one line here.

use std::io;
use std::path::{Path, PathBuf};

use gate::process::{self, ProcessError};
use gate::stages::Hint;

use crate::environment;
use crate::programs::{self, ProgramError, program};
use crate::steps::Step;
use crate::workspace::Workspace;

/// A program that is built from a registry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tool {
    /// Name of the program, and of its package on crates.io.
    name: &'static str,
    version: &'static str,
    /// How long its build usually takes.
    usual: &'static str,
    registry: Registry,
}

/// Where a tool comes from.
#[derive(Clone, Copy, Debug)]
enum Registry {
    /// crates.io, by the tool's name.
    Crates,
    /// A Go module, by its path.
    Go(&'static str),
}

/// Puts the list of crates into a binary.
const CARGO_AUDITABLE: Tool = Tool {
    name: "cargo-auditable",
    version: "0.7.7",
    usual: "half a minute, only once",
    registry: Registry::Crates,
};

/// Judges bans, licences and sources.
const CARGO_DENY: Tool = Tool {
    name: "cargo-deny",
    version: "0.20.2",
    usual: "3 minutes, only once",
    registry: Registry::Crates,
};

/// Renders kustomizations where there is no kubectl.
const KUSTOMIZE: Tool = Tool {
    name: "kustomize",
    version: "5.7.1",
    usual: "2 minutes, only once",
    registry: Registry::Go("sigs.k8s.io/kustomize/kustomize/v5"),
};

/// Lints Terraform's files.
const TFLINT: Tool = Tool {
    name: "tflint",
    version: "0.64.0",
    usual: "3 minutes, only once",
    registry: Registry::Go("github.com/terraform-linters/tflint"),
};

/// Why a tool is not there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ToolError {
    /// Its build failed.
    #[error("`{name}` {version} could not be built")]
    Build {
        /// The tool.
        name: &'static str,
        /// Its pinned version.
        version: &'static str,
        /// Why.
        source: ProgramError,
    },
    /// Its build left no program.
    #[error("the build of `{name}` {version} left no program at `{}`", place.display())]
    Nothing {
        /// The tool.
        name: &'static str,
        /// Its pinned version.
        version: &'static str,
        /// Where it should be.
        place: PathBuf,
    },
    /// Nothing renders kustomizations, and nothing can build what does.
    #[error(
        "none of `kubectl`, `kustomize` and `go` is installed, and one is needed to render kustomizations"
    )]
    NoRenderer,
    /// What is installed cannot be told.
    #[error(transparent)]
    Search(#[from] ProcessError),
    /// The folder of tools cannot be written.
    #[error("`{}` cannot be written", place.display())]
    Write {
        /// The folder or file.
        place: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Hint for ToolError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Build { source, .. } => source.hint(),
            Self::NoRenderer => Some(format!(
                "install kubectl (https://kubernetes.io/docs/tasks/tools), or kustomize \
                 (https://kubectl.docs.kubernetes.io/installation), or go (https://go.dev/dl), with which `cargo xtask` \
                 builds kustomize {} by itself",
                KUSTOMIZE.version
            )),
            Self::Search(_) => Some(format!("mend or unset `{}`", process::TOOLS_VARIABLE)),
            Self::Nothing { .. } | Self::Write { .. } => None,
        }
    }
}

/// The folder that holds a link to every tool.
pub(crate) fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target().join("tools/bin")
}

/// The pinned cargo-auditable, built if it is not there.
pub(crate) fn cargo_auditable(workspace: &Workspace) -> Result<PathBuf, ToolError> {
    CARGO_AUDITABLE.ensure(workspace)
}

/// The pinned tflint, built if it is not there.
pub(crate) fn tflint(workspace: &Workspace) -> Result<PathBuf, ToolError> {
    TFLINT.ensure(workspace)
}

/// Everything that `gate check` starts in this repository: cargo-deny, and something that renders.
pub(crate) fn for_gate(workspace: &Workspace) -> Result<(), ToolError> {
    renderer(workspace)?;
    CARGO_DENY.ensure(workspace)?;
    Ok(())
}

/// Takes the kubectl or kustomize that is installed, else builds the pinned kustomize with go.
fn renderer(workspace: &Workspace) -> Result<(), ToolError> {
    if is_installed("kubectl")? || is_installed("kustomize")? {
        return Ok(());
    }
    if !KUSTOMIZE.is_built(workspace) && !is_installed("go")? {
        return Err(ToolError::NoRenderer);
    }
    KUSTOMIZE.ensure(workspace)?;
    Ok(())
}

fn is_installed(name: &str) -> Result<bool, ToolError> {
    match process::locate(name, None) {
        Ok(_) => Ok(true),
        Err(ProcessError::NotFound { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

impl Tool {
    /// Builds the tool if it is not there, links it, and gives the path of its program.
    fn ensure(self, workspace: &Workspace) -> Result<PathBuf, ToolError> {
        let program = self.program(workspace);
        if !self.is_built(workspace) {
            let what = format!("building {} {} below `target/tools`", self.name, self.version);
            let step = Step::begin(&what, self.usual);
            match self.registry {
                Registry::Crates => self.build_with_cargo(workspace),
                Registry::Go(module) => self.build_with_go(workspace, module),
            }?;
            step.end();
        }
        if !self.is_built(workspace) {
            return Err(ToolError::Nothing {
                name: self.name,
                version: self.version,
                place: workspace.shown(&program).to_string().into(),
            });
        }
        self.link(workspace)?;
        Ok(program)
    }

    /// `NAME-VERSION`.
    fn folder(self, workspace: &Workspace) -> PathBuf {
        workspace
            .target()
            .join(format!("tools/{}-{}", self.name, self.version))
    }

    fn program(self, workspace: &Workspace) -> PathBuf {
        self.folder(workspace)
            .join("bin")
            .join(format!("{}{}", self.name, std::env::consts::EXE_SUFFIX))
    }

    fn is_built(self, workspace: &Workspace) -> bool {
        self.program(workspace).is_file()
    }

    fn build_with_cargo(self, workspace: &Workspace) -> Result<(), ToolError> {
        let build = workspace.target().join("tools/build").join(self.name);
        let mut command = program("cargo");
        environment::control(&mut command)
            .args(["install", self.name, "--quiet", "--locked"])
            .arg(format!("--version={}", self.version))
            .arg("--root")
            .arg(self.folder(workspace))
            .arg("--target-dir")
            .arg(&build)
            // The tools work for a moment at a time: quick to build counts for more than quick to run.
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .current_dir(workspace.root());
        self.build(&mut command)?;
        // Hundreds of megabytes that nothing needs again; if they cannot be removed, they only take room.
        let _ = std::fs::remove_dir_all(&build);
        Ok(())
    }

    fn build_with_go(self, workspace: &Workspace, module: &str) -> Result<(), ToolError> {
        let mut command = program("go");
        command
            .arg("install")
            .arg(format!("{module}@v{}", self.version))
            .env("GOBIN", self.folder(workspace).join("bin"))
            .env("CGO_ENABLED", "0")
            // With a foreign platform go refuses to install into GOBIN.
            .env_remove("GOOS")
            .env_remove("GOARCH")
            .current_dir(workspace.root());
        self.build(&mut command)
    }

    fn build(self, command: &mut std::process::Command) -> Result<(), ToolError> {
        programs::output(command).map_err(|source| ToolError::Build {
            name: self.name,
            version: self.version,
            source,
        })?;
        Ok(())
    }

    /// Makes `target/tools/bin/NAME` lead to this version.
    fn link(self, workspace: &Workspace) -> Result<(), ToolError> {
        let bin = folder(workspace);
        let name = format!("{}{}", self.name, std::env::consts::EXE_SUFFIX);
        let link = bin.join(&name);
        let goal = Path::new("..")
            .join(format!("{}-{}", self.name, self.version))
            .join("bin")
            .join(&name);
        if std::fs::read_link(&link).is_ok_and(|present| present == goal) {
            return Ok(());
        }
        let write = |source| ToolError::Write {
            place: workspace.shown(&link).to_string().into(),
            source,
        };
        std::fs::create_dir_all(&bin).map_err(write)?;
        let fresh = tempfile::tempdir_in(&bin).map_err(write)?;
        let made = fresh.path().join(&name);
        std::os::unix::fs::symlink(&goal, &made).map_err(write)?;
        std::fs::rename(&made, &link).map_err(write)
    }
}
