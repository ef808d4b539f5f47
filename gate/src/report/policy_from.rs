//! Rules that come from another tree than the one that is judged.

use serde::Serialize;

use super::summary::count;
use crate::finding::Location;

/// Rules that were taken from another tree, and what the judged one would have changed in them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PolicyFrom {
    /// The tree, as the user named it.
    pub folder: String,
    /// What the judged tree says otherwise, in the order of the format of `gate.toml`.
    pub differences: Vec<Difference>,
}

impl PolicyFrom {
    /// The differences that do not count.
    pub fn ignored(&self) -> impl Iterator<Item = &Difference> {
        self.differences.iter().filter(|difference| !difference.counted)
    }

    /// What the verdict says of them.
    pub(super) fn sentence(&self) -> String {
        let folder = &self.folder;
        match self.ignored().count() {
            0 => format!("rules of `{folder}`"),
            number => format!(
                "rules of `{folder}`, {} not counted",
                count(number, "changes of them")
            ),
        }
    }
}

/// What a difference is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DifferenceKind {
    /// The level of a rule.
    Rule,
    /// An entry of `[[allow]]`.
    Exception,
    /// A path in a list of what is judged.
    Path,
    /// An entry of `[[images]]`.
    Image,
    /// Another setting of `gate.toml`.
    Setting,
    /// A file: `gate.toml` itself, or `deny.toml`.
    File,
}

impl DifferenceKind {
    fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Exception => "exception",
            Self::Path => "path",
            Self::Image => "image",
            Self::Setting => "setting",
            Self::File => "file",
        }
    }
}

/// One thing that the judged tree says otherwise than the rules.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// What it is about.
    pub kind: DifferenceKind,
    /// Which rule, path, key or file.
    pub subject: String,
    /// How it differs, in a few words.
    pub change: String,
    /// Does it count all the same? What adds to the check does, what takes something from it does not.
    pub counted: bool,
    /// Where the judged tree says so.
    pub location: Option<Location>,
    /// How many findings it would have excused or, of a rule, given another level; none where that is not known.
    pub findings: Option<usize>,
}

impl Difference {
    /// One that does not count.
    pub fn ignored(kind: DifferenceKind, subject: impl Into<String>, change: impl Into<String>) -> Self {
        Self {
            kind,
            subject: subject.into(),
            change: change.into(),
            counted: false,
            location: None,
            findings: None,
        }
    }

    /// One that counts.
    pub fn counted(kind: DifferenceKind, subject: impl Into<String>, change: impl Into<String>) -> Self {
        Self {
            counted: true,
            ..Self::ignored(kind, subject, change)
        }
    }

    /// The same with its place.
    #[must_use]
    pub fn at(self, location: Option<&Location>) -> Self {
        Self {
            location: location.cloned(),
            ..self
        }
    }

    /// What it is about, how it differs, and what that would do.
    pub(super) fn words(&self) -> [String; 2] {
        let verb = match self.kind {
            DifferenceKind::Exception => "excuse",
            _ => "touch",
        };
        let effect = self.findings.map(|number| match number {
            0 => format!("; it would {verb} no finding"),
            number => format!("; it would {verb} {}", count(number, "findings")),
        });
        [
            format!("{} {}", self.kind.name(), self.subject),
            format!("{}{}", self.change, effect.unwrap_or_default()),
        ]
    }
}
