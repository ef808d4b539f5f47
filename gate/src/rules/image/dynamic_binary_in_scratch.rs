use crate::image::{Configuration, Content, Contents, File, FileKind, Inspection, Place, Program};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// An image cannot start its own program.
    ///
    /// # Why it matters
    ///
    /// The container ends before the first line of the program runs, with words that name the wrong cause: `no such
    /// file or directory` is what the kernel says when the *loader* of a dynamic program is missing, which an image
    /// FROM scratch never has. The rule follows the entry point as a runtime does, through `PATH`, the working
    /// directory and links, and finds a program that is not there, may not be run, is made for another machine, or
    /// needs a loader or a script interpreter that the image lacks.
    ///
    /// # What to do
    ///
    /// Link the program statically, or give the image what it needs:
    ///
    /// ```sh
    /// cargo build --release --target x86_64-unknown-linux-musl
    /// ```
    ///
    /// # References
    ///
    /// - <https://man7.org/linux/man-pages/man2/execve.2.html>
    /// - <https://doc.rust-lang.org/reference/linkage.html>
    id: "dynamic-binary-in-scratch",
    group: Image,
    level: Error,
    profile: Baseline,
    check: Image(check),
}

const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

fn check(image: &Inspection, sink: &mut Sink<Place>) {
    let (Some(configuration), Some(contents)) = (&image.configuration, &image.contents) else {
        return;
    };
    let place = Place::Configuration { field: "Entrypoint" };
    let Some(name) = configuration.program().filter(|name| !name.is_empty()) else {
        sink.report(place, "the image names no program to start")
            .help("set `Entrypoint` or `Cmd`");
        return;
    };
    let Some(file) = find(configuration, contents, name) else {
        sink.report(place, "the program that the image starts is not in it")
            .detail(name)
            .help("correct the entry point, or add the program");
        return;
    };
    if let Some((message, help)) = obstacle(configuration, contents, file) {
        sink.report(file.place(), message)
            .detail(format!("entry point `{name}`"))
            .help(help);
    }
}

/// The file that a runtime starts for a name.
fn find<'c>(configuration: &Configuration, contents: &'c Contents, name: &str) -> Option<&'c File> {
    if name.contains('/') {
        let folder = configuration.working_directory.as_deref().unwrap_or("/");
        let path = if name.starts_with('/') {
            name.to_owned()
        } else {
            format!("{folder}/{name}")
        };
        return contents.find(&path);
    }
    let folders = configuration.variable("PATH").unwrap_or(DEFAULT_PATH).split(':');
    let found: Vec<&File> = folders
        .filter_map(|folder| contents.find(&format!("{folder}/{name}")))
        .filter(|file| file.kind != FileKind::Directory)
        .collect();
    let runs = found.iter().find(|file| contents.target(file).is_executable());
    runs.or(found.first()).copied()
}

/// Why the kernel will not start a file: a message and what to do.
fn obstacle(configuration: &Configuration, contents: &Contents, file: &File) -> Option<(String, String)> {
    let owned = |message: &str, help: &str| Some((message.to_owned(), help.to_owned()));
    let Some(content) = contents.content(file) else {
        return owned(
            "what the image starts is no file",
            "name a program as entry point",
        );
    };
    if !contents.target(file).is_executable() {
        return owned(
            "the program that the image starts may not be run",
            "set its run bits, mode 0755",
        );
    }
    match content {
        Content::Program(executable) => machine_obstacle(configuration, &executable.program)
            .or_else(|| missing(contents, executable.program.interpreter.as_deref()?, "loader")),
        Content::Script { interpreter } => missing(contents, interpreter, "script interpreter"),
        _ => owned(
            "what the image starts is neither a program nor a script",
            "name a program for linux as entry point",
        ),
    }
}

fn missing(contents: &Contents, path: &str, what: &str) -> Option<(String, String)> {
    let there = contents.find(path).map(|file| contents.target(file));
    if there.is_some_and(|file| file.is_executable() && contents.content(file).is_some()) {
        return None;
    }
    Some((
        format!("the image lacks the {what} that its program needs: `{path}`"),
        "link the program statically, for instance for `x86_64-unknown-linux-musl`".to_owned(),
    ))
}

fn machine_obstacle(configuration: &Configuration, program: &Program) -> Option<(String, String)> {
    let architecture = configuration.platform.architecture.as_str();
    let found = (program.machine, program.bits, program.little_endian);
    let message = match machine(architecture) {
        Some(expected) if expected == found => return None,
        Some(_) => {
            format!("the program is made for another machine than the image, which says `{architecture}`")
        }
        None => format!("the image says that it is for `{architecture}`, which is no known architecture"),
    };
    Some((
        message,
        "build the program and the image for the same architecture".to_owned(),
    ))
}

/// ELF machine number, width and byte order of an architecture in the words of the Go toolchain.
fn machine(architecture: &str) -> Option<(u16, u8, bool)> {
    Some(match architecture {
        "386" => (3, 32, true),
        "amd64" => (62, 64, true),
        "arm" => (40, 32, true),
        "arm64" => (183, 64, true),
        "loong64" => (258, 64, true),
        "mips64le" => (8, 64, true),
        "ppc64le" => (21, 64, true),
        "riscv64" => (243, 64, true),
        "s390x" => (22, 64, false),
        _ => return None,
    })
}
