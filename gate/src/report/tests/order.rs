//! One order, one finding for one defect, the same bytes each time.

use super::*;
use crate::report::Verdict;

#[test]
fn the_worst_comes_first_then_the_place() {
    let at = |level, file: &str, line| {
        let mut finding = bare("unpinned-image", level);
        finding.location = Some(location(file, line, 1, 2));
        finding.seal()
    };
    let findings = vec![
        at(Level::Note, "a.yaml", 1),
        at(Level::Error, "b.yaml", 2),
        at(Level::Error, "a.yaml", 10),
        at(Level::Error, "a.yaml", 9),
        at(Level::Warning, "a.yaml", 1),
    ];
    let mut backwards = findings.clone();
    backwards.reverse();
    let first = report(vec![done("manifests", manifests(findings))]);
    let second = report(vec![done("manifests", manifests(backwards))]);
    let places: Vec<(Level, String, usize)> = first
        .findings
        .iter()
        .map(|finding| {
            let place = finding.location.clone().unwrap();
            (finding.level, place.file, place.line)
        })
        .collect();
    let expected = [
        (Level::Error, "a.yaml", 9),
        (Level::Error, "a.yaml", 10),
        (Level::Error, "b.yaml", 2),
        (Level::Warning, "a.yaml", 1),
        (Level::Note, "a.yaml", 1),
    ];
    assert_eq!(
        places,
        expected.map(|(level, file, line)| (level, file.to_owned(), line))
    );
    assert_eq!(human(&first), human(&second));
}

#[test]
fn a_field_seen_through_several_overlays_is_one_finding() {
    let seen = |overlay: &str, namespace: &str| {
        let mut finding = unpinned();
        finding.rendered = Some(rendered(overlay, 31));
        finding.object.as_mut().unwrap().namespace = Some(namespace.to_owned());
        finding.seal()
    };
    let findings = vec![
        seen("production", "hello"),
        seen("staging", "hello-staging"),
        seen("staging", "hello-staging"),
        seen("local", "hello"),
    ];
    let report = report(vec![done("manifests", manifests(findings))]);
    assert_eq!(report.findings.len(), 1);
    let also = &report.findings[0].also_rendered;
    assert_eq!(*also, [rendered("local", 31), rendered("staging", 31)]);
    let places = "`kustomize/overlays/production:31:11`, `kustomize/overlays/local:31:11` and \
                  `kustomize/overlays/staging:31:11`";
    assert!(human(&report).contains(places), "{}", human(&report));
}

#[test]
fn what_differs_stays_apart() {
    let original = unpinned();
    let changed = |change: fn(&mut Finding)| {
        let mut finding = unpinned();
        change(&mut finding);
        finding.seal()
    };
    let others = [
        changed(|finding| finding.container = Some("sidecar".to_owned())),
        changed(|finding| finding.location.as_mut().unwrap().line = 6),
        changed(|finding| finding.detail = None),
        changed(|finding| finding.object.as_mut().unwrap().name = "other".to_owned()),
        changed(|finding| finding.message = "another sentence".to_owned()),
        excused(unpinned()),
        changed(|finding| finding.location = None),
        bare("vulnerable-crate", Level::Error),
    ];
    for other in others {
        let findings = vec![original.clone(), other.clone()];
        let report = report(vec![done("manifests", manifests(findings))]);
        assert_eq!(report.findings.len(), 2, "{other:#?}");
    }
}

#[test]
fn excused_findings_and_notes_do_not_fail() {
    let verdict = |finding: Finding| report(vec![done("manifests", manifests(vec![finding]))]).verdict;
    assert_eq!(verdict(unpinned()), Verdict::Fail);
    assert_eq!(verdict(excused(unpinned())), Verdict::Pass);
    assert_eq!(verdict(bare("unmaintained-crate", Level::Note)), Verdict::Pass);
    assert_eq!(verdict(bare("unsound-crate", Level::Warning)), Verdict::Fail);
}

#[test]
fn a_finding_about_an_exception_fails_although_every_stage_passed() {
    let report = Report::assemble(Parts {
        stages: vec![done("manifests", manifests(vec![]))],
        findings: vec![bare("expired-exception", Level::Error)],
        ..Parts::default()
    });
    assert_eq!(report.verdict, Verdict::Fail);
    assert_eq!(report.sentence(), "fail: 1 error; 2 renders, 22 objects");
}

#[test]
fn the_last_line_counts() {
    let sentence = |stages: Vec<StageRun>| report(stages).sentence();
    assert_eq!(
        sentence(vec![
            done("manifests", manifests(vec![excused(unpinned())])),
            done("deps", dependencies(vec![])),
            done("image", image()),
        ]),
        "pass: 2 renders, 22 objects, 1 lockfile with 190 crates, 1 image; advisories as of 2026-08-21; \
         1 finding excused"
    );
    assert_eq!(
        sentence(vec![
            done("deps", broken("no database")),
            done("manifests", manifests(vec![unpinned()]))
        ]),
        "error: deps could not be judged whole; 1 error; 2 renders, 22 objects"
    );
    let files = StageOutcome {
        covered: [("files", 3), ("renders", 0), ("objects", 0)].into(),
        ..StageOutcome::default()
    };
    assert_eq!(sentence(vec![done("manifests", files)]), "pass: 3 files");
    assert_eq!(sentence(vec![]), "empty: nothing was checked");
}
