//! The folders of this machine that a compiler may write into a binary, and the names that they get instead.

use std::ffi::OsString;
use std::path::PathBuf;

use super::build::BuildError;
use super::compiler::Compiler;
use super::metadata::Package;
use crate::environment;
use crate::workspace::Workspace;

/// A folder of this machine, and the name that it gets in the binary.
#[derive(Clone, Debug)]
struct Renamed {
    /// What it is, for an error.
    what: &'static str,
    folder: PathBuf,
    name: String,
}

/// All renamed folders. Of several that match, rustc takes the last, so a folder inside another comes after it.
#[derive(Debug)]
pub(super) struct Paths(Vec<Renamed>);

impl Paths {
    /// The homes of cargo and of the toolchain, the workspace, and the folder of every crate: where a crate comes
    /// through a mirror or lies beside the workspace, its folder is called otherwise.
    pub(super) fn of(
        workspaces: [&Workspace; 2],
        compiler: &Compiler,
        crates: &[Package],
    ) -> Result<Self, BuildError> {
        let cargo_home = environment::cargo_home().ok_or(BuildError::NoCargoHome)?;
        // Where the sources of the standard library are installed, rustc writes their place instead of the name
        // that the library was built with.
        let library = compiler.sysroot().join("lib/rustlib/src/rust");
        let crates = crates.iter().filter_map(|package| {
            let name = format!("/crates/{}-{}", package.name, package.version);
            Some(("folder of a crate", package.folder()?, name))
        });
        let homes = [
            ("cargo home", cargo_home, "/cargo".to_owned()),
            (
                "toolchain",
                compiler.sysroot().to_owned(),
                "/toolchain".to_owned(),
            ),
            ("toolchain", library, format!("/rustc/{}", compiler.commit())),
        ];
        let workspaces =
            workspaces.map(|workspace| ("workspace", workspace.root().to_owned(), "/workspace".to_owned()));
        Ok(Self::renamed(homes.into_iter().chain(workspaces).chain(crates)))
    }

    /// Each folder under the given path and, where that leads through a link, also under the real one.
    fn renamed(folders: impl IntoIterator<Item = (&'static str, PathBuf, String)>) -> Self {
        let mut renamed = Vec::new();
        for (what, folder, name) in folders {
            if let Some(real) = folder.canonicalize().ok().filter(|real| *real != folder) {
                let name = name.clone();
                renamed.push(Renamed {
                    what,
                    folder: real,
                    name,
                });
            }
            renamed.push(Renamed { what, folder, name });
        }
        renamed.sort_by_key(|renamed| renamed.folder.as_os_str().len());
        Self(renamed)
    }

    /// The compiler's flags that rename, each after a unit separator, as `CARGO_ENCODED_RUSTFLAGS` has it.
    pub(super) fn flags(&self) -> OsString {
        let mut flags = OsString::new();
        for renamed in &self.0 {
            flags.push("\x1f--remap-path-prefix=");
            flags.push(&renamed.folder);
            flags.push("=");
            flags.push(&renamed.name);
        }
        flags
    }

    /// Refuses a binary that names one of the folders all the same.
    pub(super) fn refuse_leaks(&self, binary: &[u8]) -> Result<(), BuildError> {
        let is_outermost = |inner: &Renamed| {
            let holds =
                |outer: &Renamed| outer.folder != inner.folder && inner.folder.starts_with(&outer.folder);
            !self.0.iter().any(holds)
        };
        let leaked = self
            .0
            .iter()
            .filter(|renamed| is_outermost(renamed))
            .find(|renamed| renamed.is_telling() && renamed.stands_in(binary));
        leaked.map_or(Ok(()), |renamed| Err(BuildError::Leak(renamed.what)))
    }
}

impl Renamed {
    /// Is the path long enough to be no coincidence? `/src` and `/workspace` stand in every binary.
    fn is_telling(&self) -> bool {
        self.folder.components().count() > 2
    }

    fn stands_in(&self, binary: &[u8]) -> bool {
        let path = self.folder.as_os_str().as_encoded_bytes();
        binary.windows(path.len()).any(|window| window == path)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn paths(folders: &[(&str, &str)]) -> Paths {
        Paths::renamed(
            folders
                .iter()
                .map(|(folder, name)| ("workspace", Path::new(folder).to_owned(), (*name).to_owned())),
        )
    }

    #[test]
    fn a_folder_inside_another_comes_after_it() {
        let paths = paths(&[("/no/where/.cargo", "/cargo"), ("/no/where", "/workspace")]);
        let flags = paths.flags().into_string().unwrap();
        let expected =
            "\x1f--remap-path-prefix=/no/where=/workspace\x1f--remap-path-prefix=/no/where/.cargo=/cargo";
        assert_eq!(flags, expected);
    }

    #[test]
    fn a_path_of_this_machine_in_the_binary_is_refused() {
        let paths = paths(&[("/home/me/tree", "/workspace"), ("/src", "/cargo")]);
        let error = paths
            .refuse_leaks(b"\0panicked at /home/me/tree/app/main.rs\0")
            .unwrap_err();
        assert!(matches!(error, BuildError::Leak("workspace")), "{error}");
        paths
            .refuse_leaks(b"\0/workspace/app/main.rs /src/lib.rs\0")
            .unwrap();
    }

    #[test]
    fn a_linked_folder_is_renamed_under_both_paths() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap().join("real");
        std::fs::create_dir(&real).unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let flags = paths(&[(&link.to_string_lossy(), "/cargo")]).flags();
        let flags = flags.into_string().unwrap();
        for path in [&real, &link] {
            assert!(flags.contains(&format!("{}=/cargo", path.display())), "{flags}");
        }
    }
}
