//! `denied-dependency`.

use crate::deps::{Audit, Place, Refusal};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// cargo-deny refuses a dependency: a banned crate, a licence, a source.
    ///
    /// Runs `cargo-deny check bans licenses sources`, only if `[dependencies] deny = true`, since cargo-deny runs cargo
    /// and cargo can be made to run programs by the repository. Each finding has cargo-deny's own severity and code.
    ///
    /// # Why it matters
    /// The repository says in `deny.toml` what it does not want, and this is it.
    ///
    /// # What to do
    /// Remove the dependency, or change `deny.toml` and say why:
    ///
    /// ```toml
    /// [bans]
    /// deny = [{ crate = "openssl-sys", reason = "nothing here speaks TLS" }]
    /// ```
    ///
    /// # References
    /// - <https://embarkstudios.github.io/cargo-deny/checks/index.html>
    id: "denied-dependency",
    group: Dependencies,
    level: Error,
    profile: Baseline,
    check: Dependencies(check),
}

fn check(audit: &Audit, sink: &mut Sink<Place>) {
    for refusal in &audit.refusals {
        let mut places = refusal
            .packages
            .iter()
            .filter_map(|package| place(audit, package));
        let first = places.next().unwrap_or(Place::DenyConfiguration(refusal.line));
        let hit = sink.report(first, message(refusal));
        hit.level(refusal.level).detail(detail(refusal));
        for place in places {
            hit.related(place, "and this one");
        }
        hit.help("remove the dependency, or change the configuration of cargo-deny and say why");
    }
}

fn message(refusal: &Refusal) -> String {
    let packages: Vec<String> = refusal
        .packages
        .iter()
        .map(|(name, version)| format!("`{name}` {version}"))
        .collect();
    let subject = if packages.is_empty() {
        "the workspace".to_owned()
    } else {
        packages.join(", ")
    };
    format!(
        "cargo-deny refuses {subject} with `{}`: {}",
        refusal.code, refusal.message
    )
}

fn detail(refusal: &Refusal) -> String {
    match &refusal.detail {
        Some(detail) => format!("{}: {detail}", refusal.code),
        None => refusal.code.clone(),
    }
}

fn place(audit: &Audit, (name, version): &(String, String)) -> Option<Place> {
    audit
        .packages
        .iter()
        .position(|package| package.name == *name && package.version.to_string() == *version)
        .map(Place::Package)
}
