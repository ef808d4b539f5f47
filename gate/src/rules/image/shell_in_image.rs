use crate::finding::Level;
use crate::image::{Contents, File, FileKind, Inspection, Place};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// An image has a shell or a package manager that what it runs does not need.
    ///
    /// # Why it matters
    ///
    /// Both make an intruder's work easy: the one runs his commands, the other fetches his tools. In an image of a
    /// distribution this is a note. In one that claims to be minimal it is an error, because there it came in by
    /// mistake or on purpose: an image is minimal if `gate.toml` says `minimal = true`, or if it neither names a
    /// distribution (`/etc/os-release`) nor has a database of packages, as one made FROM scratch.
    ///
    /// # What to do
    ///
    /// Build FROM scratch, or copy only the program into the last stage:
    ///
    /// ```dockerfile
    /// FROM scratch
    /// COPY --from=build /out/hello /hello
    /// ```
    ///
    /// # References
    ///
    /// - <https://docs.docker.com/build/building/multi-stage/>
    /// - <https://attack.mitre.org/techniques/T1059/004/>
    id: "shell-in-image",
    group: Image,
    level: Note,
    profile: Production,
    check: Image(check),
}

const NAMES: [&str; 28] = [
    "apk", "apt", "apt-get", "ash", "bash", "busybox", "csh", "dash", "dnf", "dpkg", "emerge", "fish", "ksh",
    "microdnf", "mksh", "nix", "opkg", "pacman", "pwsh", "rbash", "rpm", "sh", "tcsh", "toybox", "yash",
    "yum", "zsh", "zypper",
];

fn check(image: &Inspection, sink: &mut Sink<Place>) {
    let Some(contents) = &image.contents else { return };
    let found: Vec<&File> = contents
        .visible()
        .filter(|file| is_tool(contents, file))
        .collect();
    let Some(first) = found.first() else { return };
    let paths: Vec<&str> = found.iter().map(|file| file.path.as_str()).collect();
    let minimal = image.is_minimal();
    let message = if minimal {
        "an image that claims to be minimal has a shell or a package manager"
    } else {
        "the image has a shell or a package manager"
    };
    let hit = sink.report(first.place(), message);
    hit.detail(paths.join(", "))
        .help("copy only what runs into the image");
    if minimal {
        hit.level(Level::Error);
    }
}

/// A file of such a name that can be run, itself or through links.
fn is_tool(contents: &Contents, file: &File) -> bool {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    if NAMES.binary_search(&name).is_err() || file.kind == FileKind::Directory {
        return false;
    }
    let target = contents.find(&file.path).map(|found| contents.target(found));
    target.is_some_and(|target| contents.content(target).is_some() && target.is_executable())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_names_are_in_order() {
        assert!(super::NAMES.is_sorted());
    }
}
