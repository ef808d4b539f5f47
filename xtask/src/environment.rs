//! The environment of builds whose result must not depend on who runs them.
//!
//! Only what cargo needs to find itself, the registry and the network is passed on. What would change a binary
//! (`RUSTFLAGS`, `CARGO_PROFILE_*`, `CARGO_BUILD_*`, `RUSTC_WRAPPER`, anything that a build script may read) stays
//! outside, and so does the toolchain that started `cargo xtask`: `rust-toolchain.toml` names the one to use.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Variables that are passed on.
const NAMES: [&str; 27] = [
    "ALL_PROXY",
    "CARGO_HOME",
    "CURL_CA_BUNDLE",
    "DEVELOPER_DIR",
    "GIT_SSL_CAINFO",
    "HOME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "LD_LIBRARY_PATH",
    "NO_PROXY",
    "PATH",
    "RUSTUP_AUTO_INSTALL",
    "RUSTUP_DIST_ROOT",
    "RUSTUP_DIST_SERVER",
    "RUSTUP_HOME",
    "RUSTUP_UPDATE_ROOT",
    "SSH_AUTH_SOCK",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "SystemRoot",
    "TEMP",
    "TMP",
    "TMPDIR",
    "USERPROFILE",
    "all_proxy",
    "http_proxy",
    "https_proxy",
];

/// Beginnings of the names of further variables that are passed on: how cargo reaches registries.
const PREFIXES: [&str; 5] = [
    "CARGO_HTTP_",
    "CARGO_NET_",
    "CARGO_REGISTRIES_",
    "CARGO_REGISTRY_",
    "CARGO_SOURCE_",
];

/// Replaces the environment of a command by the part of the caller's that cannot change what is built.
pub(crate) fn control(command: &mut Command) -> &mut Command {
    let passed = std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_passed));
    command
        .env_clear()
        .envs(passed)
        // Whatever the user's configuration says: the compiler on PATH, and, by the empty name, no wrapper.
        .env("RUSTC", "rustc")
        .env("RUSTC_WRAPPER", "")
}

fn is_passed(name: &str) -> bool {
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// The folder where cargo keeps registries: `CARGO_HOME`, else `.cargo` in the home folder.
pub(crate) fn cargo_home() -> Option<PathBuf> {
    let home = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let folder =
        home("CARGO_HOME").or_else(|| Some(home("HOME").or_else(|| home("USERPROFILE"))?.join(".cargo")))?;
    std::path::absolute(folder).ok()
}

/// `PATH` with a folder in front.
pub(crate) fn path_with(folder: &Path) -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path));
    // A folder whose name holds the separator cannot be on PATH; then PATH stays as it is.
    std::env::join_paths(folders).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_a_binary_stays_outside() {
        for name in [
            "RUSTFLAGS",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_PROFILE_IMAGE_OPT_LEVEL",
            "CARGO_BUILD_TARGET",
            "CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER",
            "RUSTC_WRAPPER",
            "RUSTUP_TOOLCHAIN",
            "SOURCE_DATE_EPOCH",
            "CARGO_INCREMENTAL",
        ] {
            assert!(!is_passed(name), "{name}");
        }
        assert!(is_passed("PATH") && is_passed("CARGO_REGISTRIES_MIRROR_TOKEN"));
    }
}
