//! `gate db`.

use std::path::Path;
use std::time::Duration;

use super::Answer;
use crate::cli::DbCommand;
use crate::deps::{PUBLIC_DATABASE, UpdateRequest, clone_folder, update};
use crate::input::work_tree;

/// Runs a command on the database.
pub(super) fn run(command: &DbCommand) -> Answer {
    let DbCommand::Update { timeout } = command;
    let folder = match clone_folder() {
        Ok(folder) => folder,
        Err(error) => return Answer::failure(&error),
    };
    let here = std::env::current_dir().ok();
    let request = UpdateRequest {
        url: PUBLIC_DATABASE.to_owned(),
        folder,
        time_limit: Duration::from_secs(*timeout),
        repository: here.as_deref().and_then(work_tree).map(Path::to_owned),
    };
    match update(&request) {
        Ok(updated) => {
            let database = updated.database;
            let revision = database
                .revision
                .map(|revision| format!(", revision {revision}"))
                .unwrap_or_default();
            Answer::text(format!(
                "{}: {} advisories, newest of {}{revision}\n",
                database.name, database.entries, database.updated
            ))
        }
        Err(error) => Answer::failure(&error),
    }
}
