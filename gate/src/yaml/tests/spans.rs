//! Where things stand.

use super::stream;
use crate::yaml::{FieldPath, LineIndex, Position, Segment, Span};

/// The text of the value below a path.
fn slice(text: &str, path: &[Segment]) -> String {
    let stream = stream(text);
    assert_eq!(stream.problems, [], "{text:?}");
    let path = FieldPath::from(path.to_vec());
    let span = stream.documents[0].root().follow(&path).expect("a value").span();
    stream.text[span.start..span.end].to_owned()
}

fn key(name: &str) -> Segment {
    Segment::Key(name.to_owned())
}

#[test]
fn values_have_exact_spans() {
    let text = "ä: &x  'é'\r\nplain: a b # c\nmap:\n  k: [1, {q: \"w\"}]\nblock: |\n  l1\n  l2\n\nseq:\n- a: 1\n  b: 2\n- !!str 3\nnull:\nali: *x\nempty: []\n";
    let index = Segment::Index;
    for (path, expected) in [
        (vec![key("ä")], "'é'"),
        (vec![key("plain")], "a b"),
        (vec![key("map")], "k: [1, {q: \"w\"}]"),
        (vec![key("map"), key("k")], "[1, {q: \"w\"}]"),
        (vec![key("map"), key("k"), index(1)], "{q: \"w\"}"),
        (vec![key("map"), key("k"), index(1), key("q")], "\"w\""),
        (vec![key("block")], "|\n  l1\n  l2"),
        (vec![key("seq")], "- a: 1\n  b: 2\n- !!str 3"),
        (vec![key("seq"), index(0)], "a: 1\n  b: 2"),
        (vec![key("seq"), index(1)], "3"),
        (vec![key("ali")], "'é'"),
        (vec![key("empty")], "[]"),
    ] {
        assert_eq!(slice(&text.replace("null:", "nil:"), &path), expected, "{path:?}");
    }
}

#[test]
fn a_missing_value_stands_after_its_colon() {
    let stream = stream("a:\nb: 1\n");
    let span = stream.documents[0].root().get("a").expect("a value").span();
    assert_eq!(span, Span { start: 2, end: 2 });
}

#[test]
fn merged_keys_stand_where_they_are_written() {
    let stream = stream("x: &x {kk: 1}\nz: {<<: *x}\n");
    let merged = stream.documents[0].root().get("z").expect("a mapping");
    let span = merged.key_span("kk").expect("a merged key");
    assert_eq!(&stream.text[span.start..span.end], "kk");
    assert_eq!(
        merged.get("kk").expect("a value").span(),
        Span { start: 11, end: 12 }
    );
}

#[test]
fn documents_have_spans() {
    let stream = stream("\u{FEFF}a: 1\n---\nb: 2\n---\n{c: 3}\n");
    let texts: Vec<_> = stream
        .documents
        .iter()
        .map(|document| &stream.text[document.span.start..document.span.end])
        .collect();
    assert_eq!(texts, ["a: 1\n", "b: 2\n", "{c: 3}\n"]);
}

#[test]
fn decoded_texts_have_spans_of_their_own() {
    let utf16: Vec<u8> = "\u{FEFF}ä: ö\n"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    let stream = stream(&utf16);
    assert_eq!(stream.text, "ä: ö\n");
    let span = stream.documents[0].root().get("ä").expect("a value").span();
    assert_eq!(&stream.text[span.start..span.end], "ö");
}

#[test]
fn positions_count_characters_and_all_line_ends() {
    let text = "aä\r\nb\rc\n\ndé";
    let lines = LineIndex::new(text);
    let at = |byte| {
        let Position { line, column } = lines.position(byte);
        (line, column)
    };
    assert_eq!(at(0), (1, 1));
    assert_eq!(at(3), (1, 3), "after two bytes of one character");
    assert_eq!(at(2), (1, 2), "inside a character");
    assert_eq!(at(text.find('b').expect("b")), (2, 1));
    assert_eq!(at(text.find('c').expect("c")), (3, 1));
    assert_eq!(at(text.find('d').expect("d")), (5, 1));
    assert_eq!(at(text.len()), (5, 3));
    assert_eq!(at(1000), (5, 3));
}
