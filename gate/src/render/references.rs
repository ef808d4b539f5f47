//! What a kustomization names: files, folders, and what is refused.

use crate::yaml::{Node, Span, Stream, Value};

/// What kustomize does with something that is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A file of objects or another kustomization.
    Resource,
    /// A component.
    Component,
    /// A file with patches.
    Patch,
    /// The configuration of a generator, transformer or validator: a file, a folder, or written in place.
    Plugin,
    /// Any other file.
    Data,
}

/// Something that is named.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reference<'a> {
    pub(super) text: &'a str,
    pub(super) span: Span,
    pub(super) role: Role,
}

/// A mapping in the text that it was read from.
#[derive(Clone, Copy)]
struct Reader<'a> {
    node: Node<'a>,
    text: &'a str,
}

impl<'a> Reader<'a> {
    fn get(self, key: &str) -> Option<Self> {
        let node = self.node.get(key)?;
        Some(Self { node, ..self })
    }

    fn items(self, key: &str) -> impl Iterator<Item = Self> + 'a {
        let list = self.node.get(key).into_iter();
        list.flat_map(Node::items).map(move |node| Self { node, ..self })
    }

    /// The name that stands here. What kubectl reads as a boolean or a number, kustomize may read as a name: a folder may
    /// be called `yes`.
    fn name(self, role: Role) -> Option<Reference<'a>> {
        let span = self.node.span();
        let text = match self.node.value() {
            Value::String(text) => text,
            Value::Bool(_) | Value::Integer(_) | Value::Float(_) => self.text.get(span.start..span.end)?,
            Value::Null | Value::Sequence(_) | Value::Mapping(_) => return None,
        };
        (!text.is_empty()).then_some(Reference { text, span, role })
    }
}

/// Keys whose place in a kustomization decides what is read. kustomize takes them in any case of letters.
const KEYS: [&str; 34] = [
    "resources",
    "bases",
    "components",
    "patches",
    "path",
    "paths",
    "patch",
    "target",
    "patchesStrategicMerge",
    "patchesJson6902",
    "crds",
    "configurations",
    "openapi",
    "replacements",
    "configMapGenerator",
    "secretGenerator",
    "files",
    "envs",
    "env",
    "literals",
    "generators",
    "transformers",
    "validators",
    "helmCharts",
    "helmGlobals",
    "helmChartInflationGenerator",
    "images",
    "replicas",
    "namespace",
    "namePrefix",
    "nameSuffix",
    "buildMetadata",
    "apiVersion",
    "kind",
];

/// Keys below which the words are the author's own.
const FREE: [&str; 6] = [
    "commonLabels",
    "commonAnnotations",
    "pairs",
    "labels",
    "annotations",
    "options",
];

/// Keys that bring in a chart.
const CHARTS: [&str; 3] = ["helmCharts", "helmChartInflationGenerator", "helmGlobals"];

/// A key that kustomize would read as one of its own although it is spelled otherwise: such a one would be
/// rendered without having been looked at.
pub(super) fn misspelled(node: Node<'_>) -> Option<(&str, &'static str, Span)> {
    for (key, value) in node.entries() {
        if let Some(meant) = KEYS
            .into_iter()
            .find(|known| *known != key && fold(known) == fold(key))
        {
            return node.key_span(key).map(|span| (key, meant, span));
        }
        let is_list_of_sets = key == "labels" && value.is_sequence();
        if (!FREE.contains(&key) || is_list_of_sets)
            && let Some(found) = misspelled(value)
        {
            return Some(found);
        }
    }
    node.items().find_map(misspelled)
}

/// Letters as Go's reader of JSON compares keys: without case, and with the two letters outside ASCII that fold into it.
fn fold(key: &str) -> String {
    key.chars()
        .map(|letter| match letter {
            'ſ' => 's',
            '\u{212a}' => 'k',
            other => other.to_ascii_lowercase(),
        })
        .collect()
}

/// The first key that brings in a chart.
pub(super) fn chart(node: Node<'_>) -> Option<(&'static str, Span)> {
    CHARTS
        .into_iter()
        .filter(|key| node.set(key).is_some())
        .find_map(|key| node.key_span(key).map(|span| (key, span)))
}

/// Everything that a kustomization names, in the order in which kustomize takes it.
pub(super) fn references(stream: &Stream) -> Vec<Reference<'_>> {
    let Some(reader) = reader(stream) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (key, role) in [
        ("resources", Role::Resource),
        ("bases", Role::Resource),
        ("components", Role::Component),
        ("crds", Role::Data),
        ("configurations", Role::Data),
        ("generators", Role::Plugin),
        ("transformers", Role::Plugin),
        ("validators", Role::Plugin),
    ] {
        found.extend(reader.items(key).filter_map(|item| item.name(role)));
    }
    for key in ["patches", "patchesJson6902"] {
        let paths = reader.items(key).filter_map(|item| item.get("path"));
        found.extend(paths.filter_map(|path| path.name(Role::Patch)));
    }
    let merges = reader
        .items("patchesStrategicMerge")
        .filter_map(|item| item.name(Role::Patch));
    found.extend(merges.filter(|reference| !is_written_in_place(reference.text)));
    let schema = reader.get("openapi").and_then(|openapi| openapi.get("path"));
    found.extend(schema.and_then(|path| path.name(Role::Data)));
    found.extend(replacements(reader));
    for generator in reader
        .items("configMapGenerator")
        .chain(reader.items("secretGenerator"))
    {
        found.extend(generated_from(generator));
    }
    found
}

fn reader(stream: &Stream) -> Option<Reader<'_>> {
    let node = stream.documents.first()?.root();
    let text = &stream.text;
    Some(Reader { node, text })
}

fn replacements(reader: Reader<'_>) -> impl Iterator<Item = Reference<'_>> {
    let paths = reader.items("replacements").filter_map(|item| item.get("path"));
    paths.filter_map(|path| path.name(Role::Data))
}

/// Files that one generator names. Before a file may stand the key under which its content goes.
fn generated_from(generator: Reader<'_>) -> Vec<Reference<'_>> {
    let files = generator.items("files").filter_map(|item| {
        let mut reference = item.name(Role::Data)?;
        if let Some((_, path)) = reference.text.split_once('=') {
            reference.text = path;
        }
        Some(reference)
    });
    let environments = generator.items("envs").chain(generator.get("env"));
    files
        .chain(environments.filter_map(|item| item.name(Role::Data)))
        .collect()
}

/// Files that the configuration of a builtin generator or transformer names.
pub(super) fn plugin_references<'a>(node: Node<'a>, text: &'a str) -> Vec<Reference<'a>> {
    let reader = Reader { node, text };
    let mut found = generated_from(reader);
    let paths = reader.items("paths").chain(reader.get("path"));
    let paths = paths.filter_map(|path| path.name(Role::Data));
    found.extend(paths.filter(|path| !is_written_in_place(path.text)));
    found.extend(replacements(reader));
    found
}

/// Is it YAML rather than the name of a file?
pub(super) fn is_written_in_place(text: &str) -> bool {
    text.contains('\n') || text.trim_start().starts_with(['{', '[']) || text.contains(": ")
}

/// Would kustomize fetch it? It takes some hosts for remote although a folder of that name exists.
pub(super) fn is_remote(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    let host = text.split(['/', ':']).next().unwrap_or_default();
    text.contains("://")
        || text.starts_with("git::")
        || text.starts_with("gh:")
        || (host.contains('@') && host != text)
        || [
            "github.com",
            "gitlab.com",
            "bitbucket.org",
            "git.sr.ht",
            "dev.azure.com",
        ]
        .contains(&host)
}

/// Does something that does not exist here look like a repository in the network?
pub(super) fn looks_remote(text: &str) -> bool {
    let host = text.split(['/', ':']).next().unwrap_or_default();
    text.contains("?ref=")
        || text.contains(".git/")
        || text
            .rsplit_once('.')
            .is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("git"))
        || text.contains("_git/")
        || (text.contains("//") && host.contains('.') && !host.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{self, Limits};

    fn read(text: &str) -> Stream {
        yaml::read(text, &Limits::default())
    }

    #[test]
    fn everything_that_is_named_is_found() {
        let text = "resources: [a]\nbases: [b]\ncomponents: [c]\npatches: [{path: d}, {patch: x}]\n\
                    patchesJson6902: [{path: e}]\npatchesStrategicMerge: [f, 'kind: X']\ncrds: [g]\n\
                    configurations: [h]\nopenapi: {path: i}\nreplacements: [{path: j}]\n\
                    configMapGenerator: [{files: [k, l=m], envs: [n], env: o}]\n\
                    secretGenerator: [{files: [p]}]\ngenerators: [q]\ntransformers: [r]\nvalidators: [s]\n";
        let stream = read(text);
        let mut names: Vec<&str> = references(&stream)
            .iter()
            .map(|reference| reference.text)
            .collect();
        names.sort_unstable();
        let all = [
            "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "m", "n", "o", "p", "q", "r", "s",
        ];
        assert_eq!(names, all);
    }

    #[test]
    fn a_key_that_kustomize_reads_as_another_is_found() {
        for (text, key) in [
            ("Resources: [x]", "Resources"),
            ("reſources: [x]", "reſources"),
            ("patches: [{Path: x}]", "Path"),
            ("labels: [{Path: x, pairs: {a: b}}]", "Path"),
        ] {
            let stream = read(text);
            let found = misspelled(stream.documents[0].root()).map(|(key, ..)| key);
            assert_eq!(found, Some(key), "{text}");
        }
        for text in [
            "commonLabels: {Path: x}",
            "labels: [{pairs: {Env: x}}]",
            "resources: [Path]",
        ] {
            let stream = read(text);
            assert_eq!(misspelled(stream.documents[0].root()), None, "{text}");
        }
    }

    #[test]
    fn what_lies_in_the_network_is_told_from_what_lies_here() {
        for text in [
            "https://example.com/a.yaml",
            "HTTP://example.com/a.yaml",
            "ssh://git@host/a",
            "git@host:a/b.git",
            "github.com/a/b//c?ref=v1",
            "GitHub.com/a/b",
            "git::https://host/a",
            "file:///a",
        ] {
            assert!(is_remote(text), "{text}");
        }
        for text in [
            "../base",
            "a.yaml",
            "github.com.yaml",
            "./github.com/a",
            "a/b@c.yaml",
        ] {
            assert!(!is_remote(text), "{text}");
        }
        assert!(looks_remote("example.com/a/b?ref=v1"));
        assert!(!looks_remote("base.yaml"));
    }
}
