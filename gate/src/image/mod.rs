//! Images: what is inside, and whether it is what was audited.

/// A place in an image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Path inside the image, or field of its configuration.
    pub path: String,
}

/// An image that was read.
#[derive(Debug)]
pub struct Inspection {}
