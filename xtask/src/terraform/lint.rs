//! The advisory linters. What they find and we mean stays waived beside the resource, with the reason.

use super::provider::cache_folder;
use super::{ROOTS, TerraformError, at};
use crate::programs::{self, program};
use crate::steps::Step;
use crate::tools;
use crate::workspace::Workspace;

/// Installed with pip into a folder of its own: it has a hundred dependencies, and none of them is needed elsewhere.
const CHECKOV: &str = "3.3.30";

/// Runs both linters; each shows what it finds.
pub(super) fn run(workspace: &Workspace) -> Result<String, TerraformError> {
    let folder = workspace.root().join("terraform");
    let tflint = tools::tflint(workspace)?;
    for root in ROOTS {
        let mut command = program(&tflint);
        command
            .current_dir(&folder)
            .arg(format!("--chdir={root}"))
            .arg(format!("--config={}", folder.join(".tflint.hcl").display()))
            .arg("--format=compact");
        if programs::code(&mut command)? != Some(0) {
            return Err(TerraformError::Lint("tflint"));
        }
    }
    let mut command = program(checkov(workspace)?);
    command
        .current_dir(&folder)
        .args(["--directory=.", "--framework=terraform", "--compact", "--quiet"])
        .args(["--skip-download", "--download-external-modules=false"]);
    if programs::code(&mut command)? != Some(0) {
        return Err(TerraformError::Lint("checkov"));
    }
    Ok("tflint and checkov have nothing to say".to_owned())
}

/// The pinned checkov, installed if it is not there.
fn checkov(workspace: &Workspace) -> Result<std::path::PathBuf, TerraformError> {
    let folder = cache_folder()?.join(format!("checkov-{CHECKOV}"));
    let program_path = folder.join("bin/checkov");
    if program_path.is_file() {
        return Ok(program_path);
    }
    let step = Step::begin(&format!("installing checkov {CHECKOV}"), "2 minutes, only once");
    // The environment's own programs name their folder, so it cannot be moved into place when it is complete.
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(at(workspace, &folder))?;
    }
    programs::output(program("python3").args(["-m", "venv"]).arg(&folder))?;
    let mut pip = program(folder.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check"])
        .arg(format!("checkov=={CHECKOV}"));
    programs::output(&mut pip)?;
    step.end();
    Ok(program_path)
}
