//! Secrets that one line gives away by itself.

use std::ops::Range;

use super::is_secret_name;

/// Beginnings of tokens that their issuers made to be recognised.
const TOKENS: &[&str] = &[
    "AKIA",
    "AIza",
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "github_pat_",
    "glpat-",
    "hvs.",
    "sk_live_",
    "xoxb-",
    "xoxp-",
];

/// The ranges of secrets in a line, in order, without overlap.
pub(in crate::report) fn in_line(line: &str) -> Vec<Range<usize>> {
    let mut found = named(line);
    found.extend(variables(line));
    found.extend(in_addresses(line));
    found.extend(tokens(line));
    found.extend(bearers(line));
    found.extend(key_blocks(line));
    ordered(found)
}

/// Sorted, overlaps joined.
pub(super) fn ordered(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut joined: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

/// `name=value`, `name: value` and their quoted forms, where the name holds a secret.
fn named(line: &str) -> Vec<Range<usize>> {
    let separators = line
        .char_indices()
        .filter(|(_, letter)| matches!(letter, ':' | '='));
    separators.filter_map(|(at, _)| value_after(line, at)).collect()
}

fn value_after(line: &str, separator: usize) -> Option<Range<usize>> {
    let before = line[..separator].trim_end_matches(['"', '\'', '`', ' ']);
    let name_start = before
        .char_indices()
        .rev()
        .find(|(_, letter)| !letter.is_alphanumeric() && !matches!(letter, '_' | '-' | '.'))
        .map_or(0, |(at, letter)| at + letter.len_utf8());
    if !is_secret_name(&before[name_start..]) {
        return None;
    }
    let start = separator + 1;
    let rest = &line[start..];
    let start = start + (rest.len() - rest.trim_start().len());
    let value = value_at(line, start)?;
    says_something(&line[value.clone()]).then_some(value)
}

/// The value of `{name: DB_PASSWORD, value: …}`.
fn variables(line: &str) -> Vec<Range<usize>> {
    let mappings = line.match_indices('{').map(|(at, _)| at + 1);
    mappings
        .filter_map(|start| {
            let rest = &line[start..];
            let end = start + rest.find(['{', '}']).unwrap_or(rest.len());
            let name = flow_value(line, start..end, "name")?;
            let value = flow_value(line, start..end, "value")?;
            (is_secret_name(&line[name]) && says_something(&line[value.clone()])).then_some(value)
        })
        .collect()
}

/// The value of a key of a mapping in flow style.
fn flow_value(line: &str, mapping: Range<usize>, key: &str) -> Option<Range<usize>> {
    let inner = &line[mapping.clone()];
    let after = inner.match_indices(key).find_map(|(at, _)| {
        let before = inner[..at].trim_end_matches(['"', '\'', ' ']);
        let rest = inner[at + key.len()..].trim_start_matches(['"', '\'']);
        let starts = before.is_empty() || before.ends_with(',');
        let value = rest.strip_prefix(':').filter(|_| starts)?.trim_start();
        Some(mapping.end - value.len())
    })?;
    value_at(line, after)
}

/// The scalar that begins at a byte of a line: what stands between quotes, or all up to a space or a closing mark.
pub(super) fn value_at(line: &str, start: usize) -> Option<Range<usize>> {
    let rest = &line[start..];
    let quote = rest.chars().next()?;
    if matches!(quote, '"' | '\'') {
        let inner = &rest[1..];
        let end = closing(inner, quote).unwrap_or(inner.len());
        return Some(start + 1..start + 1 + end);
    }
    let end = rest
        .find(|letter: char| {
            letter.is_whitespace() || matches!(letter, ',' | ';' | '&' | '}' | ']' | '`' | '"')
        })
        .unwrap_or(rest.len());
    Some(start..start + end)
}

/// Where a quoted text ends; a backslash hides the character after it.
fn closing(inner: &str, quote: char) -> Option<usize> {
    let mut hidden = false;
    inner
        .char_indices()
        .find(|(_, letter)| {
            let closes = *letter == quote && !hidden;
            hidden = quote == '"' && *letter == '\\' && !hidden;
            closes
        })
        .map(|(at, _)| at)
}

/// Values that hold no secret: switches, nothing, references, and the beginning of a collection or a block.
pub(super) fn says_something(value: &str) -> bool {
    let plain = value.to_lowercase();
    let word = matches!(
        plain.as_str(),
        "" | "true" | "false" | "null" | "~" | "none" | "…"
    );
    !word && !value.starts_with(['{', '[', '|', '>', '&', '*', '$', '!'])
}

/// The password of `scheme://user:password@host`.
fn in_addresses(line: &str) -> Vec<Range<usize>> {
    let addresses = line.match_indices("://").map(|(at, mark)| at + mark.len());
    addresses
        .filter_map(|start| {
            let rest = &line[start..];
            let host =
                rest.find(|letter: char| letter.is_whitespace() || matches!(letter, '/' | '?' | '#' | '"'));
            let authority = &rest[..host.unwrap_or(rest.len())];
            let (credentials, _) = authority.rsplit_once('@')?;
            let (user, password) = credentials.split_once(':')?;
            let from = start + user.len() + 1;
            Some(from..from + password.len())
        })
        .collect()
}

fn tokens(line: &str) -> Vec<Range<usize>> {
    let word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let of = |prefix: &'static str| {
        line.match_indices(prefix).filter_map(move |(start, _)| {
            let inside = line[..start]
                .chars()
                .next_back()
                .is_some_and(char::is_alphanumeric);
            let rest = &line[start..];
            let length = rest.find(|letter| !word(letter)).unwrap_or(rest.len());
            (!inside && length >= prefix.len() + 12).then_some(start..start + length)
        })
    };
    TOKENS
        .iter()
        .copied()
        .flat_map(of)
        .chain(web_tokens(line))
        .collect()
}

/// JSON web tokens: three parts, the first of which is base64 of `{"`.
fn web_tokens(line: &str) -> Vec<Range<usize>> {
    let word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.' | '=');
    let starts = line.match_indices("eyJ").map(|(start, _)| start);
    starts
        .filter_map(|start| {
            let rest = &line[start..];
            let length = rest.find(|letter| !word(letter)).unwrap_or(rest.len());
            let dots = rest[..length].matches('.').count();
            (dots == 2).then_some(start..start + length)
        })
        .collect()
}

/// `Bearer …` and `Basic …`, as headers have them.
fn bearers(line: &str) -> Vec<Range<usize>> {
    let of = |scheme: &'static str| {
        line.match_indices(scheme).filter_map(move |(at, _)| {
            let value = value_at(line, at + scheme.len())?;
            (value.len() >= 12).then_some(value)
        })
    };
    ["Bearer ", "bearer ", "Basic "]
        .into_iter()
        .flat_map(of)
        .collect()
}

/// A private key that is written in one line.
fn key_blocks(line: &str) -> Option<Range<usize>> {
    let marker = line.find("PRIVATE KEY-----")?;
    let start = marker + "PRIVATE KEY-----".len();
    let end = line[start..]
        .find("-----END")
        .map_or(line.len(), |end| start + end);
    line[..marker].contains("-----BEGIN").then_some(start..end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::in_line;

    fn found(line: &str) -> Vec<&str> {
        in_line(line).into_iter().map(|range| &line[range]).collect()
    }

    #[test]
    fn named_values_are_found() {
        assert_eq!(found("password: hunter2"), ["hunter2"]);
        assert_eq!(found("{\"apiKey\":\"a\\\"b c\", \"x\": 1}"), ["a\\\"b c"]);
        assert_eq!(found("- --token=abcdef,x"), ["abcdef"]);
        assert_eq!(found("args: ['--db-password', x, \"--pwd=y\"]"), ["y"]);
        assert_eq!(found("secretName: tls"), [""; 0]);
        assert_eq!(found("password: $(DB_PASSWORD)"), [""; 0]);
        assert_eq!(found("serviceAccountToken: {path: token}"), [""; 0]);
        assert_eq!(found("password: \"unclosed"), ["unclosed"]);
    }

    #[test]
    fn secrets_without_a_name_are_found() {
        assert_eq!(found("url: postgres://bob:hunter2@db/x"), ["hunter2"]);
        assert_eq!(found("x: ghp_0123456789abcdef"), ["ghp_0123456789abcdef"]);
        assert_eq!(found("h: Bearer abcdefghijklmno"), ["abcdefghijklmno"]);
        assert_eq!(found("x: eyJhbGciOi.eyJzdWIi.c2ln"), ["eyJhbGciOi.eyJzdWIi.c2ln"]);
        let key = "k: \"-----BEGIN RSA PRIVATE KEY-----\\nMIIE\\n-----END RSA PRIVATE KEY-----\"";
        assert_eq!(found(key), ["\\nMIIE\\n"]);
        assert_eq!(found("image: a/b@sha256:0123456789abcdef"), [""; 0]);
    }

    proptest! {
        #[test]
        fn ranges_are_in_order_and_on_characters(line in "[a-zé:=\"' {},/@_-]*(password|token|://|Bearer |eyJ)[ -~é]*") {
            let mut last = 0;
            for range in in_line(&line) {
                prop_assert!(range.start >= last && range.end > range.start);
                prop_assert!(line.get(range.clone()).is_some());
                last = range.end;
            }
        }
    }
}
