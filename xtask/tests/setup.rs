//! What `xtask` brings by itself, and what it says where it cannot: the real program with programs of ours on
//! `PATH`, in a workspace that holds nothing.

#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start programs, read files, and fail by panicking"
)]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

#[path = "../../gate/tests/support/elf.rs"]
#[allow(dead_code, reason = "shared with the suites of gate, which use more of it")]
mod elf;

/// A cargo that notes how it was called, and installs what it was asked for.
const CARGO: &str = r#"
echo "cargo $*" >> "$HOME/calls"
while [ $# -gt 0 ]; do
  case "$1" in --root) root="$2" ;; cargo-*) name="$1" ;; esac
  shift
done
mkdir -p "$root/bin"
printf '#!/bin/sh\n' > "$root/bin/$name"
chmod +x "$root/bin/$name"
"#;

/// A go that notes how it was called, and installs kustomize.
const GO: &str = r#"
echo "go $*" >> "$HOME/calls"
mkdir -p "$GOBIN"
printf '#!/bin/sh\n' > "$GOBIN/kustomize"
chmod +x "$GOBIN/kustomize"
"#;

/// A cargo that reaches no registry.
const UNREACHED_CARGO: &str = "echo 'error: download of config.json failed' >&2; exit 101";

/// An empty workspace, with a `PATH` that holds the given programs and what a shell script needs.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn with(programs: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("bin");
        for made in ["bin", "xtask", "docs"] {
            std::fs::create_dir(folder.path().join(made)).unwrap();
        }
        std::fs::write(folder.path().join("Cargo.lock"), "").unwrap();
        std::fs::write(folder.path().join("xtask/Cargo.toml"), "").unwrap();
        for name in ["mkdir", "chmod"] {
            let file = gate::process::locate(name, None).unwrap();
            std::os::unix::fs::symlink(file, bin.join(name)).unwrap();
        }
        for (name, script) in programs {
            std::fs::write(bin.join(name), format!("#!/bin/sh\n{script}")).unwrap();
            std::fs::set_permissions(bin.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Exit code, standard output, standard error.
    fn xtask(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(arguments)
            .env_clear()
            .env("PATH", self.path().join("bin"))
            .env("HOME", self.path())
            .current_dir(self.path())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.code().unwrap(),
            text(output.stdout),
            text(output.stderr),
        )
    }

    /// Writes a file, and the folders that it needs.
    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let file = self.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }

    fn calls(&self) -> Vec<String> {
        let calls = std::fs::read_to_string(self.path().join("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }
}

#[test]
fn tools_are_built_once_and_linked() {
    let place = Place::with(&[("kubectl", ""), ("cargo", CARGO)]);
    let (code, stdout, stderr) = place.xtask(&["tools"]);
    assert_eq!((code, &*stdout), (0, "target/tools/bin\n"), "{stderr}");
    assert!(
        stderr.contains("building cargo-deny 0.20.2 below `target/tools` (usually 3 minutes"),
        "{stderr}"
    );
    let calls = place.calls();
    assert_eq!(calls.len(), 1, "{calls:?}");
    let expected = "cargo install cargo-deny --quiet --locked --version=0.20.2 --root ";
    assert!(calls.iter().all(|call| call.starts_with(expected)), "{calls:?}");
    let link = place.path().join("target/tools/bin/cargo-deny");
    assert_eq!(
        std::fs::read_link(&link).unwrap(),
        Path::new("../cargo-deny-0.20.2/bin/cargo-deny")
    );
    assert!(link.is_file());

    let (code, _, stderr) = place.xtask(&["tools"]);
    assert_eq!((code, &*stderr), (0, ""));
    assert_eq!(place.calls().len(), 1);
}

#[test]
fn kustomize_is_built_with_go_where_nothing_renders() {
    let place = Place::with(&[("go", GO), ("cargo", CARGO)]);
    let (code, _, stderr) = place.xtask(&["tools"]);
    assert_eq!(code, 0, "{stderr}");
    let calls = place.calls();
    let expected = "go install sigs.k8s.io/kustomize/kustomize/v5@v5.7.1";
    assert!(calls.iter().any(|call| call == expected), "{calls:?}");
    assert!(place.path().join("target/tools/bin/kustomize").is_file());
}

#[test]
fn without_anything_that_renders_three_ways_are_named() {
    let place = Place::with(&[("cargo", CARGO)]);
    let (code, _, stderr) = place.xtask(&["verdict"]);
    assert_eq!(code, 2);
    let expected = "error: none of `kubectl`, `kustomize` and `go` is installed, and one is needed";
    assert!(stderr.starts_with(expected), "{stderr}");
    for way in ["install kubectl (https:", "or kustomize (https:", "or go (https:"] {
        assert!(stderr.contains(way), "{stderr}");
    }
    assert!(place.calls().is_empty());
}

#[test]
fn a_registry_that_is_not_reached_is_told_apart() {
    let place = Place::with(&[("kubectl", ""), ("cargo", UNREACHED_CARGO)]);
    let (code, _, stderr) = place.xtask(&["tools"]);
    assert_eq!(code, 2);
    for part in [
        "error: `cargo-deny` 0.20.2 could not be built",
        "caused by: `cargo install cargo-deny` failed with exit status: 101",
        "caused by: error: download of config.json failed",
        "hint: allow this machine to reach the package registry, set HTTPS_PROXY, or name a mirror",
    ] {
        assert!(stderr.contains(part), "{stderr}");
    }
    assert!(!place.path().join("target/tools/bin").exists());
}

#[test]
fn a_build_that_leaves_nothing_is_no_success() {
    let place = Place::with(&[("kubectl", ""), ("cargo", "exit 0")]);
    let (code, _, stderr) = place.xtask(&["tools"]);
    assert_eq!(code, 2);
    let expected =
        "the build of `cargo-deny` 0.20.2 left no program at `target/tools/cargo-deny-0.20.2/bin/cargo-deny`";
    assert!(stderr.contains(expected), "{stderr}");
}

#[test]
fn without_rust_the_image_says_how_to_get_it() {
    let place = Place::with(&[("cargo", CARGO)]);
    let (code, _, stderr) = place.xtask(&["image"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("error: `rustc` is not installed"), "{stderr}");
    assert!(stderr.contains("hint: install Rust with rustup"), "{stderr}");
}

#[test]
fn a_target_that_rustup_cannot_add_is_named() {
    let rustc = "case \"$1\" in -vV) echo commit-hash: 0 ;; *) echo \"$HOME/sysroot\" ;; esac";
    let rustup = "echo 'component download failed' >&2; exit 1";
    let place = Place::with(&[("cargo", CARGO), ("rustc", rustc), ("rustup", rustup)]);
    let (code, _, stderr) = place.xtask(&["image"]);
    assert_eq!(code, 2);
    let expected =
        "error: the Rust target `x86_64-unknown-linux-musl` is not installed, and rustup cannot add it";
    assert!(stderr.contains(expected), "{stderr}");
    assert!(stderr.contains("component download failed"), "{stderr}");
}

/// A cargo that knows one package, "builds" the program that lies ready, and gate, which is a script.
const BUILDING_CARGO: &str = r#"
case "$*" in
  install*)
    while [ $# -gt 0 ]; do
      case "$1" in --root) root="$2" ;; cargo-*) name="$1" ;; esac
      shift
    done
    mkdir -p "$root/bin"; printf '#!/bin/sh\n' > "$root/bin/$name"; chmod +x "$root/bin/$name" ;;
  metadata*)
    echo '{"packages":[{"id":"hello","name":"hello","version":"0.1.0","repository":"https://example.com","license":"MIT",
      "source":null,"manifest_path":"/app/Cargo.toml"}],"resolve":{"nodes":[]}}' ;;
  *"--package hello"*)
    built="$HOME/target/image-build/x86_64-unknown-linux-musl/image"
    mkdir -p "$built"; cp "$HOME/program" "$built/hello" ;;
  *"--package gate"*)
    echo "{\"executable\":\"$HOME/bin/gate\"}" ;;
esac
"#;

/// A gate that fetches nothing, and notes how it was asked to check and what is in its cache.
const OFFLINE_GATE: &str = r#"
case "$1" in
  db) echo 'error: the advisory database could not be fetched' >&2; exit 2 ;;
esac
cache=none
for folder in "$XDG_CACHE_HOME"/gate "$HOME"/.cache/gate; do
  if [ -z "$XDG_CACHE_HOME" ] || [ "$folder" = "$XDG_CACHE_HOME/gate" ]; then
    [ -d "$folder/advisory-db" ] && cache=old
  fi
done
echo "gate $* cache=$cache" >> "$HOME/calls"
exit "$(cat "$HOME/code")"
"#;

/// A workspace whose image and gate are "built" at once, where fresh advisories cannot be fetched.
fn offline() -> Place {
    let rustc = "case \"$1\" in -vV) echo commit-hash: 0 ;; *) echo \"$HOME/sysroot\" ;; esac";
    let place = Place::with(&[
        ("kubectl", ""),
        ("cargo", BUILDING_CARGO),
        ("rustc", rustc),
        ("gate", OFFLINE_GATE),
    ]);
    for name in ["cp", "cat", "git"] {
        let file = gate::process::locate(name, None).unwrap();
        std::os::unix::fs::symlink(file, place.path().join("bin").join(name)).unwrap();
    }
    let list = r#"{"packages":[{"name":"hello","version":"0.1.0","source":"local","root":true}]}"#;
    place.write("program", elf::with_list(list));
    place.write("Cargo.toml", "[workspace]\n[profile.image]\nlto = true\n");
    place.write("rust-toolchain.toml", "");
    place.write("app/Cargo.toml", "[package]\n");
    place.write("app/src/main.rs", "");
    place.write("code", "0");
    std::fs::create_dir_all(
        place
            .path()
            .join("sysroot/lib/rustlib/x86_64-unknown-linux-musl/lib"),
    )
    .unwrap();
    place
}

const CLONE: &str = ".cache/gate/advisory-db";

/// Puts a clone of advisories of one day in the place where gate keeps its own.
fn clone_of(place: &Place, count: usize, day: jiff::civil::Date) {
    for number in 0..count {
        let id = format!("RUSTSEC-2026-{number:04}");
        let text = format!(
            "```toml\n[advisory]\nid = \"{id}\"\npackage = \"crate-{number}\"\ndate = \"2026-01-02\"\n\
             [versions]\npatched = []\n```\n\n# Title\n\nText\n"
        );
        place.write(&format!("{CLONE}/crates/crate-{number}/{id}.md"), text);
    }
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
            .args(arguments)
            .env("GIT_COMMITTER_DATE", format!("{day}T12:00:00Z"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .current_dir(place.path().join(CLONE))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    git(&["init", "--quiet"]);
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--message=all"]);
}

fn today() -> jiff::civil::Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

#[test]
fn without_a_network_the_table_inside_gate_is_used() {
    let place = offline();
    let (code, _, stderr) = place.xtask(&["verdict"]);
    assert_eq!(code, 0, "{stderr}");
    let expected = "gate check --as-released --advisory-db-max-age unlimited cache=none";
    assert_eq!(place.calls(), [expected]);
    assert!(
        stderr.contains("the advisory database could not be fetched"),
        "{stderr}"
    );
    assert!(
        stderr.contains("the table of advisories inside gate is used, whatever its age"),
        "{stderr}"
    );
    place.write("code", "1");
    assert_eq!(place.xtask(&["verdict"]).0, 1, "the exit code is gate's");
}

#[test]
fn an_old_or_broken_clone_does_not_stand_in_the_way_of_a_verdict() {
    let expected = "gate check --as-released --advisory-db-max-age unlimited cache=none";
    let place = offline();
    place.write(&format!("{CLONE}/README"), "no database");
    assert_eq!(place.xtask(&["verdict"]).0, 0);
    assert_eq!(place.calls(), [expected]);

    let place = offline();
    clone_of(&place, gate::deps::MINIMUM_ENTRIES, jiff::civil::date(2026, 1, 3));
    assert_eq!(place.xtask(&["verdict"]).0, 0);
    assert_eq!(place.calls(), [expected]);
}

#[test]
fn a_young_clone_is_better_than_the_table_inside_gate() {
    let place = offline();
    clone_of(&place, gate::deps::MINIMUM_ENTRIES, today());
    let (code, _, stderr) = place.xtask(&["verdict"]);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(place.calls(), ["gate check --as-released cache=old"]);
    assert!(
        stderr.contains("the clone of an earlier update is young enough and is used"),
        "{stderr}"
    );
}

#[test]
fn a_stale_page_is_told_and_written() {
    let place = Place::with(&[]);
    let page = place.path().join("docs/rules.md");
    std::fs::write(&page, "old").unwrap();
    let (code, _, stderr) = place.xtask(&["docs", "--check"]);
    assert_eq!(code, 1);
    assert!(
        stderr.contains("`docs/rules.md` is not what the catalogue of rules says"),
        "{stderr}"
    );
    assert!(stderr.contains("hint: run `cargo xtask docs`"), "{stderr}");
    assert_eq!(place.xtask(&["docs"]).0, 0);
    assert_eq!(
        std::fs::read_to_string(&page).unwrap(),
        gate::rules::documentation()
    );
    assert_eq!(place.xtask(&["docs", "--check"]).0, 0);
    std::fs::remove_file(&page).unwrap();
    assert_eq!(place.xtask(&["docs", "--check"]).0, 2);
}

#[test]
fn outside_of_the_workspace_nothing_is_done() {
    let place = Place::with(&[]);
    std::fs::remove_file(place.path().join("Cargo.lock")).unwrap();
    let (code, _, stderr) = place.xtask(&["tools"]);
    assert_eq!(code, 2);
    assert!(
        stderr.starts_with("error: the working directory is not inside this workspace\n"),
        "{stderr}"
    );
}
