//! Content digests: checked before they become a path, computed while bytes go by.

use std::fmt;
use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use crate::finding::hexadecimal;

/// A SHA-256 digest: always 64 lowercase hexadecimal digits, so that it can be part of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(String);

impl Digest {
    /// Reads `sha256:` and 64 lowercase hexadecimal digits; anything else is none.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("sha256:")?;
        let valid = digits.len() == 64
            && digits
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        valid.then(|| Self(digits.to_owned()))
    }

    /// The digest of bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(hexadecimal(&Sha256::digest(bytes)))
    }

    /// Where an OCI layout keeps the blob of this digest.
    pub fn blob_path(&self) -> String {
        format!("blobs/sha256/{}", self.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "sha256:{}", self.0)
    }
}

/// Passes bytes on and computes their digest.
pub(super) struct Hashing<R> {
    inner: R,
    hash: Sha256,
    count: u64,
}

impl<R: Read> Hashing<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            hash: Sha256::new(),
            count: 0,
        }
    }

    /// How many bytes were read.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The digest of all that was read.
    pub(super) fn digest(self) -> Digest {
        Digest(hexadecimal(&self.hash.finalize()))
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.count += count as u64;
        self.hash.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_64_lowercase_digits_are_a_digest() {
        let good = format!("sha256:{}", "0123456789abcdef".repeat(4));
        assert_eq!(Digest::parse(&good).unwrap().to_string(), good);
        let bad = [
            String::new(),
            "sha256:".to_owned(),
            good.replace("sha256:", "sha512:"),
            good.to_uppercase(),
            good.replace('a', "A"),
            format!("{good}0"),
            good[..good.len() - 1].to_owned(),
            format!("sha256:{}", "../".repeat(21) + "x"),
            good.replace('0', "/"),
        ];
        for text in bad {
            assert_eq!(Digest::parse(&text), None, "{text}");
        }
    }

    #[test]
    fn bytes_that_go_by_are_hashed() {
        let mut hashing = Hashing::new(&b"hello"[..]);
        io::copy(&mut hashing, &mut io::sink()).unwrap();
        assert_eq!(hashing.digest(), Digest::of(b"hello"));
    }
}
