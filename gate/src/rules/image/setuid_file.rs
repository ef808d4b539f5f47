use crate::finding::Level;
use crate::image::{FileKind, Inspection, Place};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// A file in an image runs with the rights of its owner or group, whoever starts it.
    ///
    /// # Why it matters
    ///
    /// A setuid file that belongs to root turns any user of the container into root again; the `runAsUser` of the
    /// manifest then protects nothing. File capabilities do the same in part, and are a warning. A later layer that
    /// removes the file only hides it: the layer below still ships it, and another image may be built on that layer.
    ///
    /// # What to do
    ///
    /// Clear the bits in the layer that brings the file, or leave the file out:
    ///
    /// ```sh
    /// find / -xdev -perm /6000 -type f -exec chmod a-s {} +
    /// ```
    ///
    /// # References
    ///
    /// - <https://man7.org/linux/man-pages/man7/inode.7.html>
    /// - <https://man7.org/linux/man-pages/man7/capabilities.7.html>
    id: "setuid-file",
    group: Image,
    level: Error,
    profile: Restricted,
    check: Image(check),
}

fn check(image: &Inspection, sink: &mut Sink<Place>) {
    let Some(contents) = &image.contents else { return };
    for file in &contents.files {
        // On a folder the bits only say to whom new files in it belong, and on a link they say nothing.
        if matches!(file.kind, FileKind::Directory | FileKind::Symlink { .. }) {
            continue;
        }
        let mut names = Vec::new();
        names.extend((file.mode & 0o4000 != 0).then_some("setuid"));
        names.extend((file.mode & 0o2000 != 0).then_some("setgid"));
        let hidden = if contents.is_hidden(file) {
            ", hidden by a later layer"
        } else {
            ""
        };
        if !names.is_empty() {
            let message = format!("`{}` has the {} bit", file.path, names.join(" and the "));
            sink.report(file.place(), message)
                .detail(format!("mode {:04o}{hidden}", file.mode))
                .help(format!(
                    "`chmod a-s {}` in the layer that brings it, or leave it out",
                    file.path
                ));
        } else if file.capabilities {
            sink.report(file.place(), format!("`{}` has capabilities", file.path))
                .level(Level::Warning)
                .detail(format!("security.capability{hidden}"))
                .help(format!(
                    "`setcap -r {}` in the layer that brings it, or leave it out",
                    file.path
                ));
        }
    }
}
