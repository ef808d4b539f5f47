//! A small repository like this one, in a temporary folder: its own manifests, its lockfile, and an image whose
//! program carries a list that agrees with the lockfile.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::image::write_layout;
use crate::support::prerequisites::can_render;

/// The repository of the image, as the overlays name it.
pub(crate) const IMAGE: &str = "us-west1-docker.pkg.dev/p-123456/hello/hello";

/// What the temporary repository declares: as the real one does, but for cargo-deny, which these tests leave out.
const CONFIGURATION: &str = r#"
kubernetes = "1.35"

[manifests]
paths = ["kustomize/overlays/staging", "kustomize/overlays/production"]

[dependencies]
lockfiles = ["Cargo.lock"]

[[images]]
repository = "us-west1-docker.pkg.dev/p-123456/hello/hello"
source = "target/image/hello"
lockfile = "Cargo.lock"
"#;

/// A temporary repository.
pub(crate) struct Repository {
    folder: tempfile::TempDir,
    /// What gate finds besides it: an empty home.
    home: tempfile::TempDir,
    /// The only folder of `PATH`.
    programs: tempfile::TempDir,
}

/// What a run of the program gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    /// The report, of a run with `--format json`.
    pub(crate) fn report(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no report ({error}): {self:#?}"))
    }

    /// Rule and place (`file:line`) of each finding that no exception covers, in the order of the report.
    pub(crate) fn findings(&self) -> Vec<(String, String)> {
        let report = self.report();
        let findings = report["findings"].as_array().cloned().unwrap_or_default();
        let open = findings.iter().filter(|finding| finding["allowed"].is_null());
        open.map(|finding| {
            let location = &finding["location"];
            let place = match location["file"].as_str() {
                Some(file) => format!("{file}:{}", location["line"]),
                None => finding["path"].as_str().unwrap_or_default().to_owned(),
            };
            (finding["rule"].as_str().unwrap_or_default().to_owned(), place)
        })
        .collect()
    }

    /// Asserts the exit code, and rule and place of each finding that no exception covers, in the order of the report:
    /// `rule file:line:column`, or `rule path` of what is inside an image. Errors must be none.
    #[track_caller]
    pub(crate) fn assert_found(&self, code: i32, expected: &[String]) {
        let report = self.report();
        let findings = report["findings"].as_array().unwrap().iter();
        let open = findings.filter(|finding| finding["allowed"].is_null());
        let found: Vec<String> = open.map(found).collect();
        assert_eq!((self.code, found.as_slice()), (code, expected), "{}", self.stdout);
        let stages = report["stages"].as_array().unwrap().iter();
        let errors = stages.map(|stage| &stage["errors"]).chain([&report["errors"]]);
        for errors in errors {
            assert_eq!(*errors, json!([]), "{}", self.stdout);
        }
    }
}

/// Rule and place of a finding.
pub(crate) fn found(finding: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (rule, location) = (text(&finding["rule"]), &finding["location"]);
    match location["file"].as_str() {
        Some(file) => format!("{rule} {file}:{}:{}", location["line"], location["column"]),
        None => format!("{rule} {}", text(&finding["path"])),
    }
}

impl Repository {
    /// [`Repository::new`], where there is a program that renders its kustomizations. Without one a test is skipped
    /// aloud, and fails in CI.
    pub(crate) fn rendered() -> Option<Self> {
        can_render().then(Self::new)
    }

    /// A repository that gate passes, pinned to its own image.
    pub(crate) fn new() -> Self {
        let repository = Self {
            folder: tempfile::tempdir().unwrap(),
            home: tempfile::tempdir().unwrap(),
            programs: programs(),
        };
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        copy(&workspace.join("kustomize"), &repository.path("kustomize"));
        fs::copy(workspace.join("Cargo.lock"), repository.path("Cargo.lock")).unwrap();
        fs::create_dir(repository.path(".git")).unwrap();
        repository.write("gate.toml", CONFIGURATION);
        repository.build(&image());
        repository
    }

    /// A path in the repository.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// The empty home of the runs.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Writes a file, and the folders that it needs.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let file = self.path(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// Replaces the only occurrence of a text in a file: a change that hits nothing, or two places, proves nothing.
    pub(crate) fn change(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(path)).unwrap();
        assert_eq!(text.matches(from).count(), 1, "`{from}` in {path}");
        self.write(path, &text.replace(from, to));
    }

    /// The line, from one, of the only occurrence of a text in a file.
    pub(crate) fn line(&self, path: &str, text: &str) -> usize {
        let whole = fs::read_to_string(self.path(path)).unwrap();
        assert_eq!(whole.matches(text).count(), 1, "`{text}` in {path}");
        whole[..whole.find(text).unwrap()].matches('\n').count() + 1
    }

    /// `file:line:column` of a text: the first after the only occurrence of an anchor.
    pub(crate) fn place(&self, path: &str, anchor: &str, text: &str) -> String {
        let whole = fs::read_to_string(self.path(path)).unwrap();
        assert_eq!(whole.matches(anchor).count(), 1, "`{anchor}` in {path}");
        let from = whole.find(anchor).unwrap();
        let before = &whole[..from + whole[from..].find(text).unwrap()];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
        format!("{path}:{line}:{column}")
    }

    /// Every file of the repository with its bytes, and every link with its target.
    pub(crate) fn contents(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut contents = BTreeMap::new();
        let mut folders = vec![self.path("")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_symlink() {
                    let target = fs::read_link(&path).unwrap();
                    contents.insert(path, target.into_os_string().into_encoded_bytes());
                } else if path.is_dir() {
                    contents.insert(path.clone(), Vec::new());
                    folders.push(path);
                } else {
                    contents.insert(path.clone(), fs::read(path).unwrap());
                }
            }
        }
        contents
    }

    /// Builds another image and pins both overlays to it.
    pub(crate) fn build(&self, description: &Value) {
        let digest = self.build_only(description);
        for overlay in ["staging", "production"] {
            self.pin(overlay, &digest);
        }
    }

    /// Builds another image and leaves the pins as they are; gives back its digest.
    pub(crate) fn build_only(&self, description: &Value) -> String {
        let folder = self.path("target/image/hello");
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        write_layout(description, &folder).manifests.remove(0)
    }

    /// Pins an overlay to a digest.
    pub(crate) fn pin(&self, overlay: &str, digest: &str) {
        let file = format!("kustomize/overlays/{overlay}/kustomization.yaml");
        let text = fs::read_to_string(self.path(&file)).unwrap();
        let lines = text.lines().map(|line| match line.find("digest: ") {
            Some(at) => format!("{}digest: {digest}\n", &line[..at]),
            None => format!("{line}\n"),
        });
        self.write(&file, &lines.collect::<String>());
    }

    /// Runs gate in the repository, with nothing of the caller's environment but some programs. The advisories are those of
    /// the embedded table, whatever its age.
    pub(crate) fn gate(&self, arguments: &[&str]) -> Run {
        self.run(
            self.command()
                .args(arguments)
                .args(["--advisory-db-max-age", "unlimited"]),
        )
    }

    /// A command in the repository with a clean environment.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gate"));
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", self.programs.path())
            .env("HOME", self.home.path());
        command
    }

    /// `PATH` with the folder of cargo, for the few tests that trust the repository.
    pub(crate) fn path_with_cargo(&self) -> OsString {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let cargo = std::env::split_paths(&path).find(|folder| folder.join("cargo").is_file());
        std::env::join_paths(std::iter::once(self.programs.path().to_owned()).chain(cargo)).unwrap()
    }

    /// Runs a command to its end.
    #[expect(
        clippy::unused_self,
        reason = "the repository must last as long as what runs in it"
    )]
    pub(crate) fn run(&self, command: &mut Command) -> Run {
        command.output().unwrap().into()
    }
}

/// A folder with links to the programs that these tests may use. A trivy that is installed is not among them: what it
/// finds depends on its database, and whether it has one.
fn programs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    for name in ["kubectl", "kustomize", "git"] {
        let mut found = std::env::split_paths(&path).map(|folder| folder.join(name));
        if let Some(program) = found.find(|program| program.is_file()) {
            std::os::unix::fs::symlink(program, folder.path().join(name)).unwrap();
        }
    }
    folder
}

/// The image of the service, as far as gate looks at it: one static program with a list of crates.
pub(crate) fn image() -> Value {
    json!({
        "config": {
            "User": "65532:65532",
            "Entrypoint": ["/hello"],
            "ExposedPorts": {"8080/tcp": {}, "9090/tcp": {}},
        },
        "layers": [{"files": [{"path": "hello", "elf": {"packages": packages()}}]}],
    })
}

/// A list that agrees with this workspace's lockfile: the service and two of its crates, at their locked versions.
fn packages() -> Value {
    let lockfile = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock")).unwrap();
    let lockfile: toml::Table = lockfile.parse().unwrap();
    let version = |name: &str| {
        let packages = lockfile["package"].as_array().unwrap().iter();
        let mut named = packages.filter(|package| package["name"].as_str() == Some(name));
        named.next().unwrap()["version"].as_str().unwrap().to_owned()
    };
    json!([
        {"name": "hello", "version": version("hello"), "source": "local", "dependencies": [1, 2], "root": true},
        {"name": "axum", "version": version("axum"), "source": "crates.io"},
        {"name": "tokio", "version": version("tokio"), "source": "crates.io"},
    ])
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
