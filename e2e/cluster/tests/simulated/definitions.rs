//! The kinds that a GKE cluster has beyond Kubernetes' own: the Gateway API's definitions as released, GKE's by small
//! ones of ours.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::support::{Outcome, Stop, Suite};
use crate::world::{World, own_manifest};

pub(crate) fn run(suite: &mut Suite, world: &mut World) -> Result<(), Stop> {
    let released = suite.needed("the Gateway API's module has the checksum of go.sum", gateway_api)?;
    let folders = [
        ("the Gateway API's definitions are accepted", released),
        (
            "definitions of GKE's kinds are accepted",
            own_manifest("gke-kinds.yaml"),
        ),
    ];
    let world = &*world;
    let accepted = suite.parallel(folders.map(|(check, folder)| {
        let apply = move || -> Outcome {
            let folder = folder.display().to_string();
            let apply = ["apply", "--server-side", "--validate=strict", "-f", &folder];
            world.kubectl.run(&apply)?;
            Ok(())
        };
        (check, apply)
    }));
    if !accepted {
        return Err(Stop);
    }
    suite.needed("they are established", || {
        let wait = [
            "wait",
            "--for=condition=Established",
            "crd",
            "--all",
            "--timeout=30s",
        ];
        world.kubectl.run(&wait)?;
        Ok(())
    })
}

/// The folder of the release's definitions, in Go's module cache.
#[expect(clippy::disallowed_methods, reason = "go is a program of its own")]
fn gateway_api() -> Outcome<PathBuf> {
    const MODULE: &str = "sigs.k8s.io/gateway-api";
    let output = Command::new("go")
        .args(["mod", "download", "-json", MODULE])
        .current_dir(own_manifest("gateway-api"))
        .env("GOFLAGS", "-mod=readonly")
        .output()
        .map_err(|error| format!("`go` cannot be run: {error}"))?;
    let module: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        let error = module["Error"].as_str().unwrap_or_default();
        return Err(format!("`go mod download` failed: {words}{error}").into());
    }
    let folder = module["Dir"]
        .as_str()
        .ok_or("`go mod download` names no folder")?;
    let definitions = PathBuf::from(folder).join("config/crd/standard");
    if definitions.is_dir() {
        Ok(definitions)
    } else {
        Err(format!("{MODULE} has no `config/crd/standard`").into())
    }
}
