//! `gate --version`.

use crate::config::Minor;
use crate::deps::Advisories;

/// The version, the day of the embedded advisory table, and the Kubernetes versions that the rules know.
pub fn version() -> String {
    let table = match Advisories::embedded() {
        Ok(advisories) => {
            let used = advisories.used();
            format!("advisory table of {} with {} entries", used.updated, used.entries)
        }
        Err(error) => format!("no advisory table: {error}"),
    };
    format!(
        "gate {}\n{table}\nKubernetes {} to {}\n",
        env!("CARGO_PKG_VERSION"),
        Minor::OLDEST,
        Minor::NEWEST
    )
}
