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
    /// Where kubectl itself replaces for the first time what is not valid in the encoding.
    pub(super) replaced: Option<usize>,
    /// Was the last line completed? kubectl does that, so that a block of text at the end has its break.
    pub(super) is_completed: bool,
}

/// Decodes a file and completes its last line.
pub(super) fn decode(bytes: &[u8]) -> Decoded {
    let mut decoded = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => decode_marked_utf8(rest),
        [0xFF, 0xFE, rest @ ..] => decode_utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => decode_utf16(rest, u16::from_be_bytes),
        _ => decode_utf8(bytes),
    };
    if !decoded.text.is_empty() && !decoded.text.ends_with(['\n', '\r']) {
        decoded.text.push('\n');
        decoded.is_completed = true;
    }
    decoded
}

impl Decoded {
    /// Takes up something that is not valid in the encoding.
    fn replace(&mut self) {
        self.replaced.get_or_insert(self.text.len());
        self.text.push(char::REPLACEMENT_CHARACTER);
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

fn decode_utf8(bytes: &[u8]) -> Decoded {
    Decoded {
        text: String::from_utf8_lossy(bytes).into_owned(),
        replaced: std::str::from_utf8(bytes).err().map(|error| error.valid_up_to()),
        ..Decoded::default()
    }
}

fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Decoded {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut decoded = Decoded::default();
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match character {
            Ok(character) => decoded.text.push(character),
            Err(_) => decoded.replace(),
        }
    }
    if !odd.is_empty() {
        decoded.replace();
    }
    decoded
}
