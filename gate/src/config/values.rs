//! Values that `gate.toml` and the command line share.

use std::fmt;
use std::str::FromStr;

use super::suggestion::nearest;
use crate::finding::Level;
use crate::kube::Versions;
use crate::rules::Profile;
use crate::stages::Hint;

/// A value that is not what its key or option takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not {expected}")]
pub struct ValueError {
    /// What was written.
    pub value: String,
    /// What is taken, with its article.
    pub expected: String,
    /// What was probably meant.
    pub nearest: Option<&'static str>,
}

impl Hint for ValueError {
    fn hint(&self) -> Option<String> {
        self.nearest.map(|nearest| format!("did you mean `{nearest}`?"))
    }
}

impl ValueError {
    fn new(value: &str, expected: impl Into<String>) -> Self {
        Self {
            value: value.to_owned(),
            expected: expected.into(),
            nearest: None,
        }
    }

    fn of_names(value: &str, what: &str, names: &[&'static str]) -> Self {
        Self {
            nearest: nearest(value, names.iter().copied()),
            ..Self::new(value, format!("{what}: {}", names.join(", ")))
        }
    }
}

/// The profile of a name.
pub fn profile(name: &str) -> Result<Profile, ValueError> {
    let profiles = [Profile::Baseline, Profile::Restricted, Profile::Production];
    let names = profiles.map(Profile::name);
    let found = profiles.into_iter().find(|profile| profile.name() == name);
    found.ok_or_else(|| ValueError::of_names(name, "a profile", &names))
}

/// The level of a name; `off` is none.
pub fn level(name: &str) -> Result<Option<Level>, ValueError> {
    match name {
        "off" => Ok(None),
        "note" => Ok(Some(Level::Note)),
        "warning" => Ok(Some(Level::Warning)),
        "error" => Ok(Some(Level::Error)),
        _ => Err(ValueError::of_names(
            name,
            "a level",
            &["off", "note", "warning", "error"],
        )),
    }
}

/// A minor version of Kubernetes 1: `1.35` is `Minor(35)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minor(pub u32);

impl Minor {
    /// The oldest that the rules know.
    pub const OLDEST: Self = Self(0);
    /// The newest that the rules know.
    pub const NEWEST: Self = Self(Versions::NEWEST_MINOR);
}

impl fmt::Display for Minor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "1.{}", self.0)
    }
}

impl FromStr for Minor {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let expected = format!(
            "a minor version of Kubernetes from {} to {}, such as `1.35`",
            Self::OLDEST,
            Self::NEWEST
        );
        text.strip_prefix("1.")
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .filter(|digits| *digits == "0" || !digits.starts_with('0'))
            .and_then(|digits| digits.parse().ok())
            .map(Self)
            .filter(|minor| *minor <= Self::NEWEST)
            .ok_or_else(|| ValueError::new(text, expected))
    }
}

/// The Kubernetes minors that manifests are judged for, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KubernetesRange {
    /// The oldest.
    pub from: Minor,
    /// The newest.
    pub to: Minor,
}

impl Default for KubernetesRange {
    fn default() -> Self {
        Self {
            from: Minor::NEWEST,
            to: Minor::NEWEST,
        }
    }
}

impl From<KubernetesRange> for Versions {
    fn from(range: KubernetesRange) -> Self {
        Self {
            from: range.from.0,
            to: range.to.0,
        }
    }
}

impl fmt::Display for KubernetesRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from == self.to {
            write!(formatter, "{}", self.from)
        } else {
            write!(formatter, "{}..{}", self.from, self.to)
        }
    }
}

impl FromStr for KubernetesRange {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let (from, to) = match text.split_once("..") {
            Some((from, to)) => (from.parse()?, to.parse()?),
            None => (text.parse()?, text.parse()?),
        };
        if from > to {
            let expected = "a range from an older to a newer version, such as `1.34..1.35`";
            return Err(ValueError::new(text, expected));
        }
        Ok(Self { from, to })
    }
}

/// How old a database may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MaxAge {
    /// At most so many hours.
    Hours(u32),
    /// Any age; accepted for the embedded table only.
    Unlimited,
}

impl Default for MaxAge {
    /// Seven days.
    fn default() -> Self {
        Self::Hours(7 * 24)
    }
}

impl fmt::Display for MaxAge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hours(hours) if hours % 24 == 0 => write!(formatter, "{}d", hours / 24),
            Self::Hours(hours) => write!(formatter, "{hours}h"),
            Self::Unlimited => formatter.write_str("unlimited"),
        }
    }
}

impl FromStr for MaxAge {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        if text == "unlimited" {
            return Ok(Self::Unlimited);
        }
        let hours = |unit: char, hours: u32| {
            let digits = text.strip_suffix(unit)?;
            let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse::<u32>().ok()?.checked_mul(hours))?
        };
        hours('d', 24)
            .or_else(|| hours('h', 1))
            .filter(|hours| *hours > 0)
            .map(Self::Hours)
            .ok_or_else(|| {
                ValueError::new(
                    text,
                    "an age: days such as `7d`, hours such as `12h`, or `unlimited`",
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::{KubernetesRange, MaxAge, Minor};

    #[test]
    fn ages_are_days_or_hours() {
        assert_eq!("7d".parse(), Ok(MaxAge::default()));
        assert_eq!("12h".parse(), Ok(MaxAge::Hours(12)));
        assert_eq!("unlimited".parse(), Ok(MaxAge::Unlimited));
        for wrong in [
            "",
            "d",
            "7",
            "0d",
            "+7d",
            "-1d",
            "7 d",
            "7w",
            "1.5d",
            "4294967295d",
            "forever",
        ] {
            assert!(wrong.parse::<MaxAge>().is_err(), "{wrong}");
        }
        for text in ["7d", "12h", "unlimited"] {
            assert_eq!(text.parse::<MaxAge>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn kubernetes_is_a_minor_or_a_range() {
        let range = |text: &str| text.parse::<KubernetesRange>();
        assert_eq!(range("1.35").unwrap().from, Minor(35));
        assert_eq!(range("1.34..1.36").unwrap().to, Minor(36));
        assert_eq!(range("1.34..1.36").unwrap().to_string(), "1.34..1.36");
        assert_eq!(range("1.35").unwrap().to_string(), "1.35");
        for wrong in [
            "",
            "1",
            "1.",
            "2.1",
            "1.038",
            "1.38",
            "1.+5",
            "1.35.2",
            "v1.35",
            "1.36..1.35",
            "1.35..",
        ] {
            assert!(range(wrong).is_err(), "{wrong}");
        }
    }
}
