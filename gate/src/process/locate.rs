//! Finds programs, and refuses those that the judged repository brings along.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::ProcessError;

/// Names folders of programs, separated as in `PATH`, that whoever starts `gate` vouches for: they are searched
/// first, and may lie inside the repository.
pub const TOOLS_VARIABLE: &str = "GATE_TOOLS";

/// The absolute path of a program: from the folders of [`TOOLS_VARIABLE`], else from `PATH`, of which no program
/// inside `repository` is taken.
///
/// The author of a change can put a program into the repository, but sets no variable of the one who judges it:
/// therefore that variable is trusted wherever it points, and `PATH`, which may hold a relative or forgotten
/// folder, is not.
pub fn locate(name: &str, repository: Option<&Path>) -> Result<PathBuf, ProcessError> {
    let search = Search {
        tools: std::env::var_os(TOOLS_VARIABLE).unwrap_or_default(),
        path: std::env::var_os("PATH").unwrap_or_default(),
    };
    search.locate(name, repository)
}

/// Where programs are looked for.
struct Search {
    tools: OsString,
    path: OsString,
}

impl Search {
    fn locate(&self, name: &str, repository: Option<&Path>) -> Result<PathBuf, ProcessError> {
        if let Some(program) = self.trusted(name)? {
            return Ok(program);
        }
        let repository = repository.and_then(|folder| folder.canonicalize().ok());
        let mut inside = None;
        for folder in std::env::split_paths(&self.path).filter(|folder| folder.is_absolute()) {
            let Some(program) = Candidate::of(&folder, name) else {
                continue;
            };
            if repository
                .as_deref()
                .is_some_and(|repository| program.file.starts_with(repository))
            {
                inside.get_or_insert(program.file);
                continue;
            }
            return Ok(program.called);
        }
        let name = name.to_owned();
        Err(match inside {
            Some(path) => ProcessError::InsideRepository { name, path },
            None => ProcessError::NotFound { name },
        })
    }

    /// The program in a folder that the caller vouches for. A folder that is none is an error: whoever set the
    /// variable meant another program than the one that would be found without it.
    fn trusted(&self, name: &str) -> Result<Option<PathBuf>, ProcessError> {
        let folders = std::env::split_paths(&self.tools).filter(|folder| !folder.as_os_str().is_empty());
        for folder in folders {
            if !(folder.is_absolute() && folder.is_dir()) {
                return Err(ProcessError::ToolsFolder { path: folder });
            }
            if let Some(program) = Candidate::of(&folder, name) {
                return Ok(Some(program.called));
            }
        }
        Ok(None)
    }
}

/// An executable file that was found in a folder.
struct Candidate {
    /// The path in that folder. A link's own name is kept: programs such as busybox decide by it what they are.
    called: PathBuf,
    /// The file that it leads to.
    file: PathBuf,
}

impl Candidate {
    fn of(folder: &Path, name: &str) -> Option<Self> {
        let called = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        let file = called.canonicalize().ok().filter(|file| is_executable(file))?;
        Some(Self { called, file })
    }
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named() {
        let error = locate("no-such-program-anywhere", None).unwrap_err();
        assert_eq!(error.to_string(), "`no-such-program-anywhere` is not installed");
    }

    #[test]
    fn a_program_inside_the_repository_is_refused() {
        let error = locate("sh", Some(Path::new("/"))).unwrap_err();
        assert!(matches!(error, ProcessError::InsideRepository { .. }), "{error}");
    }

    /// A repository with an executable `tool` in `tools/`.
    fn repository_with_tool() -> tempfile::TempDir {
        use std::os::unix::fs::PermissionsExt;
        let repository = tempfile::tempdir().unwrap();
        let tools = repository.path().join("tools");
        std::fs::create_dir(&tools).unwrap();
        std::fs::write(tools.join("tool"), "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(tools.join("tool"), std::fs::Permissions::from_mode(0o755)).unwrap();
        repository
    }

    #[test]
    fn a_program_inside_the_repository_is_taken_from_a_folder_that_the_caller_vouches_for() {
        let repository = repository_with_tool();
        let tools = repository.path().join("tools");
        let search = Search {
            tools: tools.clone().into(),
            path: "/bin".into(),
        };
        let program = search.locate("tool", Some(repository.path())).unwrap();
        assert_eq!(program, tools.join("tool"));
        let without = Search {
            tools: OsString::new(),
            path: tools.into(),
        };
        let error = without.locate("tool", Some(repository.path())).unwrap_err();
        assert!(matches!(error, ProcessError::InsideRepository { .. }), "{error}");
    }

    #[test]
    fn folders_that_the_caller_vouches_for_come_first_and_hide_nothing_else() {
        let (first, second) = (repository_with_tool(), repository_with_tool());
        let search = Search {
            tools: first.path().join("tools").into(),
            path: std::env::join_paths([second.path().join("tools"), "/bin".into()]).unwrap(),
        };
        let tool = search.locate("tool", None).unwrap();
        assert!(tool.starts_with(first.path()), "{}", tool.display());
        assert_eq!(search.locate("sh", None).unwrap(), Path::new("/bin/sh"));
    }

    #[test]
    fn a_tools_folder_that_is_none_is_named() {
        for folder in ["tools", "/no/such/folder"] {
            let search = Search {
                tools: folder.into(),
                path: "/bin".into(),
            };
            let error = search.locate("sh", None).unwrap_err().to_string();
            let expected = format!("`GATE_TOOLS` names `{folder}`, which is no absolute path of a folder");
            assert_eq!(error, expected);
        }
    }
}
