//! Patterns over paths inside an image.

use crate::glob::covers;

/// Does an absolute path fit a pattern? `*` stands for any part of one name, `**` for any number of folders.
pub fn path_matches(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    let path: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    parts_match(&pattern, &path)
}

fn parts_match(pattern: &[&str], path: &[&str]) -> bool {
    match pattern.split_first() {
        None => path.is_empty(),
        Some((&"**", [])) => !path.is_empty(),
        Some((&"**", rest)) => {
            (0..=path.len()).any(|skipped| path.get(skipped..).is_some_and(|path| parts_match(rest, path)))
        }
        Some((first, rest)) => path
            .split_first()
            .is_some_and(|(name, path)| covers(first, name) && parts_match(rest, path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_names_and_double_stars_for_folders() {
        let fits = [
            ("/etc/passwd", "/etc/passwd"),
            ("/srv/*.html", "/srv/index.html"),
            ("/srv/**", "/srv/a/b/c"),
            ("/srv/**/x", "/srv/x"),
            ("/srv/**/x", "/srv/a/b/x"),
            ("/a*b*c", "/aXbYbc"),
        ];
        for (pattern, path) in fits {
            assert!(path_matches(pattern, path), "{pattern} {path}");
        }
        let others = [
            ("/etc/passwd", "/etc/passwd2"),
            ("/srv/*", "/srv/a/b"),
            ("/srv/**", "/srv"),
            ("/srv/*.html", "/srv/index.htm"),
            ("", "/x"),
        ];
        for (pattern, path) in others {
            assert!(!path_matches(pattern, path), "{pattern} {path}");
        }
    }
}
