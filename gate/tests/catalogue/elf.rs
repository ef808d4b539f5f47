//! Binaries for tests: just enough of one for a reader of embedded lists.

use std::io::Write as _;

/// The smallest ELF file with a section `.dep-v0` that holds a JSON text: header, the section, the names of
/// sections, and three section headers.
pub(crate) fn binary_with_list(json: &str) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(json.as_bytes()).expect("compress the list");
    elf(".dep-v0", &encoder.finish().expect("compress the list"))
}

/// The smallest ELF file with one section of that name.
pub(crate) fn elf(section: &str, content: &[u8]) -> Vec<u8> {
    let names = format!("\0{section}\0.shstrtab\0");
    let content_at = 64_u64;
    let names_at = content_at + content.len() as u64;
    let headers_at = (names_at + names.len() as u64).next_multiple_of(8);
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(16, 0);
    bytes.extend([3, 0, 62, 0, 1, 0, 0, 0]);
    bytes.extend([0; 16]);
    bytes.extend(headers_at.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend([64, 0, 56, 0, 0, 0, 64, 0, 3, 0, 2, 0]);
    bytes.extend(content);
    bytes.extend(names.as_bytes());
    bytes.resize(usize::try_from(headers_at).expect("a small file"), 0);
    let header = |name: u32, kind: u32, at: u64, size: u64| {
        let mut header = [name.to_le_bytes(), kind.to_le_bytes()].concat();
        header.extend([0; 16]);
        header.extend(at.to_le_bytes());
        header.extend(size.to_le_bytes());
        header.resize(64, 0);
        header
    };
    bytes.extend(header(0, 0, 0, 0));
    bytes.extend(header(1, 1, content_at, content.len() as u64));
    let name_of_names = u32::try_from(section.len()).expect("a short name") + 2;
    bytes.extend(header(name_of_names, 3, names_at, names.len() as u64));
    bytes
}
