//! What leads out of the work tree is refused, and what stands there is never shown.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::{DUPLICATE, GOOD, refusals};
use crate::image::damage;
use crate::repository::Repository;

/// Stands in the files outside, and nowhere in what gate prints.
const MARKER: &str = "zanzibar";
const COPY: &str = "copy the file into the repository: what lies outside is never read";

/// A repository, and a folder beside it with files that would be shown.
struct Beside {
    repository: Repository,
    outside: tempfile::TempDir,
}

impl Beside {
    fn new() -> Self {
        let beside = Self {
            repository: Repository::new(),
            outside: tempfile::tempdir().unwrap(),
        };
        let object = GOOD.replace("good", MARKER);
        for (file, text) in [
            ("object.yaml", object.as_str()),
            ("broken.yaml", &format!("{MARKER}: [\n")),
            ("values.env", &format!("key={MARKER}\n")),
            ("base/kustomization.yaml", "resources: [object.yaml]\n"),
            ("base/object.yaml", &object),
            ("Cargo.lock", &format!("{MARKER}\n")),
            ("gate.toml", &format!("{MARKER} = 1\n")),
        ] {
            let path = beside.outside.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        beside
    }

    /// The way from the root of the repository to a file outside.
    fn way(&self, file: &str) -> String {
        let name = self.outside.path().file_name().unwrap();
        Path::new("..").join(name).join(file).display().to_string()
    }

    fn link(&self, file: &str, to: &str) {
        let path = self.repository.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(self.outside.path().join(to), path).unwrap();
    }

    /// Asserts that one error is all that comes of it, in every form, and that nothing from outside is shown.
    fn refused(&self, arguments: &[&str], message: &str, place: &str, hint: &str) {
        let run = self.repository.gate(&[arguments, &["--format", "json"]].concat());
        let refused = refusals(&run);
        let expected = [message, place, hint].map(str::to_owned);
        assert_eq!((run.code, &refused), (2, &vec![expected]), "{arguments:?}");
        let plain = self.repository.gate(&[arguments, &["--verbose"]].concat());
        for run in [run, plain] {
            let shown = format!("{}{}", run.stdout, run.stderr);
            assert!(run.code == 2 && !shown.contains(MARKER), "{arguments:?}: {shown}");
        }
    }
}

fn outside(path: &str) -> String {
    format!("`{path}` leads outside of the work tree")
}

#[test]
fn a_kustomization_that_names_what_lies_outside() {
    let beside = Beside::new();
    let [object, base, values] =
        ["object.yaml", "base", "values.env"].map(|file| format!("../{}", beside.way(file)));
    let absolute = beside.outside.path().join("values.env").display().to_string();
    for (before, path, after) in [
        ("resources: ['", &object, "']"),
        ("resources: ['", &base, "']"),
        ("components: ['", &base, "']"),
        ("patches: [{path: '", &object, "'}]"),
        ("patchesStrategicMerge: ['", &object, "']"),
        ("crds: ['", &object, "']"),
        ("replacements: [{path: '", &object, "'}]"),
        ("configMapGenerator: [{name: a, envs: ['", &values, "']}]"),
        ("configMapGenerator: [{name: a, files: ['", &absolute, "']}]"),
        ("secretGenerator: [{name: a, files: ['", &values, "']}]"),
        ("transformers: ['", &object, "']"),
    ] {
        beside
            .repository
            .write("k/kustomization.yaml", &format!("{before}{path}{after}\n"));
        let place = format!("k/kustomization.yaml:1:{}", before.len());
        beside.refused(&["manifests", "k"], &outside(path), &place, COPY);
    }
}

#[test]
fn a_kustomization_that_names_a_link_out() {
    let beside = Beside::new();
    for (file, to) in [
        ("object.yaml", "object.yaml"),
        ("folder", "base"),
        ("values.env", "values.env"),
    ] {
        beside.link(&format!("k/{file}"), to);
    }
    for (before, path, after) in [
        ("resources: [", "object.yaml", "]"),
        ("resources: [", "folder", "]"),
        ("resources: [", "folder/object.yaml", "]"),
        ("components: [", "folder", "]"),
        ("patches: [{path: ", "object.yaml", "}]"),
        ("configMapGenerator: [{name: a, envs: [", "values.env", "]}]"),
        ("configMapGenerator: [{name: a, files: [", "values.env", "]}]"),
    ] {
        beside
            .repository
            .write("k/kustomization.yaml", &format!("{before}{path}{after}\n"));
        let place = format!("k/kustomization.yaml:1:{}", before.len() + 1);
        beside.refused(&["manifests", "k"], &outside(path), &place, COPY);
    }
}

#[test]
fn a_path_that_is_a_link_out() {
    let beside = Beside::new();
    beside.link("object.yaml", "object.yaml");
    beside.link("broken.yaml", "broken.yaml");
    beside.link("base", "base");
    beside.link("Other.lock", "Cargo.lock");
    for (command, path) in [
        ("manifests", "object.yaml"),
        ("manifests", "broken.yaml"),
        ("manifests", "base"),
        ("manifests", "base/object.yaml"),
        ("deps", "Other.lock"),
    ] {
        beside.refused(&[command, path], &outside(path), "", COPY);
    }
    let run = beside.repository.gate(&["render", "object.yaml"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{run:#?}");
    assert!(!run.stderr.contains(MARKER), "{run:#?}");
}

#[test]
fn a_kustomization_file_that_is_a_link_out() {
    let beside = Beside::new();
    beside.link("k/kustomization.yaml", "broken.yaml");
    let run = beside.repository.gate(&["manifests", "k", "--format", "json"]);
    let [message, _, hint] = refusals(&run).remove(0);
    assert_eq!(run.code, 2);
    assert!(
        message.ends_with("leads outside of the work tree") && hint == COPY,
        "{message}"
    );
    assert!(!run.stdout.contains(MARKER), "{run:#?}");
}

#[test]
fn a_folder_with_a_link_out_is_judged_without_it() {
    let beside = Beside::new();
    beside.repository.write("all/a.yaml", DUPLICATE);
    beside.link("all/object.yaml", "object.yaml");
    beside.refused(&["manifests", "all"], &outside("all/object.yaml"), "", COPY);
    let run = beside.repository.gate(&["manifests", "all", "--format", "json"]);
    assert_eq!(run.findings().len(), 1, "{run:#?}");
}

#[test]
fn a_configuration_that_is_or_names_something_outside() {
    let beside = Beside::new();
    let hint = "name a path below the repository, relative to the folder of this file";
    let way = beside.way("object.yaml");
    let message = format!("`{way}` leads out of the work tree");
    for (before, after) in [
        ("[manifests]\npaths = [", "]\n"),
        ("[dependencies]\nlockfiles = [", "]\n"),
        ("[dependencies]\nadvisory-db = { path = ", " }\n"),
        ("[[images]]\nrepository = \"a/b\"\nsource = ", "\n"),
    ] {
        beside
            .repository
            .write("gate.toml", &format!("{before}\"{way}\"{after}"));
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').unwrap();
        beside.refused(&["check"], &message, &format!("gate.toml:{line}:{column}"), hint);
    }
    fs::remove_file(beside.repository.path("gate.toml")).unwrap();
    beside.link("gate.toml", "gate.toml");
    let message = "gate.toml: it is a link that leads out of the work tree";
    beside.refused(&["check"], message, "", "put the file itself into the repository");
}

#[test]
fn an_image_with_a_link_out() {
    let beside = Beside::new();
    damage(&beside.repository.path("target/image/hello"), "linked-layer");
    let run = beside
        .repository
        .gate(&["image", "target/image/hello", "--no-config", "--format", "json"]);
    let [message, _, hint] = refusals(&run).remove(0);
    assert_eq!(run.code, 2);
    assert!(
        message.ends_with("is a link that leads out of the image"),
        "{message}"
    );
    assert_eq!(
        hint,
        "do not use this image before it is clear who wrote it: digests and links may not lead out of it"
    );
}

#[test]
fn outside_any_work_tree_links_stay_below_the_folder_given() {
    let beside = Beside::new();
    fs::remove_dir(beside.repository.path(".git")).unwrap();
    beside.link("all/object.yaml", "object.yaml");
    let message = "`all/object.yaml` leads outside of the folder given";
    beside.refused(&["manifests", "all"], message, "", COPY);
    beside
        .repository
        .write("k/kustomization.yaml", "resources: [object.yaml]\n");
    beside.link("k/object.yaml", "object.yaml");
    let message = "`object.yaml` leads outside of the folder given";
    beside.refused(&["manifests", "k"], message, "k/kustomization.yaml:1:13", COPY);
}
