//! Fixtures of rules: where they lie, how they are judged, and what was seen of them before.

pub(crate) mod fixture;
pub(crate) mod judge;
pub(crate) mod snapshot;
