//! The sections of `gate.toml` but `[rules]` and `[[allow]]`.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::reader::{Reader, Section, not};
use super::{
    Config, Dependencies, Image, KubernetesRange, Manifests, MaxAge, Written, allow, profile, rules,
};
use crate::exceptions::Allow;

const ROOT: [&str; 7] = [
    "kubernetes",
    "profile",
    "manifests",
    "dependencies",
    "images",
    "rules",
    "allow",
];

/// Keys of the format that nothing reads yet: refused, so that nobody believes them to be checked.
const ROOT_UNUSED: [(&str, &str); 1] = [("cluster", "`[cluster]`")];
const MANIFESTS_UNUSED: [(&str, &str); 2] = [
    ("external", "`manifests.external`"),
    ("vendored", "`manifests.vendored`"),
];

/// The whole file.
pub(super) fn config(reader: &mut Reader<'_>, root: &Spanned<DeTable<'_>>) -> Config {
    let table = root.get_ref();
    reader.check_keys("`gate.toml`", table, &ROOT, &ROOT_UNUSED);
    let mut config = Config {
        name: reader.name.to_owned(),
        text: reader.text.to_owned(),
        ..Config::default()
    };
    for (key, value) in table {
        let word = key.get_ref().as_ref();
        match word {
            "kubernetes" => config.kubernetes = scalar(reader, word, value, str::parse::<KubernetesRange>),
            "profile" => config.profile = scalar(reader, word, value, profile),
            "manifests" => config.manifests = manifests(reader, value),
            "dependencies" => config.dependencies = dependencies(reader, value),
            "images" => config.images = images(reader, value),
            "rules" => config.rules = rules::rules(reader, value),
            "allow" => config.allows = allows(reader, value),
            _ => {}
        }
    }
    config
}

fn scalar<T>(
    reader: &mut Reader<'_>,
    key: &str,
    value: &Spanned<DeValue<'_>>,
    convert: impl FnOnce(&str) -> Result<T, super::ValueError>,
) -> Option<T> {
    let text = reader.string(key, value)?;
    convert(&text.value)
        .map_err(|error| reader.wrong_value(key, value.span(), error))
        .ok()
}

fn manifests(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) -> Option<Manifests> {
    let known = ["paths", "namespace", "external-images"];
    reader.section(
        "manifests",
        value,
        &known,
        &MANIFESTS_UNUSED,
        |reader, section| Manifests {
            paths: reader.strings_of(section, "paths"),
            namespace: reader.convert_of(section, "namespace", namespace),
            external_images: reader.strings_of(section, "external-images"),
        },
    )
}

/// A DNS label (RFC 1123), which is what the API server takes as a namespace.
fn namespace(text: &str) -> Result<String, super::ValueError> {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let label = text.len() <= 63 && text.bytes().all(inner) && !text.starts_with('-') && !text.ends_with('-');
    if label {
        return Ok(text.to_owned());
    }
    Err(not(
        text,
        "a namespace: at most 63 lowercase letters, digits and inner hyphens",
    ))
}

fn dependencies(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) -> Option<Dependencies> {
    let known = ["lockfiles", "deny", "advisory-db"];
    reader.section("dependencies", value, &known, &[], |reader, section| {
        let mut dependencies = Dependencies {
            lockfiles: reader.strings_of(section, "lockfiles"),
            deny: reader.flag_of(section, "deny").unwrap_or(false),
            ..Dependencies::default()
        };
        if let Some(value) = section.get("advisory-db") {
            database(reader, value, &mut dependencies);
        }
        dependencies
    })
}

fn database(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>, into: &mut Dependencies) {
    let label = "dependencies.advisory-db";
    reader.section(label, value, &["path", "max-age"], &[], |reader, section| {
        into.advisory_database = reader.string_of(section, "path");
        into.max_age = reader.value_of::<MaxAge>(section, "max-age");
    });
}

/// The entries of an array of tables.
fn entries<T>(
    reader: &mut Reader<'_>,
    key: &str,
    value: &Spanned<DeValue<'_>>,
    read: impl Fn(&mut Reader<'_>, &Spanned<DeValue<'_>>) -> Option<T>,
) -> Vec<T> {
    let Some(items) = value.get_ref().as_array() else {
        reader.wrong_type(key, value, "a list of tables");
        return Vec::new();
    };
    items.iter().filter_map(|item| read(reader, item)).collect()
}

fn images(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) -> Vec<Image> {
    let known = [
        "repository",
        "source",
        "lockfile",
        "features",
        "default-features",
        "minimal",
        "allowed-files",
    ];
    entries(reader, "images", value, |reader, item| {
        reader.section("[[images]]", item, &known, &[], image).flatten()
    })
}

fn image(reader: &mut Reader<'_>, section: &Section<'_, '_>) -> Option<Image> {
    let repositories = repositories(reader, section);
    let source = reader.required(section, "source");
    let lockfile = reader.string_of(section, "lockfile");
    let features = reader.strings_of(section, "features");
    let default_features = reader.flag_of(section, "default-features").unwrap_or(true);
    let minimal = reader.flag_of(section, "minimal");
    let allowed_files = reader.strings_of(section, "allowed-files");
    Some(Image {
        repositories,
        source: source?,
        lockfile,
        features,
        default_features,
        minimal,
        allowed_files,
        location: section.location.clone(),
    })
}

/// One repository or a list of them.
fn repositories(reader: &mut Reader<'_>, section: &Section<'_, '_>) -> Vec<Written<String>> {
    let key = "repository";
    let Some(value) = section.get(key) else {
        reader.missing(section, key);
        return Vec::new();
    };
    let items: Vec<&Spanned<DeValue<'_>>> = match value.get_ref() {
        DeValue::Array(items) => items.iter().collect(),
        _ => vec![value],
    };
    if items.is_empty() {
        reader.wrong_value(key, value.span(), not("[]", "a repository or a list of them"));
    }
    let mut repositories = Vec::new();
    for item in items {
        let Some(text) = reader.string(key, item) else {
            continue;
        };
        let name = text.value.rsplit('/').next().unwrap_or_default();
        if name.contains([':', '@']) {
            let expected = "a repository without tag and digest";
            reader.wrong_value(key, item.span(), not(&text.value, expected));
        }
        repositories.push(text);
    }
    repositories
}

fn allows(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) -> Vec<Allow> {
    entries(reader, "allow", value, allow::allow)
}
