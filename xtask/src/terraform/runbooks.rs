//! Every alert has a runbook, and every runbook an alert.
//!
//! The convention: an alert policy links to a heading of `docs/runbooks.md` with the resource's name, and below that
//! heading the page names the resource.

#![expect(
    clippy::disallowed_methods,
    reason = "compares the alerts of this workspace with its runbooks"
)]

use std::collections::BTreeMap;
use std::fs;

use super::provider::configuration;
use super::{ROOTS, TerraformError, at};
use crate::programs::Words;
use crate::workspace::Workspace;

const PAGE: &str = "docs/runbooks.md";
const BEGIN: &str = "resource \"google_monitoring_alert_policy\" \"";
const NAMED: &str = "Alert: `google_monitoring_alert_policy.";

/// Compares the alerts with the runbooks; the answer is a line with their number.
pub(super) fn check(workspace: &Workspace) -> Result<String, TerraformError> {
    let mut alerts = BTreeMap::new();
    for root in ROOTS {
        for (_, text) in configuration(workspace, root)? {
            alerts.extend(links(&text));
        }
    }
    let page = workspace.root().join(PAGE);
    let text = fs::read_to_string(&page).map_err(at(workspace, &page))?;
    let problems = problems(&alerts, &runbooks(&text));
    if problems.is_empty() {
        return Ok(format!("{PAGE}: {} alerts, a runbook each", alerts.len()));
    }
    Err(TerraformError::Runbooks(Words(problems.join("\n"))))
}

/// The alert policies of a file, and the part of the runbook's link behind `#`.
fn links(text: &str) -> BTreeMap<String, Option<String>> {
    let mut alerts = BTreeMap::new();
    let mut open: Option<String> = None;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix(BEGIN).and_then(|rest| rest.split('"').next()) {
            alerts.insert(name.to_owned(), None);
            open = Some(name.to_owned());
        } else if line == "}" {
            open = None;
        } else if let Some(name) = &open
            && let Some((_, rest)) = line.split_once("${local.runbooks}#")
        {
            alerts.insert(name.clone(), rest.split('"').next().map(str::to_owned));
        }
    }
    alerts
}

/// The headings of the page as they are linked to, and the alert that each names.
fn runbooks(page: &str) -> BTreeMap<String, Option<String>> {
    let mut runbooks = BTreeMap::new();
    let mut open = None;
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            let anchor = anchor(heading);
            runbooks.insert(anchor.clone(), None);
            open = Some(anchor);
        } else if let Some(anchor) = &open
            && let Some(rest) = line.strip_prefix(NAMED)
        {
            runbooks.insert(anchor.clone(), rest.split('`').next().map(str::to_owned));
        }
    }
    runbooks
}

/// How GitHub links to a heading.
fn anchor(heading: &str) -> String {
    let kept = heading
        .trim()
        .chars()
        .filter(|character| character.is_alphanumeric() || matches!(character, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn problems(
    alerts: &BTreeMap<String, Option<String>>,
    runbooks: &BTreeMap<String, Option<String>>,
) -> Vec<String> {
    let mut problems = Vec::new();
    if alerts.is_empty() {
        problems.push("there is no alert policy".to_owned());
    }
    for (alert, link) in alerts {
        let Some(link) = link else {
            problems.push(format!("alert `{alert}` links to no runbook"));
            continue;
        };
        match runbooks.get(link) {
            None => problems.push(format!(
                "alert `{alert}` links to `#{link}`, and {PAGE} has no such heading"
            )),
            Some(named) if named.as_ref() != Some(alert) => {
                problems.push(format!(
                    "alert `{alert}` links to `#{link}`, which does not name it"
                ));
            }
            Some(_) => {}
        }
    }
    for (anchor, named) in runbooks {
        if let Some(alert) = named
            && !alerts.contains_key(alert)
        {
            problems.push(format!(
                "runbook `#{anchor}` names the alert `{alert}`, which does not exist"
            ));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(configuration: &str, page: &str) -> Vec<String> {
        problems(&links(configuration), &runbooks(page))
    }

    const ALERT: &str = "resource \"google_monitoring_alert_policy\" \"no_room\" {\n  url = \"${local.runbooks}#no-room\"\n}\n";

    #[test]
    fn an_alert_and_its_runbook_fit() {
        let page =
            "# Runbooks\n\n## No room\n\nAlert: `google_monitoring_alert_policy.no_room`\n\n## Test mail\n";
        assert_eq!(told(ALERT, page), Vec::<String>::new());
    }

    #[test]
    fn what_does_not_fit_is_named() {
        assert_eq!(
            told(ALERT, "## Room\n"),
            ["alert `no_room` links to `#no-room`, and docs/runbooks.md has no such heading"]
        );
        assert_eq!(
            told(ALERT, "## No room\n"),
            ["alert `no_room` links to `#no-room`, which does not name it"]
        );
        assert_eq!(
            told("", "## Gone\n\nAlert: `google_monitoring_alert_policy.gone`\n"),
            [
                "there is no alert policy",
                "runbook `#gone` names the alert `gone`, which does not exist"
            ]
        );
        assert_eq!(
            told("resource \"google_monitoring_alert_policy\" \"mute\" {\n}\n", ""),
            ["alert `mute` links to no runbook"]
        );
    }

    #[test]
    fn headings_become_anchors_as_github_makes_them() {
        assert_eq!(anchor("Is it down, or is it DNS?"), "is-it-down-or-is-it-dns");
    }
}
