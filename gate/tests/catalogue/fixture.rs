//! Finds fixtures.

use std::fs;
use std::path::{Path, PathBuf};

use gate::rules::{Rule, by_id};

/// What a fixture is to show; its name begins with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expectation {
    Pass,
    Fail,
}

/// One fixture: a file or a folder.
pub(crate) struct Fixture {
    pub(crate) path: PathBuf,
    pub(crate) expectation: Expectation,
}

impl Fixture {
    fn new(path: PathBuf) -> Option<Self> {
        let name = name(&path);
        let is_snapshot = path.extension().is_some_and(|extension| extension == "snap");
        let expectation = match name.split_once('-')?.0 {
            _ if is_snapshot => return None,
            "pass" => Expectation::Pass,
            "fail" => Expectation::Fail,
            _ => return None,
        };
        Some(Self { path, expectation })
    }

    /// Where its snapshot is.
    pub(crate) fn snapshot(&self) -> PathBuf {
        if self.path.is_dir() {
            return self.path.with_file_name(format!("{}.snap", name(&self.path)));
        }
        self.path.with_extension("snap")
    }

    /// Rule and name, for messages.
    pub(crate) fn label(&self) -> String {
        let rule = self.path.parent().map(name).unwrap_or_default();
        format!("{rule}/{}", name(&self.path))
    }
}

/// The folder of all fixtures.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules")
}

/// The fixtures of a rule, in the order of their names.
pub(crate) fn of(rule: &Rule) -> Vec<Fixture> {
    let folder = root().join(rule.id);
    if !folder.is_dir() {
        return Vec::new();
    }
    entries(&folder).into_iter().filter_map(Fixture::new).collect()
}

/// What lies among the fixtures and belongs to none.
pub(crate) fn surplus() -> Vec<String> {
    let mut complaints = Vec::new();
    for folder in entries(&root()) {
        if by_id(&name(&folder)).is_none() {
            complaints.push(format!("{}: no rule of this name", name(&folder)));
            continue;
        }
        let inside = entries(&folder);
        let fixtures: Vec<Fixture> = inside.iter().cloned().filter_map(Fixture::new).collect();
        for path in inside {
            let known = fixtures
                .iter()
                .any(|fixture| fixture.path == path || fixture.snapshot() == path);
            if !known {
                complaints.push(format!(
                    "{}/{}: belongs to no fixture",
                    name(&folder),
                    name(&path)
                ));
            }
        }
    }
    complaints
}

/// What a folder holds, in the order of the names.
pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut entries: Vec<PathBuf> = read.map(|entry| entry.expect("entry").path()).collect();
    entries.sort();
    entries
}

/// The last part of a path.
pub(crate) fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
