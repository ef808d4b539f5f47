//! Runs the pinned kubectl with a cluster's kubeconfig.
//!
//! Its cache lies in the cluster's folder, settings of the user (`kuberc`) are not read, and no proxy is asked.

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::process::{Interrupt, Output, ProcessError, Run};

/// How long kubectl may take for one run.
const LIMIT: Duration = Duration::from_mins(5);

/// How long a request may take that is made again and again.
const LOOK_LIMIT: &str = "5s";

/// How often [`Kubectl::wait_until`] looks.
const PACE: Duration = Duration::from_millis(100);

/// The pinned kubectl with a cluster's kubeconfig.
#[derive(Clone, Debug)]
pub struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
    interrupt: Interrupt,
    request_limit: Option<&'static str>,
}

/// Why kubectl did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum KubectlError {
    /// It, or the API server through it, refused.
    #[error("`kubectl {arguments}` failed: {words}")]
    Refused {
        /// Its arguments.
        arguments: String,
        /// What it said.
        words: String,
    },
    /// It should have answered in JSON.
    #[error("`kubectl {arguments}` gave no JSON")]
    NotJson {
        /// Its arguments.
        arguments: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// What was waited for did not come.
    #[error("{what}: not within {} s{last}", limit.as_secs())]
    NotInTime {
        /// What was waited for.
        what: String,
        /// How long.
        limit: Duration,
        /// The last refusal, with a colon in front, if the last look was refused.
        last: String,
    },
    /// It could not be run.
    #[error(transparent)]
    Run(#[from] ProcessError),
}

impl KubectlError {
    /// What kubectl said, where it refused.
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Refused { words, .. } => Some(words),
            _ => None,
        }
    }
}

impl Kubectl {
    pub(crate) fn new(program: &Path, kubeconfig: &Path, interrupt: Interrupt) -> Self {
        Self {
            program: program.to_owned(),
            kubeconfig: kubeconfig.to_owned(),
            interrupt,
            request_limit: None,
        }
    }

    /// The same for looks that are repeated: a request ends soon, whatever has become of the server. If this process is
    /// killed meanwhile, a request without an end would outlive the cluster.
    #[must_use]
    pub(crate) fn impatient(&self) -> Self {
        Self {
            request_limit: Some(LOOK_LIMIT),
            ..self.clone()
        }
    }

    /// The program.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The kubeconfig that it uses.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The variables with which kubectl works as it does here.
    pub fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        let cache = self.kubeconfig.with_file_name("kubectl-cache");
        vec![
            ("KUBECONFIG", self.kubeconfig.clone()),
            ("KUBECACHEDIR", cache),
            ("KUBERC", PathBuf::from("off")),
        ]
    }

    /// Runs kubectl, and gives what it said on standard output.
    pub fn run(&self, arguments: &[&str]) -> Result<String, KubectlError> {
        self.run_with_input(arguments, "")
    }

    /// Runs kubectl as another user, who needs no key: the administrator may impersonate all.
    pub fn run_as(&self, user: &str, arguments: &[&str]) -> Result<String, KubectlError> {
        let mut all = vec!["--as", user];
        all.extend(arguments);
        self.run(&all)
    }

    /// Runs kubectl with a text on standard input (`-f -`).
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Result<String, KubectlError> {
        let output = self.outcome(arguments, input)?;
        if output.status.success() {
            return Ok(output.text());
        }
        Err(KubectlError::Refused {
            arguments: arguments.join(" "),
            words: without_log(&output.words()),
        })
    }

    /// Runs kubectl with a text on standard input, and leaves it to the caller to judge how it ended: `kubectl diff`
    /// ends with 1 where there is a difference.
    pub fn outcome(&self, arguments: &[&str], input: &str) -> Result<Output, KubectlError> {
        let mut run = Run::of(&self.program, &self.interrupt);
        for (name, value) in self.environment() {
            run = run.variable(name, value);
        }
        for name in ["NO_PROXY", "no_proxy"] {
            run = run.variable(name, "*");
        }
        // By the option, for of a file that is not there the variable would make no error but another cluster.
        run = run.arguments(["--kubeconfig".as_ref(), self.kubeconfig.as_os_str()]);
        let request_limit = self
            .request_limit
            .map(|limit| format!("--request-timeout={limit}"));
        run = run.arguments(request_limit);
        Ok(run.arguments(arguments).input(input).limit(LIMIT).outcome()?)
    }

    /// Applies objects in YAML or JSON, and gives what kubectl says of each.
    pub fn apply_text(&self, yaml: &str) -> Result<String, KubectlError> {
        self.run_with_input(&["apply", "-f", "-"], yaml)
    }

    /// Runs kubectl with `-o json`, and parses what it says.
    pub fn json(&self, arguments: &[&str]) -> Result<Value, KubectlError> {
        let mut all = arguments.to_vec();
        all.extend(["-o", "json"]);
        let text = self.run(&all)?;
        serde_json::from_str(&text).map_err(|source| KubectlError::NotJson {
            arguments: all.join(" "),
            source,
        })
    }

    /// Looks ten times a second until a look finds something, and gives that. What the API server refuses meanwhile is
    /// looked at again, and told only if the time is over.
    pub fn wait_until<T>(
        &self,
        what: &str,
        limit: Duration,
        mut look: impl FnMut(&Self) -> Result<Option<T>, KubectlError>,
    ) -> Result<T, KubectlError> {
        let deadline = Instant::now() + limit;
        let impatient = self.impatient();
        loop {
            let last = match look(&impatient) {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => String::new(),
                Err(error @ KubectlError::Refused { .. }) => format!(": {error}"),
                Err(error) => return Err(error),
            };
            if self.interrupt.is_set() {
                return Err(ProcessError::Interrupted.into());
            }
            if Instant::now() >= deadline {
                return Err(KubectlError::NotInTime {
                    what: what.to_owned(),
                    limit,
                    last,
                });
            }
            sleep(PACE);
        }
    }
}

/// What kubectl says, without the lines of its log (`E1125 03:00:18.330852 …`), where it says anything else.
fn without_log(words: &str) -> String {
    let is_log = |line: &&str| {
        let mut letters = line.chars();
        letters.next().is_some_and(|level| "IWEF".contains(level))
            && letters.by_ref().take(4).filter(char::is_ascii_digit).count() == 4
            && letters.next() == Some(' ')
    };
    let said: Vec<&str> = words.lines().filter(|line| !is_log(line)).collect();
    if said.is_empty() {
        words.to_owned()
    } else {
        said.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A program in the place of kubectl.
    fn kubectl(folder: &Path, script: &str) -> Kubectl {
        let program = folder.join("kubectl");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        Kubectl::new(&program, &folder.join("kubeconfig"), Interrupt::default())
    }

    #[test]
    fn it_gets_the_kubeconfig_input_and_user() {
        let folder = tempfile::tempdir().unwrap();
        let kubectl = kubectl(folder.path(), r#"echo "$@"; echo "$KUBECACHEDIR"; cat"#);
        let place = folder.path().display();
        assert_eq!(
            kubectl.apply_text("kind: X\n").unwrap(),
            format!("--kubeconfig {place}/kubeconfig apply -f -\n{place}/kubectl-cache\nkind: X\n")
        );
        assert!(
            kubectl
                .run_as("jo", &["get", "pods"])
                .unwrap()
                .contains("kubeconfig --as jo get pods\n")
        );
    }

    #[test]
    fn a_refusal_keeps_the_words_and_drops_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let script =
            "echo 'E1125 03:00:18.3 1 memcache.go:265] noise' >&2; echo 'Error from server: no' >&2; exit 1";
        let error = kubectl(folder.path(), script).run(&["get", "x"]).unwrap_err();
        assert_eq!(error.words(), Some("Error from server: no"));
        assert_eq!(error.to_string(), "`kubectl get x` failed: Error from server: no");
        assert_eq!(without_log("E1125 03:00:18.3 all"), "E1125 03:00:18.3 all");
        assert_eq!(without_log("Error 1"), "Error 1");
    }

    #[test]
    fn what_is_no_json_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = kubectl(folder.path(), "echo maybe")
            .json(&["get", "x"])
            .unwrap_err();
        assert_eq!(error.to_string(), "`kubectl get x -o json` gave no JSON");
        let list = kubectl(folder.path(), r#"echo '{"items": []}'"#)
            .json(&["get", "x"])
            .unwrap();
        assert_eq!(list["items"], serde_json::json!([]));
    }

    #[test]
    fn a_wait_outlasts_refusals_and_tells_the_last_one() {
        let folder = tempfile::tempdir().unwrap();
        let kubectl = kubectl(folder.path(), "echo 'not yet' >&2; exit 1");
        let mut looks = 0;
        let found = kubectl.wait_until("three", Duration::from_mins(1), |kubectl| {
            looks += 1;
            if looks < 3 {
                kubectl.run(&["get", "x"]).map(|_| None)
            } else {
                Ok(Some(looks))
            }
        });
        assert_eq!(found.unwrap(), 3);
        let look = |kubectl: &Kubectl| kubectl.run(&["get", "x"]).map(Some);
        let error = kubectl.wait_until("it", Duration::ZERO, look).unwrap_err();
        assert_eq!(
            error.to_string(),
            "it: not within 0 s: `kubectl get x` failed: not yet"
        );
    }
}
