//! Finds and reads the file.

#![expect(
    clippy::disallowed_methods,
    reason = "this room reads one file; what it names is read in `input/`"
)]

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use super::{Config, ConfigError, Problem, Written, parse};
use crate::input::work_tree;

/// The name that is looked for.
pub const FILE_NAME: &str = "gate.toml";

/// No configuration is larger than this many bytes.
const LIMIT: u64 = 1024 * 1024;

/// The nearest `gate.toml` from a folder up to the root of its work tree. Outside any work tree only the folder itself
/// is looked at: a file further up would be someone else's.
///
/// `start` is an absolute path without links.
pub fn find(start: &Path) -> Option<PathBuf> {
    find_below(start, work_tree(start).unwrap_or(start))
}

/// The nearest `gate.toml` from a folder up to another one, which is the last that is looked at. Both are absolute paths
/// without links; the first need not exist.
pub fn find_below(start: &Path, root: &Path) -> Option<PathBuf> {
    start
        .ancestors()
        .take_while(|folder| folder.starts_with(root))
        .map(|folder| folder.join(FILE_NAME))
        .find(|file| file.symlink_metadata().is_ok())
}

/// Reads a `gate.toml`, which is called `name` in messages, and checks that its paths stay in the work tree.
pub fn read(file: &Path, name: &str) -> Result<Config, Vec<ConfigError>> {
    read_in(file, name, None)
}

/// The same of a file that must lie below `root`, a real path, wherever work trees begin.
pub fn read_below(file: &Path, name: &str, root: &Path) -> Result<Config, Vec<ConfigError>> {
    read_in(file, name, Some(root))
}

fn read_in(file: &Path, name: &str, root: Option<&Path>) -> Result<Config, Vec<ConfigError>> {
    let fail = |problem| {
        vec![ConfigError {
            file: name.to_owned(),
            location: None,
            problem,
        }]
    };
    let place = place(file, root).map_err(fail)?;
    let text = text(&place.file).map_err(fail)?;
    let mut config = parse(&text, name)?;
    let mut errors = escapes(&config, place.depth);
    errors.sort_by(|left, right| left.location.cmp(&right.location));
    if !errors.is_empty() {
        return Err(errors);
    }
    config.folder = place.folder;
    Ok(config)
}

/// Where a `gate.toml` is: the file itself, the folder that it speaks for, and how far that is below the work tree's
/// root.
struct Place {
    file: PathBuf,
    folder: PathBuf,
    depth: usize,
}

fn place(file: &Path, root: Option<&Path>) -> Result<Place, Problem> {
    let unreadable = |error: std::io::Error| Problem::Unreadable(error.to_string());
    let parent = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let folder = fs::canonicalize(parent).map_err(unreadable)?;
    let file = fs::canonicalize(file).map_err(unreadable)?;
    let root = root.or_else(|| work_tree(&folder)).unwrap_or(&folder);
    if !file.starts_with(root) || !folder.starts_with(root) {
        return Err(Problem::LinkOutside);
    }
    let depth = folder
        .strip_prefix(root)
        .map_or(0, |below| below.components().count());
    Ok(Place { file, folder, depth })
}

fn text(file: &Path) -> Result<String, Problem> {
    let unreadable = |error: std::io::Error| Problem::Unreadable(error.to_string());
    if !fs::metadata(file).map_err(unreadable)?.is_file() {
        return Err(Problem::NotAFile);
    }
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if bytes.len() as u64 > LIMIT {
        return Err(Problem::TooLarge { limit: LIMIT });
    }
    String::from_utf8(bytes).map_err(|_| Problem::NotText)
}

/// An error for each path that leads out of a work tree whose root is `depth` folders up. Links are resolved where
/// the paths are read.
fn escapes(config: &Config, depth: usize) -> Vec<ConfigError> {
    let manifests = config.manifests.iter().flat_map(|section| &section.paths);
    let dependencies = config
        .dependencies
        .iter()
        .flat_map(|section| section.lockfiles.iter().chain(&section.advisory_database));
    let images = config
        .images
        .iter()
        .flat_map(|image| std::iter::once(&image.source).chain(&image.lockfile));
    manifests
        .chain(dependencies)
        .chain(images)
        .filter(|path| leaves(Path::new(&path.value), depth))
        .map(|path| outside(&config.name, path))
        .collect()
}

fn outside(name: &str, path: &Written<String>) -> ConfigError {
    ConfigError {
        file: name.to_owned(),
        location: Some(path.location.clone()),
        problem: Problem::OutsideTree {
            path: path.value.clone(),
        },
    }
}

fn leaves(path: &Path, depth: usize) -> bool {
    let end = path
        .components()
        .try_fold(depth, |depth, component| match component {
            Component::Normal(_) => Some(depth + 1),
            Component::CurDir => Some(depth),
            Component::ParentDir => depth.checked_sub(1),
            Component::RootDir | Component::Prefix(_) => None,
        });
    end.is_none()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::{Path, PathBuf};

    use super::{LIMIT, find, leaves, read};
    use crate::stages::Hint as _;

    /// A work tree with a `gate.toml` in the folder `sub`.
    fn tree(text: &str) -> (tempfile::TempDir, PathBuf) {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join(".git")).unwrap();
        fs::create_dir_all(root.path().join("sub/deeper")).unwrap();
        let file = root.path().join("sub/gate.toml");
        fs::write(&file, text).unwrap();
        (root, file)
    }

    fn words(file: &Path) -> Vec<String> {
        let errors = read(file, "gate.toml").unwrap_err();
        errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_nearest_file_below_the_root_is_found() {
        let (root, file) = tree("");
        let root = root.path();
        fs::write(root.join("gate.toml"), "").unwrap();
        assert_eq!(find(&root.join("sub/deeper")), Some(file.clone()));
        assert_eq!(find(&root.join("sub")), Some(file));
        assert_eq!(find(root), Some(root.join("gate.toml")));
        fs::create_dir_all(root.join("sub/.git")).unwrap();
        fs::remove_file(root.join("sub/gate.toml")).unwrap();
        assert_eq!(
            find(&root.join("sub/deeper")),
            None,
            "the root of the inner work tree ends the search"
        );
    }

    #[test]
    fn outside_a_work_tree_only_the_folder_itself_counts() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("sub")).unwrap();
        fs::write(root.path().join("gate.toml"), "").unwrap();
        assert_eq!(find(&root.path().join("sub")), None);
        assert_eq!(find(root.path()), Some(root.path().join("gate.toml")));
    }

    #[test]
    fn paths_stay_in_the_work_tree() {
        assert!(!leaves(Path::new("../kustomize/./overlays"), 1));
        assert!(!leaves(Path::new("a/../b"), 0));
        for path in ["..", "a/../../b", "/etc", "./../x"] {
            assert!(leaves(Path::new(path), 0), "{path}");
        }
        let text = "[manifests]\npaths = [\"../a\", \"../../b\"]\n[dependencies]\nlockfiles = [\"/etc/passwd\"]\n\
                    advisory-db.path = \"../../db\"\n[[images]]\nrepository = \"r\"\nsource = \"../../i\"\nlockfile = \"/c\"\n";
        let (_root, file) = tree(text);
        let errors = read(&file, "gate.toml").unwrap_err();
        assert!(errors.iter().all(|error| error.hint().is_some()));
        let expected = [
            "gate.toml:2:18: `../../b` leads out of the work tree",
            "gate.toml:4:14: `/etc/passwd` leads out of the work tree",
            "gate.toml:5:20: `../../db` leads out of the work tree",
            "gate.toml:8:10: `../../i` leads out of the work tree",
            "gate.toml:9:12: `/c` leads out of the work tree",
        ];
        assert_eq!(words(&file), expected);
    }

    #[test]
    fn the_folder_is_the_one_of_the_file() {
        let (root, file) = tree("profile = \"baseline\"\n");
        let config = read(&file, "sub/gate.toml").unwrap();
        assert_eq!(config.folder, root.path().canonicalize().unwrap().join("sub"));
        assert_eq!(config.name, "sub/gate.toml");
    }

    #[test]
    fn what_is_no_readable_file_is_named() {
        let (root, file) = tree("");
        fs::remove_file(&file).unwrap();
        assert_eq!(
            words(&file),
            ["gate.toml: it cannot be read: No such file or directory (os error 2)"]
        );
        fs::create_dir(&file).unwrap();
        assert_eq!(words(&file), ["gate.toml: it is not a file"]);
        fs::remove_dir(&file).unwrap();
        fs::write(&file, [0xff, 0xfe]).unwrap();
        assert_eq!(words(&file), ["gate.toml: it is not UTF-8 text"]);
        let long = usize::try_from(LIMIT).unwrap() + 1;
        fs::write(&file, "#".repeat(long)).unwrap();
        assert_eq!(words(&file), ["gate.toml: it is larger than 1048576 bytes"]);
        fs::remove_file(&file).unwrap();
        let other = tempfile::NamedTempFile::new().unwrap();
        symlink(other.path(), &file).unwrap();
        assert_eq!(
            words(&file),
            ["gate.toml: it is a link that leads out of the work tree"]
        );
        fs::write(root.path().join("real.toml"), "").unwrap();
        fs::remove_file(&file).unwrap();
        symlink("../real.toml", &file).unwrap();
        assert!(read(&file, "gate.toml").is_ok());
    }
}
