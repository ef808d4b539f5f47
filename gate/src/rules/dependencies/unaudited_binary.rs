//! `unaudited-binary`.

use crate::deps::{Audit, Place};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// A Rust program carries no list of its dependencies, or no lockfile was given for it.
    ///
    /// # Why it matters
    /// Without the list nobody can say which crates are inside, neither now nor when the next advisory is published:
    /// scanners do not see a static binary's crates. Without the lockfile nobody can say whether they are those that
    /// were reviewed.
    ///
    /// # What to do
    /// Build it with cargo-auditable, and name its lockfile in `gate.toml`:
    ///
    /// ```sh
    /// cargo auditable build --release --locked
    /// ```
    ///
    /// # References
    /// - <https://github.com/rust-secure-code/cargo-auditable>
    id: "unaudited-binary",
    group: Dependencies,
    level: Error,
    profile: Restricted,
    check: Dependencies(check),
}

fn check(audit: &Audit, sink: &mut Sink<Place>) {
    for (index, binary) in audit.binaries.iter().enumerate() {
        let path = &binary.path;
        if !binary.listed {
            sink.report(
                Place::Binary(index),
                format!("`{path}` holds no list of its dependencies"),
            )
            .help("build it with `cargo auditable build`");
        } else if binary.lockfile.is_none() {
            sink.report(
                Place::Binary(index),
                format!("no lockfile was given for `{path}`"),
            )
            .help("name its lockfile: as `lockfile` of the image in gate.toml, or beside a binary on the command line");
        }
    }
}
