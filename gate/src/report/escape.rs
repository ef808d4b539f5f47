//! What the input may not do to a terminal, to a reader, or to the log of a pipeline.
//!
//! Names, paths and messages come from files that an attacker may have written. Control characters drive a terminal,
//! bidirectional ones show a text in another order than it is read in, invisible ones make two names look alike, and a
//! pipeline runs what looks like one of its commands.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Is a character one that must not reach the output as it is?
pub fn is_unsafe(letter: char) -> bool {
    letter.is_control() || is_bidirectional(letter) || is_invisible(letter)
}

/// Marks, embeddings, overrides and isolates of the bidirectional algorithm (Unicode UAX #9).
fn is_bidirectional(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Line separators and characters without width. The joiners that some scripts and emoji need stay.
fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

/// The text with every unsafe character written as an escape: `\n`, `\t`, `\r`, else `\u{1b}`. The old form of a
/// pipeline's command, `##[`, which counts anywhere in a line, is broken too.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) && !text.contains("##[") {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\t"),
            '\r' => escaped.push_str("\\r"),
            _ if is_unsafe(letter) => {
                let _infallible = write!(escaped, "\\u{{{:x}}}", u32::from(letter));
            }
            _ => escaped.push(letter),
        }
    }
    Cow::Owned(escaped.replace("##[", "#\\u{23}["))
}

/// The same for a line of a snippet, a character for a character, so that columns stay true: a picture of a control
/// character, and `\u{fffd}` for the others. Tabs stay; who prints the snippet expands them.
pub(super) fn picture(letter: char) -> char {
    match letter {
        '\t' => '\t',
        '\u{7f}' => '\u{2421}',
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(letter)).unwrap_or(char::REPLACEMENT_CHARACTER),
        _ if is_unsafe(letter) => char::REPLACEMENT_CHARACTER,
        _ => letter,
    }
}

/// Makes sure that no line is a command of a pipeline: one that begins with `::`, be it after spaces or colours, does
/// not any more. The arrow that a snippet has before a second place begins so, and becomes the arrow of the first.
pub fn without_commands(output: &str) -> String {
    let mut safe = String::with_capacity(output.len());
    for line in output.split_inclusive('\n') {
        let (before, rest) = line.split_at(content(line));
        safe.push_str(before);
        let rest = match rest.strip_prefix("::") {
            None => Cow::Borrowed(rest),
            Some(after) => match after.strip_prefix(": ") {
                Some(place) => Cow::Owned(format!("--> {place}")),
                None => Cow::Owned(format!("\\u{{3a}}:{after}")),
            },
        };
        safe.push_str(&rest.replace("##[", "#\\u{23}["));
    }
    safe
}

/// Where the content of a line begins, after spaces and colour sequences.
fn content(line: &str) -> usize {
    let mut at = 0;
    loop {
        let rest = &line[at..];
        let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let colour = rest
            .strip_prefix("\u{1b}[")
            .and_then(|sequence| sequence.find('m'))
            .map_or(0, |end| end + 3);
        if blank + colour == 0 {
            return at;
        }
        at += if blank > 0 { blank } else { colour };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{escape, is_unsafe, picture, without_commands};

    #[test]
    fn unsafe_characters_are_spelled_out() {
        assert_eq!(escape("a\u{1b}[31mb\n\t\r"), "a\\u{1b}[31mb\\n\\t\\r");
        assert_eq!(escape("user\u{202e}nimda"), "user\\u{202e}nimda");
        assert_eq!(escape("zero\u{200b}width \u{9b}"), "zero\\u{200b}width \\u{9b}");
        assert_eq!(escape("grüße, 世界 👩‍🚀"), "grüße, 世界 👩‍🚀");
        assert_eq!(escape("###[set-env]"), "##\\u{23}[set-env]");
    }

    #[test]
    fn a_snippet_keeps_its_columns() {
        let shown: String = "a\u{1b}\u{7f}\u{202e}\tb".chars().map(picture).collect();
        assert_eq!(shown, "a\u{241b}\u{2421}\u{fffd}\tb");
    }

    #[test]
    fn no_line_is_a_command() {
        let output = "::error::a\n  \u{1b}[1m  ::add-mask::b\n x ::c\n   ::: file.yaml:1:2\n##[debug]x\n";
        let expected = "\\u{3a}:error::a\n  \u{1b}[1m  \\u{3a}:add-mask::b\n x ::c\n   --> file.yaml:1:2\n#\\u{23}[debug]x\n";
        assert_eq!(without_commands(output), expected);
    }

    proptest! {
        #[test]
        fn nothing_unsafe_is_left(text in any::<String>()) {
            prop_assert!(!escape(&text).contains(is_unsafe));
            prop_assert!(!escape(&text).contains("##["));
            let shown: String = text.chars().map(picture).collect();
            prop_assert!(!shown.replace('\t', "").contains(is_unsafe));
            prop_assert_eq!(shown.chars().count(), text.chars().count());
        }

        #[test]
        fn escaped_text_stays(text in "[ -~äß世]*") {
            if !text.contains("##[") {
                prop_assert_eq!(escape(&text).into_owned(), text);
            }
        }
    }
}
