use crate::image::{Content, Contents, File, FileKind, Inspection, Place, path_matches};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// Nothing explains why a file is in an image.
    ///
    /// # Why it matters
    ///
    /// An image is audited when every file of it is: programs by the list of dependencies that is embedded in them,
    /// and beside them only what carries no code. A file that nobody explains was not audited, and may be what
    /// somebody left, forgot or planted there. Explained are programs with an embedded list, certificates below
    /// `/etc/ssl`, `/etc/pki`, `/usr/share/ca-certificates` and `/usr/local/share/ca-certificates`, `/etc/passwd`,
    /// `/etc/group`, time zones, and what `allowed-files` names. Certificates and the like are only explained while
    /// they cannot be run. Links are judged by what they lead to. A Rust program without an embedded list is the
    /// finding `unaudited-binary` instead.
    ///
    /// The rule does not look at images with a database of installed packages, unless they claim to be minimal: there
    /// the scanner of those packages speaks.
    ///
    /// # What to do
    ///
    /// Build the program with `cargo auditable build`, leave the file out, or name it in `gate.toml`:
    ///
    /// ```toml
    /// [[images]]
    /// source = "target/image/hello"
    /// allowed-files = ["/srv/www/**"]
    /// ```
    ///
    /// # References
    ///
    /// - <https://github.com/rust-secure-code/cargo-auditable>
    id: "unaccounted-file",
    group: Image,
    level: Error,
    profile: Production,
    check: Image(check),
}

/// More findings than this of one image are summed up in one.
const SHOWN: usize = 20;

const HARMLESS: [&str; 9] = [
    "/etc/group",
    "/etc/localtime",
    "/etc/passwd",
    "/etc/pki/**",
    "/etc/ssl/**",
    "/etc/timezone",
    "/usr/local/share/ca-certificates/**",
    "/usr/share/ca-certificates/**",
    "/usr/share/zoneinfo/**",
];

fn check(image: &Inspection, sink: &mut Sink<Place>) {
    let Some(contents) = &image.contents else { return };
    if !image.is_minimal() && !contents.package_databases().is_empty() {
        return;
    }
    let allowed = &image.claims.allowed_files;
    let unexplained: Vec<&File> = contents
        .visible()
        .filter(|file| !explained(contents, file))
        .filter(|file| !allowed.iter().any(|pattern| path_matches(pattern, &file.path)))
        .collect();
    for file in unexplained.iter().take(SHOWN) {
        sink.report(file.place(), "nothing explains why this file is in the image")
            .detail(describe(contents, file))
            .help("leave it out, build it with cargo-auditable, or name it in `allowed-files`");
    }
    let rest = unexplained.len().saturating_sub(SHOWN);
    if rest > 0 {
        sink.report(
            Place::Image,
            "nothing explains why further files are in the image",
        )
        .detail(format!("{rest} files besides those shown"))
        .help("leave them out, or name their folders in `allowed-files`");
    }
}

fn explained(contents: &Contents, file: &File) -> bool {
    match &file.kind {
        FileKind::Directory => true,
        FileKind::Symlink { .. } => contents.find(&file.path).is_some(),
        FileKind::Pipe => false,
        FileKind::Regular(_) | FileKind::HardLink { .. } => match contents.content(file) {
            // Of a Rust program without a list `unaudited-binary` speaks: one defect, one finding.
            Some(Content::Program(program)) => program.embedded.is_some() || program.rust,
            Some(Content::Other { .. } | Content::Accounts(_)) => {
                let harmless = HARMLESS.iter().any(|pattern| path_matches(pattern, &file.path));
                harmless && !file.is_executable()
            }
            _ => false,
        },
    }
}

fn describe(contents: &Contents, file: &File) -> String {
    match (&file.kind, contents.content(file)) {
        (FileKind::Symlink { target }, _) => format!("a link to `{target}`, which is not there"),
        (FileKind::Pipe, _) => "a pipe".to_owned(),
        (_, Some(Content::Program(_))) => "a program without an embedded dependency list".to_owned(),
        (_, Some(Content::MalformedProgram)) => "a program that is cut off or damaged".to_owned(),
        (_, Some(Content::Script { interpreter })) => format!("a script for `{interpreter}`"),
        (_, Some(Content::Other { size })) => format!("a file of {size} B"),
        _ => "a file".to_owned(),
    }
}
