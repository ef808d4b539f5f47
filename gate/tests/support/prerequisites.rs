//! What a test needs besides this repository. Where it is absent, the test says `skipped:` and why.
//!
//! Data that is no part of the repository may be absent anywhere. A program that the pipeline has may not: where
//! `CI=true`, its absence fails the test.

use std::path::{Path, PathBuf};

/// A part of the folder that `GATE_TEST_DATA` names; none where it names nothing.
pub(crate) fn test_data(part: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("GATE_TEST_DATA") else {
        eprintln!("skipped: `GATE_TEST_DATA` is not set, which would name `{part}`");
        return None;
    };
    let path = Path::new(&folder).join(part);
    assert!(path.exists(), "`GATE_TEST_DATA` lacks `{part}`");
    Some(path)
}

/// Is there a program that renders kustomizations?
pub(crate) fn can_render() -> bool {
    !renderers().is_empty()
}

/// Those of kubectl and kustomize that are installed; each of them renders kustomizations.
pub(crate) fn renderers() -> Vec<&'static str> {
    let (found, absent): (Vec<_>, Vec<_>) = ["kubectl", "kustomize"]
        .into_iter()
        .partition(|name| is_installed(name));
    if skip_unless(
        !found.is_empty(),
        "neither `kubectl` nor `kustomize` is installed",
    ) {
        for name in absent {
            eprintln!("skipped: the part for `{name}`, which is not installed");
        }
    }
    found
}

/// Is git there, with which fixtures are made?
pub(crate) fn has_git() -> bool {
    skip_unless(is_installed("git"), "`git` is not installed")
}

/// Says aloud that a test is skipped; in CI that is a failure.
fn skip_unless(found: bool, reason: &str) -> bool {
    if !found {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{reason}");
        eprintln!("skipped: {reason}");
    }
    found
}

fn is_installed(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}
