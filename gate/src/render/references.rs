//! What a kustomization names: files, folders, and what is refused.

use crate::yaml::{Node, Span};

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

impl<'a> Reference<'a> {
    fn new(node: Node<'a>, role: Role) -> Option<Self> {
        let text = node.as_str().filter(|text| !text.is_empty())?;
        let span = node.span();
        Some(Self { text, span, role })
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
pub(super) fn references(node: Node<'_>) -> Vec<Reference<'_>> {
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
        found.extend(items(node, key).filter_map(|item| Reference::new(item, role)));
    }
    for key in ["patches", "patchesJson6902"] {
        let paths = items(node, key).filter_map(|item| item.get("path"));
        found.extend(paths.filter_map(|path| Reference::new(path, Role::Patch)));
    }
    let merges = items(node, "patchesStrategicMerge").filter_map(|item| Reference::new(item, Role::Patch));
    found.extend(merges.filter(|reference| !is_written_in_place(reference.text)));
    found.extend(data(node));
    found
}

/// Files that generators, replacements and the schema name.
fn data(node: Node<'_>) -> Vec<Reference<'_>> {
    let mut found = Vec::new();
    let openapi = node.get("openapi").and_then(|openapi| openapi.get("path"));
    let replacements = items(node, "replacements").filter_map(|item| item.get("path"));
    found.extend(openapi.into_iter().chain(replacements).filter_map(data_file));
    for generator in items(node, "configMapGenerator").chain(items(node, "secretGenerator")) {
        found.extend(generated_from(generator));
    }
    found
}

/// Files that one generator names.
fn generated_from(generator: Node<'_>) -> Vec<Reference<'_>> {
    let environments = items(generator, "envs").chain(generator.get("env"));
    let files = items(generator, "files").filter_map(keyed_file);
    files.chain(environments.filter_map(data_file)).collect()
}

/// A file that is read as it is.
fn data_file(node: Node<'_>) -> Option<Reference<'_>> {
    Reference::new(node, Role::Data)
}

/// A file before which the key may stand under which its content goes.
fn keyed_file(node: Node<'_>) -> Option<Reference<'_>> {
    let mut reference = data_file(node)?;
    if let Some((_, path)) = reference.text.split_once('=') {
        reference.text = path;
    }
    Some(reference)
}

/// Files that the configuration of a builtin generator or transformer names.
pub(super) fn plugin_references(node: Node<'_>) -> Vec<Reference<'_>> {
    let mut found = generated_from(node);
    let paths =
        items(node, "paths").filter(|item| item.as_str().is_some_and(|text| !is_written_in_place(text)));
    let replacements = items(node, "replacements").filter_map(|item| item.get("path"));
    found.extend(
        paths
            .chain(replacements)
            .chain(node.get("path"))
            .filter_map(data_file),
    );
    found
}

fn items<'a>(node: Node<'a>, key: &str) -> impl Iterator<Item = Node<'a>> + 'a {
    node.get(key).into_iter().flat_map(Node::items)
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
        || text.ends_with(".git")
        || text.contains("_git/")
        || (text.contains("//") && host.contains('.') && !host.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{self, Limits};

    fn read(text: &str) -> yaml::Stream {
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
        let mut names: Vec<&str> = references(stream.documents[0].root())
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
