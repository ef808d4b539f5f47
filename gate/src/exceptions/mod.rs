//! Exceptions: which finding is accepted, why, and until when.
//!
//! [`apply`] marks the findings that an entry covers and counts them; [`judge`] lets the rules of group `exceptions`
//! judge the entries themselves. Only an entry that is whole and not over covers anything: an expired, incomplete or
//! invalid one leaves its findings as they are, so that nothing stays accepted by accident.

mod allow;
mod usage;

#[cfg(test)]
mod tests;

pub use allow::{Allow, Pattern, Scope};
pub use usage::{Coverage, EntryUse, Part, Place, Target, Usage, apply, judge};
