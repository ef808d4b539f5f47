//! Reads the tar stream of one layer.
//!
//! Readers of tar archives disagree about some constructions; where one file could be seen as two different ones,
//! the entry is reported and not interpreted.

use std::collections::BTreeSet;
use std::io::{self, Read};

use tar::{Entry, EntryType};

use super::contents::{Content, Executable, parts};
use super::merge::{Merge, NewFile, NewKind};
use super::{ImageError, elf, embedded};
use crate::finding::hexadecimal;

/// How much of a file is looked at to know what it is.
const START: u64 = 256;
/// More accounts than that are in no image.
const ACCOUNTS: u64 = 1 << 20;

/// Reads all entries of a layer to the end of its stream.
pub(super) fn read(stream: &mut dyn Read, merge: &mut Merge<'_>) -> Result<(), ImageError> {
    merge.next_layer();
    let layer = merge.layer();
    let limit = merge.limits.uncompressed;
    let failed = |error: io::Error| unpacking_failed(layer, &error, limit);
    let mut archive = tar::Archive::new(stream);
    for entry in archive.entries().map_err(failed)? {
        let mut entry = entry.map_err(failed)?;
        if entry.header().entry_type() == EntryType::XGlobalHeader {
            continue;
        }
        if let Some(new) = describe(&mut entry, merge).map_err(|error| match error {
            Trouble::Io(error) => failed(error),
            Trouble::Image(error) => error,
        })? {
            merge.add(new)?;
        }
    }
    only_padding(archive.into_inner()).map_err(failed)
}

pub(super) fn unpacking_failed(layer: usize, error: &io::Error, limit: u64) -> ImageError {
    if error.kind() == io::ErrorKind::FileTooLarge {
        return ImageError::Layer {
            layer,
            reason: format!(
                "it becomes much larger than a layer of its size should, or the image more than {limit} bytes"
            ),
        };
    }
    ImageError::Layer {
        layer,
        reason: error.to_string(),
    }
}

/// After the end of the archive there may be zeros only: another reader may go on after the first empty block.
fn only_padding(rest: &mut dyn Read) -> io::Result<()> {
    let mut buffer = [0; 8192];
    loop {
        let count = rest.read(&mut buffer)?;
        let bytes = buffer.get(..count).unwrap_or_default();
        if count == 0 {
            return Ok(());
        }
        if bytes.iter().any(|byte| *byte != 0) {
            return Err(io::Error::other("something follows the end of the archive"));
        }
    }
}

enum Trouble {
    Io(io::Error),
    Image(ImageError),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What an entry is; none where it was reported as a defect.
fn describe<R: Read>(entry: &mut Entry<'_, R>, merge: &mut Merge<'_>) -> Result<Option<NewFile>, Trouble> {
    let extensions = Extensions::read(entry)?;
    let name = text(&entry.path_bytes());
    if let Some(reason) = extensions.ambiguous {
        merge.defect(&name, reason);
        return Ok(None);
    }
    let Ok(mode) = entry.header().mode() else {
        merge.defect(&name, "has permission bits that are no number");
        return Ok(None);
    };
    let target = entry
        .link_name_bytes()
        .map(|target| text(&target))
        .unwrap_or_default();
    let kind = match entry.header().entry_type() {
        EntryType::Regular if name.ends_with('/') && entry.size() == 0 => NewKind::Directory,
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
            NewKind::Regular(content(entry, &name, merge)?)
        }
        EntryType::Directory => NewKind::Directory,
        EntryType::Symlink => NewKind::Symlink { target },
        EntryType::Link => NewKind::HardLink { target },
        EntryType::Fifo => NewKind::Pipe,
        EntryType::Char | EntryType::Block => NewKind::Device,
        other => NewKind::Unknown {
            kind: other.as_byte(),
        },
    };
    Ok(Some(NewFile {
        name,
        mode,
        capabilities: extensions.capabilities,
        kind,
    }))
}

/// What the extended header of an entry says, as far as it matters.
#[derive(Default)]
struct Extensions {
    capabilities: bool,
    ambiguous: Option<&'static str>,
}

impl Extensions {
    fn read<R: Read>(entry: &mut Entry<'_, R>) -> io::Result<Self> {
        let mut found = Self::default();
        let mut keys = BTreeSet::new();
        let Some(extensions) = entry.pax_extensions()? else {
            return Ok(found);
        };
        for extension in extensions {
            let extension = extension?;
            let key = extension.key_bytes();
            if key.starts_with(b"GNU.sparse.") {
                found.ambiguous = Some("is a sparse file in a form in which its name has two readings");
            } else if !keys.insert(key.to_owned()) {
                found.ambiguous = Some("has an extended header that says one thing twice");
            }
            found.capabilities |= key.ends_with(b".xattr.security.capability");
        }
        Ok(found)
    }
}

/// Bytes as text; those that are none become `\xNN`, so that different names stay different.
fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str("\\x");
            text.push_str(&hexadecimal(&[*byte]));
        }
    }
    text
}

fn content<R: Read>(entry: &mut Entry<'_, R>, name: &str, merge: &mut Merge<'_>) -> Result<Content, Trouble> {
    let size = entry.size();
    let mut file = Vec::new();
    entry.take(START).read_to_end(&mut file)?;
    if elf::is_elf(&file) {
        let limit = merge.limits.program;
        if size > limit {
            return Err(Trouble::Image(ImageError::TooMuch {
                what: "bytes in one program",
                limit,
            }));
        }
        entry.read_to_end(&mut file)?;
        return Ok(program(&file, name, merge));
    }
    if absolute(name) == "/etc/passwd" && size <= ACCOUNTS {
        entry.read_to_end(&mut file)?;
        return Ok(Content::Accounts(text(&file)));
    }
    Ok(match script_interpreter(&file) {
        Some(interpreter) => Content::Script { interpreter },
        None => Content::Other { size },
    })
}

fn absolute(name: &str) -> String {
    format!("/{}", parts(name).collect::<Vec<_>>().join("/"))
}

/// As the kernel reads the first line of a script.
fn script_interpreter(start: &[u8]) -> Option<String> {
    let line = start.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    text(line).split_whitespace().next().map(str::to_owned)
}

fn program(file: &[u8], name: &str, merge: &mut Merge<'_>) -> Content {
    let Some(program) = elf::read(file) else {
        return Content::MalformedProgram;
    };
    let path = absolute(name);
    let embedded = embedded::embedded_list(&path, file).unwrap_or_else(|reason| {
        merge.defects.push(ImageError::EmbeddedList {
            layer: merge.layer(),
            path,
            reason,
        });
        None
    });
    Content::Program(Box::new(Executable {
        program,
        rust: elf::is_rust(file),
        embedded,
    }))
}
