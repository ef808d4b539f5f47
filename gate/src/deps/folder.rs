//! A folder of advisories: `crates/<crate>/RUSTSEC-YYYY-NNNN.md`, as in the public database and in copies of it.
//!
//! The whole folder is read, not only the crates of a lockfile: a broken file then shows at once, and so does a
//! folder from which some are missing.

use std::collections::HashSet;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::DependencyError;
use super::advisory::Facts;
use super::git::Git;
use super::read::{ADVISORY_LIMIT, Entry, InputFile, bytes, entries, text_of};

/// What a folder holds.
pub(super) struct Content {
    pub(super) facts: Vec<Facts>,
    pub(super) revision: Option<String>,
    pub(super) updated: Date,
    pub(super) strays: Vec<String>,
}

/// Reads a folder whole; `title` serves the messages.
pub(super) fn read(
    folder: &Path,
    title: &str,
    repository: Option<&Path>,
) -> Result<Content, DependencyError> {
    let crates = folder.join("crates");
    let name = || title.to_owned();
    if !folder.is_dir() {
        return Err(DependencyError::NoDatabase { name: name() });
    }
    if !crates.is_dir() {
        return Err(DependencyError::NotADatabase { name: name() });
    }
    let mut content = Content {
        facts: Vec::new(),
        revision: None,
        updated: Date::MIN,
        strays: Vec::new(),
    };
    let mut files = HashSet::new();
    for package in entries(&crates, Path::new("crates"))? {
        if !package.is_folder {
            content.strays.push(format!("crates/{}", package.name));
            continue;
        }
        for file in entries(&package.path, &Path::new("crates").join(&package.name))? {
            let name = format!("crates/{}/{}", package.name, file.name);
            if !is_advisory_name(&file.name) {
                content.strays.push(name);
                continue;
            }
            let (facts, date) = advisory(&package.name, &file, &name)?;
            content.facts.push(facts);
            content.updated = content.updated.max(date);
            files.insert(name);
        }
    }
    if folder.join(".git").exists() {
        let head = Head::of(folder, title, repository)?;
        head.refuse_missing(title, &files)?;
        content.revision = Some(head.commit);
        content.updated = head.date;
    }
    Ok(content)
}

/// `RUSTSEC-YYYY-NNNN.md`; drafts (`RUSTSEC-0000-0000.…`) are not published yet.
fn is_advisory_name(name: &str) -> bool {
    let Some(number) = name
        .strip_prefix("RUSTSEC-")
        .and_then(|rest| rest.strip_suffix(".md"))
    else {
        return false;
    };
    let digits = |text: &str| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    number != "0000-0000"
        && number
            .split_once('-')
            .is_some_and(|(year, count)| digits(year) && digits(count))
}

fn advisory(package: &str, file: &Entry, name: &str) -> Result<(Facts, Date), DependencyError> {
    let broken = |reason: &str| DependencyError::BrokenAdvisory {
        file: name.to_owned(),
        reason: reason.to_owned(),
    };
    if file.is_link || file.is_folder {
        return Err(broken("it is no regular file"));
    }
    let input = InputFile {
        path: file.path.clone(),
        name: name.into(),
    };
    let text = text_of(&input, bytes(&input, ADVISORY_LIMIT)?)?;
    let advisory: rustsec::Advisory = text
        .parse()
        .map_err(|error: rustsec::Error| broken(&single_line(&error)))?;
    let id = advisory.metadata.id.to_string();
    if file.name.strip_suffix(".md") != Some(&id) {
        return Err(broken(&format!("it says that it is `{id}`")));
    }
    if advisory.metadata.package.as_str() != package {
        let other = advisory.metadata.package.as_str();
        return Err(broken(&format!("it says that it is on `{other}`")));
    }
    let date = advisory.metadata.date.as_str();
    let date = date
        .parse()
        .map_err(|_| broken(&format!("`{date}` is no date")))?;
    Ok((Facts::from(advisory), date))
}

/// The last non-empty line of an error that quotes the text: the sentence after the quotation.
fn single_line(error: &rustsec::Error) -> String {
    let text = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.next_back().unwrap_or("it cannot be read").to_owned()
}

/// The commit that a clone stands on.
struct Head {
    commit: String,
    date: Date,
    files: Vec<String>,
}

impl Head {
    fn of(folder: &Path, title: &str, repository: Option<&Path>) -> Result<Self, DependencyError> {
        let git = Git::find(repository)?;
        let unreadable = || DependencyError::UnreadableClone {
            name: title.to_owned(),
        };
        let asked = |arguments: &[&str]| {
            let output = git.ask(folder, arguments)?;
            if output.code == 0 {
                Ok(output.stdout_text())
            } else {
                Err(unreadable())
            }
        };
        let head = asked(&["rev-list", "--max-count=1", "--timestamp", "HEAD"])?;
        let (seconds, commit) = head.trim().split_once(' ').ok_or_else(unreadable)?;
        let date = seconds
            .parse()
            .ok()
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .ok_or_else(unreadable)?
            .to_zoned(TimeZone::UTC)
            .date();
        let files = asked(&[
            "ls-tree",
            "-r",
            "-z",
            "--full-tree",
            "--name-only",
            "HEAD",
            "crates/",
        ])?;
        Ok(Self {
            commit: commit.to_owned(),
            date,
            files: files.split_terminator('\0').map(str::to_owned).collect(),
        })
    }

    /// Every advisory of the commit must lie in the folder: half a checkout is no database.
    fn refuse_missing(&self, title: &str, found: &HashSet<String>) -> Result<(), DependencyError> {
        let missing: Vec<&String> = self
            .files
            .iter()
            .filter(|file| file.rsplit('/').next().is_some_and(is_advisory_name))
            .filter(|file| !found.contains(*file))
            .collect();
        match missing.first() {
            None => Ok(()),
            Some(first) => Err(DependencyError::IncompleteClone {
                name: title.to_owned(),
                missing: missing.len(),
                first: (*first).clone(),
            }),
        }
    }
}
