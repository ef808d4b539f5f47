//! What a shell needs to work on a cluster.

use std::fmt::Write;
use std::path::Path;

use cluster::{Cluster, ClusterError};

/// Lines for a shell to evaluate: kubectl's settings, and the pinned kubectl first on `PATH`.
pub(super) fn exports(cluster: &Cluster) -> Result<String, ClusterError> {
    let mut lines = String::new();
    for (name, value) in cluster.kubectl().environment() {
        // Writing into a text cannot fail.
        let _ = writeln!(lines, "export {name}={}", quoted(&value));
    }
    let _ = write!(
        lines,
        "export PATH={}:\"$PATH\"",
        quoted(&cluster.programs_for_people()?)
    );
    Ok(lines)
}

/// What `NO_PROXY` must be where the API server is not on loopback, which no program asks a proxy for.
pub(super) fn unproxied(cluster: &Cluster) -> Option<String> {
    let address = cluster.node_port_address()?;
    let present = ["NO_PROXY", "no_proxy"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok());
    Some(with_host(
        &address.to_string(),
        present.as_deref().unwrap_or_default(),
    ))
}

fn with_host(host: &str, present: &str) -> String {
    if present.is_empty() {
        host.to_owned()
    } else if present.split(',').any(|name| name == host || name == "*") {
        present.to_owned()
    } else {
        format!("{host},{present}")
    }
}

/// A path as one word of a POSIX shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', r"'\''"))
}

/// ` --name NAME`, where it is not the default's.
pub(super) fn argument(name: &str) -> String {
    if name == "default" {
        String::new()
    } else {
        format!(" --name {name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programs::{output, program};

    #[test]
    fn a_host_is_spared_the_proxy_once() {
        assert_eq!(with_host("10.0.0.2", ""), "10.0.0.2");
        assert_eq!(with_host("10.0.0.2", "a.example,.b"), "10.0.0.2,a.example,.b");
        assert_eq!(with_host("10.0.0.2", "10.0.0.2,a"), "10.0.0.2,a");
        assert_eq!(with_host("10.0.0.2", "*"), "*");
    }

    #[test]
    fn a_shell_reads_a_quoted_path_as_it_is() {
        for path in ["/a b/$HOME", "/it's", "/`id`\"*\n", "/'"] {
            let script = format!("printf %s {}", quoted(Path::new(path)));
            let said = output(program("sh").args(["-c", &script])).unwrap().stdout;
            assert_eq!(String::from_utf8(said).unwrap(), path);
        }
    }
}
