//! What holds for every text.

use proptest::prelude::*;
use serde_json::Value;

use super::stream;
use crate::yaml::{LineIndex, Node, Stream};

/// Text that is made of the signs of YAML, so that much of it is readable.
fn yaml_like() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "a",
        "b",
        "1",
        "yes",
        "é",
        "key: ",
        "k:",
        "- ",
        "? ",
        ": ",
        "\n",
        "\n  ",
        "\n    ",
        " ",
        "\t",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "\"",
        "'",
        "|",
        ">-",
        "|2",
        "# c",
        "&a ",
        "*a",
        "<<: *a",
        "!!str ",
        "!x ",
        "\n---\n",
        "\n...\n",
        "\r",
        "\r\n",
        "\u{85}",
        "\u{2028}",
        "\u{FEFF}",
        "\\n",
        "\\",
        "%",
        "@",
        "~",
        ".inf",
        "0777",
        "{\"a\": 1}",
    ]);
    prop::collection::vec(word, 0..30).prop_map(|words| words.concat())
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1.0e9..1.0e9).prop_map(|number: f64| Value::from(number.floor() + 0.5)),
        ".*".prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[ -~é]{0,8}", inner, 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Every place lies in the text, on characters, and inside that of the mapping or sequence around it unless an
/// alias leads out of it.
fn check_places(stream: &Stream) {
    let lines = LineIndex::new(&stream.text);
    for problem in &stream.problems {
        for span in [Some(problem.span), problem.related].into_iter().flatten() {
            assert!(stream.text.get(span.start..span.end).is_some(), "{problem:?}");
            assert!(lines.range(span).0 <= lines.range(span).1, "{problem:?}");
        }
        assert!(
            !problem.message.is_empty() && !problem.message.ends_with('.'),
            "{problem:?}"
        );
    }
    for document in &stream.documents {
        assert!(stream.text.get(document.span.start..document.span.end).is_some());
        check_node(&stream.text, document.root());
    }
}

fn check_node(text: &str, node: Node<'_>) {
    assert!(
        text.get(node.span().start..node.span().end).is_some(),
        "{:?}",
        node.span()
    );
    for item in node.items() {
        check_node(text, item);
    }
    for (key, value) in node.entries() {
        let span = node.key_span(key).expect("every key has a place");
        assert!(text.get(span.start..span.end).is_some(), "{span:?}");
        check_node(text, value);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check_places(&stream(&bytes));
    }

    #[test]
    fn any_text_of_signs_is_read(text in yaml_like()) {
        check_places(&stream(&text));
        check_places(&stream(format!("a: b\n{text}")));
    }

    #[test]
    fn json_comes_back(value in json_value()) {
        let object = serde_json::json!({"value": value});
        let text = object.to_string();
        prop_assert_eq!(&super::value(&text), &object);
        let pretty = serde_json::to_string_pretty(&object).expect("JSON");
        prop_assert_eq!(&super::value(&pretty), &object);
    }

    #[test]
    fn what_is_read_is_read_again_from_its_json(text in yaml_like()) {
        for document in &stream(&text).documents {
            let json = document.root().to_json();
            let wrapped = serde_json::json!({"value": json});
            prop_assert_eq!(super::value(&wrapped.to_string()), wrapped);
        }
    }
}
