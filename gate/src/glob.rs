//! The smallest pattern language: `*` stands for any characters, everything else for itself.

/// Does a pattern cover a whole text?
pub(crate) fn covers(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let Some(last) = pieces.next_back() else {
        return rest.is_empty();
    };
    for piece in pieces {
        let Some(at) = rest.find(piece) else {
            return false;
        };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, text, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "a", true),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*a", "a", false),
            ("a*b*c", "a1b2c", true),
            ("a*b*c", "a1c2b", false),
            ("a*c*e", "abcde", true),
            ("a*c*e", "abde", false),
            ("*ab*b", "aab", false),
            ("*a*a*", "aa", true),
            ("*a*a*", "a", false),
            ("*b", "abc", false),
            ("registry.example/side/*", "registry.example/side/x/y", true),
            ("registry.example/side/*", "registry.example/sideways", false),
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
        ] {
            assert_eq!(covers(pattern, text), expected, "`{pattern}` over `{text}`");
        }
    }
}
