//! git, for the advisory database only, and so that nothing which lies in a repository or in a user's settings can
//! make it run a program or ask a question.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::process::{Invocation, Output, ProcessError, locate};

/// Variables that lead to a proxy or to the certificates of one. They are passed on purpose: without them a machine
/// behind a proxy could not fetch.
const NETWORK_VARIABLES: [&str; 10] = [
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
];

/// A git that was found outside the repository.
#[derive(Debug)]
pub(super) struct Git {
    program: PathBuf,
}

impl Git {
    pub(super) fn find(repository: Option<&Path>) -> Result<Self, ProcessError> {
        Ok(Self {
            program: locate("git", repository)?,
        })
    }

    pub(super) fn program(&self) -> &Path {
        &self.program
    }

    /// An invocation that asks nothing, runs no hook, no helper and no pager, reads no settings of user or system,
    /// and may use no protocol but the given ones.
    fn invocation(&self, protocols: &str, limit: Duration) -> Invocation {
        let settings = [
            "core.hooksPath=/dev/null",
            "core.askPass=",
            "credential.helper=",
            "safe.directory=*",
        ];
        Invocation::new(&self.program)
            .variable("GIT_CONFIG_NOSYSTEM", "1")
            .variable("GIT_CONFIG_GLOBAL", "/dev/null")
            .variable("GIT_TERMINAL_PROMPT", "0")
            .variable("GIT_NO_LAZY_FETCH", "1")
            .variable("GIT_OPTIONAL_LOCKS", "0")
            .variable("GIT_ALLOW_PROTOCOL", protocols)
            .time_limit(limit)
            .arguments(["--no-pager"])
            .arguments(settings.iter().flat_map(|setting| ["-c", setting]))
    }

    /// What git says of itself, for instance `2.39.5`.
    pub(super) fn version(&self) -> Result<String, ProcessError> {
        let output = Invocation::new(&self.program)
            .arguments(["--version"])
            .time_limit(Duration::from_secs(10))
            .run()?;
        let text = output.stdout_text();
        let version = text.trim().strip_prefix("git version ").unwrap_or(text.trim());
        Ok(version.to_owned())
    }

    /// Asks a clone something, without network.
    pub(super) fn ask(&self, clone: &Path, arguments: &[&str]) -> Result<Output, ProcessError> {
        self.invocation("none", Duration::from_secs(30))
            .arguments(["--git-dir", ".git"])
            .arguments(arguments)
            .directory(clone)
            .run()
    }

    /// Clones the newest commit of a repository into a folder that does not exist yet.
    pub(super) fn clone(&self, request: &CloneRequest<'_>) -> Result<Output, ProcessError> {
        let mut invocation = self
            .invocation(request.protocols, request.time_limit)
            .arguments(["clone", "--quiet", "--depth=1", "--single-branch", "--no-tags"])
            .arguments(["--template=", "--no-recurse-submodules", "--"])
            .arguments([request.url])
            .arguments([request.folder]);
        for name in NETWORK_VARIABLES {
            if let Some(value) = std::env::var_os(name) {
                invocation = invocation.variable(name, value);
            }
        }
        invocation.run()
    }
}

/// What is to be cloned.
pub(super) struct CloneRequest<'a> {
    pub(super) url: &'a str,
    pub(super) folder: &'a Path,
    /// Protocols that git may use, separated by colons.
    pub(super) protocols: &'a str,
    pub(super) time_limit: Duration,
}
