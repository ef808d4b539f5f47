//! `app/Dockerfile` gives the image that `cargo xtask image` gives: the same files, the same configuration.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test starts programs")]

mod common;

use std::path::Path;
use std::process::Command;

use common::{Image, image_command, root, run, slow};

#[test]
fn buildah_makes_the_same_image_of_the_dockerfile() {
    if !slow("the image by buildah") {
        return;
    }
    if gate::process::locate("buildah", None).is_err() {
        eprintln!("skipped: buildah is not installed, so app/Dockerfile is not compared with the layout");
        return;
    }
    run(&mut image_command(&root()));
    let folder = tempfile::tempdir().unwrap();
    let ours = Image::read(&root().join("target/image/hello"));
    let theirs = build_with_buildah(folder.path());
    assert_eq!(ours.files(), theirs.files());
    for field in ["User", "Entrypoint", "Cmd", "ExposedPorts", "Volumes"] {
        let [ours, theirs] = [&ours, &theirs].map(|image| &image.configuration["config"][field]);
        assert_eq!(ours, theirs, "{field}");
    }
    for field in ["architecture", "os"] {
        assert_eq!(ours.configuration[field], theirs.configuration[field]);
    }
    let working_directories =
        [&ours, &theirs].map(|image| image.configuration["config"]["WorkingDir"].clone());
    // Not set means the same as the root.
    for directory in working_directories {
        assert!(
            directory == "/" || directory == "" || directory.is_null(),
            "{directory}"
        );
    }
}

fn buildah(folder: &Path) -> Command {
    let mut command = Command::new("buildah");
    command
        .arg("--root")
        .arg(folder.join("storage"))
        .arg("--runroot")
        .arg(folder.join("run"))
        .env("BUILDAH_ISOLATION", "chroot")
        .env("STORAGE_DRIVER", "vfs")
        .current_dir(root());
    command
}

fn build_with_buildah(folder: &Path) -> Image {
    let layout = folder.join("layout");
    let mut build = buildah(folder);
    build.args([
        "build",
        "--file",
        "app/Dockerfile",
        "--tag",
        "hello",
        "target/image/rootfs",
    ]);
    run(&mut build);
    let mut push = buildah(folder);
    push.arg("push")
        .arg("hello")
        .arg(format!("oci:{}:hello", layout.display()));
    run(&mut push);
    Image::read(&layout)
}
