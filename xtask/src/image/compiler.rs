//! The pinned compiler: where it is, and the libraries of the image's platform.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::build::{BuildError, TARGET};
use crate::environment;
use crate::programs::{self, program};
use crate::steps::Step;
use crate::workspace::Workspace;

/// A program in the controlled environment, at the root of the workspace, where `rust-toolchain.toml` holds.
pub(super) fn controlled(name: impl AsRef<OsStr>, workspace: &Workspace) -> Command {
    let mut command = program(name);
    environment::control(&mut command).current_dir(workspace.root());
    command
}

/// The compiler that `rust-toolchain.toml` names.
#[derive(Debug)]
pub(super) struct Compiler {
    sysroot: PathBuf,
    commit: String,
}

impl Compiler {
    /// Asks the compiler about itself.
    pub(super) fn ask(workspace: &Workspace) -> Result<Self, BuildError> {
        let ask = |arguments: &[&str]| -> Result<String, BuildError> {
            let output = programs::output(controlled("rustc", workspace).args(arguments))?;
            String::from_utf8(output.stdout).map_err(|error| unexpected(error.to_string()))
        };
        let version = ask(&["-vV"])?;
        let commit = version
            .lines()
            .find_map(|line| line.strip_prefix("commit-hash: "));
        Ok(Self {
            sysroot: ask(&["--print", "sysroot"])?.trim_end().into(),
            commit: commit
                .ok_or_else(|| unexpected("no line `commit-hash:`".to_owned()))?
                .to_owned(),
        })
    }

    /// Its folder.
    pub(super) fn sysroot(&self) -> &Path {
        &self.sysroot
    }

    /// The commit that it was built from.
    pub(super) fn commit(&self) -> &str {
        &self.commit
    }

    /// Adds the platform of the image with rustup where its libraries are missing.
    pub(super) fn ensure_target(&self, workspace: &Workspace) -> Result<(), BuildError> {
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

fn unexpected(what: String) -> BuildError {
    BuildError::Unexpected {
        program: "rustc",
        what,
    }
}
