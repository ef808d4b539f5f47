//! The digest of the image depends on the service, the lockfile and the toolchain alone.
//!
//! The tree is built in two folders with two homes of cargo. The second also has what must not matter: another
//! gate and README, a strict umask, and compiler settings in variables and in a configuration file above it.

#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start programs, read files, and fail by panicking"
)]

mod common;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Image, image_command, root, run, slow};

/// Settings that would change the binary or break its build, if they were heeded.
const HOSTILE: &str = r#"
[build]
rustflags = ["-C", "target-cpu=native"]
rustc-wrapper = "/nonexistent/wrapper"
[target.x86_64-unknown-linux-musl]
linker = "/nonexistent/linker"
[profile.release]
panic = "unwind"
[profile.image]
opt-level = 0
overflow-checks = true
"#;

#[test]
fn two_folders_and_two_homes_of_cargo_give_one_digest() {
    if !slow("the image in two folders") {
        return;
    }
    let near = tempfile::tempdir().unwrap();
    copy_tree(near.path());
    share_tools(&root(), near.path());
    run(&mut image_command(near.path()));

    let elsewhere = tempfile::tempdir().unwrap();
    let far = elsewhere.path().join("a much longer name/and another/tree");
    copy_tree(&far);
    share_tools(near.path(), &far);
    change_what_must_not_matter(elsewhere.path(), &far);
    run(&mut hostile_command(elsewhere.path(), &far));

    let [one, other] = [near.path(), &far].map(|folder| Image::read(&folder.join("target/image/hello")));
    assert_eq!(one.files(), other.files(), "the files differ");
    assert_eq!(one.configuration, other.configuration);
    assert_eq!(one.digest, other.digest);
    assert_list_inside(&std::fs::read(near.path().join("target/image/rootfs/hello")).unwrap());
}

/// The list that cargo-auditable embeds has survived stripping, with the service as its root.
fn assert_list_inside(binary: &[u8]) {
    let list = auditable_info::audit_info_from_slice(binary, 8 << 20).unwrap();
    let root: Vec<&str> = list
        .packages
        .iter()
        .filter(|package| package.root)
        .map(|package| package.name.as_str())
        .collect();
    assert_eq!(root, ["hello"]);
    assert!(list.packages.iter().any(|package| package.name == "axum"));
}

/// Copies what git tracks or would track.
fn copy_tree(to: &Path) {
    let mut list = Command::new("git");
    list.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let names = run(list.current_dir(root()));
    let names = names.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let mut copied = 0;
    for name in names.map(|name| PathBuf::from(String::from_utf8(name.to_vec()).unwrap())) {
        let from = root().join(&name);
        // A file that was deleted and not yet committed is listed and not there.
        if from.is_file() {
            std::fs::create_dir_all(to.join(&name).parent().unwrap()).unwrap();
            std::fs::copy(&from, to.join(&name)).unwrap();
            copied += 1;
        }
    }
    assert!(copied > 10, "git lists only {copied} files");
}

/// Spares a second build of cargo-auditable where there is one.
fn share_tools(from: &Path, to: &Path) {
    let tools = from.join("target/tools");
    let Ok(entries) = tools.read_dir() else { return };
    for entry in entries.map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with("cargo-auditable-") {
            std::fs::create_dir_all(to.join("target/tools")).unwrap();
            copy_folder(&entry.path(), &to.join("target/tools").join(name));
        }
    }
}

fn copy_folder(from: &Path, to: &Path) {
    run(Command::new("cp").arg("-R").arg(from).arg(to));
}

fn append(file: &Path, text: &str) {
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn change_what_must_not_matter(above: &Path, tree: &Path) {
    append(&tree.join("README.md"), "\nAnother line.\n");
    append(
        &tree.join("gate/src/lib.rs"),
        "\n/// Another item.\npub const ANOTHER: u8 = 1;\n",
    );
    append(&tree.join("xtask/src/docs.rs"), "\n// Another line.\n");
    std::fs::create_dir(above.join(".cargo")).unwrap();
    std::fs::write(above.join(".cargo/config.toml"), HOSTILE).unwrap();
    let home = above.join("cargo home");
    std::fs::create_dir(&home).unwrap();
    let given = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let given = given.unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cargo"));
    // Spares a second download. Unpacked sources are not taken along: where they lie is what this is about.
    for name in [
        "config.toml",
        "credentials.toml",
        "registry/index",
        "registry/cache",
    ] {
        if given.join(name).exists() {
            std::fs::create_dir_all(home.join(name).parent().unwrap()).unwrap();
            copy_folder(&given.join(name), &home.join(name));
        }
    }
}

fn hostile_command(above: &Path, tree: &Path) -> Command {
    let image = image_command(tree);
    let mut command = Command::new("sh");
    command
        .args(["-c", "umask 077; exec \"$0\" \"$@\""])
        .arg(image.get_program())
        .args(image.get_args())
        .env("CARGO_HOME", above.join("cargo home"))
        .env("CARGO_TARGET_DIR", above.join("another target"))
        .env("CARGO_PROFILE_IMAGE_OPT_LEVEL", "3")
        .env("CARGO_BUILD_JOBS", "1")
        .env("RUSTFLAGS", "-C target-cpu=native")
        .env("RUSTC_WRAPPER", "/nonexistent/wrapper")
        .env("SOURCE_DATE_EPOCH", "1234567890")
        .current_dir(tree);
    command
}
