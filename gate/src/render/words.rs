//! What kustomize says, made readable.

use std::path::PathBuf;

/// Longest sentence that is passed on, in characters. kustomize may print whole objects into an error.
const LENGTH_LIMIT: usize = 600;

/// One sentence out of what a program printed on standard error. Each folder of `shown` is replaced by its words, so
/// that no path of the machine is left.
pub(super) fn sentence(stderr: &str, shown: &[(PathBuf, String)]) -> String {
    let lines: Vec<&str> = stderr
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("# Warning:"))
        .collect();
    // Before the error itself some builds of kubectl log it.
    let is_error = |line: &&str| line.starts_with("Error: ") || line.starts_with("error: ");
    let first = lines.iter().position(is_error).unwrap_or(0);
    let mut text = unlogged(&lines[first..].join(" "));
    for (folder, words) in shown {
        let folder = folder.display().to_string();
        text = text.replace(&format!("{folder}/"), &prefix(words));
        text = text.replace(&folder, words);
    }
    let text = innermost(&text);
    let text = ["Error: ", "error: "]
        .iter()
        .fold(text, |text, word| text.strip_prefix(word).unwrap_or(text));
    let text = text.trim_end_matches('.');
    if text.is_empty() {
        return "it gave no reason".to_owned();
    }
    match text.char_indices().nth(LENGTH_LIMIT) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}

/// The error out of a line of kubectl's log, which is all that some builds print: the line's time and process differ
/// from run to run.
fn unlogged(text: &str) -> String {
    let Some((_, value)) = text.split_once("] \"command failed\" err=") else {
        return text.to_owned();
    };
    let folded = value.strip_prefix('<').and_then(|value| value.strip_suffix('>'));
    let value = match folded {
        Some(value) => value.to_owned(),
        None => serde_json::from_str(value).unwrap_or_else(|_| value.trim_matches('"').to_owned()),
    };
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn prefix(words: &str) -> String {
    if words == "." {
        String::new()
    } else {
        format!("{words}/")
    }
}

/// kustomize tries each resource as a file and as a folder and reports both. The first is the reason; the second says
/// only that a file is no folder.
fn innermost(text: &str) -> &str {
    const OUTER: &str = "accumulation err='";
    let inner = text.rfind(OUTER).map_or(text, |at| &text[at + OUTER.len()..]);
    inner.split("': must build at directory").next().unwrap_or(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_kept_and_the_machine_is_not() {
        let stderr = "# Warning: 'bases' is deprecated.\nE1124 23:50:47.677 83 run.go:72] \"failed\"\nError: accumulating resources: accumulation \
                      err='accumulating resources from 'x.yaml': MalformedYAMLError: yaml: line 3: bad in File: \
                      /home/me/work/k/x.yaml': must build at directory: '/home/me/work/k/x.yaml': file is not directory\n";
        let shown = [(PathBuf::from("/home/me/work"), "overlays".to_owned())];
        let expected = "accumulating resources from 'x.yaml': MalformedYAMLError: yaml: line 3: bad in File: \
                        overlays/k/x.yaml";
        assert_eq!(sentence(stderr, &shown), expected);
    }

    #[test]
    fn an_error_that_is_only_logged_is_read_out_of_the_log() {
        let head = "E1125 00:45:32.755227   14796 run.go:72] \"command failed\" err=";
        for (logged, expected) in [
            (
                r#""unknown field \"x\" in /home/me/work/k.yaml""#,
                r#"unknown field "x" in k/k.yaml"#,
            ),
            ("<\n\tfirst line\n\tsecond line\n >\n", "first line second line"),
            (r#""\x00 no JSON""#, r"\x00 no JSON"),
        ] {
            let shown = [(PathBuf::from("/home/me/work"), "k".to_owned())];
            assert_eq!(sentence(&format!("{head}{logged}"), &shown), expected);
        }
    }

    #[test]
    fn a_long_text_is_cut_and_an_empty_one_is_said() {
        assert_eq!(sentence("", &[]), "it gave no reason");
        assert_eq!(sentence(&"ä".repeat(2000), &[]).chars().count(), LENGTH_LIMIT + 1);
    }
}
