//! From bytes to text, as kubectl does before it looks for documents.
//!
//! A byte order mark decides on the encoding and is dropped; without one the bytes are UTF-8. What is not valid in
//! the encoding becomes U+FFFD. UTF-16 without a mark is not recognised: its NUL bytes make it unreadable.

/// A decoded text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Decoded {
    pub(super) text: String,
    /// Where the text stands for bytes that kubectl hands on as they are, and its YAML parser refuses: it replaces
    /// what is no UTF-8 only in texts without a mark.
    pub(super) undecodable: Vec<usize>,
    /// Was the last line completed? kubectl does that, so that a block of text at the end has its break.
    pub(super) is_completed: bool,
}

/// Decodes a file and completes its last line.
pub(super) fn decode(bytes: &[u8]) -> Decoded {
    let mut decoded = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => decode_marked_utf8(rest),
        [0xFF, 0xFE, rest @ ..] => decode_utf16(rest, u16::from_le_bytes).into(),
        [0xFE, 0xFF, rest @ ..] => decode_utf16(rest, u16::from_be_bytes).into(),
        _ => String::from_utf8_lossy(bytes).into_owned().into(),
    };
    if !decoded.text.is_empty() && !decoded.text.ends_with(['\n', '\r']) {
        decoded.text.push('\n');
        decoded.is_completed = true;
    }
    decoded
}

impl From<String> for Decoded {
    fn from(text: String) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }
}

fn decode_marked_utf8(bytes: &[u8]) -> Decoded {
    let mut decoded = Decoded::default();
    for chunk in bytes.utf8_chunks() {
        decoded.text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            decoded.undecodable.push(decoded.text.len());
            decoded.text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    decoded
}

fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut text: String = char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    if !odd.is_empty() {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    text
}
