use crate::image::{FileKind, Inspection, Place};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// Every user of a container may change a file or folder of the image.
    ///
    /// # Why it matters
    ///
    /// A program that was taken over can put itself in place of what another process, or its own next start, runs
    /// or reads. Folders with the sticky bit, as `/tmp` has it, pass: there nobody can replace what another user
    /// made.
    ///
    /// # What to do
    ///
    /// Take the right away, and give the program a volume where it must write:
    ///
    /// ```yaml
    /// volumeMounts:
    ///   - name: scratch
    ///     mountPath: /tmp
    /// ```
    ///
    /// # References
    ///
    /// - <https://man7.org/linux/man-pages/man7/inode.7.html>
    id: "world-writable-file",
    group: Image,
    level: Warning,
    profile: Restricted,
    check: Image(check),
}

fn check(image: &Inspection, sink: &mut Sink<Place>) {
    let Some(contents) = &image.contents else { return };
    for file in contents.visible() {
        let directory = file.kind == FileKind::Directory;
        let sticky = directory && file.mode & 0o1000 != 0;
        let link = matches!(file.kind, FileKind::Symlink { .. });
        if file.mode & 0o002 != 0 && !sticky && !link {
            let what = if directory { "folder" } else { "file" };
            sink.report(file.place(), format!("every user may change this {what}"))
                .detail(format!("mode {:04o}", file.mode))
                .help(format!("`chmod o-w {}` in the layer that brings it", file.path));
        }
    }
}
