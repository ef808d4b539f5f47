//! Puts an image into the nodes of a cluster.

use std::path::PathBuf;

use clap::Args;
use cluster::{Cluster, Kind};
use gate::stages::Hint;

use super::{Failure, image_folder, tell};
use crate::programs::{self, ProgramError, program};
use crate::say;
use crate::workspace::Workspace;

/// The overlay whose image is the default's name.
const OVERLAY: &str = "kustomize/overlays/production";

/// Arguments of `cargo xtask cluster load`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A folder or an archive in OCI layout [default: target/image/hello, of `cargo xtask image`]
    image: Option<PathBuf>,
    /// The image's name, under which pods ask for it by its digest [default: that in the overlay of production]
    #[arg(long = "as", value_name = "NAME")]
    image_name: Option<String>,
}

/// Why there is no image to load.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImageError {
    /// There is nothing.
    #[error("there is no `{}`", .0.display())]
    Missing(PathBuf),
    /// The overlay does not render.
    #[error("the image of `{OVERLAY}` is not known")]
    Overlay(#[from] ProgramError),
    /// The overlay has no image, or several.
    #[error("`{OVERLAY}` has not one image but {0}")]
    Number(usize),
}

impl Hint for ImageError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Missing(_) => {
                Some("`cargo xtask image` builds the service's into target/image/hello".to_owned())
            }
            Self::Overlay(_) | Self::Number(_) => Some("name it yourself: `--as NAME`".to_owned()),
        }
    }
}

/// Loads it, and prints the name under which pods get it.
pub(super) fn load(workspace: &Workspace, cluster: &Cluster, arguments: &Arguments) -> Result<(), Failure> {
    if cluster.kind() == Kind::Simulated {
        tell("the nodes are simulated: pods become Ready without an image, and there is nothing to load");
        return Ok(());
    }
    let image = arguments.image.clone().unwrap_or_else(|| image_folder(workspace));
    if !image.exists() {
        return Err(ImageError::Missing(workspace.shown(&image).to_string().into()).into());
    }
    let name = match &arguments.image_name {
        Some(name) => name.clone(),
        None => overlay_image(workspace, cluster)?,
    };
    let digest = cluster.load_image(&image, &name)?;
    say(&format!("{name}@{digest}"));
    Ok(())
}

/// The name of the one image of the overlay, as the pinned kubectl renders it.
fn overlay_image(workspace: &Workspace, cluster: &Cluster) -> Result<String, ImageError> {
    let mut command = program(cluster.kubectl().program());
    command.arg("kustomize").arg(workspace.root().join(OVERLAY));
    let rendered = programs::output(&mut command)?.stdout;
    only_image(&String::from_utf8_lossy(&rendered))
}

/// The name, without tag and digest, of the one image in rendered manifests.
fn only_image(rendered: &str) -> Result<String, ImageError> {
    let images = rendered.lines().filter_map(|line| {
        let line = line.trim_start().trim_start_matches("- ");
        let reference = line.strip_prefix("image:")?.trim().trim_matches('"');
        let name = reference.split_once('@').map_or(reference, |(name, _)| name);
        // A colon before the last slash belongs to the registry's port.
        let last = name.rfind('/').map_or(0, |slash| slash + 1);
        let end = name
            .get(last..)?
            .find(':')
            .map_or(name.len(), |colon| last + colon);
        name.get(..end)
    });
    let names: std::collections::BTreeSet<&str> = images.collect();
    match names.first() {
        Some(name) if names.len() == 1 => Ok((*name).to_owned()),
        _ => Err(ImageError::Number(names.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_loses_tag_and_digest_but_not_the_port() {
        let name = |line: &str| only_image(&format!("kind: Pod\n      - {line}\n")).unwrap();
        assert_eq!(
            name("image: example.com/a/hello:v1@sha256:abc"),
            "example.com/a/hello"
        );
        assert_eq!(name("image: localhost:5000/hello"), "localhost:5000/hello");
        assert_eq!(name("image: \"hello:v1\""), "hello");
    }

    #[test]
    fn more_than_one_image_is_a_question_for_the_user() {
        let error = only_image("image: a\nimage: b\n").unwrap_err();
        assert!(error.to_string().ends_with("not one image but 2"), "{error}");
        assert!(only_image("kind: Pod\n").is_err());
    }
}
