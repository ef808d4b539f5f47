//! References to images: `[host[:port]/]path[:tag][@algorithm:hex]`.
//!
//! The grammar is that of the OCI distribution specification, which container runtimes follow.

use std::fmt;

use super::{Field, Workload};
use crate::glob::covers;
use crate::yaml::{FieldPath, Node};

const DEFAULT_REGISTRY: &str = "docker.io";
const LONGEST_TAG: usize = 128;

/// A reference cut into its parts; nothing is judged yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageReference<'a> {
    /// Host with its port, as written; none means the default registry.
    pub host: Option<&'a str>,
    /// Path of the repository.
    pub path: &'a str,
    /// Tag.
    pub tag: Option<&'a str>,
    /// Digest, `algorithm:hex`, as written.
    pub digest: Option<&'a str>,
}

impl<'a> ImageReference<'a> {
    /// Cuts a reference at its signs. A first segment with a dot, a colon or `localhost` is the host.
    pub fn cut(text: &'a str) -> Self {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let (host, rest) = match rest.split_once('/') {
            Some((first, rest)) if is_host(first) => (Some(first), rest),
            _ => (None, rest),
        };
        let (path, tag) = match rest.split_once(':') {
            Some((path, tag)) => (path, Some(tag)),
            None => (rest, None),
        };
        Self {
            host,
            path,
            tag,
            digest,
        }
    }

    /// Its repository in the one form in which repositories are compared: with the default registry and its
    /// `library/` written out.
    pub fn repository(&self) -> String {
        let host = match self.host {
            None | Some("index.docker.io") => DEFAULT_REGISTRY,
            Some(host) => host,
        };
        if host == DEFAULT_REGISTRY && !self.path.contains('/') {
            format!("{host}/library/{}", self.path)
        } else {
            format!("{host}/{}", self.path)
        }
    }

    /// Its repository as written.
    pub fn written_repository(&self) -> String {
        match self.host {
            Some(host) => format!("{host}/{}", self.path),
            None => self.path.to_owned(),
        }
    }

    /// Does one of the patterns cover its repository, as written or in full?
    pub fn is_covered_by(&self, patterns: &[String]) -> bool {
        let (written, full) = (self.written_repository(), self.repository());
        patterns
            .iter()
            .any(|pattern| covers(pattern, &written) || covers(pattern, &full))
    }
}

/// The form in which a repository is compared, of a reference with or without tag.
pub fn repository_key(text: &str) -> String {
    ImageReference::cut(text).repository()
}

fn is_host(segment: &str) -> bool {
    segment == "localhost" || segment.contains(['.', ':'])
}

/// Why a reference is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageDefect {
    /// Nothing is written, or null.
    Absent,
    /// An empty string is written.
    Empty,
    /// Something else than a string is written.
    NotAString,
    /// It holds a blank or a control character.
    Blank,
    /// It begins like a URL.
    Scheme,
    /// The path of the repository holds an upper-case letter.
    UpperCase,
    /// The path of the repository breaks the grammar otherwise.
    Path,
    /// The host breaks the grammar.
    Host,
    /// The tag is empty, too long or holds a character that no tag may hold.
    Tag,
    /// The digest's algorithm is no registered one; empty where none is written.
    Algorithm(String),
    /// The digest has not the right number of lower-case hexadecimal digits.
    Digits {
        /// How many the algorithm has.
        expected: usize,
        /// How many are written.
        found: usize,
    },
}

impl fmt::Display for ImageDefect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => formatter.write_str("is not named"),
            Self::Empty => formatter.write_str("is empty"),
            Self::NotAString => formatter.write_str("is no string"),
            Self::Blank => formatter.write_str("holds a blank or control character"),
            Self::Scheme => formatter.write_str("begins like a URL"),
            Self::UpperCase => formatter.write_str("has an upper-case letter in its path"),
            Self::Path => formatter.write_str("has a path that no registry accepts"),
            Self::Host => formatter.write_str("has a host that is none"),
            Self::Tag => formatter.write_str("has a tag that no registry accepts"),
            Self::Algorithm(name) if name.is_empty() => {
                formatter.write_str("has a digest without an algorithm")
            }
            Self::Algorithm(name) => {
                write!(
                    formatter,
                    "has a digest whose algorithm `{name}` is neither sha256 nor sha512"
                )
            }
            Self::Digits { expected, found } if expected == found => {
                write!(
                    formatter,
                    "has a digest with other characters than `0-9` and `a-f`"
                )
            }
            Self::Digits { expected, found } => {
                write!(
                    formatter,
                    "has a digest of {found} characters instead of {expected}"
                )
            }
        }
    }
}

/// The first defect of a reference.
pub(super) fn defect(text: &str) -> Option<ImageDefect> {
    if text.is_empty() {
        return Some(ImageDefect::Empty);
    }
    if text.chars().any(|sign| sign.is_whitespace() || sign.is_control()) {
        return Some(ImageDefect::Blank);
    }
    if text.contains("://") {
        return Some(ImageDefect::Scheme);
    }
    let reference = ImageReference::cut(text);
    let host = reference.host.filter(|host| !is_valid_host(host));
    let tag = reference.tag.filter(|tag| !is_tag(tag));
    host.map(|_| ImageDefect::Host)
        .or_else(|| path_defect(reference.path))
        .or_else(|| tag.map(|_| ImageDefect::Tag))
        .or_else(|| reference.digest.and_then(digest_defect))
}

fn is_valid_host(host: &str) -> bool {
    let (name, port) = match host.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (host, None),
    };
    let is_label = |label: &str| {
        let inside = label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        inside && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
    };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    name.split('.').all(is_label) && port.is_none_or(is_port)
}

fn path_defect(path: &str) -> Option<ImageDefect> {
    if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Some(ImageDefect::UpperCase);
    }
    (!path.split('/').all(is_valid_component)).then_some(ImageDefect::Path)
}

/// Lower-case letters and digits, joined by `.`, `_`, `__` or any number of `-`.
fn is_valid_component(component: &str) -> bool {
    let is_plain = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit();
    let separators = component.split(is_plain).filter(|between| !between.is_empty());
    let edges_plain = component.starts_with(is_plain) && component.ends_with(is_plain);
    let joins =
        |between: &str| matches!(between, "." | "_" | "__") || between.bytes().all(|byte| byte == b'-');
    edges_plain && separators.into_iter().all(joins)
}

/// Is this a tag: at most 128 letters, digits, `_`, `.` and `-`, the first of them a letter, a digit or `_`?
pub fn is_tag(tag: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let first = tag.bytes().next().is_some_and(is_word);
    first
        && tag.len() <= LONGEST_TAG
        && tag
            .bytes()
            .all(|byte| is_word(byte) || byte == b'.' || byte == b'-')
}

fn digest_defect(digest: &str) -> Option<ImageDefect> {
    let (algorithm, digits) = digest.split_once(':').unwrap_or(("", digest));
    let expected = match algorithm {
        "sha256" => 64,
        "sha512" => 128,
        _ => return Some(ImageDefect::Algorithm(algorithm.to_owned())),
    };
    let is_hexadecimal = digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'));
    let found = digits.chars().count();
    (found != expected || !is_hexadecimal).then_some(ImageDefect::Digits { expected, found })
}

/// Is this a whole digest: sha256 or sha512 with exactly its number of lower-case hexadecimal digits?
pub fn is_pinned_digest(digest: &str) -> bool {
    digest_defect(digest).is_none()
}

/// A place of a workload that names an image.
#[derive(Clone, Debug)]
pub struct ImageUse<'a> {
    /// Where it is named.
    pub field: Field,
    /// What messages call the user: the container or the volume.
    pub label: String,
    node: Option<Node<'a>>,
}

impl<'a> ImageUse<'a> {
    /// The text of the reference; none where nothing or something else than a string is written.
    pub fn text(&self) -> Option<&'a str> {
        self.node.and_then(Node::as_str)
    }

    /// The reference, where it is a sound one.
    pub fn reference(&self) -> Option<ImageReference<'a>> {
        let text = self.text()?;
        defect(text).is_none().then(|| ImageReference::cut(text))
    }

    /// Its first defect.
    pub fn defect(&self) -> Option<ImageDefect> {
        match self.node {
            None => Some(ImageDefect::Absent),
            Some(node) => node.as_str().map_or(Some(ImageDefect::NotAString), defect),
        }
    }
}

impl<'a> Workload<'a> {
    /// Every image that its pods need: those of containers, and those that are mounted as volumes.
    pub fn images(&self) -> Vec<ImageUse<'a>> {
        let containers = self.containers();
        let of_containers = containers.iter().map(|container| ImageUse {
            field: container.field(&["image"]),
            label: container.label(),
            node: container.get(&["image"]),
        });
        let volumes = self.pod(&["volumes"]);
        let of_volumes = volumes
            .into_iter()
            .flat_map(Node::items)
            .enumerate()
            .filter_map(|(number, volume)| self.volume_image(number, volume));
        of_containers.chain(of_volumes).collect()
    }

    fn volume_image(&self, number: usize, volume: Node<'a>) -> Option<ImageUse<'a>> {
        let source = volume.set("image")?;
        let path = FieldPath::of(&["volumes"]).index(number);
        let label = match volume.set("name").and_then(Node::as_str) {
            Some(name) => format!("volume `{name}`"),
            None => format!("volume `volumes[{number}]`"),
        };
        Some(ImageUse {
            field: self.pod_field(&path.key("image").key("reference")),
            label,
            node: source.set("reference"),
        })
    }
}
