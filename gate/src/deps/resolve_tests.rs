use super::*;
use crate::deps::read::{InputFile, TEXT_LIMIT, bytes};

fn text_of(file: &InputFile) -> String {
    String::from_utf8(bytes(file, TEXT_LIMIT).unwrap()).unwrap()
}

const TARGET: &str = "x86_64-unknown-linux-musl";

/// A workspace of packages in folders, so that nothing has to be downloaded.
///
/// `app` needs `shared`, whose feature `extra` brings `unified`; the member `other` turns that on. `optional` belongs
/// to a feature of `app`, `tested` to its tests, `foreign` to Windows. The build script of `app` needs `helper`, which
/// on the GNU C library needs `host`.
const MANIFESTS: [(&str, &str); 10] = [
    (
        "app",
        "[features]\ndefault = ['usual']\nusual = []\ntls = ['dep:optional']\n\
         [dependencies]\nshared = { path = '../shared' }\noptional = { path = '../optional', optional = true }\n\
         [dev-dependencies]\ntested = { path = '../tested' }\n\
         [build-dependencies]\nhelper = { path = '../helper' }\n\
         [target.'cfg(windows)'.dependencies]\nforeign = { path = '../foreign' }",
    ),
    (
        "other",
        "[dependencies]\nshared = { path = '../shared', features = ['extra'] }\nalone = { path = '../alone' }",
    ),
    (
        "shared",
        "[features]\nextra = ['dep:unified']\n\
         [dependencies]\nunified = { path = '../unified', optional = true }",
    ),
    (
        "helper",
        "[target.'cfg(target_env = \"gnu\")'.dependencies]\nhost = { path = '../host' }",
    ),
    ("unified", ""),
    ("optional", ""),
    ("tested", ""),
    ("foreign", ""),
    ("host", ""),
    ("alone", ""),
];

fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let file = folder.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    };
    write(
        "Cargo.toml",
        "[workspace]\nmembers = ['app', 'other']\nresolver = '2'\n",
    );
    for (name, rest) in MANIFESTS {
        let head = format!("[package]\nname = '{name}'\nversion = '1.0.0'\nedition = '2021'\n");
        write(&format!("{name}/Cargo.toml"), &format!("{head}{rest}\n"));
        write(&format!("{name}/src/lib.rs"), "");
    }
    write("app/src/main.rs", "fn main() {}");
    write("app/build.rs", "fn main() {}");
    let cargo = locate("cargo", None).unwrap();
    let output = super::super::deny::with_toolchain(Invocation::new(&cargo), None)
        .arguments(["generate-lockfile", "--offline"])
        .directory(folder.path())
        .run()
        .unwrap();
    assert_eq!(output.code, 0, "{}", output.stderr_text());
    folder
}

fn asked(
    folder: &Path,
    package: &str,
    version: &str,
    features: &Features,
) -> Result<Expected, DependencyError> {
    resolve(&ResolveRequest {
        manifest: &folder.join("Cargo.toml"),
        package,
        version: &Version::parse(version).unwrap(),
        target: TARGET,
        features,
        repository: Some(folder),
    })
}

fn names(packages: &BTreeSet<ResolvedPackage>) -> Vec<&str> {
    packages.iter().map(|package| package.name.as_str()).collect()
}

#[test]
fn what_other_members_turn_on_is_possible_and_not_built() {
    let folder = workspace();
    let expected = asked(folder.path(), "app", "1.0.0", &Features::default()).unwrap();
    assert_eq!(expected.built_for, "`app` with its default features");
    // The build script runs on this machine, whose C library decides of `host`.
    let built: Vec<&str> = names(&expected.built)
        .into_iter()
        .filter(|name| *name != "host")
        .collect();
    assert_eq!(built, ["app", "helper", "shared"]);
    if cfg!(target_env = "gnu") {
        assert!(names(&expected.built).contains(&"host"));
    }
    assert_eq!(names(&expected.possible), ["app", "helper", "shared", "unified"]);
    assert!(
        expected
            .possible
            .iter()
            .all(|package| package.source == ListSource::Local)
    );
}

#[test]
fn named_features_are_asked_for() {
    let folder = workspace();
    let features = Features {
        default: false,
        named: vec!["tls".to_owned()],
    };
    let expected = asked(folder.path(), "app", "1.0.0", &features).unwrap();
    assert_eq!(expected.built_for, "`app` with the features `tls` alone");
    assert!(names(&expected.built).contains(&"optional"), "{expected:?}");
    assert!(names(&expected.possible).contains(&"optional"), "{expected:?}");
}

#[test]
fn a_package_or_feature_that_is_not_there_is_an_error() {
    let folder = workspace();
    let error = |package, version, features: &Features| {
        asked(folder.path(), package, version, features)
            .unwrap_err()
            .to_string()
    };
    let usual = Features::default();
    let expected =
        "a program says that it was built from `shared` 1.0.1, which is no member of the workspace";
    assert_eq!(error("shared", "1.0.1", &usual), expected);
    assert_eq!(
        error("none", "1.0.0", &usual),
        expected.replace("shared", "none").replace("1.0.1", "1.0.0")
    );
    let unknown = Features {
        named: vec!["none".to_owned()],
        ..usual
    };
    let text = error("app", "1.0.0", &unknown);
    assert!(
        text.starts_with("`cargo tree` gave no answer (exit code 101): error: "),
        "{text}"
    );
}

#[test]
fn a_stale_lockfile_is_an_error_and_stays_as_it_is() {
    let folder = workspace();
    let file = folder.path().join("Cargo.lock");
    let read = || text_of(&InputFile::new(&file));
    let text = read();
    let stale = text.replace(
        "name = \"alone\"\nversion = \"1.0.0\"",
        "name = \"alone\"\nversion = \"0.9.0\"",
    );
    assert_ne!(text, stale);
    std::fs::write(&file, &stale).unwrap();
    let error = asked(folder.path(), "app", "1.0.0", &Features::default()).unwrap_err();
    assert!(matches!(error, DependencyError::CargoFailed { .. }), "{error}");
    assert_eq!(read(), stale);
}

#[test]
fn lines_of_cargo_tree_are_read() {
    let source = |line: &str| tree_line(line).map(|package| package.source);
    assert_eq!(source("serde v1.0.228"), Some(ListSource::CratesIo));
    assert_eq!(
        source("serde_derive v1.0.228 (proc-macro) (*)"),
        Some(ListSource::CratesIo)
    );
    assert_eq!(
        source("hello v0.1.0 (/home/user/my work/app)"),
        Some(ListSource::Local)
    );
    assert_eq!(
        source("derive v0.1.0 (proc-macro) (/tree/derive) (*)"),
        Some(ListSource::Local)
    );
    assert_eq!(
        source("fork v1.0.0 (https://example.com/fork?rev=0#0123)"),
        Some(ListSource::Git)
    );
    assert_eq!(
        source("inner v1.0.0 (registry `inner`)"),
        Some(ListSource::Registry)
    );
    assert_eq!(source("no version here"), None);
    assert_eq!(source("name v1.x"), None);
}

#[test]
fn a_graph_with_a_hole_is_no_graph() {
    let metadata = |nodes: &str| -> Metadata {
        let package =
            r#"{"id":"a","name":"a","version":"1.0.0","source":null,"manifest_path":"/a/Cargo.toml"}"#;
        let text = format!(
            r#"{{"packages":[{package}],"resolve":{{"root":"a","nodes":[{{"id":"a","deps":[{nodes}]}}]}}}}"#
        );
        serde_json::from_str(&text).unwrap()
    };
    let edge = |kind: &str| format!(r#"{{"pkg":"b","dep_kinds":[{{"kind":{kind}}}]}}"#);
    assert_eq!(metadata("").closure().map(|found| found.len()), Some(1));
    assert_eq!(
        metadata(&edge("\"dev\"")).closure().map(|found| found.len()),
        Some(1)
    );
    assert_eq!(metadata(&edge("null")).closure(), None);
}
