//! One exception as it is written.

use std::fmt;

use jiff::civil::Date;

use crate::config::Written;
use crate::finding::{Finding, Location};
use crate::glob;

/// A glob: `*` stands for any characters, everything else for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// A pattern of a text.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Does the whole text match?
    pub fn matches(&self, text: &str) -> bool {
        glob::covers(&self.0, text)
    }

    /// Does it say anything, or does it match every text?
    pub fn narrows(&self) -> bool {
        self.0.chars().any(|letter| letter != '*')
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What an exception is limited to. Every pattern that is given must match.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Scope {
    /// Kind of the object.
    pub kind: Option<Pattern>,
    /// Name of the object.
    pub name: Option<Pattern>,
    /// Namespace of the object, as rendered.
    pub namespace: Option<Pattern>,
    /// Name of the container.
    pub container: Option<Pattern>,
    /// JSON pointer into the object, or path inside an image.
    pub path: Option<Pattern>,
    /// Image reference.
    pub image: Option<Pattern>,
    /// Name of a package.
    pub package: Option<Pattern>,
    /// File that would be edited.
    pub file: Option<Pattern>,
}

impl Scope {
    /// Does it cover a finding? A pattern for what a finding has not, such as a container, never matches.
    pub fn covers(&self, finding: &Finding) -> bool {
        let object = finding.object.as_ref();
        let location = finding.location.as_ref();
        let values = [
            object.map(|object| object.kind.as_str()),
            object.map(|object| object.name.as_str()),
            object.and_then(|object| object.namespace.as_deref()),
            finding.container.as_deref(),
            finding.path.as_deref(),
            finding.image.as_deref(),
            finding.package.as_deref(),
            location.map(|location| location.file.as_str()),
        ];
        let patterns = self.patterns();
        patterns
            .iter()
            .zip(values)
            .all(|((_, pattern), value)| match pattern {
                None => true,
                Some(pattern) => value.is_some_and(|value| pattern.matches(value)),
            })
    }

    /// Is it about certain things, rather than about all of a kind or a namespace?
    pub fn is_narrow(&self) -> bool {
        let broad = ["kind", "namespace"];
        self.patterns()
            .iter()
            .filter(|(key, _)| !broad.contains(key))
            .any(|(_, pattern)| pattern.is_some_and(Pattern::narrows))
    }

    /// Every key with its pattern, in the order of the documentation.
    fn patterns(&self) -> [(&'static str, Option<&Pattern>); 8] {
        [
            ("kind", self.kind.as_ref()),
            ("name", self.name.as_ref()),
            ("namespace", self.namespace.as_ref()),
            ("container", self.container.as_ref()),
            ("path", self.path.as_ref()),
            ("image", self.image.as_ref()),
            ("package", self.package.as_ref()),
            ("file", self.file.as_ref()),
        ]
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (key, pattern) in self.patterns() {
            if let Some(pattern) = pattern {
                write!(formatter, "{separator}{key} `{pattern}`")?;
                separator = ", ";
            }
        }
        Ok(())
    }
}

/// An entry of `[[allow]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Allow {
    /// Id of a rule, or of an advisory.
    pub rule: Written<String>,
    /// What it is limited to.
    pub scope: Option<Written<Scope>>,
    /// Why.
    pub reason: Option<Written<String>>,
    /// The last day on which it holds.
    pub until: Option<Written<Date>>,
    /// Where the entry stands.
    pub location: Location,
}

impl fmt::Display for Allow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.rule.value)?;
        match &self.scope {
            Some(scope) => write!(formatter, " for {}", scope.value),
            None => Ok(()),
        }
    }
}
