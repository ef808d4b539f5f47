//! Where kustomize itself says that an object comes from.
//!
//! A second render, through a kustomization in a temporary folder that asks for the annotations of origin. It judges
//! nothing: it only confirms what gate's own reading found. Where it does not equal the plain render, nothing that
//! gate says of the origin is certain.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::error::RenderError;
use super::program::{Program, Request};
use super::source::{relative, slashes};
use crate::input::normalized;
use crate::yaml::{self, Limits, Stream};

const ORIGIN: &str = "config.kubernetes.io/origin";
const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";

/// Where kustomize says that each document of a render comes from.
#[derive(Debug)]
pub struct Provenance {
    /// The file of the object, or the kustomization that generated it, by document of the plain render. An author
    /// can write such an annotation himself: these paths are compared and never opened.
    pub origins: Vec<Option<PathBuf>>,
}

/// Renders a second time and compares. None where the two do not agree.
pub(super) fn provenance(
    program: &Program,
    request: &Request<'_>,
    is_component: bool,
    plain: &Stream,
) -> Result<Option<Provenance>, RenderError> {
    let wrapper = tempfile::tempdir()?;
    let folder = wrapper.path().canonicalize()?;
    let target = relative(&folder, request.folder);
    if target.is_absolute() {
        return Ok(None);
    }
    let include = if is_component { "components" } else { "resources" };
    let kustomization = serde_json::json!({
        include: [slashes(&target)],
        "buildMetadata": ["originAnnotations", "transformerAnnotations"],
    });
    fs::write(folder.join("kustomization.yaml"), kustomization.to_string())?;
    let annotated = Request {
        folder: &folder,
        ..*request
    };
    let rendered = match program.render(&annotated) {
        Ok(bytes) => yaml::read(bytes, &Limits::default()),
        // The plain render is what counts, and it is there.
        Err(RenderError::Failed { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(compare(&folder, plain, &rendered))
}

fn compare(wrapper: &Path, plain: &Stream, rendered: &Stream) -> Option<Provenance> {
    if plain.documents.len() != rendered.documents.len() {
        return None;
    }
    let mut origins = Vec::new();
    for (plain, rendered) in plain.documents.iter().zip(&rendered.documents) {
        let mut plain = plain.root().to_json();
        let mut rendered = rendered.root().to_json();
        strip(&mut plain);
        let origin = strip(&mut rendered);
        if plain != rendered {
            return None;
        }
        origins.push(origin.and_then(|origin| origin_path(wrapper, &origin)));
    }
    Some(Provenance { origins })
}

/// Takes the annotations of origin out of an object and gives back the origin.
fn strip(object: &mut Value) -> Option<String> {
    let metadata = object.get_mut("metadata")?.as_object_mut()?;
    let annotations = metadata.get_mut("annotations")?.as_object_mut()?;
    annotations.remove(TRANSFORMATIONS);
    let origin = annotations.remove(ORIGIN);
    if annotations.is_empty() {
        metadata.remove("annotations");
    }
    origin?.as_str().map(str::to_owned)
}

fn origin_path(wrapper: &Path, annotation: &str) -> Option<PathBuf> {
    let stream = yaml::read(annotation, &Limits::default());
    let root = stream.documents.first()?.root();
    if root.get("repo").is_some() {
        return None;
    }
    let path = root.get("path").or_else(|| root.get("configuredIn"))?.as_str()?;
    Some(normalized(&wrapper.join(path)))
}
