//! Where documents begin and end, and in what encoding.

use serde_json::{Value, json};

use super::{documents, problem, refusal, stream, value};
use crate::yaml::ProblemKind;

/// Whole texts without problems, and the JSON of their documents.
pub(super) const WHOLE: &[(&[u8], &str)] = &[
    (b"a: 1\n---\nb: 2\n", r#"[{"a":1},{"b":2}]"#),
    (
        b"---\n---   \n--- # comment\na: 1\n---\n# nothing\n---\n~\n",
        r#"[{"a":1}]"#,
    ),
    (b"a: 1\n...\n", r#"[{"a":1}]"#),
    (
        b"a: 1\n... # end\n\n# comment\n...\n---\nb: 2",
        r#"[{"a":1},{"b":2}]"#,
    ),
    (b"a: |\n  x\n  --- y\n", r#"[{"a":"x\n--- y\n"}]"#),
    // Line ends.
    (
        b"a: 1\r\nb: |\r\n  x\r\n  y\r\n---\r\nc: 2\r\n",
        r#"[{"a":1,"b":"x\ny\n"},{"c":2}]"#,
    ),
    (b"a: 1\rb: |\r  x\r  y\r", r#"[{"a":1,"b":"x\ny\n"}]"#),
    (b"a: |+\n  x\r\r\n  y", r#"[{"a":"x\ny\n"}]"#),
    // Encodings.
    (
        b"\xEF\xBB\xBFa: 1\n---\n\xEF\xBB\xBFb: 2\n",
        r#"[{"a":1},{"b":2}]"#,
    ),
    (
        b"\xFF\xFEa\0:\0 \0\x3D\xD8\x00\xDE\n\0",
        r#"[{"a":"\ud83d\ude00"}]"#,
    ),
    (b"\xFE\xFF\0a\0:\0 \0\xE4\0\n", r#"[{"a":"\u00e4"}]"#),
    (b"a: \xE4 \xE2\x82z\n", r#"[{"a":"\ufffd \ufffdz"}]"#),
    // JSON.
    (
        b"{\"a\": 1} {\"b\": [true, null, -1.5e1, \"\\/\\u00e4\\ud83d\\ude00\\ud800\"]}",
        r#"[{"a":1},{"b":[true,null,-15,"/\u00e4\ud83d\ude00\ufffd"]}]"#,
    ),
    (b" \n\t{\"yes\": \"no\", \"<<\": {}}", r#"[{"yes":"no","<<":{}}]"#),
    (b"# no JSON\n{a: yes}", r#"[{"a":true}]"#),
];

#[test]
fn whole_texts() {
    for (text, expected) in WHOLE {
        let shown = String::from_utf8_lossy(text);
        let stream = stream(text);
        assert_eq!(stream.problems, [], "{shown:?}");
        let expected: Value = serde_json::from_str(expected).expect("JSON");
        assert_eq!(documents(&stream), expected, "{shown:?}");
    }
}

#[test]
fn what_kubectl_replaces_is_placed() {
    for (text, expected) in [
        (&b"a: \xE4\nb: \xE4\n"[..], Some((3, 6))),
        (b"\xFF\xFEa\0:\0 \0\0\xD8\n\0", Some((3, 6))),
        (b"\xFF\xFEa\0:\0 \0b\0\n", Some((4, 7))),
        (b"{\"a\": \"\xE4\"}", Some((7, 10))),
        ("a: ä \u{fffd}\n".as_bytes(), None),
    ] {
        let replaced = stream(text).replaced.map(|span| (span.start, span.end));
        assert_eq!(replaced, expected, "{text:?}");
    }
}

#[test]
fn nothing_is_no_document() {
    for text in ["", "\n", "# comment\n", "---\n---\n", "null", "~\n", " \n#\n"] {
        assert_eq!(documents(&stream(text)), json!([]), "{text:?}");
        assert_eq!(stream(text).problems, [], "{text:?}");
    }
}

#[test]
fn a_separator_stands_alone() {
    for text in [
        "a: 1\n--- b\n",
        "a: 1\n---b\n",
        "a: 1\n--- {c: 2}\nd: 3\n",
        "a: 1\n-----BEGIN\n",
    ] {
        let (place, message) = refusal(text);
        assert!(place.starts_with("---"), "{text:?}: {place:?}");
        assert!(message.contains("separates documents"), "{message}");
        assert_eq!(documents(&stream(text)), json!([{"a": 1}]), "{text:?}");
    }
}

#[test]
fn a_separator_cuts_through_quotes() {
    let stream = stream("a: \"x\n---\n\"\n---\nb: 1\n");
    assert_eq!(documents(&stream), json!([{"b": 1}]));
    assert_eq!(stream.problems.len(), 2, "both halves lack a quote");
}

#[test]
fn text_after_the_end_of_a_document_is_hidden() {
    for (text, kept, hidden) in [
        ("a: 1\n...\nb: 2\nc: 3\n", json!([{"a": 1}]), "b: 2\nc: 3"),
        (
            "a: 1\n... # x\n# y\nb: 2\n---\nc: 3\n",
            json!([{"a": 1}, {"c": 3}]),
            "b: 2",
        ),
        ("---\n[a]\nb: 2\n", json!([["a"]]), "b: 2"),
        ("# x\n{a: 1}\nb: 2\n", json!([{"a": 1}]), "b: 2"),
        ("---\n...\nb: 2\n", json!([]), "b: 2"),
        ("a: 1\r---\rb: 2\r", json!([{"a": 1}]), "b: 2"),
        ("a: 1\n--- # x\rb: 2\nc: 3\n", json!([{"a": 1}, {"c": 3}]), "b: 2"),
        (
            "a: 1\n--- # x\u{2028}b: 2\nc: 3\n",
            json!([{"a": 1}, {"c": 3}]),
            "b: 2",
        ),
    ] {
        let read = stream(text);
        assert_eq!(documents(&read), kept, "{text:?}");
        let found = problem(text);
        assert_eq!(found.kind, ProblemKind::Hidden, "{text:?}");
        assert_eq!(&read.text[found.span.start..found.span.end], hidden, "{text:?}");
    }
}

#[test]
fn json_is_strict() {
    for (text, place, words) in [
        ("{\"a\": 1,}", "}", "a key in double quotes"),
        ("{a: 1}", "a", "a key in double quotes"),
        ("{\"a\": [1,]}", "]", "a value must stand here"),
        ("{\"a\" 1}", "1", "`:` must stand here"),
        ("{\"a\": 1]", "]", "`,` or `}`"),
        ("{\"a\": 01}", "1", "`,` or `}`"),
        ("{\"a\": 1.}", "}", "a digit"),
        ("{\"a\": 1e999}", "1e999", "too large"),
        ("{\"a\": \"\t\"}", "\t", "control character"),
        ("{\"a\": \"\\x\"}", "x", "does not know this escape"),
        ("{\"a\": \"\\u12\"}", "u", "four hexadecimal digits"),
        ("{\"a\": 1}\n---\n{\"b\": 2}", "-", "a digit"),
        ("{\"a\": ", "", "a value must stand here"),
    ] {
        let (found, message) = refusal(text);
        assert_eq!(found, place, "{text:?}: {message}");
        assert!(
            message.contains(words) && (words == "too large" || message.contains("JSON")),
            "{message}"
        );
    }
    assert_eq!(documents(&stream("{\"a\": 1} {\"b\"")), json!([{"a": 1}]));
}

#[test]
fn the_brace_that_makes_json_stands_within_four_thousand_bytes() {
    let near = format!("{}{{\"a\": \"\\/\"}}", " ".repeat(4095));
    assert_eq!(value(&near), json!({"a": "/"}));
    let far = format!("{}{{\"a\": \"\\/\"}}", " ".repeat(4096));
    assert!(refusal(&far).1.contains("escape"));
}

#[test]
fn utf16_wants_a_mark() {
    let found = stream(b"a\0:\0 \x001\0\n\0");
    assert_eq!(found.problems.len(), 1);
    assert!(found.problems[0].message.contains("U+0000"));
}

#[test]
fn a_mark_promises_utf8() {
    let found = stream(b"\xEF\xBB\xBFa: \xE4\n---\nb: 1\n");
    assert_eq!(documents(&found), json!([{"b": 1}]));
    assert_eq!(found.problems.len(), 1);
    assert!(found.problems[0].message.contains("not UTF-8"));
    assert_eq!(found.problems[0].span.start, 3);
}

#[test]
fn a_mark_inside_a_document_is_refused() {
    let (place, message) = refusal("a: 1\n\u{FEFF}b: 2\n");
    assert_eq!(place, "\u{FEFF}");
    assert!(message.contains("depends on chance"), "{message}");
}
