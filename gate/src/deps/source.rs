//! Where a package comes from, as a lockfile writes it.
//!
//! Fragments (the commit of a git source) are kept apart, so that the two spellings of one source that lockfiles
//! of different versions use compare equal. Credentials in an address are never shown.

use std::fmt;

const CRATES_IO: [&str; 2] = [
    "registry+https://github.com/rust-lang/crates.io-index",
    "sparse+https://index.crates.io/",
];

/// Where a package comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A folder: the package is part of the workspace or lies beside it. Lockfiles write no source then.
    Local,
    /// The public registry crates.io, by git or by the sparse protocol.
    CratesIo,
    /// Another registry.
    Registry {
        /// Its address, with protocol.
        address: String,
    },
    /// A git repository.
    Git {
        /// Its address with query, without commit.
        address: String,
        /// The commit.
        commit: Option<String>,
    },
    /// A kind of source that is not known here.
    Other {
        /// As written.
        text: String,
    },
}

impl Source {
    /// Reads the `source` of a lockfile entry.
    pub fn parse(text: &str) -> Self {
        if CRATES_IO.contains(&text) {
            return Self::CratesIo;
        }
        match text.split_once('+') {
            Some(("git", rest)) => {
                let (address, commit) = match rest.split_once('#') {
                    Some((address, commit)) => (address, Some(commit.to_owned())),
                    None => (rest, None),
                };
                Self::Git {
                    address: address.to_owned(),
                    commit,
                }
            }
            Some(("registry" | "sparse" | "local-registry" | "directory", rest)) => Self::Registry {
                address: rest.to_owned(),
            },
            _ => Self::Other {
                text: text.to_owned(),
            },
        }
    }

    /// Is this the source that a dependency entry names? The commit counts only where both give one.
    pub(super) fn is_named_by(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Git { address, commit },
                Self::Git {
                    address: other_address,
                    commit: other_commit,
                },
            ) => {
                address == other_address
                    && (commit.is_none() || other_commit.is_none() || commit == other_commit)
            }
            _ => self == other,
        }
    }
}

/// An address without user name and password.
fn without_credentials(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.to_owned();
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => address.to_owned(),
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => formatter.write_str("a folder"),
            Self::CratesIo => formatter.write_str("crates.io"),
            Self::Registry { address } => {
                write!(formatter, "the registry `{}`", without_credentials(address))
            }
            Self::Git { address, .. } => {
                write!(formatter, "the git repository `{}`", without_credentials(address))
            }
            Self::Other { text } => write!(formatter, "`{}`", without_credentials(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_crates_io_are_one_source() {
        for text in CRATES_IO {
            assert_eq!(Source::parse(text), Source::CratesIo);
        }
    }

    #[test]
    fn a_commit_counts_only_where_both_give_one() {
        let locked = Source::parse("git+https://example.com/a?branch=b#0123");
        assert!(locked.is_named_by(&Source::parse("git+https://example.com/a?branch=b")));
        assert!(!locked.is_named_by(&Source::parse("git+https://example.com/a?branch=b#4567")));
        assert!(!locked.is_named_by(&Source::parse("git+https://example.com/a")));
    }

    #[test]
    fn credentials_are_not_shown() {
        let shown = Source::parse("git+https://user:word@example.com/a@b#0123").to_string();
        assert_eq!(shown, "the git repository `https://example.com/a@b`");
        let shown = Source::parse("registry+https://token@example.com").to_string();
        assert_eq!(shown, "the registry `https://example.com`");
    }
}
