//! Writes little 64-bit ELF files that hold what is judged and cannot run.

use std::io::Write as _;

/// Size of the header, and where the one program header stands.
const HEADER: usize = 64;
const PROGRAM_HEADER: usize = 56;
const SECTION_HEADER: usize = 64;

/// The names of the sections: nothing, the embedded list, the names themselves.
const NAMES: &[u8] = b"\0.dep-v0\0.shstrtab\0";
const NAME_OF_LIST: u64 = 1;
const NAME_OF_NAMES: u64 = 9;

/// What a program is made of.
#[derive(Debug)]
pub(crate) struct Program<'a> {
    /// Number of the machine, as elf(5) has it.
    pub(crate) machine: u64,
    /// The dynamic linker that it asks for.
    pub(crate) interpreter: Option<&'a str>,
    /// Does it bear the mark of Rust's standard library?
    pub(crate) rust: bool,
    /// The section with the list of its crates, see [`list`].
    pub(crate) list: Option<Vec<u8>>,
}

impl Default for Program<'_> {
    fn default() -> Self {
        Self {
            machine: 62,
            interpreter: None,
            rust: true,
            list: None,
        }
    }
}

impl Program<'_> {
    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let interpreter = self
            .interpreter
            .map_or_else(String::new, |path| format!("{path}\0"));
        let list = self.list.as_deref().unwrap_or_default();
        let mark: &[u8] = if self.rust { b"RUST_BACKTRACE" } else { b"" };
        let interpreter_at = HEADER + PROGRAM_HEADER;
        let list_at = interpreter_at + interpreter.len();
        let names_at = list_at + list.len();
        let sections_at = (names_at + NAMES.len() + mark.len()).next_multiple_of(8);

        let mut file = self.header(sections_at);
        number(&mut file, 3, 4);
        number(&mut file, 4, 4);
        for field in [interpreter_at, 0, 0, interpreter.len(), interpreter.len(), 1] {
            number(&mut file, field as u64, 8);
        }
        file.extend_from_slice(interpreter.as_bytes());
        file.extend_from_slice(list);
        file.extend_from_slice(NAMES);
        file.extend_from_slice(mark);
        file.resize(sections_at + SECTION_HEADER, 0);
        if self.list.is_some() {
            section(&mut file, NAME_OF_LIST, 1, list_at, list.len());
        }
        section(&mut file, NAME_OF_NAMES, 3, names_at, NAMES.len());
        file
    }

    fn header(&self, sections_at: usize) -> Vec<u8> {
        let sections: u64 = if self.list.is_some() { 3 } else { 2 };
        let mut file = b"\x7fELF\x02\x01\x01".to_vec();
        file.resize(16, 0);
        number(&mut file, 2, 2);
        number(&mut file, self.machine, 2);
        number(&mut file, 1, 4);
        for address in [0, HEADER, sections_at] {
            number(&mut file, address as u64, 8);
        }
        number(&mut file, 0, 4);
        let program_headers = u64::from(self.interpreter.is_some());
        for half in [64, 56, program_headers, 64, sections, sections - 1] {
            number(&mut file, half, 2);
        }
        file
    }
}

/// A program with a list of its crates.
pub(crate) fn with_list(json: &str) -> Vec<u8> {
    let program = Program {
        list: Some(list(json)),
        ..Program::default()
    };
    program.bytes()
}

/// A program without a list.
pub(crate) fn without_list() -> Vec<u8> {
    Program::default().bytes()
}

/// A list in JSON as cargo-auditable embeds it.
pub(crate) fn list(json: &str) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(json.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn section(file: &mut Vec<u8>, name: u64, kind: u64, offset: usize, size: usize) {
    number(file, name, 4);
    number(file, kind, 4);
    for field in [0, 0, offset as u64, size as u64] {
        number(file, field, 8);
    }
    number(file, 0, 8);
    number(file, 1, 8);
    number(file, 0, 8);
}

fn number(file: &mut Vec<u8>, number: u64, length: usize) {
    file.extend_from_slice(&number.to_le_bytes()[..length]);
}
