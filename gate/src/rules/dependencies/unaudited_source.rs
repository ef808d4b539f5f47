//! `unaudited-source`.

use crate::deps::{Audit, Place};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// A crate comes from a place whose contents no advisory speaks of.
    ///
    /// Git repositories, folders outside the workspace, and registries other than crates.io. The crate is judged by its
    /// name and version as if it came from crates.io; whether it is the same code is not known. Where no `Cargo.toml`
    /// lies beside the lockfile, nothing can be said of folders, and the report says so.
    ///
    /// # Why it matters
    /// A fork keeps the defects that were known when it was made, and may have others. Nobody files advisories for it.
    ///
    /// # What to do
    /// Use the published crate where it has what is needed. Else pin a commit, and read its changes:
    ///
    /// ```toml
    /// [dependencies]
    /// example = { git = "https://example.com/example", rev = "0123abc" }
    /// ```
    ///
    /// # References
    /// - <https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html>
    id: "unaudited-source",
    group: Dependencies,
    level: Note,
    profile: Restricted,
    check: Dependencies(check),
}

fn check(audit: &Audit, sink: &mut Sink<Place>) {
    for (index, package) in audit.packages.iter().enumerate() {
        let Some(foreign) = &package.foreign else { continue };
        let (name, version) = (&package.name, &package.version);
        let message = format!("`{name}` {version} comes from {foreign}: it was judged by its name alone");
        sink.report(Place::Package(index), message)
            .detail(format!("{name} {version}"))
            .help("use the crate from crates.io, or read the changes of the commit that is pinned");
    }
}
