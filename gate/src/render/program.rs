//! kubectl and kustomize as programs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::error::RenderError;
use super::words;
use crate::process::{self, Invocation, Output, ProcessError};
use crate::stages::ToolUse;

/// How long one rendering may take.
const TIME_LIMIT: Duration = Duration::from_mins(1);

/// An address at which nothing listens, for all that would reach out.
const DEAD_PROXY: &str = "http://127.0.0.1:9";

/// Which program renders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Renderer {
    /// kubectl where it is found, since `kubectl apply -k` uses it, else kustomize.
    #[default]
    Auto,
    /// `kubectl kustomize`.
    Kubectl,
    /// `kustomize build`.
    Kustomize,
}

/// A program that renders kustomizations.
#[derive(Debug)]
pub struct Program {
    is_kubectl: bool,
    path: PathBuf,
    /// What the report says of it.
    pub tool: ToolUse,
    /// The only folder on the program's `PATH`, and its home: empty, so that it finds neither git nor settings.
    empty: TempDir,
}

impl Program {
    /// Finds the program and asks for its version. It is never one inside `repository`.
    pub fn locate(renderer: Renderer, repository: Option<&Path>) -> Result<Self, RenderError> {
        let kubectl = || process::locate("kubectl", repository).map(|path| (true, path));
        let kustomize = || process::locate("kustomize", repository).map(|path| (false, path));
        let (is_kubectl, path) = match renderer {
            Renderer::Kubectl => kubectl()?,
            Renderer::Kustomize => kustomize()?,
            Renderer::Auto => match kubectl() {
                Err(ProcessError::NotFound { .. }) => match kustomize() {
                    Err(ProcessError::NotFound { .. }) => return Err(RenderError::NoProgram),
                    found => found?,
                },
                found => found?,
            },
        };
        let empty = tempfile::tempdir()?;
        let tool = ToolUse {
            name: if is_kubectl { "kubectl" } else { "kustomize" }.to_owned(),
            version: String::new(),
            path: path.display().to_string(),
        };
        let mut program = Self {
            is_kubectl,
            path,
            tool,
            empty,
        };
        program.tool.version = program.version()?;
        Ok(program)
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        if self.is_kubectl { "kubectl" } else { "kustomize" }
    }

    fn invocation(&self) -> Invocation {
        let mut invocation = Invocation::new(&self.path)
            .time_limit(TIME_LIMIT)
            .variable("PATH", self.empty.path())
            .variable("HOME", self.empty.path());
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] {
            invocation = invocation.variable(name, DEAD_PROXY);
        }
        invocation
    }

    /// With the network that the user allowed: git can be found, and no proxy stands in the way.
    fn invocation_with_network(&self) -> Invocation {
        Invocation::new(&self.path)
            .time_limit(TIME_LIMIT)
            .variable("PATH", std::env::var_os("PATH").unwrap_or_default())
            .variable("HOME", self.empty.path())
            .variable("GIT_TERMINAL_PROMPT", "0")
    }

    fn version(&self) -> Result<String, RenderError> {
        let unknown = || RenderError::Version { program: self.name() };
        let arguments: &[&str] = if self.is_kubectl {
            &["version", "--client", "--output=json"]
        } else {
            &["version"]
        };
        let output = self.invocation().arguments(arguments).run()?;
        let text = output.stdout_text();
        if output.code != 0 {
            return Err(unknown());
        }
        if !self.is_kubectl {
            return kustomize_version(&text).ok_or_else(unknown);
        }
        kubectl_version(&text).ok_or_else(unknown)
    }

    /// Renders the kustomization in a folder. `shown` are the folders whose paths stand in the program's words, with
    /// the names by which the user knows them.
    pub(super) fn render(&self, request: &Request<'_>) -> Result<Vec<u8>, RenderError> {
        let invocation = if request.allow_remote {
            self.invocation_with_network()
        } else {
            self.invocation()
        };
        // The folder is the working directory and no argument: kustomize takes some paths for addresses.
        let verb = if self.is_kubectl { "kustomize" } else { "build" };
        let arguments = [OsString::from(verb), OsString::from(".")];
        let output: Output = invocation.directory(request.folder).arguments(arguments).run()?;
        if output.code == 0 {
            return Ok(output.stdout);
        }
        Err(RenderError::Failed {
            program: self.name(),
            name: request.name.to_owned(),
            words: words::sentence(&output.stderr_text(), request.shown),
            location: None,
        })
    }
}

/// One rendering.
pub(super) struct Request<'a> {
    pub(super) folder: &'a Path,
    pub(super) name: &'a str,
    /// Real folders and the words that stand for them in what the program says.
    pub(super) shown: &'a [(PathBuf, String)],
    pub(super) allow_remote: bool,
}

/// `1.32.4 (kustomize 5.5.0)` out of kubectl's JSON.
fn kubectl_version(json: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(json).ok()?;
    let own = number(value.get("clientVersion")?.get("gitVersion")?.as_str()?)?;
    let built_in = value.get("kustomizeVersion").and_then(serde_json::Value::as_str);
    Some(match built_in.and_then(number) {
        Some(built_in) => format!("{own} (kustomize {built_in})"),
        None => own.to_owned(),
    })
}

/// `5.7.1` out of `v5.7.1` or of `{Version:kustomize/v4.5.7 GitCommit:…}`.
fn kustomize_version(text: &str) -> Option<String> {
    let words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || "-.+".contains(letter)));
    words.filter_map(number).map(str::to_owned).next()
}

/// The numbers of a version such as `v1.32.4`.
fn number(version: &str) -> Option<&str> {
    let number = version.strip_prefix('v')?;
    let is_number =
        number.split('.').count() >= 3 && number.starts_with(|letter: char| letter.is_ascii_digit());
    is_number.then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_the_programs_print() {
        assert_eq!(kustomize_version("v5.7.1\n").as_deref(), Some("5.7.1"));
        let old = "{Version:kustomize/v4.5.7 GitCommit:56d82a8 BuildDate:2022-08-02T16:35:54Z}";
        assert_eq!(kustomize_version(old).as_deref(), Some("4.5.7"));
        assert_eq!(kustomize_version("no version here"), None);
        let json = r#"{"clientVersion":{"gitVersion":"v1.32.4"},"kustomizeVersion":"v5.5.0"}"#;
        assert_eq!(kubectl_version(json).as_deref(), Some("1.32.4 (kustomize 5.5.0)"));
        assert_eq!(kubectl_version("{}"), None);
    }

    /// What a program sees that is started to render. The shell stands for it: it takes its first argument, the verb, for
    /// the name of a script.
    #[cfg(unix)]
    fn seen(allow_remote: bool) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let script = "echo \"$PATH\"; echo \"$HTTPS_PROXY $http_proxy\"; echo \"${KUBECONFIG-none}\"; cd \"$PATH\" && echo *\n";
        std::fs::write(folder.path().join("kustomize"), script).unwrap();
        let program = Program {
            is_kubectl: true,
            path: PathBuf::from("/bin/sh"),
            tool: ToolUse {
                name: String::new(),
                version: String::new(),
                path: String::new(),
            },
            empty: tempfile::tempdir().unwrap(),
        };
        let request = Request {
            folder: folder.path(),
            name: "k",
            shown: &[],
            allow_remote,
        };
        let output = program.render(&request);
        let text = output.map_or_else(
            |error| error.to_string(),
            |bytes| String::from_utf8(bytes).unwrap(),
        );
        text.lines().map(str::to_owned).collect()
    }

    #[cfg(unix)]
    #[test]
    fn the_program_finds_no_git_no_network_and_no_cluster() {
        let seen = seen(false);
        assert_ne!(Some(seen[0].as_str()), std::env::var("PATH").ok().as_deref());
        assert_eq!(seen[1..], ["http://127.0.0.1:9 http://127.0.0.1:9", "none", "*"]);
    }

    #[cfg(unix)]
    #[test]
    fn the_network_is_there_only_when_the_user_allows_it() {
        let seen = seen(true);
        assert!(seen.iter().any(|line| line.contains("bin")), "{seen:?}");
        assert!(!seen.iter().any(|line| line.contains(DEAD_PROXY)), "{seen:?}");
    }
}
