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
    let mut text = lines[first..].join(" ");
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
    fn a_long_text_is_cut_and_an_empty_one_is_said() {
        assert_eq!(sentence("", &[]), "it gave no reason");
        assert_eq!(sentence(&"ä".repeat(2000), &[]).chars().count(), LENGTH_LIMIT + 1);
    }
}
