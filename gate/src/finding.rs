//! What a rule found, in the form that every report prints.

use serde::Serialize;
use sha2::{Digest, Sha256};

/// How bad a finding is. Ordered: `Note < Warning < Error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Advice.
    Note,
    /// Probable harm.
    Warning,
    /// The cluster refuses it, or it certainly breaks or exposes something.
    Error,
}

impl Level {
    /// Name as in reports and in configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// The Kubernetes object that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ObjectReference {
    /// `group/version`, or `version` alone for the core group.
    pub api_version: String,
    /// Kind as written, for instance `Deployment`.
    pub kind: String,
    /// Namespace; none for cluster-scoped objects and where the manifest names none.
    pub namespace: Option<String>,
    /// `metadata.name`.
    pub name: String,
}

/// How sure a [`Location`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// This very place set the value, or is where the missing key belongs.
    Exact,
    /// The nearest place that could be proven.
    Nearest,
}

/// A place in a file that a person would edit. Lines and columns count from one; columns count characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Location {
    /// Path with forward slashes, relative to the working directory or the folder of `gate.toml`.
    pub file: String,
    /// First line.
    pub line: usize,
    /// First column.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// Column after the last character.
    pub end_column: usize,
    /// How sure this place is.
    pub certainty: Certainty,
}

/// A second place that helps to understand a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RelatedLocation {
    /// The place.
    #[serde(flatten)]
    pub location: Location,
    /// What is to be seen there, in a few words.
    pub label: String,
}

/// A place in the rendered stream.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RenderedPlace {
    /// The rendered input, for instance `kustomize/overlays/production`.
    pub file: String,
    /// Line, from one.
    pub line: usize,
    /// Column, from one.
    pub column: usize,
}

/// The part of a source that made a rendered field what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IntroductionKind {
    /// A resource file.
    Base,
    /// A strategic-merge or JSON 6902 patch.
    Patch,
    /// An entry of `images:`.
    Images,
    /// An entry of `replicas:`.
    Replicas,
    /// `labels:` or `commonLabels:`.
    Labels,
    /// `namePrefix:` or `nameSuffix:`.
    Prefix,
    /// A kustomize component.
    Component,
    /// A ConfigMap or Secret generator.
    Generator,
    /// A chart template.
    Template,
    /// Values of a chart.
    Values,
}

/// Which part of a source introduced a field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct IntroducedBy {
    /// File, as in [`Location::file`].
    pub file: String,
    /// Line, from one.
    pub line: usize,
    /// What part it is.
    pub kind: IntroductionKind,
}

/// The exception that covers a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Allowed {
    /// Why it is accepted.
    pub reason: String,
    /// Last day on which it is accepted, `YYYY-MM-DD`.
    pub until: String,
    /// Where the exception stands, `file:line`.
    #[serde(rename = "where")]
    pub place: String,
}

/// One defect at one place.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Id of the rule.
    pub rule: &'static str,
    /// Group of the rule.
    pub group: &'static str,
    /// Level after configuration.
    pub level: Level,
    /// What is wrong, one sentence without a period.
    pub message: String,
    /// The offending values.
    pub detail: Option<String>,
    /// What to do.
    pub help: Option<String>,
    /// The object, where there is one.
    pub object: Option<ObjectReference>,
    /// The container, where there is one.
    pub container: Option<String>,
    /// JSON pointer into the rendered object, or a path inside an image.
    pub path: Option<String>,
    /// The reference of the image, where the finding is about one.
    pub image: Option<String>,
    /// Name of the package, where the finding is about one.
    pub package: Option<String>,
    /// Where to edit.
    pub location: Option<Location>,
    /// Other places that matter.
    pub related: Vec<RelatedLocation>,
    /// Place in the rendered stream.
    pub rendered: Option<RenderedPlace>,
    /// Places in further renders where the same field of the same file is seen.
    pub also_rendered: Vec<RenderedPlace>,
    /// What made it so.
    pub introduced_by: Option<IntroducedBy>,
    /// Stable identity: the same defect has the same fingerprint after lines have moved.
    pub fingerprint: String,
    /// The exception that covers it.
    pub allowed: Option<Allowed>,
    /// Ids by which others know it: advisory and CVE ids. An exception may name one of them as its rule.
    pub identifiers: Vec<String>,
}

impl Finding {
    /// A finding of `rule` with nothing but a message; the fields that apply are set by the caller, and
    /// [`Finding::seal`] computes the fingerprint at the end.
    pub fn new(rule: &'static str, group: &'static str, level: Level, message: String) -> Self {
        Self {
            rule,
            group,
            level,
            message,
            detail: None,
            help: None,
            object: None,
            container: None,
            path: None,
            image: None,
            package: None,
            location: None,
            related: Vec::new(),
            rendered: None,
            also_rendered: Vec::new(),
            introduced_by: None,
            fingerprint: String::new(),
            allowed: None,
            identifiers: Vec::new(),
        }
    }

    /// Computes the fingerprint: the first 16 hex digits of SHA-256 over rule, object, container, path,
    /// identifiers, detail and file, so that it survives moved lines and reworded messages. What is inside an image
    /// is also told apart by the image; a manifest's finding is not, since its image changes with every release.
    #[must_use]
    pub fn seal(mut self) -> Self {
        let mut hash = Sha256::new();
        let object = self.object.as_ref();
        let parts = [
            Some(self.rule),
            object.map(|object| object.api_version.as_str()),
            object.map(|object| object.kind.as_str()),
            object.and_then(|object| object.namespace.as_deref()),
            object.map(|object| object.name.as_str()),
            self.container.as_deref(),
            self.path.as_deref(),
            self.detail.as_deref(),
            self.location.as_ref().map(|location| location.file.as_str()),
        ];
        let identifiers = self
            .identifiers
            .iter()
            .map(|identifier| Some(identifier.as_str()));
        let image = self.image.as_deref().filter(|_| object.is_none());
        for part in parts.into_iter().chain(identifiers).chain(image.map(Some)) {
            hash.update(part.unwrap_or_default().as_bytes());
            hash.update([0]);
        }
        let digest = hash.finalize();
        self.fingerprint = hexadecimal(&digest[..8]);
        self
    }
}

/// Bytes as lowercase hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}
