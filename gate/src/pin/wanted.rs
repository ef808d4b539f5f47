//! What is to stand there.

use super::PinError;
use crate::kube::{ImageReference, is_pinned_digest, is_tag};

/// An image, and the tag and digest that it is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The name by which the file knows the image, without tag and digest.
    pub name: String,
    /// The tag; none leaves an image without one.
    pub tag: Option<String>,
    /// The digest, `sha256:` or `sha512:` and its hexadecimal digits.
    pub digest: String,
}

impl Wanted {
    /// Checks what is wanted. A digest there must be: a tag alone can be moved to another image, and pins nothing.
    pub fn new(name: &str, tag: Option<&str>, digest: Option<&str>) -> Result<Self, PinError> {
        let reference = ImageReference::cut(name);
        let is_name = reference.tag.is_none() && reference.digest.is_none();
        if name.is_empty() || !is_name {
            return Err(PinError::Name(name.to_owned()));
        }
        if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
            return Err(PinError::Tag(tag.to_owned()));
        }
        let digest = digest.ok_or(PinError::NoDigest)?;
        if !is_pinned_digest(digest) {
            return Err(PinError::Digest(digest.to_owned()));
        }
        Ok(Self {
            name: name.to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.to_owned(),
        })
    }
}

/// `:tag@digest`, each where there is one.
pub(super) fn suffix(tag: Option<&str>, digest: Option<&str>) -> String {
    let tag = tag.map(|tag| format!(":{tag}")).unwrap_or_default();
    let digest = digest.map(|digest| format!("@{digest}")).unwrap_or_default();
    tag + &digest
}
