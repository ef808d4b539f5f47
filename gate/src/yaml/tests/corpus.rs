//! Real manifests and the YAML test suite, where `GATE_TEST_DATA` names a folder with them.

#![expect(clippy::disallowed_methods, reason = "tests read their own data")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{documents, stream};
use crate::support::prerequisites::test_data;
use crate::yaml::ProblemKind;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let kind = path
            .extension()
            .and_then(|kind| kind.to_str())
            .unwrap_or_default();
        if path.is_dir() {
            files(&path, found);
        } else if ["yaml", "yml", "json"].contains(&kind) {
            found.push(path);
        }
    }
}

#[test]
fn real_manifests_read_without_a_problem() {
    let Some(folder) = test_data("real") else { return };
    let mut found = Vec::new();
    files(&folder, &mut found);
    let template = |path: &Path| path.components().any(|part| part.as_os_str() == "templates");
    found.retain(|path| !template(path));
    assert!(found.len() > 300, "{} files", found.len());
    for path in found {
        let stream = stream(fs::read(&path).expect("a file"));
        assert_eq!(stream.problems, [], "{}", path.display());
    }
}

#[test]
fn templates_and_cases_do_no_harm() {
    for folder in ["real", "cases"] {
        let Some(folder) = test_data(folder) else { return };
        let mut found = Vec::new();
        files(&folder, &mut found);
        for path in found {
            let stream = stream(fs::read(&path).expect("a file"));
            for document in &stream.documents {
                document.root().to_json();
            }
        }
    }
}

/// Cases that YAML 1.2 refuses and kubectl reads.
const READ_ALL_THE_SAME: &[&str] = &[
    "3HFZ", "4H7K", "9C9N", "BS4K", "G5U8", "HRE5", "KS4U", "QB6E", "S98Z", "SU5Z", "U99R", "X4QW", "YJV2",
];

/// Cases that YAML 1.2 reads and kubectl refuses: directives, content after `---`, collections as keys, empty keys,
/// `\/`, tabs, `?` in words, and what begins with a brace but is no JSON.
const REFUSED_ALL_THE_SAME: &[&str] = &[
    "27NA", "2JQS", "2SXE", "2XXW", "3UYS", "4ABK", "4MUZ-01", "4MUZ-02", "4Q9F", "58MP", "5MUD", "5T43",
    "5TYM", "6BFJ", "6CA3", "6FWR", "6JQW", "6LVF", "6PBE", "6ZKB", "753E", "8XYN", "93WF", "96L6", "9DXL",
    "9MMW", "9MQT", "B3HG", "BEC7", "C2DT", "C4HZ", "CC74", "CFD4", "DBG4", "DFF7", "EXG3", "FH7J", "FP8R",
    "HM87", "J7PZ", "K3WX", "L383", "LX3P", "M2N8", "M2N8-01", "M5DY", "NJ66", "NKF9", "P76L", "PW8X",
    "Q9WF", "R4YG", "SBG9", "SM9W-01", "T26H", "T5N4", "U3C3", "UGM3", "UKK6", "UT92", "V9D5", "W4TN",
    "W5VH", "XW4D", "Z9M4", "ZK9H", "ZYU8", "ZYU8-01", "ZYU8-02", "ZYU8-03",
];

/// `[?x]` is a text in YAML 1.2 and a key in YAML 1.1.
const OTHER_VALUE: &[&str] = &["HM87-01"];

#[test]
fn the_yaml_test_suite_reads_as_kubectl_reads_it() {
    let Some(folder) = test_data("cases/yaml-test-suite") else {
        return;
    };
    let mut found = Vec::new();
    files(&folder, &mut found);
    found.retain(|path| path.extension().is_some_and(|kind| kind == "yaml"));
    assert!(found.len() > 250, "{} files", found.len());
    for path in found {
        let name = path
            .file_stem()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let (verdict, id) = name.split_once('-').unwrap_or_default();
        let stream = stream(fs::read(&path).expect("a file"));
        let invalid = stream
            .problems
            .iter()
            .any(|problem| problem.kind == ProblemKind::Invalid);
        let expected = match verdict {
            "pass" => REFUSED_ALL_THE_SAME.contains(&id),
            _ => !READ_ALL_THE_SAME.contains(&id),
        };
        assert_eq!(invalid, expected, "{name}: {:?}", stream.problems);
        let value = path.with_extension("json");
        if !invalid && value.is_file() {
            let text = fs::read(value).expect("a file");
            let values = serde_json::Deserializer::from_slice(&text).into_iter::<Value>();
            let values = values
                .map(|value| value.expect("JSON"))
                .filter(|value| !value.is_null())
                .collect();
            let equal = same(&documents(&stream), &values);
            assert_eq!(
                equal,
                !OTHER_VALUE.contains(&id),
                "{name}: {}",
                documents(&stream)
            );
        }
    }
}

/// JSON that is equal where `1` and `1.0` are.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            let entry = |key: &String, value: &Value| right.get(key).is_some_and(|other| same(value, other));
            left.len() == right.len() && left.iter().all(|(key, value)| entry(key, value))
        }
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        _ => left == right,
    }
}
