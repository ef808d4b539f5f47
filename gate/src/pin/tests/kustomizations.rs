//! What holds for every kustomization, with comments wherever they may stand.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{DIGEST, OLD, pinned};

/// An entry: its lines, without their indentation, in which the first is `name`.
#[derive(Clone, Debug)]
struct Entry {
    lines: Vec<String>,
    comment: String,
    is_flow: bool,
}

fn entry(name: &'static str) -> impl Strategy<Value = Entry> {
    let quoted = |value: String| {
        prop_oneof![
            Just(value.clone()),
            Just(format!("\"{value}\"")),
            Just(format!("'{value}'"))
        ]
    };
    let line = move |key: &'static str, value: String| {
        prop::option::of(quoted(value).prop_map(move |value| format!("{key}: {value}")))
    };
    let others = (
        line("newName", format!("registry.example/{name}")),
        line("newTag", "v1".to_owned()),
        line("digest", OLD.to_owned()),
    );
    (
        quoted(name.to_owned()),
        others,
        comment(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(name, (new_name, tag, digest), comment, is_flow, swapped)| {
            let mut lines = vec![format!("name: {name}")];
            lines.extend(new_name);
            lines.extend(tag);
            lines.extend(digest);
            if swapped {
                lines.reverse();
            }
            Entry {
                lines,
                comment,
                is_flow,
            }
        })
}

fn comment() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "",
        " # plain",
        " # name: app, newTag: \"v9\"",
        " # 'é: {",
        " #",
    ])
    .prop_map(str::to_owned)
}

/// A kustomization with `app` among other images.
fn kustomization() -> impl Strategy<Value = String> {
    let before = prop::collection::vec(entry("before"), 0..3);
    let after = prop::collection::vec(entry("after"), 0..3);
    let form = (
        0_usize..3,
        prop::sample::select(vec!["\n", "\r\n"]),
        any::<bool>(),
        any::<bool>(),
    );
    (before, entry("app"), after, form).prop_map(|(before, app, after, (indentation, end, mark, ended))| {
        let mut lines = vec!["# the top: images".to_owned(), "images:".to_owned()];
        let indentation = " ".repeat(indentation);
        for entry in before.into_iter().chain([app]).chain(after) {
            if entry.is_flow {
                lines.push(format!(
                    "{indentation}- {{ {} }}{}",
                    entry.lines.join(", "),
                    entry.comment
                ));
            } else {
                for (number, line) in entry.lines.iter().enumerate() {
                    let sign = if number == 0 { "- " } else { "  " };
                    lines.push(format!("{indentation}{sign}{line}{}", entry.comment));
                }
                lines.push(format!("{indentation}  # between"));
            }
        }
        lines.push("resources: [a.yaml] # the end".to_owned());
        let mark = if mark { "\u{feff}" } else { "" };
        format!("{mark}{}{}", lines.join(end), if ended { end } else { "" })
    })
}

/// The kustomization as another reader has it.
fn read(text: &str) -> Value {
    serde_yaml::from_str(text.trim_start_matches('\u{feff}')).unwrap()
}

/// The lines that do not set a tag or a digest.
fn others(text: &str) -> Vec<String> {
    let is_pin = |line: &&str| line.contains(DIGEST) || line.contains(OLD) || line.contains("newTag: ");
    let lines = text.split_inclusive('\n');
    lines
        .filter(|line| !is_pin(line))
        .map(|line| line.trim_end_matches(['\r', '\n']).to_owned())
        .collect()
}

proptest! {
    #[test]
    fn only_the_entry_changes(text in kustomization(), tag in prop::option::of("[a-z0-9_][A-Za-z0-9_.-]{0,8}")) {
        let mut intended = read(&text);
        let images = intended["images"].as_array_mut().unwrap();
        let app = images.iter_mut().find(|image| image["name"] == "app").unwrap();
        let is_refused = tag.is_none() && app.get("newTag").is_some();
        app["digest"] = json!(DIGEST);
        if let Some(tag) = &tag {
            app["newTag"] = json!(tag);
        }
        let after = pinned("kustomization.yaml", &text, tag.as_deref());
        if is_refused {
            prop_assert!(after.is_err());
            return Ok(());
        }
        let after = after.unwrap();
        prop_assert_eq!(read(&after), intended);
        prop_assert_eq!(after.matches('#').count(), text.matches('#').count());
        prop_assert_eq!(after.starts_with('\u{feff}'), text.starts_with('\u{feff}'));
        let bare = |text: &str| text.matches('\n').count() - text.matches("\r\n").count();
        if text.contains("\r\n") {
            prop_assert_eq!(bare(&after), 0);
        }
        if !text.contains("- {") && !after.contains("- {") {
            prop_assert_eq!(others(&after), others(&text));
        }
    }
}
