//! What names and answers may not do to a terminal: they come from a cluster and from servers.

use std::fmt::Write as _;

/// The text with every control, bidirectional and invisible character as an escape, `\u{1b}`.
pub(crate) fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_unsafe(letter) {
            let _infallible = write!(safe, "{}", letter.escape_unicode());
        } else {
            safe.push(letter);
        }
    }
    safe
}

/// Control characters, line separators, the characters of the bidirectional algorithm (Unicode UAX #9), and those
/// without width.
fn is_unsafe(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn what_moves_the_cursor_or_hides_is_escaped() {
        assert_eq!(plain("a\u{1b}[2Jb\u{202e}c\n"), r"a\u{1b}[2Jb\u{202e}c\u{a}");
        assert_eq!(plain("hello-7d9 é ●"), "hello-7d9 é ●");
    }
}
