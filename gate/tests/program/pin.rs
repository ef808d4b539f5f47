//! `gate pin`: one image's tag and digest, set in the file that names it.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use serde_json::{Value, json};

use crate::changes::{BASE, PRODUCTION};
use crate::repository::{Repository, Run};

const DIGEST: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

fn pin(repository: &Repository, image: &str, path: &str, more: &[&str]) -> Run {
    let arguments = ["pin", "--image", image, "--digest", DIGEST, path];
    repository.run(repository.command().args(arguments).args(more))
}

/// What a person sees of several runs, one after the other.
#[track_caller]
fn assert_snapshot(name: &str, repository: &Repository, commands: &[&str]) {
    let mut shown = Vec::new();
    for command in commands {
        let arguments = command.replace("DIGEST", DIGEST);
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        let run = repository.run(repository.command().args(arguments));
        shown.push(format!(
            "$ gate {command}\n{}{}$ echo $?\n{}",
            run.stdout, run.stderr, run.code
        ));
    }
    let own = crate::changes::pin(repository, PRODUCTION);
    let shown = shown
        .join("\n\n")
        .replace(DIGEST, "DIGEST")
        .replace(&own, "[digest]");
    insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!(name, shown);
    });
}

#[test]
fn a_release_is_written_into_the_overlay() {
    let repository = Repository::new();
    let dry = "pin --image hello --tag v0.2.0 --digest DIGEST --dry-run kustomize/overlays/staging";
    let real = dry.replace(" --dry-run", "");
    let before = repository.contents();
    assert_snapshot("pin-dry", &repository, &[dry]);
    assert_eq!(repository.contents(), before, "a dry run changes nothing");
    assert_snapshot("pin", &repository, &[&real, &real, dry]);
    let file = "kustomize/overlays/staging/kustomization.yaml";
    let path = repository.path(file);
    let mut expected = before;
    let text = String::from_utf8(expected[&path].clone()).unwrap();
    let old = text.split_once("digest: ").unwrap().1.lines().next().unwrap();
    let text = text
        .replace(old, DIGEST)
        .replace("newTag: v0.1.0", "newTag: v0.2.0");
    expected.insert(path, text.into_bytes());
    assert_eq!(repository.contents(), expected, "nothing else changes");
}

#[test]
fn what_is_not_possible_is_told_and_changes_nothing() {
    let repository = Repository::new();
    repository.write("values.yaml", "image:\n  repository: app\n  tag: v1\n");
    repository.write("two.yaml", "- image: app:v1\n- image: app:v2\n");
    repository.write("shared.yaml", "image: &image app:v1\nother: *image\n");
    repository.write("broken.yaml", "image: app:v1\nimage: app:v1\n");
    repository.write("empty/notes.txt", "");
    let before = repository.contents();
    let production = "kustomize/overlays/production";
    assert_snapshot(
        "pin-refused",
        &repository,
        &[
            &format!("pin --image hello --tag v0.2.0 {production}"),
            &format!("pin --image hello --digest DIGEST {production}"),
            &format!("pin --image hello --tag v0.2.0 --digest sha256:abc {production}"),
            &format!(
                "pin --image hello --tag v0.2.0 --digest sha256:{} {production}",
                "B".repeat(64)
            ),
            &format!("pin --image hello --tag -x --digest DIGEST {production}"),
            &format!("pin --image hello --tag=-x --digest DIGEST {production}"),
            &format!("pin --image hello:v1 --tag v0.2.0 --digest DIGEST {production}"),
            &format!("pin --image hallo --tag v0.2.0 --digest DIGEST {production}"),
            "pin --image hello --tag v0.2.0 --digest DIGEST kustomize/base/service.yaml",
            "pin --image app --tag v2 --digest DIGEST values.yaml",
            "pin --image app --tag v2 --digest DIGEST two.yaml",
            "pin --image app --tag v2 --digest DIGEST shared.yaml",
            "pin --image app --tag v2 --digest DIGEST broken.yaml",
            "pin --image app --tag v2 --digest DIGEST empty",
            "pin --image app --tag v2 --digest DIGEST missing",
        ],
    );
    assert_eq!(repository.contents(), before);
}

#[test]
fn mode_line_ends_and_mark_stay() {
    let repository = Repository::new();
    let text =
        "\u{feff}apiVersion: v1\r\nkind: Pod # a\r\nspec:\r\n  containers:\r\n  - image: 'app:v1' # b\r\n";
    for mode in [0o640, 0o755, 0o600] {
        repository.write("pod.yaml", text);
        let path = repository.path("pod.yaml");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let run = pin(&repository, "app", "pod.yaml", &["--tag", "v2"]);
        assert_eq!(run.code, 0, "{run:#?}");
        let expected = text.replace("app:v1", &format!("app:v2@{DIGEST}"));
        assert_eq!(fs::read_to_string(&path).unwrap(), expected);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, mode);
    }
}

#[test]
fn links_are_followed_inside_the_tree_only() {
    let repository = Repository::new();
    let outside = tempfile::tempdir().unwrap();
    let other = outside.path().join("kustomization.yaml");
    let text = "images: [{name: app}]\n";
    fs::write(&other, text).unwrap();
    repository.write("in/pod.yaml", "image: app:v1\n");
    fs::create_dir_all(repository.path("k")).unwrap();
    symlink(&other, repository.path("k/kustomization.yaml")).unwrap();
    symlink(outside.path(), repository.path("folder")).unwrap();
    symlink("in/pod.yaml", repository.path("link.yaml")).unwrap();
    for path in ["k", "k/kustomization.yaml", "folder", "folder/kustomization.yaml"] {
        let run = pin(&repository, "app", path, &["--tag", "v2"]);
        assert!(
            run.code == 2 && run.stderr.contains("leads outside of the work tree"),
            "{run:#?}"
        );
    }
    assert_eq!(fs::read_to_string(&other).unwrap(), text);
    let run = pin(&repository, "app", "link.yaml", &["--tag", "v2"]);
    assert_eq!(run.code, 0, "{run:#?}");
    assert!(repository.path("link.yaml").is_symlink());
    let text = fs::read_to_string(repository.path("in/pod.yaml")).unwrap();
    assert_eq!(text, format!("image: app:v2@{DIGEST}\n"));
}

#[test]
fn a_difference_shows_no_secret_and_drives_no_terminal() {
    let repository = Repository::new();
    let text = "password: zanzibar-one\nname: \"\u{202e}x\"\n::error::x: 1\nimage: app:v1\n";
    repository.write("values.yaml", text);
    let run = pin(&repository, "app", "values.yaml", &["--tag", "v2", "--dry-run"]);
    assert_eq!(run.code, 0, "{run:#?}");
    assert!(
        !run.stdout.contains("zanzibar") && !run.stdout.contains('\u{202e}'),
        "{run:#?}"
    );
    assert!(
        !run.stdout.lines().any(|line| line.trim_start().starts_with("::")),
        "{run:#?}"
    );
    assert!(
        run.stdout.contains("-image: app:v1\n+image: app:v2@sha256:"),
        "{run:#?}"
    );
}

/// The objects that a kustomization renders to.
fn rendered(repository: &Repository, path: &str) -> Vec<Value> {
    let run = repository.gate(&["render", "--show-secrets", path]);
    assert_eq!(run.code, 0, "{run:#?}");
    run.stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The kustomizations that name the image in different ways: what follows `images:`.
const ENTRIES: [&str; 6] = [
    " # none\n- name: hello\n",
    "\n- {name: hello, newName: r.example/hello} # flow\n",
    "\n- newTag: \"1\" # first\n  name: hello\n- name: other\n  newTag: v9\n",
    "\n- name: hello\n  digest: sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
    "\n- name: other\n- name: hello\n  newName: r.example:5000/team/hello\n  newTag: 'v1'\n",
    " [{\"name\": \"hello\", \"newTag\": \"v1\"}]\n",
];

#[test]
fn kustomize_renders_the_same_but_for_that_image() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    for (number, entry) in ENTRIES.iter().enumerate() {
        let folder = format!("k{number}");
        let text = format!("resources: [../kustomize/base] # all\nimages:{entry}# the end\n");
        repository.write(&format!("{folder}/kustomization.yaml"), &text);
        let mut before = rendered(&repository, &folder);
        let run = pin(&repository, "hello", &folder, &["--tag", "v0.2.0"]);
        assert_eq!(run.code, 0, "{run:#?}");
        let after = rendered(&repository, &folder);
        let deployment = before
            .iter_mut()
            .find(|object| object["kind"] == "Deployment")
            .unwrap();
        let image = &mut deployment["spec"]["template"]["spec"]["containers"][0]["image"];
        let name = image.as_str().unwrap().split('@').next().unwrap();
        let name = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => name,
            _ => name,
        };
        *image = json!(format!("{name}:v0.2.0@{DIGEST}"));
        assert_eq!(after, before, "{entry}");
    }
}

#[test]
fn the_manifest_of_the_base_takes_the_pin_too() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    let before = rendered(&repository, BASE).remove(0);
    let image = before["spec"]["template"]["spec"]["containers"][0]["image"]
        .as_str()
        .unwrap();
    let run = pin(
        &repository,
        image.split(':').next().unwrap(),
        BASE,
        &["--tag", "v0.2.0"],
    );
    assert_eq!(run.code, 0, "{run:#?}");
    let mut after = rendered(&repository, BASE).remove(0);
    let pinned = &mut after["spec"]["template"]["spec"]["containers"][0]["image"];
    assert_eq!(*pinned, format!("hello:v0.2.0@{DIGEST}"));
    *pinned = json!(image);
    assert_eq!(after, before);
}
