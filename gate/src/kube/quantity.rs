//! Numbers that may be percentages.

use std::fmt;

use crate::yaml::{Node, Value};

/// An `IntOrString` that holds a number or a percentage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntOrPercent {
    /// A number of pods.
    Count(i64),
    /// A percentage, as in `"25%"`.
    Percent(i64),
}

impl IntOrPercent {
    /// Reads a value; anything else than an integer or a string of digits with a percent sign is none.
    pub fn read(node: Node<'_>) -> Option<Self> {
        if let Value::String(text) = node.value() {
            let digits = text.strip_suffix('%')?;
            let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            return plain.then(|| digits.parse().ok().map(Self::Percent)).flatten();
        }
        node.as_i64().map(Self::Count)
    }

    /// The number of pods it means out of a total; percentages round up, as both fields of a disruption budget do.
    pub fn of(self, total: u64) -> i64 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => {
                let total = i64::try_from(total).unwrap_or(i64::MAX);
                total.saturating_mul(percent).saturating_add(99).div_euclid(100)
            }
        }
    }
}

impl fmt::Display for IntOrPercent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(formatter, "{count}"),
            Self::Percent(percent) => write!(formatter, "{percent}%"),
        }
    }
}
