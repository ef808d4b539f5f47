//! Every kustomization of real projects is rendered, and every scalar of the result is traced back to its file.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gate::blame::Blamer;
use gate::finding::{Certainty, IntroductionKind, Location};
use gate::input;
use gate::render::{RenderError, Rendered, Renderer, Unit, Workshop};
use gate::yaml::{FieldPath, Limits, Node, Value};
use support::prerequisites::{can_render, test_data};

fn kustomizations(folder: &Path, found: &mut Vec<PathBuf>) {
    if input::kustomization_file(folder).unwrap().is_some() {
        found.push(folder.to_owned());
    }
    let mut entries: Vec<PathBuf> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for entry in entries.iter().filter(|entry| entry.is_dir()) {
        kustomizations(entry, found);
    }
}

/// Calls back for every scalar of a document.
fn scalars<'a>(node: Node<'a>, path: &FieldPath, found: &mut dyn FnMut(&FieldPath, Node<'a>)) {
    match node.value() {
        Value::Mapping(_) => node
            .entries()
            .for_each(|(key, value)| scalars(value, &path.key(key), found)),
        Value::Sequence(_) => {
            for (index, item) in node.items().enumerate() {
                scalars(item, &path.index(index), found);
            }
        }
        _ => found(path, node),
    }
}

/// Lines of a source, cut to a location.
fn text_at(sources: &BTreeMap<&str, Vec<&str>>, location: &Location) -> String {
    let lines = &sources[location.file.as_str()][location.line - 1..location.end_line];
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        let start = if number == 0 { location.column - 1 } else { 0 };
        let end = if number + 1 == lines.len() {
            location.end_column - 1
        } else {
            usize::MAX
        };
        text.extend(line.chars().take(end).skip(start));
        text.push('\n');
    }
    text
}

/// Does the text at a place show the value? Of an image only a part stands in an entry of `images:`, of a name in a prefix.
fn shows(text: &str, value: Node<'_>) -> bool {
    let bare = text.trim().trim_matches(['"', '\'']);
    match value.value() {
        Value::String(value) if value.contains('\n') => {
            value.lines().next().is_none_or(|line| text.contains(line.trim()))
        }
        Value::String(value) => {
            bare == value
                || (!bare.is_empty() && value.contains(bare))
                || text.contains(value.as_str())
                || folded(text) == *value
        }
        Value::Null => true,
        other => gate::yaml::read(bare, &Limits::default())
            .documents
            .first()
            .is_some_and(|document| document.root().value() == other),
    }
}

/// A scalar over several lines as its value has it.
fn folded(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words
        .join(" ")
        .trim_matches(['"', '\''])
        .replace("''", "'")
        .replace("\\\"", "\"")
}

#[derive(Debug, Default)]
struct Count {
    rendered: usize,
    confirmed: usize,
    scalars: usize,
    exact: usize,
    nearest: usize,
    nowhere: usize,
    images: usize,
    exact_images: usize,
}

fn trace(rendered: &Rendered, count: &mut Count) {
    let blamer = Blamer::new(rendered);
    let sources: BTreeMap<&str, Vec<&str>> = rendered
        .sources()
        .map(|(name, text)| (name, text.split('\n').collect()))
        .collect();
    for (number, document) in rendered.stream.documents.iter().enumerate() {
        // A CRD is one file with thousands of scalars, all from the same place: a few of them are enough.
        let is_large = document.span.end - document.span.start > 50_000;
        let mut seen = 0;
        scalars(document.root(), &FieldPath::root(), &mut |path, value| {
            seen += 1;
            if is_large && seen > 20 {
                return;
            }
            count.scalars += 1;
            let is_image = path.to_string().ends_with("/image") && path.to_string().contains("ontainers/");
            count.images += usize::from(is_image);
            let blame = blamer.blame(number, path);
            assert!(blame.rendered.is_some());
            let Some(location) = blame.location else {
                count.nowhere += 1;
                return;
            };
            if location.certainty == Certainty::Nearest {
                count.nearest += 1;
                if std::env::var_os("GATE_TEST_NEAREST").is_some() {
                    eprintln!("nearest: {} {path} {:?}", rendered.name, value.as_str());
                }
                return;
            }
            count.exact += 1;
            count.exact_images += usize::from(is_image);
            let text = text_at(&sources, &location);
            // Of what a generator makes, only the data stand somewhere; the rest follows from the entry.
            let is_made = blame
                .introduced_by
                .is_some_and(|by| by.kind == IntroductionKind::Generator);
            if is_made && !path.to_string().starts_with("/data/") {
                return;
            }
            assert!(
                shows(&text, value),
                "{} {path}: {:?} is not in {text:?} at {location:?}",
                rendered.name,
                value.value()
            );
        });
    }
}

/// Why a folder of the data does not render by itself, by what its project did.
fn is_expected(folder: &Path, error: &RenderError) -> bool {
    match error {
        RenderError::Remote { .. } => folder.ends_with("loadHttp"),
        RenderError::Reference { .. } => folder.ends_with("transformerconfigs/images"),
        RenderError::Failed { .. } => folder.components().any(|part| part.as_os_str() == "components"),
        _ => false,
    }
}

#[test]
fn every_real_kustomization_renders_and_each_exact_place_shows_the_value() {
    let Some(data) = test_data("real") else { return };
    if !can_render() {
        return;
    }
    let workshop = Workshop::new(&data, Renderer::Auto, false);
    let mut folders = Vec::new();
    kustomizations(&data, &mut folders);
    let mut count = Count::default();
    for folder in &folders {
        let rendered = match workshop.render(&Unit::Kustomization(folder.clone())) {
            Ok(rendered) => rendered,
            Err(error) => {
                assert!(is_expected(folder, &error), "{}: {error}", folder.display());
                continue;
            }
        };
        assert!(
            rendered.stream.problems.is_empty(),
            "{:?}",
            rendered.stream.problems
        );
        count.rendered += 1;
        count.confirmed += usize::from(rendered.provenance.is_some());
        if rendered.provenance.is_none() {
            eprintln!("not confirmed: {}", rendered.name);
        }
        trace(&rendered, &mut count);
    }
    eprintln!("{count:#?}");
    assert_eq!(
        count.rendered, count.confirmed,
        "plain and annotated renders are equal everywhere"
    );
    assert!(count.rendered > 60, "{count:?}");
    assert_eq!(count.exact_images, count.images, "each image has an exact place");
    assert_eq!(count.nowhere, 0);
    assert!(
        count.nearest * 50 < count.scalars,
        "more than 2 % without certainty: {count:?}"
    );
}
