//! Secrets that the lines around give away: Secrets, variables, generators, blocks.

use std::ops::Range;

use super::is_secret_name;
use super::line::{in_line, ordered, says_something};
use crate::report::snippet::LONGEST_LINE;

/// How far from a `value:` its `name:` is looked for, in lines: a file must not cost more than it is long.
const REACH: usize = 100;

/// A line as far as secrets are concerned.
struct Line<'a> {
    /// First byte in the source.
    start: usize,
    text: &'a str,
    /// Column of the key, or of the text where there is no key.
    indent: usize,
    /// Does an item of a list begin here?
    item: bool,
    key: &'a str,
    /// The value behind the key, comment included; all of the text where there is no key.
    value: Range<usize>,
}

impl<'a> Line<'a> {
    fn new(start: usize, text: &'a str) -> Self {
        let mut indent = 0;
        let mut item = false;
        loop {
            let rest = &text[indent..];
            let spaces = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            indent += spaces;
            if text[indent..].starts_with("- ") {
                item = true;
                indent += 2;
            } else if spaces == 0 {
                break;
            }
        }
        let (key, value) = split(&text[indent..]);
        let value = indent + value..text.len();
        Self {
            start,
            text,
            indent,
            item,
            key,
            value,
        }
    }

    fn is_blank(&self) -> bool {
        self.text.is_empty()
    }

    fn value(&self) -> &'a str {
        &self.text[self.value.clone()]
    }

    /// The range of the value in the source.
    fn value_range(&self) -> Range<usize> {
        self.start + self.value.start..self.start + self.value.end
    }

    /// Does a block scalar begin behind the key?
    fn opens_block(&self) -> bool {
        !self.key.is_empty() && self.value().starts_with(['|', '>'])
    }

    fn starts_document(&self) -> bool {
        self.text.starts_with("---")
    }
}

/// Key and where the value begins, of `key: value`; no key where there is none.
fn split(content: &str) -> (&str, usize) {
    let colon = content
        .match_indices(':')
        .map(|(at, _)| at)
        .find(|at| content[at + 1..].is_empty() || content[at + 1..].starts_with(' '));
    let Some(colon) = colon else {
        return ("", 0);
    };
    let rest = &content[colon + 1..];
    let value = colon + 1 + (rest.len() - rest.trim_start().len());
    (content[..colon].trim_matches(['"', '\'', ' ', '{']), value)
}

/// The ranges of all secrets of a source, in order, without overlap.
pub(in crate::report) fn in_source(source: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut lines = Vec::new();
    for text in source.split_inclusive('\n') {
        lines.push(Line::new(start, text.trim_end()));
        start += text.len();
    }
    let mut found = Vec::new();
    for document in lines.split(Line::starts_document) {
        in_document(document, &mut found);
    }
    for line in lines.iter().filter(|line| line.text.len() <= LONGEST_LINE) {
        let ranges = in_line(line.text).into_iter();
        found.extend(ranges.map(|range| line.start + range.start..line.start + range.end));
    }
    key_blocks(source, &mut found);
    ordered(found)
}

fn in_document(lines: &[Line<'_>], found: &mut Vec<Range<usize>>) {
    let secret = lines.iter().any(|line| is_kind_secret(line.text));
    let generates = lines.iter().any(|line| line.key == "secretGenerator");
    for (at, line) in lines.iter().enumerate() {
        let holds_data =
            matches!(line.key, "data" | "stringData") || line.key.ends_with("last-applied-configuration");
        if secret && (holds_data || line.text.contains("\"data\"") || line.text.contains("\"stringData\"")) {
            if !line.opens_block() {
                found.push(line.value_range());
            }
            below(lines, at, found, true);
        } else if is_secret_name(line.key) || (line.key == "value" && is_secret_variable(lines, at)) {
            if says_something(line.value()) {
                found.push(line.value_range());
            }
            below(lines, at, found, false);
        } else if generates && line.item && line.key.is_empty() {
            let value = line.value();
            if let Some(sign) = value.find('=') {
                let range = line.value_range();
                found.push(range.start + sign + 1..range.end);
            }
        }
    }
}

/// `kind: Secret` in YAML or JSON, anywhere in a line.
fn is_kind_secret(line: &str) -> bool {
    let quotes = |letter: &char| !matches!(letter, '"' | '\'' | ' ');
    line.contains("Secret")
        && line
            .chars()
            .filter(quotes)
            .collect::<String>()
            .contains("kind:Secret")
}

/// Masks what belongs to the value of a line and stands below it: continuations and blocks, and with `mappings` the
/// values of keys too.
fn below(lines: &[Line<'_>], at: usize, found: &mut Vec<Range<usize>>, mappings: bool) {
    let parent = &lines[at];
    let all = parent.opens_block();
    for line in &lines[at + 1..] {
        if line.is_blank() {
            continue;
        }
        if line.indent <= parent.indent {
            break;
        }
        if all || line.key.is_empty() {
            let content = line.text.len() - line.text.trim_start().len();
            found.push(line.start + content..line.start + line.text.len());
        } else if mappings && !line.opens_block() {
            found.push(line.value_range());
        }
    }
}

/// Is the `value:` of this line that of a variable whose `name:` beside it says that it is secret?
fn is_secret_variable(lines: &[Line<'_>], at: usize) -> bool {
    let column = lines[at].indent;
    let named = |line: &&Line<'_>| line.indent == column && line.key == "name";
    let secret = |line: &Line<'_>| is_secret_name(line.value().trim_matches(['"', '\'', ',']));
    let before = lines[..=at]
        .iter()
        .rev()
        .take(REACH)
        .scan(false, |over, line| {
            let ended = *over || (line.indent < column && !line.is_blank());
            *over = ended || (line.item && line.indent == column);
            (!ended).then_some(line)
        })
        .find(named);
    let after = lines[at + 1..]
        .iter()
        .take(REACH)
        .take_while(|line| line.is_blank() || line.indent > column || (line.indent == column && !line.item))
        .find(named);
    before.is_some_and(secret) || after.is_some_and(secret)
}

/// The lines of private keys in PEM form.
fn key_blocks(source: &str, found: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(begin) = source[at..].find("-----BEGIN").map(|begin| at + begin) {
        let rest = &source[begin..];
        let end = rest.find("-----END").unwrap_or(rest.len());
        let first = rest.find('\n').map_or(end, |line| line + 1);
        if first < end && rest[..first].contains("PRIVATE KEY") {
            found.push(begin + first..begin + end);
        }
        at = begin + end;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::in_source;

    /// The source with every secret replaced by `#`.
    fn masked(source: &str) -> String {
        let mut shown = String::new();
        let mut at = 0;
        for range in in_source(source) {
            shown.push_str(&source[at..range.start]);
            shown.push('#');
            at = range.end;
        }
        shown + &source[at..]
    }

    #[test]
    fn the_data_of_a_secret_is_masked() {
        let secret = "kind: Secret\nmetadata:\n  name: a\ndata:\n  user: Ym9i\n  file: |\n    abc\n    def: g\ntype: Opaque\n";
        let shown = "kind: Secret\nmetadata:\n  name: a\ndata:\n  user: #\n  file: |\n    #\n    def: #\ntype: Opaque\n";
        assert_eq!(masked(secret), shown);
        let config = "kind: ConfigMap\ndata:\n  user: bob\n---\nkind: Secret\nstringData: {a: b}\n";
        assert_eq!(
            masked(config),
            "kind: ConfigMap\ndata:\n  user: bob\n---\nkind: Secret\nstringData: #\n"
        );
        let json = "{\"kind\": \"Secret\",\n \"data\": {\n  \"a\": \"Ym9i\"\n }\n}\n";
        assert!(!masked(json).contains("Ym9i"), "{}", masked(json));
        let compact = "{\"kind\":\"Secret\",\"data\":{\"a\":\"Ym9i\"}}\n";
        assert!(!masked(compact).contains("Ym9i"), "{}", masked(compact));
    }

    #[test]
    fn variables_are_masked_by_their_name() {
        let env = "env:\n  - name: DB_PASSWORD\n    value: hunter2\n  - value: hunter3\n    name: \"TOKEN\"\n  - name: USER\n    value: bob\n";
        let shown = "env:\n  - name: DB_PASSWORD\n    value: #\n  - value: #\n    name: \"TOKEN\"\n  - name: USER\n    value: bob\n";
        assert_eq!(masked(env), shown);
        let flow = "- {name: DB_PASSWORD, value: hunter2}\n";
        assert_eq!(masked(flow), "- {name: DB_PASSWORD, value: #}\n");
    }

    #[test]
    fn values_over_several_lines_are_masked() {
        assert_eq!(
            masked("password: |\n  a: b\n  c\nuser: d\n"),
            "password: |\n  #\n  #\nuser: d\n"
        );
        assert_eq!(masked("token:\n  abc\nuser: d\n"), "token:\n  #\nuser: d\n");
        assert_eq!(masked("token:\n  path: token\n"), "token:\n  path: token\n");
        let key = "x: |\n  -----BEGIN PRIVATE KEY-----\n  MIIE\n  -----END PRIVATE KEY-----\n";
        assert_eq!(
            masked(key),
            "x: |\n  -----BEGIN PRIVATE KEY-----\n#-----END PRIVATE KEY-----\n"
        );
    }

    #[test]
    fn literals_of_secret_generators_are_masked() {
        let text = "secretGenerator:\n- name: a\n  literals:\n  - user=bob\nimages:\n- name: b\n";
        assert_eq!(
            masked(text),
            "secretGenerator:\n- name: a\n  literals:\n  - user=#\nimages:\n- name: b\n"
        );
    }

    #[test]
    fn manifests_without_secrets_stay_as_they_are() {
        let text = include_str!("../../../../kustomize/base/deployment.yaml");
        assert_eq!(masked(text), text);
    }

    proptest! {
        #[test]
        fn ranges_are_in_order_and_on_characters(
            source in "(kind: Secret\n|data:\n|  [a-zé]+: [a-z|>\"é]*\n|- name: PASSWORD\n|  value: é\n|---\n| *token:[ é\"'a]*\n){0,12}"
        ) {
            let mut last = 0;
            for range in in_source(&source) {
                prop_assert!(range.start >= last && range.end > range.start);
                prop_assert!(source.get(range.clone()).is_some());
                last = range.end;
            }
        }
    }
}
