//! The few facts about a program that decide whether an image can start it.
//!
//! What the kernel reads is read here: the file header and the program headers (see `elf(5)`). Section headers,
//! which the kernel ignores, matter only for the embedded dependency list.

/// A program, as the kernel sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Machine number (`e_machine`), for instance 62 for x86-64.
    pub machine: u16,
    /// 32 or 64.
    pub bits: u8,
    /// Is the lowest byte first?
    pub little_endian: bool,
    /// Path of the interpreter, the dynamic loader; a static program has none.
    pub interpreter: Option<String>,
}

const MAGIC: [u8; 4] = *b"\x7fELF";
const INTERPRETER_SEGMENT: u32 = 3;

/// Does a file begin like a program?
pub(super) fn is_elf(start: &[u8]) -> bool {
    start.starts_with(&MAGIC)
}

/// Reads a program; none where it is cut off or makes no sense.
pub(super) fn read(file: &[u8]) -> Option<Program> {
    let bits = match file.get(4)? {
        1 => 32,
        2 => 64,
        _ => return None,
    };
    let little_endian = match file.get(5)? {
        1 => true,
        2 => false,
        _ => return None,
    };
    let reader = Reader {
        file,
        little_endian,
        wide: bits == 64,
    };
    Some(Program {
        machine: u16::try_from(reader.number(18, 2)?).ok()?,
        bits,
        little_endian,
        interpreter: reader.interpreter().ok()?,
    })
}

struct Reader<'a> {
    file: &'a [u8],
    little_endian: bool,
    wide: bool,
}

impl Reader<'_> {
    /// The number of `length` bytes, at most eight, at an offset.
    fn number(&self, offset: usize, length: usize) -> Option<u64> {
        let bytes = self.file.get(offset..offset.checked_add(length)?)?;
        let add = |sum: u64, byte: &u8| (sum << 8) | u64::from(*byte);
        Some(if self.little_endian {
            bytes.iter().rev().fold(0, add)
        } else {
            bytes.iter().fold(0, add)
        })
    }

    /// The number at one of two offsets: that of the 32-bit or that of the 64-bit form, as wide as an address.
    fn address(&self, narrow: usize, wide: usize) -> Option<usize> {
        let number = if self.wide {
            self.number(wide, 8)
        } else {
            self.number(narrow, 4)
        };
        usize::try_from(number?).ok()
    }

    fn field(&self, narrow: usize, wide: usize) -> Option<usize> {
        let offset = if self.wide { wide } else { narrow };
        usize::try_from(self.number(offset, 2)?).ok()
    }

    /// Path in the interpreter segment; none where there is no such segment.
    fn interpreter(&self) -> Result<Option<String>, Nonsense> {
        let table = self.address(28, 32).ok_or(Nonsense)?;
        let entry_size = self.field(42, 54).ok_or(Nonsense)?;
        let entries = self.field(44, 56).ok_or(Nonsense)?;
        for entry in 0..entries {
            let start = table.saturating_add(entry.saturating_mul(entry_size));
            let kind = self.number(start, 4).ok_or(Nonsense)?;
            if kind == u64::from(INTERPRETER_SEGMENT) {
                return self.segment_text(start).map(Some).ok_or(Nonsense);
            }
        }
        Ok(None)
    }

    /// The text of the segment whose header begins at `start`.
    fn segment_text(&self, start: usize) -> Option<String> {
        let offset = self.address(start.checked_add(4)?, start.checked_add(8)?)?;
        let size = self.address(start.checked_add(16)?, start.checked_add(32)?)?;
        let path = self.file.get(offset..offset.checked_add(size)?)?;
        let path = path.split(|byte| *byte == 0).next().unwrap_or_default();
        Some(String::from_utf8_lossy(path).into_owned())
    }
}

/// The headers of a file contradict its size.
struct Nonsense;

/// Does a program look as if the Rust compiler had made it? Its standard library looks for this variable, and the
/// name survives stripping.
pub(super) fn is_rust(file: &[u8]) -> bool {
    const MARK: &[u8] = b"RUST_BACKTRACE";
    file.windows(MARK.len()).any(|window| window == MARK)
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "the tests read the program that they are"
)]
mod tests {
    use super::*;

    fn this_program() -> Vec<u8> {
        std::fs::read(std::env::current_exe().unwrap()).unwrap()
    }

    #[test]
    #[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
    fn a_real_program_is_read() {
        let program = read(&this_program()).unwrap();
        assert_eq!(
            (program.machine, program.bits, program.little_endian),
            (62, 64, true)
        );
        assert_eq!(
            program.interpreter.as_deref(),
            Some("/lib64/ld-linux-x86-64.so.2")
        );
        assert!(is_rust(&this_program()));
    }

    #[test]
    fn a_program_that_is_cut_off_is_none() {
        let mut whole = this_program();
        whole.truncate(4096);
        assert!(read(&whole).is_some());
        for length in 0..64 {
            assert_eq!(read(&whole[..length]), None, "{length}");
        }
    }

    #[test]
    fn numbers_that_point_nowhere_do_no_harm() {
        let mut whole = this_program();
        whole.truncate(4096);
        for offset in 16..200 {
            let mut broken = whole.clone();
            broken[offset..offset + 8].fill(0xff);
            let _ = read(&broken);
        }
    }
}
