//! Exceptions: which finding is accepted, why, and until when.

/// The place that exception rules report: an entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Index of the entry.
    pub entry: usize,
}

/// All exceptions and what they matched.
#[derive(Debug)]
pub struct Usage<'a> {
    _a: std::marker::PhantomData<&'a ()>,
}
