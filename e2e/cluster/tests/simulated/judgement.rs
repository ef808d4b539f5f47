//! What gate says of manifests before any server has seen them.

use std::collections::BTreeSet;

use clap::Parser;
use gate::cli::Cli;
use gate::commands::{Answer, run};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::support::Outcome;

/// The rules of the production profile that find something, of one group or of all.
pub(crate) fn findings(text: &str, group: Option<&str>) -> Outcome<BTreeSet<&'static str>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("manifests.yaml");
    std::fs::write(&file, text)?;
    let mut words = vec!["gate", "manifests", "--no-config", "--profile=production"];
    words.extend(group.into_iter().flat_map(|group| ["--only-group", group]));
    let path = file.display().to_string();
    words.push(&path);
    let cli = Cli::try_parse_from(words)?;
    let command = cli.command.as_ref().ok_or("no command")?;
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    match run(&cli, command, today) {
        Answer::Report(report) => {
            let stages = report.stages.iter().flat_map(|stage| &stage.errors);
            let errors: Vec<_> = stages
                .chain(&report.errors)
                .map(|error| error.message.as_str())
                .collect();
            if errors.is_empty() && report.verdict.exit_code() < 2 {
                Ok(report.findings.iter().map(|finding| finding.rule).collect())
            } else {
                Err(format!("gate could not judge: {}", errors.join("; ")).into())
            }
        }
        Answer::Text { .. } => Err("gate gave no report".into()),
    }
}

/// The rules in words for a table.
pub(crate) fn words(found: &BTreeSet<&str>) -> String {
    if found.is_empty() {
        "no rule yet".to_owned()
    } else {
        found.iter().copied().collect::<Vec<_>>().join(", ")
    }
}
