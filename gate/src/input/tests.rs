use std::fs;
use std::path::Path;

use super::*;
use crate::support::files::tree;

fn relative(folder: &Path, paths: &[std::path::PathBuf]) -> Vec<String> {
    let names = paths.iter().map(|path| path.strip_prefix(folder).unwrap());
    names.map(|path| path.display().to_string()).collect()
}

#[test]
fn a_missing_path_is_named() {
    let error = classify(Path::new("no/such/path")).unwrap_err();
    assert_eq!(error.to_string(), "`no/such/path` does not exist");
    assert!(!error.is_nothing());
}

#[test]
fn a_folder_without_manifests_is_nothing_to_check() {
    let folder = tree(&[("notes.txt", "")]);
    assert!(classify(folder.path()).unwrap_err().is_nothing());
}

#[test]
fn each_name_of_a_kustomization_is_known_and_two_are_refused() {
    for name in KUSTOMIZATION_NAMES {
        let folder = tree(&[(name, "")]);
        assert!(
            matches!(classify(folder.path()), Ok(Input::Kustomization(_))),
            "{name}"
        );
        let file = folder.path().join(name);
        assert!(matches!(classify(&file), Ok(Input::Kustomization(_))), "{name}");
    }
    let folder = tree(&[("kustomization.yaml", ""), ("Kustomization", "")]);
    let error = classify(folder.path()).unwrap_err();
    assert!(
        matches!(error, InputError::SeveralKustomizations { .. }),
        "{error}"
    );
}

#[test]
fn a_chart_is_refused_with_a_sentence() {
    let folder = tree(&[("Chart.yaml", "name: x"), ("templates/a.yaml", "")]);
    let error = classify(folder.path()).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("is a Helm chart, and charts are not supported yet")
    );
}

#[test]
fn a_folder_is_walked_in_order_without_hidden_folders_and_target() {
    let files = [
        "b.yaml",
        "a.yml",
        "c/d.json",
        ".git/e.yaml",
        "target/f.yaml",
        "g.txt",
        "k/kustomization.yaml",
    ];
    let folder = tree(&files.map(|name| (name, "")));
    let Ok(Input::Folder(found)) = classify(folder.path()) else {
        panic!("no folder");
    };
    assert_eq!(
        relative(folder.path(), &found.files),
        ["a.yml", "b.yaml", "c/d.json"]
    );
    assert_eq!(relative(folder.path(), &found.kustomizations), ["k"]);
    assert!(found.refused.is_empty());
}

#[test]
fn a_chart_below_a_folder_is_not_passed_over_in_silence() {
    let folder = tree(&[
        ("a.yaml", ""),
        ("chart/Chart.yaml", ""),
        ("chart/templates/b.yaml", ""),
    ]);
    let Ok(Input::Folder(found)) = classify(folder.path()) else {
        panic!("no folder");
    };
    assert_eq!(relative(folder.path(), &found.files), ["a.yaml"]);
    assert!(matches!(found.refused.as_slice(), [InputError::Chart { .. }]));
}

#[test]
fn a_file_over_the_limit_is_refused_and_one_at_the_limit_is_read() {
    let folder = tree(&[("a", "12345")]);
    let path = folder.path().join("a");
    assert_eq!(read_bytes(&path, 5).unwrap(), b"12345");
    assert!(matches!(
        read_bytes(&path, 4),
        Err(InputError::TooLarge { limit: 4, .. })
    ));
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    fs::write(&path, b"ab\xff").unwrap();
    assert!(matches!(
        read_text(&path, 9),
        Err(InputError::NotText { offset: 2, .. })
    ));
}

#[test]
fn a_folder_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        read_bytes(folder.path(), 9),
        Err(InputError::NotAFile { .. })
    ));
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_out_of_the_work_tree_is_refused() {
        let outside = tree(&[("secret.yaml", "password: hunter2")]);
        let folder = tree(&[(".git/HEAD", ""), ("a/b.yaml", "")]);
        symlink(
            outside.path().join("secret.yaml"),
            folder.path().join("a/link.yaml"),
        )
        .unwrap();
        let Ok(Input::Folder(found)) = classify(folder.path()) else {
            panic!("no folder");
        };
        assert!(matches!(found.refused.as_slice(), [InputError::Outside { .. }]));
        let error = classify(&folder.path().join("a/link.yaml")).unwrap_err();
        assert!(matches!(error, InputError::Outside { .. }), "{error}");
    }

    #[test]
    fn a_folder_that_is_a_link_out_of_the_work_tree_is_refused() {
        let outside = tree(&[("a.yaml", "kind: Secret")]);
        let folder = tree(&[(".git/HEAD", ""), ("b.yaml", "")]);
        let link = folder.path().join("overlay");
        symlink(outside.path(), &link).unwrap();
        let error = classify(&link).unwrap_err();
        assert!(matches!(error, InputError::Outside { .. }), "{error}");
    }

    #[test]
    fn outside_a_work_tree_a_link_stays_below_the_folder_given() {
        let folder = tree(&[("x/a.yaml", ""), ("y/b.yaml", "")]);
        symlink("../y/b.yaml", folder.path().join("x/out.yaml")).unwrap();
        symlink("a.yaml", folder.path().join("x/in.yaml")).unwrap();
        let real = folder.path().join("x").canonicalize().unwrap();
        let boundary = Boundary::around(&real).unwrap();
        assert!(boundary.resolve(&real, Path::new("out.yaml"), "out").is_err());
        assert!(boundary.resolve(&real, Path::new("in.yaml"), "in").is_ok());
        assert!(boundary.resolve(&real, Path::new("../y/b.yaml"), "b").is_ok());
    }

    #[test]
    fn what_lies_outside_is_refused_before_anyone_learns_whether_it_exists() {
        let folder = tree(&[(".git/HEAD", ""), ("a/b.yaml", "")]);
        let real = folder.path().canonicalize().unwrap();
        let boundary = Boundary::around(&real.join("a")).unwrap();
        for reference in ["../../no-such-file", "/etc/passwd", "/no-such-file"] {
            let error = boundary.resolve(&real, Path::new(reference), "x").unwrap_err();
            assert!(
                matches!(error, InputError::Outside { .. }),
                "{reference}: {error}"
            );
        }
    }

    #[test]
    fn a_circle_of_links_ends() {
        let folder = tree(&[("a/b.yaml", "")]);
        symlink("..", folder.path().join("a/up")).unwrap();
        let Ok(Input::Folder(found)) = classify(folder.path()) else {
            panic!("no folder");
        };
        assert_eq!(found.files.len(), 1);
    }

    #[test]
    fn a_device_is_no_file() {
        let error = read_bytes(Path::new("/dev/zero"), 9).unwrap_err();
        assert!(matches!(error, InputError::NotAFile { .. }), "{error}");
    }
}
