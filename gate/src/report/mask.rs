//! Secrets are not printed: of each value that looks like one, two characters and the length.
//!
//! Judged by lines and names, not by a parser: a file that cannot be read has snippets too. In doubt a value is
//! masked, which costs a reader little.

use std::ops::Range;

use super::secrets;

/// What is shown of a secret outside a snippet. Of one so short that two characters would be half of it, only the
/// length.
pub fn value(secret: &str) -> String {
    let length = secret.chars().count();
    let shown: String = secret.chars().take(shown(length)).collect();
    format!("{shown}… ({length} characters)")
}

fn shown(length: usize) -> usize {
    if length > 4 { 2 } else { 0 }
}

/// A message with the secrets in it masked: `password=…`, credentials in addresses, keys and well-known tokens.
pub fn text(message: &str) -> String {
    let mut masked = String::with_capacity(message.len());
    let mut done = 0;
    for range in secrets::in_line(message) {
        masked.push_str(&message[done..range.start]);
        masked.push_str(&value(&message[range.clone()]));
        done = range.end;
    }
    masked.push_str(&message[done..]);
    masked
}

/// Every character of a line of a source, those inside secrets replaced by `*` but for the first two, so that columns
/// stay true. `line` is the line's range in the source, `secrets` those of the whole source in order.
pub(super) fn line(source: &str, line: Range<usize>, secrets: &[Range<usize>]) -> String {
    let mut masked = String::with_capacity(line.len());
    let mut at = line.start;
    let first = secrets.partition_point(|secret| secret.end <= line.start);
    for secret in secrets.iter().skip(first) {
        if secret.start >= line.end {
            break;
        }
        let start = secret.start.max(at);
        let end = secret.end.min(line.end);
        masked.push_str(&source[at..start]);
        let hidden = &source[start..end];
        let clear = if secret.start < line.start {
            0
        } else {
            shown(hidden.chars().count())
        };
        masked.extend(
            hidden
                .chars()
                .enumerate()
                .map(|(index, letter)| if index < clear { letter } else { '*' }),
        );
        at = end;
    }
    masked.push_str(&source[at..line.end]);
    masked
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::{line, text, value};

    #[test]
    fn two_characters_and_the_length_are_shown() {
        assert_eq!(value("hunter2"), "hu… (7 characters)");
        assert_eq!(value("abcd"), "… (4 characters)");
        assert_eq!(value("äöüßé"), "äö… (5 characters)");
    }

    #[test]
    fn messages_are_masked() {
        let masked = |message: &str, expected: &str| assert_eq!(text(message), expected);
        masked(
            "DB_PASSWORD=hunter2 failed",
            "DB_PASSWORD=hu… (7 characters) failed",
        );
        masked(
            "cannot clone https://bob:hunter2@example.org/x.git",
            "cannot clone https://bob:hu… (7 characters)@example.org/x.git",
        );
        masked(
            "`automountServiceAccountToken: true`",
            "`automountServiceAccountToken: true`",
        );
        masked("a plain sentence: with a colon", "a plain sentence: with a colon");
    }

    #[test]
    fn a_masked_line_keeps_its_columns() {
        let source = "a: b\npassword: hunter2 # x\n";
        let shown =
            |range: Range<usize>, secret: Range<usize>| line(source, range, std::slice::from_ref(&secret));
        assert_eq!(shown(5..26, 15..22), "password: hu***** # x");
        assert_eq!(shown(0..4, 15..22), "a: b");
        assert_eq!(shown(5..26, 2..26), "*********************");
    }
}
