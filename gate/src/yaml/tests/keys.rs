//! Keys that clash.

use serde_json::{Value, json};

use super::{documents, stream};
use crate::yaml::{Problem, ProblemKind};

/// The only document, and each clash with the texts of its places.
fn clashes(text: &str) -> (Value, Vec<(String, Option<String>, String)>) {
    let stream = stream(text);
    let slice = |span: crate::yaml::Span| stream.text[span.start..span.end].to_owned();
    let clash = |problem: &Problem| {
        assert_eq!(problem.kind, ProblemKind::DuplicateKey, "{problem:?}");
        assert_ne!(Some(problem.span), problem.related);
        (
            slice(problem.span),
            problem.related.map(slice),
            problem.message.clone(),
        )
    };
    (
        documents(&stream)[0].clone(),
        stream.problems.iter().map(clash).collect(),
    )
}

#[test]
fn the_last_of_two_equal_keys_wins() {
    let (value, found) = clashes("a: 1\nb: 2\na: 3\n");
    assert_eq!(value, json!({"a": 3, "b": 2}));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].0.as_str(), found[0].1.as_deref()), ("a", Some("a")));
    assert!(found[0].2.contains("`a` stands twice"), "{}", found[0].2);
}

#[test]
fn keys_are_equal_once_they_are_texts() {
    for (text, first, second) in [
        ("1: a\n'1': b\n", "1", "'1'"),
        ("1: a\n0x1: b\n", "1", "0x1"),
        ("1: a\n1.0: b\n", "1", "1.0"),
        ("true: a\nyes: b\n", "true", "yes"),
        ("yes: a\n'true': b\n", "yes", "'true'"),
        ("{\"a\": 1, \"\\u0061\": 2}", "\"a\"", "\"\\u0061\""),
    ] {
        let (_, found) = clashes(text);
        assert_eq!(found.len(), 1, "{text:?}");
        assert_eq!(
            (found[0].0.as_str(), found[0].1.as_deref()),
            (second, Some(first))
        );
    }
    assert_eq!(
        clashes("1: a\n01.5: b\n1.50: c\n'': d\n").1.len(),
        1,
        "only 1.5 and 1.50"
    );
}

#[test]
fn a_merge_key_overrides_what_stands_before_it() {
    let (value, found) = clashes("base: &base {privileged: true}\npod:\n  privileged: false\n  <<: *base\n");
    assert_eq!(value["pod"], json!({"privileged": true}));
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].0.as_str(), found[0].1.as_deref()),
        ("<<", Some("privileged"))
    );
    assert!(found[0].2.contains("overrides `privileged`"), "{}", found[0].2);
}

#[test]
fn a_merge_key_first_is_as_everyone_expects() {
    let (value, found) =
        clashes("base: &base {privileged: true, a: 1}\npod:\n  <<: *base\n  privileged: false\n");
    assert_eq!(value["pod"], json!({"privileged": false, "a": 1}));
    assert_eq!(found, []);
}

#[test]
fn of_two_merge_keys_the_later_wins() {
    let (value, found) = clashes("x: {<<: {a: 1, b: 1}, <<: {a: 2}}\n");
    assert_eq!(value["x"], json!({"a": 2, "b": 1}));
    assert_eq!(found.len(), 1);
    assert!(found[0].2.contains("`<<` stands twice"), "{}", found[0].2);
}

#[test]
fn an_own_key_after_a_merge_clashes_only_with_own_keys() {
    let (value, found) = clashes("x: {<<: {a: 1}, a: 2, a: 3}\n");
    assert_eq!(value["x"], json!({"a": 3}));
    assert_eq!(found.len(), 1);
}

#[test]
fn a_key_between_two_clashes_with_one() {
    let (value, found) = clashes("x: {a: 1, <<: {a: 2}, a: 3}\n");
    assert_eq!(value["x"], json!({"a": 3}));
    assert_eq!(
        found.len(),
        1,
        "the merge key overrides the first, the last replaces what was merged"
    );
}

#[test]
fn large_mappings_clash_too() {
    let many = (0..50).map(|number| format!("k{number}: {number}\n"));
    let many = many.collect::<Vec<_>>().concat();
    for key in ["k0", "k16", "k49"] {
        let (value, found) = clashes(&format!("{many}{key}: again\n"));
        assert_eq!(value[key], "again");
        assert_eq!(found.len(), 1, "{key}");
    }
    assert_eq!(clashes(&many).1, []);
}

#[test]
fn a_clash_in_an_anchored_mapping_is_reported_once() {
    let (_, found) = clashes("x: &x {a: 1, a: 2}\ny: *x\nz: {<<: *x}\nw: {<<: &l [{b: 1, b: 2}]}\nv: *l\n");
    assert_eq!(found.len(), 2);
}
