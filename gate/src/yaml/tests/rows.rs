//! What kubectl makes of YAML, row by row.

use serde_json::Value;

use super::{HEADER, documents, refusal, stream, value};

/// A body below [`HEADER`], and the JSON of its keys.
pub(super) const READ: &[(&str, &str)] = &[
    // Booleans are those of YAML 1.1, in three spellings each and no other.
    (
        "x: [y, Y, yes, Yes, YES, on, On, ON, true, True, TRUE]",
        r#"{"x":[true,true,true,true,true,true,true,true,true,true,true]}"#,
    ),
    (
        "x: [n, N, no, No, NO, off, Off, OFF, false, False, FALSE]",
        r#"{"x":[false,false,false,false,false,false,false,false,false,false,false]}"#,
    ),
    (
        "x: [yEs, oN, tRUE, nUll, 'yes', \"no\"]",
        r#"{"x":["yEs","oN","tRUE","nUll","yes","no"]}"#,
    ),
    (
        "x: [~, null, Null, NULL]\nz:\n",
        r#"{"x":[null,null,null,null],"z":null}"#,
    ),
    // Integers with prefixes and underscores.
    (
        "x: [0777, 0o17, 0O17, 0b101, 0x1F, -0x1F, 0x_1F, +7, 00]",
        r#"{"x":[511,15,15,5,31,-31,31,7,0]}"#,
    ),
    (
        "x: [1_000, 1__0, 1_, 1_0.5, 1e3_0, _1]",
        r#"{"x":[1000,10,1,10.5,1e30,"_1"]}"#,
    ),
    (
        "x: [08, 09, 019, 0o8, 0xG, 0b2]",
        r#"{"x":[8,9,19,"0o8","0xG","0b2"]}"#,
    ),
    (
        "x: [9223372036854775807, -9223372036854775808, 12345678901234567890]",
        r#"{"x":[9223372036854775807,-9223372036854775808,12345678901234567000]}"#,
    ),
    // Floats; integral ones are integers in JSON.
    (
        "x: [1e3, 1E3, .5, +.5, 5., 0., 1.0, -0.0, 1e-7]",
        r#"{"x":[1000,1000,0.5,0.5,5,0,1,0,1e-7]}"#,
    ),
    (
        "x: [1e400, 1e, e1, ., +, -, 1.2.3]",
        r#"{"x":["1e400","1e","e1",".","+","-","1.2.3"]}"#,
    ),
    // Neither dates nor base 60.
    (
        "x: [2001-01-01, 2001-12-14T21:59:43Z, 1:30, '12:30:45', 22:22]",
        r#"{"x":["2001-01-01","2001-12-14T21:59:43Z","1:30","12:30:45","22:22"]}"#,
    ),
    ("x: [=, <, a=b, '<<']", r#"{"x":["=","<","a=b","<<"]}"#),
    // Tags.
    (
        "x: [!!str yes, !!bool yes, !!int '3', !!float 3, !!null '', !!timestamp 2001-1-2]",
        r#"{"x":["yes",true,3,3,null,"2001-1-2"]}"#,
    ),
    (
        "x: [!foo bar, ! yes, !<tag:yaml.org,2002:int> '7', !!set {a}, !!foo 1]\nz: !!str\nw: !foo",
        r#"{"x":["bar","yes",7,{"a":null},"1"],"z":"","w":""}"#,
    ),
    (
        "x: [!!binary aGVsbG8=, !!binary /w==, !!binary \"aGVs\\nbG8=\"]",
        r#"{"x":["hello","\ufffd","hello"]}"#,
    ),
    (
        "x: [!!timestamp 2004-02-29, !!timestamp 2001-1-1T1:2:3.5Z, !!timestamp 2001-1-1t1:2:3-07:30]\nz: !!timestamp 2001-12-31  1:2:3,4",
        r#"{"x":["2004-02-29","2001-1-1T1:2:3.5Z","2001-1-1t1:2:3-07:30"],"z":"2001-12-31  1:2:3,4"}"#,
    ),
    // Keys become texts.
    (
        "x: {1: a, 1.5: b, yes: c, 0x10: d, 1e3: e, .inf: f, 1e6: g, !!str 0x2: h}",
        r#"{"x":{"1":"a","1.5":"b","true":"c","16":"d","1000":"e",".inf":"f","1e+06":"g","0x2":"h"}}"#,
    ),
    ("? x\n: 1\n? z\n", r#"{"x":1,"z":null}"#),
    ("x: [a: 1, ? b : 2]", r#"{"x":[{"a":1},{"b":2}]}"#),
    // Anchors, aliases and merge keys.
    ("x: &a [1]\nz: [*a, &b c, *b]", r#"{"x":[1],"z":[[1],"c","c"]}"#),
    ("x: &a 1\nz: &a 2\nw: *a", r#"{"x":1,"z":2,"w":2}"#),
    ("&a x: 1\nz: *a", r#"{"x":1,"z":"x"}"#),
    (
        "x: &a {c: 1, d: 2}\nz: {<<: *a, c: 3}",
        r#"{"x":{"c":1,"d":2},"z":{"c":3,"d":2}}"#,
    ),
    (
        "x: {<<: [{a: 1}, {a: 2, b: 2}], '<<': 3}",
        r#"{"x":{"a":1,"b":2,"<<":3}}"#,
    ),
    ("x: {<<: &a [{b: 1}]}\nz: *a", r#"{"x":{"b":1},"z":[{"b":1}]}"#),
    (
        "x: {! '<<': {a: 1}}\nz: {!!merge <<: {b: 2}}",
        r#"{"x":{"a":1},"z":{"b":2}}"#,
    ),
    // Block scalars.
    ("x: |\n  a\n   b\n\n  c\n\n", r#"{"x":"a\n b\n\nc\n"}"#),
    (
        "x: |+\n  a\n\nz: |-\n  b\n\nw: |2\n   c",
        r#"{"x":"a\n\n","z":"b","w":" c\n"}"#,
    ),
    ("x: >\n  a\n  b\n\n  c\n   d\n  e\n", r#"{"x":"a b\nc\n d\ne\n"}"#),
    ("x: >-1 # two\n  a\n", r#"{"x":" a"}"#),
    ("x: |\n  a\n  ---\n  ...\n", r#"{"x":"a\n---\n...\n"}"#),
    ("x:\n  z: |\n  a: 1\n", r#"{"x":{"z":"","a":1}}"#),
    // Folding.
    ("x: a\n  b\n\n  c # no\n", r#"{"x":"a b\nc"}"#),
    (
        "x: \"a \n  b\\\n  c\\x41\\u00e4\\U0001F600\\_\\e\\0\\N\\L\\P\"",
        r#"{"x":"a bcA\u00e4\ud83d\ude00\u00a0\u001b\u0000\u0085\u2028\u2029"}"#,
    ),
    ("x: 'it''s\n\n  b'", r#"{"x":"it's\nb"}"#),
    // A next-line character and the Unicode separators are line breaks.
    (
        "x: 1 # a comment\u{85}z: 2\u{2028}w: 3\u{2029}",
        r#"{"x":1,"z":2,"w":3}"#,
    ),
    ("x: \"a\u{2028}b\u{85}c\"", r#"{"x":"a\u2028b c"}"#),
    // Tabs are blanks where no indentation is at stake.
    ("x:\t1\t# c\nz: [1,\t2,\n\t3]\n", r#"{"x":1,"z":[1,2,3]}"#),
    // In a flow collection a colon needs a blank only after plain text.
    (
        "x: {a:b, 'c':d, \"e\" :f}",
        r#"{"x":{"a:b":null,"c":"d","e":"f"}}"#,
    ),
    (
        "x: http://a/?b#c\nz: [http://a/#b]",
        r#"{"x":"http://a/?b#c","z":["http://a/#b"]}"#,
    ),
    (
        "x:\n- 1\n-\n- - 2\n  - 3\n- a: 4\n  b: 5\n",
        r#"{"x":[1,null,[2,3],{"a":4,"b":5}]}"#,
    ),
];

/// A body below [`HEADER`] that is refused: the text of the place, and words of the message.
pub(super) const REFUSED: &[(&str, &str, &str)] = &[
    ("x: .inf", ".inf", "no place in JSON"),
    ("x: -.NaN\nz: .nan", ".nan", "no place in JSON"),
    ("x: !!int abc", "abc", "cannot be read as `!!int`"),
    ("x: !!bool 1", "1", "cannot be read as `!!bool`"),
    (
        "x: !!timestamp 2001-02-30",
        "2001-02-30",
        "cannot be read as `!!timestamp`",
    ),
    (
        "x: !!timestamp 2001-02-29",
        "2001-02-29",
        "cannot be read as `!!timestamp`",
    ),
    (
        "x: !!timestamp 2001-13-01",
        "2001-13-01",
        "cannot be read as `!!timestamp`",
    ),
    (
        "x: !!timestamp 2001-01-01T24:00:00Z",
        "2001-01-01T24:00:00Z",
        "cannot be read as `!!timestamp`",
    ),
    (
        "x: !!timestamp 2001-01-01T01:02:03",
        "2001-01-01T01:02:03",
        "cannot be read as `!!timestamp`",
    ),
    (
        "x: !!timestamp 2001-01-01T01:02:03+1:00",
        "2001-01-01T01:02:03+1:00",
        "cannot be read as `!!timestamp`",
    ),
    (
        "x: !!timestamp 2001-01-01 01:02",
        "2001-01-01 01:02",
        "cannot be read as `!!timestamp`",
    ),
    (
        "x: !!timestamp 2001-01-01x",
        "2001-01-01x",
        "cannot be read as `!!timestamp`",
    ),
    ("x: !!binary a", "a", "base64"),
    ("x: !e!f g", "!e!f", "tag handle `!e!`"),
    ("x: !<a g", "!<a", "ends with `>`"),
    ("x: !a{b: c}", "{", "a blank must follow a tag"),
    ("x: \"a\\/b\"", "\\/", "does not know this escape"),
    ("x: \"\\xfg\"", "\\xf", "2 hexadecimal digits"),
    ("x: \"\\ud800\"", "\\ud800", "names no character"),
    ("x: \"a\nz: b\n", "\"a", "does not end"),
    ("~: x", "~", "key must not be null"),
    ("? [a]\n: x", "[a]", "a key must be a text"),
    (
        "12345678901234567890: x",
        "12345678901234567890",
        "beyond 64-bit integers",
    ),
    (": x", ":", "a key of the mapping must begin here"),
    ("x: *a", "*a", "the anchor `a` does not stand before"),
    ("x: &a [*a]", "*a", "inside the value that it names"),
    ("x: {<<: 1}", "1", "wants a mapping"),
    ("x: &a [{}]\nz: {<<: *a}", "*a", "wants a mapping"),
    ("x: {<<: [1]}", "1", "wants a mapping"),
    ("x:\n\tz: 1\n", "\t", "tab"),
    ("x:\n  z: 1\n\t\n", "\t", "tab"),
    ("x: a\n\tb\n", "\t", "tab"),
    ("x: |\n\ta\n", "\t", "tab"),
    ("x: |0\n a\n", "0", "cannot be 0"),
    ("x: |a\n b\n", "a", "sign of a block of text"),
    ("x: a: b", ":", "wants quotes"),
    ("x: - a", "-", "cannot begin here"),
    ("x: 1\n - a\n  z: 2\n", ":", "wants quotes"),
    ("x:\n  a: 1\n b: 2\n", "b: 2", "indentation is wrong"),
    ("x:\n  - a\n - b\n", "- b", "indentation is wrong"),
    ("x\nz: 1\n", "x", "with `:` after it"),
    ("x: @a", "@", "nothing can begin with `@`"),
    ("x: `a", "`", "nothing can begin with"),
    ("x: &", "&", "an anchor's name"),
    ("x: *a/b", "*a", "wants quotes"),
    ("x: [a, b", "", "`,` or `]` must stand here"),
    ("x: [a b: c}", "}", "`,` or `]` must stand here"),
    ("x: {a: b c: d}", ":", "`,` or `}` must stand here"),
    ("x: [a?b]", "?", "`,` or `]` must stand here"),
    ("x: [- a]", "-", "a value is missing here"),
    ("x: ]", "]", "a value is missing here"),
    ("x: \"a\u{7f}\"", "\u{7f}", "U+007F"),
    ("x: \u{1}", "\u{1}", "U+0001"),
    ("x: \"\u{fffe}\"", "\u{fffe}", "U+FFFE"),
];

#[test]
fn reads_what_kubectl_reads() {
    for (body, expected) in READ {
        let mut found = value(&format!("{HEADER}{body}"));
        let found = found.as_object_mut().expect("a mapping");
        for key in ["apiVersion", "kind", "metadata"] {
            found.shift_remove(key);
        }
        let expected: Value = serde_json::from_str(expected).expect("JSON");
        assert_eq!(Value::Object(found.clone()), expected, "{body:?}");
    }
}

#[test]
fn refuses_what_kubectl_refuses() {
    for (body, place, words) in REFUSED {
        let (found, message) = refusal(&format!("{HEADER}{body}"));
        assert_eq!(found.trim_end_matches('\n'), *place, "{body:?}: {message}");
        assert!(message.contains(words), "{body:?}: {message}");
    }
}

#[test]
fn a_key_ends_within_1024_characters() {
    let key = "k".repeat(1024);
    assert_eq!(value(&format!("{key}: 1"))[&key], 1);
    let (_, message) = refusal(&format!("a: 1\n{key}k: 1"));
    assert!(message.contains("within 1024 characters"), "{message}");
}

#[test]
fn directives_are_refused() {
    for text in ["%YAML 1.1\n---\na: 1\n", "%TAG !e! tag:e,2000:\n---\na: 1\n"] {
        assert!(refusal(text).1.contains("does not take directives"));
        assert_eq!(documents(&stream(text)), serde_json::json!([{"a": 1}]));
    }
}

#[test]
fn many_comments_in_a_row_are_nothing_special() {
    let comments = "# comment\n".repeat(500);
    let text = format!("{comments}a:\n{comments}  - b\n{comments}");
    assert_eq!(value(&text), serde_json::json!({"a": ["b"]}));
}

#[test]
fn the_other_documents_are_still_read() {
    let stream = stream("a: 1\n---\nb: [\n---\n\"c\n---\nd: 2\n");
    assert_eq!(documents(&stream), serde_json::json!([{"a": 1}, {"d": 2}]));
    assert_eq!(stream.problems.len(), 2);
}
