//! Exceptions of `gate.toml`: what a valid one covers, and what an expired or needless one gives.

use serde_json::{Value, json};

use crate::changes::{BASE, check};
use crate::repository::{Repository, found};

const REASON: &str = "the service is moved to a user of its own in the spring";

/// A repository with the defect `may-run-as-root`, and an exception for a rule until a day. Gives the place of the
/// defect too.
fn excepted(rule: &str, until: &str) -> Option<(Repository, String)> {
    let repository = Repository::rendered()?;
    repository.change(BASE, "        runAsNonRoot: true\n", "");
    except(&repository, rule, until);
    let context = "securityContext:\n        runAsUser";
    let place = repository.place(BASE, context, "securityContext");
    Some((repository, place))
}

fn except(repository: &Repository, rule: &str, until: &str) {
    let configuration = std::fs::read_to_string(repository.path("gate.toml")).unwrap();
    let entry = format!(
        "\n[[allow]]\nrule = \"{rule}\"\nwhere = {{ kind = \"Deployment\", name = \"hello\" }}\nreason = \"{REASON}\"\n\
         until = {until}\n"
    );
    repository.write("gate.toml", &(configuration + &entry));
}

/// A day that is a number of days from today.
fn day(days: i64) -> String {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    today
        .checked_add(jiff::Span::new().days(days))
        .unwrap()
        .to_string()
}

#[test]
fn an_expired_exception_covers_nothing_and_is_found_itself() {
    let Some((repository, place)) = excepted("may-run-as-root", "2026-01-31") else {
        return;
    };
    let until = repository.place("gate.toml", "until = ", "2026");
    let expected = [
        format!("expired-exception {until}"),
        format!("may-run-as-root {place}"),
    ];
    let run = check(&repository);
    run.assert_found(1, &expected);
    for finding in run.report()["findings"].as_array().unwrap() {
        assert_eq!(finding["allowed"], Value::Null, "{finding}");
    }
}

#[test]
fn an_expired_exception_that_nothing_needs_is_found_alone() {
    let Some(repository) = Repository::rendered() else {
        return;
    };
    except(&repository, "may-run-as-root", "2026-01-31");
    let until = repository.place("gate.toml", "until = ", "2026");
    check(&repository).assert_found(1, &[format!("expired-exception {until}")]);
}

#[test]
fn a_valid_exception_covers_and_stays_in_the_report() {
    // Today is the last day of the first.
    for days in [1, 30] {
        let until = day(days);
        let Some((repository, place)) = excepted("may-run-as-root", &until) else {
            return;
        };
        let run = check(&repository);
        run.assert_found(0, &[]);
        let report = run.report();
        let findings = report["findings"].as_array().unwrap();
        let found: Vec<String> = findings.iter().map(found).collect();
        assert_eq!(found, [format!("may-run-as-root {place}")]);
        let line = repository.line("gate.toml", "[[allow]]");
        let allowed = json!({"reason": REASON, "until": until, "where": format!("gate.toml:{line}")});
        assert_eq!(findings[0]["allowed"], allowed);
        assert_eq!((report["verdict"].as_str(), run.code), (Some("pass"), 0));
        let human = repository.gate(&["check"]).stdout;
        for text in [
            format!("excused  may-run-as-root  at {place}, until {until} by gate.toml:{line}: {REASON}\n"),
            "; 1 finding excused\n".to_owned(),
        ] {
            assert!(human.contains(&text), "{text}\n{human}");
        }
    }
}

#[test]
fn an_exception_for_another_rule_covers_nothing() {
    let Some((repository, place)) = excepted("root-user", &day(30)) else {
        return;
    };
    let entry = repository.place("gate.toml", "[[allow]]", "\"root-user\"");
    let expected = [
        format!("may-run-as-root {place}"),
        format!("unused-exception {entry}"),
    ];
    let run = check(&repository);
    let report = run.report();
    let mut found: Vec<String> = report["findings"].as_array().unwrap().iter().map(found).collect();
    found.sort();
    assert_eq!((run.code, found.as_slice()), (1, &expected[..]), "{run:#?}");
}

#[test]
fn an_object_without_a_namespace_is_excused_in_the_one_where_it_goes() {
    let repository = Repository::new();
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: a:1}]}\n";
    repository.write("pod.yaml", pod);
    let until = day(30);
    let configuration = format!(
        "[manifests]\npaths = [\"pod.yaml\"]\nnamespace = \"team\"\n\n[[allow]]\nrule = \"unpinned-image\"\n\
         where = {{ kind = \"Pod\", name = \"p\", namespace = \"team\" }}\nreason = \"the registry gives no digests\"\n\
         until = {until}\n"
    );
    repository.write("gate.toml", &configuration);
    let run = repository.gate(&["check", "--format", "json"]);
    let report = run.report();
    let findings = report["findings"].as_array().unwrap().iter();
    let excused: Vec<&str> = findings
        .filter(|finding| !finding["allowed"].is_null())
        .map(|finding| finding["object"]["namespace"].as_str().unwrap())
        .collect();
    assert_eq!(excused, ["team"], "{run:#?}");
}
