//! How old a database may be.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use super::DependencyError;

/// The age limit of an advisory database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxAge {
    /// A number of days.
    Days(u32),
    /// No limit, which holds for the embedded table only; every other database is held to the default.
    Unlimited,
}

impl MaxAge {
    /// The default: seven days.
    pub const DEFAULT_DAYS: u32 = 7;

    /// The limit in days that holds for a database other than the embedded table.
    pub(super) fn days(self) -> u32 {
        match self {
            Self::Days(days) => days,
            Self::Unlimited => Self::DEFAULT_DAYS,
        }
    }
}

impl Default for MaxAge {
    fn default() -> Self {
        Self::Days(Self::DEFAULT_DAYS)
    }
}

impl FromStr for MaxAge {
    type Err = DependencyError;

    /// `7d`, or `unlimited`.
    fn from_str(text: &str) -> Result<Self, DependencyError> {
        if text == "unlimited" {
            return Ok(Self::Unlimited);
        }
        text.strip_suffix('d')
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok())
            .map(Self::Days)
            .ok_or_else(|| DependencyError::BadAge {
                text: text.to_owned(),
            })
    }
}

impl fmt::Display for MaxAge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(days) => write!(formatter, "{days}d"),
            Self::Unlimited => formatter.write_str("unlimited"),
        }
    }
}

/// Days from one date to another, negative where the second is earlier.
pub(super) fn days_between(earlier: Date, later: Date) -> i64 {
    later.duration_since(earlier).as_hours() / 24
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn ages_are_days_or_unlimited() {
        assert_eq!("7d".parse::<MaxAge>().unwrap(), MaxAge::Days(7));
        assert_eq!("unlimited".parse::<MaxAge>().unwrap(), MaxAge::Unlimited);
        for text in ["", "d", "7", "-1d", "+1d", "1w", "7 d", "99999999999d"] {
            let error = text.parse::<MaxAge>().unwrap_err();
            assert!(matches!(error, DependencyError::BadAge { .. }), "{text}: {error}");
        }
    }

    #[test]
    fn days_are_counted_over_months_and_years() {
        assert_eq!(days_between(date(2024, 2, 28), date(2024, 3, 1)), 2);
        assert_eq!(days_between(date(2025, 12, 31), date(2026, 1, 1)), 1);
        assert_eq!(days_between(date(2026, 1, 2), date(2026, 1, 1)), -1);
    }
}
