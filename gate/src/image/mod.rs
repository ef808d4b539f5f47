//! Images: what is inside, and whether it is what was audited.
//!
//! An image is read in this process, without a container engine, from an OCI layout, a tar archive of one, or a
//! Docker archive. Nothing is written to disk and nothing outside of what the user gave is read: digests are checked
//! before they become paths, links are resolved inside the image, and every size has a cap ([`Limits`]). Every
//! blob's size and digest is proven before it is used. What cannot be read is an error of the [`Inspection`] and
//! never an empty image.
//!
//! [`inspect()`] makes the view; the rules of group `image/` judge it; [`trivy`] is asked where it is installed.

mod configuration;
mod contents;
mod digest;
mod docker;
mod document;
mod elf;
mod embedded;
mod error;
mod inspect;
mod inspection;
mod layer;
mod layout;
mod limits;
mod merge;
mod pattern;
mod place;
mod store;
#[cfg(test)]
mod tests;
pub mod trivy;
mod unpack;

pub use configuration::{Configuration, Platform, Port};
pub use contents::{Content, Contents, Executable, File, FileKind, PackageDatabase};
pub use digest::Digest;
pub use document::DocumentError;
pub use elf::Program;
pub use error::ImageError;
pub use inspect::{Inspected, inspect};
pub use inspection::{
    AdvisoryFact, AdvisoryKind, Claims, EmbeddedVulnerability, Inspection, ManifestUse, Reference,
};
pub use limits::Limits;
pub use pattern::path_matches;
pub use place::Place;
