//! `lockfile-mismatch`.

use crate::deps::{Audit, Difference, Place, ResolvedPackage};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// A binary holds other packages than its lockfile resolves.
    ///
    /// Every name, version and source of the list that cargo-auditable embedded in the binary must stand in the lockfile.
    /// Where cargo may be asked (`deny = true`), the list must also hold all that cargo builds for the binary's package,
    /// target and features, and nothing that this package cannot reach in the workspace.
    ///
    /// # Why it matters
    /// The lockfile is what was reviewed and audited. A binary built from another one was not.
    ///
    /// # What to do
    /// Build the binary again from the lockfile at hand:
    ///
    /// ```sh
    /// cargo auditable build --release --locked
    /// ```
    ///
    /// If the binary of an image is built with other features than the default ones of its package, say so in its entry in
    /// `gate.toml`: `features = ["tls"]`, `default-features = false`.
    ///
    /// # References
    /// - <https://github.com/rust-secure-code/cargo-auditable>
    /// - <https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html>
    id: "lockfile-mismatch",
    group: Dependencies,
    level: Error,
    profile: Baseline,
    check: Dependencies(check),
}

fn check(audit: &Audit, sink: &mut Sink<Place>) {
    for (index, binary) in audit.binaries.iter().enumerate() {
        let lockfile = binary.lockfile.as_deref().unwrap_or("the lockfile");
        for difference in &binary.differences {
            let (what, detail) = words(difference, lockfile);
            sink.report(Place::Binary(index), format!("`{}` {what}", binary.path))
                .detail(detail)
                .help(help(difference));
        }
    }
}

/// What the binary holds or lacks, for the message; and the values alone.
fn words(difference: &Difference, lockfile: &str) -> (String, String) {
    match difference {
        Difference::NotLocked { holds, locked } if locked.is_empty() => (
            format!(
                "holds {}, and `{lockfile}` has no package of that name",
                holds.label()
            ),
            format!("binary: {}; lockfile: nothing", holds.label()),
        ),
        Difference::NotLocked { holds, locked } => {
            let locked: Vec<String> = locked.iter().map(ResolvedPackage::version_and_source).collect();
            let locked = locked.join(" and ");
            (
                format!("holds {}, and `{lockfile}` has {locked} instead", holds.label()),
                format!("binary: {}; lockfile: {locked}", holds.label()),
            )
        }
        Difference::NotNeeded { holds, built_for } => (
            format!(
                "holds {}, which nothing that cargo builds for {built_for} needs",
                holds.label()
            ),
            format!("binary: {}; cargo: nothing", holds.label()),
        ),
        Difference::Lacking { lacks, built_for } => (
            format!("lacks {}, which cargo builds for {built_for}", lacks.label()),
            format!("binary: nothing; cargo: {}", lacks.label()),
        ),
    }
}

fn help(difference: &Difference) -> &'static str {
    match difference {
        Difference::NotLocked { .. } => "build the binary again from this lockfile, with `--locked`",
        Difference::NotNeeded { .. } | Difference::Lacking { .. } => {
            "build the binary again from this lockfile, with `--locked`; if it is built with other features, name them \
             in the image's entry in `gate.toml`"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deps::{Binary, ListSource, Version};

    fn package(name: &str, version: &str) -> ResolvedPackage {
        ResolvedPackage {
            name: name.to_owned(),
            version: Version::parse(version).unwrap(),
            source: ListSource::CratesIo,
        }
    }

    #[test]
    fn each_kind_of_difference_has_its_sentence() {
        let holds = package("ryu", "1.0.20");
        let built_for = "`app` with its default features".to_owned();
        let locked = vec![package("ryu", "1.0.18"), package("ryu", "1.0.19")];
        let differences = vec![
            Difference::NotLocked {
                holds: holds.clone(),
                locked: Vec::new(),
            },
            Difference::NotLocked {
                holds: holds.clone(),
                locked,
            },
            Difference::NotNeeded {
                holds: holds.clone(),
                built_for: built_for.clone(),
            },
            Difference::Lacking {
                lacks: holds,
                built_for,
            },
        ];
        let binary = Binary::compared("hello".to_owned(), "Cargo.lock".to_owned(), differences);
        let mut sink = Sink::default();
        check(&Audit::default().with_binary(binary), &mut sink);
        let messages: Vec<String> = sink.into_hits().into_iter().map(|hit| hit.message).collect();
        let expected = [
            "`hello` holds `ryu` 1.0.20 (crates.io), and `Cargo.lock` has no package of that name",
            "`hello` holds `ryu` 1.0.20 (crates.io), and `Cargo.lock` has 1.0.18 (crates.io) and 1.0.19 (crates.io) \
             instead",
            "`hello` holds `ryu` 1.0.20 (crates.io), which nothing that cargo builds for `app` with its default features \
             needs",
            "`hello` lacks `ryu` 1.0.20 (crates.io), which cargo builds for `app` with its default features",
        ];
        assert_eq!(messages, expected);
    }
}
