//! Compares the rules with the test cases of other projects, and with Pod Security's own fixtures.
//!
//! The cases lie in the folder that `GATE_TEST_DATA` names. Each disagreement is known by name and reason, and a
//! reason that no longer applies fails as well.
#![expect(
    clippy::disallowed_methods,
    reason = "a test reads its data where it lies, not through the limits of `input/`"
)]
#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "data that cannot be read fails the test"
)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use gate::kube::{Facts, Index, Versions};
use gate::rules::{self, Profile, Rule};
use gate::yaml;
use support::prerequisites::test_data;

/// What other projects call a topic, and the rules that answer it.
const TOPICS: &[(&str, &[&str])] = &[
    ("privileged", &["privileged-container"]),
    ("privilege-escalation", &["privilege-escalation"]),
    ("capabilities-restricted", &["capabilities-not-dropped"]),
    ("capabilities-drop-all", &["capabilities-not-dropped"]),
    ("run-as-non-root", &["may-run-as-root"]),
    ("run-as-user", &["root-user"]),
    ("read-only-root", &["writable-root-filesystem"]),
    ("image-tag-latest", &["floating-tag"]),
    ("image-digest", &["unpinned-image", "malformed-image"]),
    ("zone-spread", &["no-zone-spread"]),
    ("pdb-blocking", &["blocking-pdb"]),
    ("pdb-vs-hpa", &["blocking-pdb"]),
];

/// Disagreements: a part of the case's path, and why we judge otherwise.
const DISAGREEMENTS: &[(&str, &str)] = &[
    (
        "datree/49-CONTAINERS_INVALID_CAPABILITIES_VALUE/pass-49-pass.yaml",
        "judges added capabilities only; nothing is dropped there",
    ),
    (
        "datree/84-EKS_INVALID_VALUE_DONOOTSCHEDULE/fail-84-fail.yaml",
        "forbids hard spreading, which is the only kind that proves anything",
    ),
    (
        "kyverno/require-reasonable-pdbs/fail-",
        "asks for half of the pods to be evictable; one is enough for a drain to end",
    ),
    (
        "kyverno/restrict-usergroup-fsgroup-id/fail-",
        "asks for ids of a certain range; none of them is root",
    ),
    (
        "polaris/pdbDisruptionsIsZero/fail-failure.",
        "the core group has no disruption budget, so no cluster takes it",
    ),
    (
        "polaris/runAsRootAllowed/fail-failure.yaml",
        "the core group has no Deployment, so no cluster takes it",
    ),
    (
        "polaris/topologySpreadConstraint/fail-failure.",
        "has one pod, which cannot be spread",
    ),
    (
        "regolibrary/image-not-pinned-to-digest/pass-pod-",
        "takes digests of algorithms that no runtime takes",
    ),
    (
        "trivy-checks/KSV-0003-capabilities_no_drop_all/pass-example-0.yaml",
        "drops `all` in lower case, which Pod Security does not take",
    ),
    (
        "trivy-checks/KSV-0106-drop_all_capabilities_only_add_net_bind_service/fail-test_drop_all_add_other_denied.yaml",
        "is about an added capability, and all are dropped",
    ),
];

/// A fixture of Pod Security that breaks its check in the part that another rule would judge: it adds capabilities
/// and drops all.
const ADDS_CAPABILITIES_ONLY: &str = "fail-capabilities_restricted3-from-v1.22.yaml";

/// Checks of Pod Security of which we have the rule, with that rule.
const POD_SECURITY: &[(&str, &str)] = &[
    ("privileged", "privileged-container"),
    ("allowprivilegeescalation", "privilege-escalation"),
    ("capabilities_restricted", "capabilities-not-dropped"),
    ("runasnonroot", "may-run-as-root"),
    ("runasuser", "root-user"),
];

/// How many cases were compared when the data was last looked at: fewer means that cases have been lost.
const AGREED: usize = 295;
const PASSING: usize = 1919;
const FAILING: usize = 342;

struct Case {
    source: String,
    path: String,
    topic: String,
    fails: bool,
    rule: String,
    parameters: String,
    is_exact: bool,
}

impl Case {
    fn read(line: &str) -> Self {
        let columns: Vec<&str> = line.split('\t').collect();
        let column = |number: usize| columns.get(number).copied().unwrap_or_default().to_owned();
        let (basis, second_opinion) = (column(8), column(9));
        let is_doubtful = basis.contains("CONTESTED") || basis.contains("partial");
        Self {
            source: column(0),
            path: column(1),
            topic: column(2),
            fails: column(3) == "fail",
            rule: column(5),
            parameters: column(6),
            is_exact: basis.starts_with("exact") && !is_doubtful && second_opinion != "differs",
        }
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .split(' ')
            .filter_map(|part| part.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }
}

/// The folder of the data.
fn data() -> Option<PathBuf> {
    let cases = test_data("expectations.tsv")?;
    cases.parent().map(Path::to_owned)
}

fn cases(folder: &Path) -> Vec<Case> {
    let text = fs::read_to_string(folder.join("expectations.tsv")).expect("expectations.tsv");
    text.lines().skip(1).map(Case::read).collect()
}

fn fires(folder: &Path, case: &Case, ids: &[&str], versions: Versions) -> bool {
    let bytes = fs::read(folder.join(&case.path)).unwrap_or_else(|error| panic!("{}: {error}", case.path));
    let stream = yaml::read(bytes, &yaml::Limits::default());
    assert!(
        !stream.documents.is_empty(),
        "{}: nothing could be read",
        case.path
    );
    let facts = Facts {
        versions,
        ..Facts::default()
    };
    let index = Index::new(&stream.documents, facts);
    let rules = ids
        .iter()
        .map(|id| rules::by_id(id).unwrap_or_else(|| panic!("no rule `{id}`")));
    !rules::manifests(&index, rules.collect::<Vec<&'static Rule>>()).is_empty()
}

#[test]
fn other_projects_agree_but_for_known_reasons() {
    let Some(folder) = data() else { return };
    let (mut agreed, mut complaints, mut used) = (0, Vec::new(), BTreeSet::new());
    for (case, ids) in cases(&folder).iter().filter_map(answered) {
        if fires(&folder, case, ids, Versions::default()) == case.fails {
            agreed += 1;
            continue;
        }
        let mut known = DISAGREEMENTS.iter();
        match known.find(|(part, _)| case.path.contains(part)) {
            Some((part, _)) => {
                used.insert(*part);
            }
            None => complaints.push(format!("{} of {}: fails: {}", case.path, case.rule, case.fails)),
        }
    }
    let unused = DISAGREEMENTS.iter().filter(|(part, _)| !used.contains(part));
    complaints.extend(unused.map(|(part, reason)| format!("{part}: no longer disagrees ({reason})")));
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(agreed >= AGREED, "only {agreed} cases were compared");
}

/// The rules that answer a case of another project.
fn answered(case: &Case) -> Option<(&Case, &'static [&'static str])> {
    let (_, ids) = TOPICS.iter().find(|(topic, _)| *topic == case.topic)?;
    (case.is_exact && case.source != "psa").then_some((case, *ids))
}

#[test]
fn pod_security_fixtures_agree_at_every_version() {
    let Some(folder) = data() else { return };
    let (mut passing, mut failing, mut complaints) = (0, 0, Vec::new());
    for case in cases(&folder)
        .iter()
        .filter(|case| case.source == "psa" && case.is_exact)
    {
        let level = case.parameter("level").expect("level");
        let minor = case
            .parameter("version")
            .and_then(|version| version.strip_prefix("v1."));
        let versions = Versions::only(minor.and_then(|minor| minor.parse().ok()).expect("version"));
        for (check, id) in POD_SECURITY {
            let rule = rules::by_id(id).expect("a rule of ours");
            let is_told = !case.fails || case.rule == *check;
            let runs = rule.profile == Profile::Baseline || level == "restricted";
            if is_told && runs && !case.path.ends_with(ADDS_CAPABILITIES_ONLY) {
                let fires = fires(&folder, case, &[id], versions);
                if fires != case.fails {
                    complaints.push(format!("{} {}: {id} fires: {fires}", case.path, case.parameters));
                } else if fires {
                    failing += 1;
                } else {
                    passing += 1;
                }
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(
        passing >= PASSING && failing >= FAILING,
        "{passing} passing, {failing} failing cases"
    );
}
