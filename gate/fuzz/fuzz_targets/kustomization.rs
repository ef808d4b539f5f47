//! Whatever a kustomization says, it is walked without a panic, and no error shows what lies outside its work tree or
//! where on the machine it lies.
//!
//! No program renders it: the walk comes first, and what stands after the kustomization is missing.

#![no_main]

use std::fs;
use std::path::Path;

use gate::render::{Renderer, Unit, Workshop};
use libfuzzer_sys::fuzz_target;

const SECRET: &str = "what-lies-outside";

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let tree = folder.path().join("tree");
    write(&folder.path().join("outside.yaml"), SECRET.as_bytes());
    write(&tree.join(".git/HEAD"), b"");
    write(&tree.join("base/kustomization.yaml"), b"resources: [../k]\n");
    write(&tree.join("k/kustomization.yaml"), bytes);
    write(
        &tree.join("top/kustomization.yaml"),
        b"resources: [../k, missing.yaml]\n",
    );
    let workshop = Workshop::new(&tree, Renderer::Auto, false);
    let error = workshop
        .render(&Unit::Kustomization(tree.join("top")))
        .expect_err("a file is missing");
    let words = error.to_string();
    let said_so = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(said_so(SECRET) || !words.contains(SECRET), "{words}");
    let machine = folder.path().to_str().expect("a plain path");
    assert!(said_so(machine) || !words.contains(machine), "{words}");
});

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, bytes).expect("a file");
}
