//! A small repository like this one, in a temporary folder: its own manifests, its lockfile, and an image whose
//! program carries a list that agrees with the lockfile.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::image::write_layout;

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
}

impl Repository {
    /// A repository that gate passes, pinned to its own image.
    pub(crate) fn new() -> Self {
        let repository = Self {
            folder: tempfile::tempdir().unwrap(),
            home: tempfile::tempdir().unwrap(),
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

    /// Runs gate in the repository, with nothing of the caller's environment but `PATH`. The advisories are those of
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
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home.path());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, command: &mut Command) -> Run {
        command.output().unwrap().into()
    }
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
