//! Lockfiles, the advisory database and the audit.

/// A package of an audited list: the place that dependency rules report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Index of the package in its list.
    pub package: usize,
}

/// An audited list of packages.
#[derive(Debug)]
pub struct Audit {}
