//! Anchors, aliases and tags.

use super::{Scanner, TagToken, TokenKind};
use crate::yaml::raw::Refusal;

impl Scanner<'_> {
    /// `&name` or `*name`.
    pub(super) fn anchor(&mut self) -> Result<(), Refusal> {
        self.save_candidate()?;
        self.key_allowed = false;
        let start = self.cursor.mark;
        let alias = self.cursor.peek(0) == b'*';
        self.cursor.skip();
        let name = self.word();
        let ends = self.cursor.is_blank_or_end(0) || b"?:,]}%@`".contains(&self.cursor.peek(0));
        if name.is_empty() || !ends {
            let message = "an anchor's name consists of letters, digits, `-` and `_`, and a text that begins with `&` or `*` wants quotes";
            return Err(self.cursor.refuse_since(start, message));
        }
        self.push(
            if alias {
                TokenKind::Alias(name)
            } else {
                TokenKind::Anchor(name)
            },
            start,
        );
        Ok(())
    }

    /// `!name`, `!!name`, `!handle!name` or `!<whole name>`.
    pub(super) fn tag(&mut self) -> Result<(), Refusal> {
        self.save_candidate()?;
        self.key_allowed = false;
        let start = self.cursor.mark;
        self.cursor.skip();
        let tag = if self.cursor.peek(0) == b'<' {
            self.cursor.skip();
            let suffix = self.uri(String::new())?;
            let closed = self.cursor.peek(0) == b'>';
            if suffix.is_empty() || !closed {
                return Err(self
                    .cursor
                    .refuse_since(start, "a tag that begins with `!<` ends with `>`"));
            }
            self.cursor.skip();
            TagToken {
                handle: String::new(),
                suffix,
            }
        } else {
            self.short_tag(start)?
        };
        if !self.cursor.is_blank_or_end(0) {
            return Err(self.cursor.refuse("a blank must follow a tag"));
        }
        self.push(TokenKind::Tag(tag), start);
        Ok(())
    }

    fn short_tag(&mut self, start: super::Mark) -> Result<TagToken, Refusal> {
        let name = self.word();
        if self.cursor.peek(0) == b'!' {
            self.cursor.skip();
            let suffix = self.uri(String::new())?;
            if suffix.is_empty() {
                return Err(self.cursor.refuse_since(start, "a tag lacks its name"));
            }
            return Ok(TagToken {
                handle: format!("!{name}!"),
                suffix,
            });
        }
        let suffix = self.uri(name)?;
        let bare = suffix.is_empty();
        Ok(TagToken {
            handle: if bare { "" } else { "!" }.to_owned(),
            suffix: if bare { "!".to_owned() } else { suffix },
        })
    }

    fn word(&mut self) -> String {
        let start = self.cursor.mark.byte;
        while is_word(self.cursor.peek(0)) {
            self.cursor.skip();
        }
        self.cursor.since(start).to_owned()
    }

    /// The rest of a tag, with its `%` escapes decoded.
    fn uri(&mut self, head: String) -> Result<String, Refusal> {
        let mut bytes = head.into_bytes();
        loop {
            match self.cursor.peek(0) {
                b'%' => self.uri_escape(&mut bytes)?,
                byte if is_word(byte) || b";/?:@&=+$,.!~*'()[]".contains(&byte) => {
                    bytes.push(byte);
                    self.cursor.skip();
                }
                _ => return Ok(String::from_utf8_lossy(&bytes).into_owned()),
            }
        }
    }

    /// One character as a run of escapes.
    fn uri_escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), Refusal> {
        let mut missing = 1;
        let mut first = true;
        while missing > 0 {
            let digits =
                [self.cursor.peek(1), self.cursor.peek(2)].map(|digit| char::from(digit).to_digit(16));
            let ([Some(high), Some(low)], b'%') = (digits, self.cursor.peek(0)) else {
                return Err(self.cursor.refuse("`%` in a tag wants two hexadecimal digits"));
            };
            let octet = u8::try_from(high << 4 | low).unwrap_or_default();
            let width = match octet {
                ..0x80 => 1,
                0xC0..0xE0 => 2,
                0xE0..0xF0 => 3,
                0xF0..0xF8 => 4,
                _ => 0,
            };
            if first {
                missing = width;
            }
            if (first && width == 0) || (!first && octet & 0xC0 != 0x80) {
                return Err(self.cursor.refuse("the escapes in a tag are not UTF-8"));
            }
            first = false;
            bytes.push(octet);
            for _ in 0..3 {
                self.cursor.skip();
            }
            missing -= 1;
        }
        Ok(())
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}
