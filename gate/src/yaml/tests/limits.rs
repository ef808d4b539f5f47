//! What a text may ask for.

use serde_json::json;

use super::{documents, refusal, stream, value};
use crate::yaml::{Limits, read};

fn refused_with(text: &str, limits: &Limits) -> String {
    let stream = read(text, limits);
    assert_eq!(stream.problems.len(), 1, "{:?}", stream.problems);
    stream.problems[0].message.clone()
}

#[test]
fn sizes_have_limits() {
    let bytes = Limits {
        bytes: 10,
        ..Limits::default()
    };
    assert_eq!(read("a: 345678\n", &bytes).problems, []);
    assert!(refused_with("a: 3456789\n", &bytes).contains("larger than the limit of 10 bytes"));
    let document = Limits {
        document_bytes: 10,
        ..Limits::default()
    };
    assert_eq!(read("a: 345678\n---\nb: 1\n", &document).problems, []);
    assert!(refused_with("a: 3456789\n---\nb: 1\n", &document).contains("document is larger"));
    assert_eq!(
        documents(&read("a: 3456789\n---\nb: 1\n", &document)),
        json!([{"b": 1}])
    );
    assert!(refused_with("{\"a\": 34567}", &document).contains("document is larger"));
}

#[test]
fn documents_have_a_limit() {
    let two = Limits {
        documents: 2,
        ..Limits::default()
    };
    let text = "a: 1\n---\nb: 2\n---\n# nothing\n";
    assert_eq!(read(text, &two).problems, []);
    let stream = read("a: 1\n---\nb: 2\n---\nc: 3\n---\nd: 4\n", &two);
    assert_eq!(stream.documents.len(), 2);
    assert_eq!(stream.problems.len(), 1);
    assert!(stream.problems[0].message.contains("more than 2 documents"));
    assert_eq!(&stream.text[stream.problems[0].span.start..], "c: 3\n---\nd: 4\n");
}

#[test]
fn depth_has_a_limit() {
    let depth = Limits::default().depth;
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")] {
        let nested = |levels: usize| format!("# x\n{}1{}", open.repeat(levels), close.repeat(levels));
        if open != "? " {
            assert_eq!(stream(nested(depth)).problems, [], "{open:?}");
        }
        let (_, message) = refusal(&nested(depth + 1));
        assert!(
            message.contains("nested more than 256 levels deep"),
            "{open:?}: {message}"
        );
        assert!(!stream(nested(100_000)).problems.is_empty(), "{open:?}");
    }
    let json = |levels: usize| format!("{{\"a\": {}{}}}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(stream(json(depth - 1)).problems, []);
    assert!(refusal(&json(depth)).1.contains("levels deep"));
}

#[test]
fn aliases_count_with_all_their_levels() {
    let chain = (1..300).map(|number| format!("a{number}: &a{number} [*a{}]\n", number - 1));
    let chain = chain.collect::<Vec<_>>().concat();
    let (place, message) = refusal(&format!("a0: &a0 x\n{chain}"));
    assert!(message.contains("levels deep"), "{message}");
    assert_eq!(place, "*a255");
}

#[test]
fn aliases_have_the_budget_of_kubectl() {
    let laughs = |width: usize, levels: usize| {
        let line = |level: usize| {
            let aliases = vec![format!("*a{}", level - 1); width].join(", ");
            format!("a{level}: &a{level} [{aliases}]\n")
        };
        let lines: String = (1..=levels).map(line).collect();
        format!("a0: &a0 lol\n{lines}")
    };
    assert!(value(&laughs(9, 3)).is_object());
    let (place, message) = refusal(&laughs(9, 4));
    assert!(message.contains("beyond what kubectl reads"), "{message}");
    assert!(place.starts_with("*a"), "{place}");
    assert!(refusal(&laughs(9, 60)).1.contains("beyond what kubectl reads"));
}
