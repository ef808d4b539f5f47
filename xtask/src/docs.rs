//! Writes the pages that are printed from the catalogue of rules.

#![expect(
    clippy::disallowed_methods,
    reason = "compares the page with the one that is committed"
)]

use std::io;

use clap::Args;
use gate::stages::Hint;

use crate::workspace::Workspace;

/// The page of all rules.
const PAGE: &str = "docs/rules.md";

/// Arguments of `cargo xtask docs`.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct DocsArguments {
    /// Write nothing, and fail where the committed page is stale
    #[arg(long)]
    check: bool,
}

/// Why the page is not as it should be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DocsError {
    /// It differs from the catalogue.
    #[error("`{PAGE}` is not what the catalogue of rules says")]
    Stale,
    /// It cannot be read.
    #[error("`{PAGE}` cannot be read")]
    Read(#[source] io::Error),
    /// It cannot be written.
    #[error("`{PAGE}` cannot be written")]
    Write(#[source] io::Error),
}

impl Hint for DocsError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Stale | Self::Read(_) => Some("run `cargo xtask docs` and commit the page".to_owned()),
            Self::Write(_) => None,
        }
    }
}

/// Writes the page, or compares it. The answer is one line for people.
pub(crate) fn run(workspace: &Workspace, arguments: DocsArguments) -> Result<String, DocsError> {
    let page = workspace.root().join(PAGE);
    let fresh = gate::rules::documentation();
    if arguments.check {
        let committed = std::fs::read_to_string(&page).map_err(DocsError::Read)?;
        return if committed == fresh {
            Ok(format!("{PAGE}: up to date"))
        } else {
            Err(DocsError::Stale)
        };
    }
    if let Some(folder) = page.parent() {
        std::fs::create_dir_all(folder).map_err(DocsError::Write)?;
    }
    std::fs::write(&page, fresh).map_err(DocsError::Write)?;
    Ok(format!("{PAGE}: written"))
}
