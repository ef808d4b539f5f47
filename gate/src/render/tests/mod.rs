//! What is rendered and what is refused; with the real programs.

mod discovered;
mod refused;
mod released;
mod rendered;

use std::path::Path;

use super::*;
use crate::stages::Hint;
use crate::support::files::tree;
use crate::support::prerequisites::can_render;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec:\n  containers:\n  - name: a\n    image: registry.example/a:v1\n";

/// A workshop over a folder; nothing where no program is installed that renders.
fn workshop(folder: &Path) -> Option<Workshop> {
    can_render().then(|| Workshop::new(folder, Renderer::Auto, false))
}

/// Renders `k/` of a work tree that holds these files; nothing where no program is installed.
fn render(files: &[(&str, &str)]) -> Option<Result<Rendered, RenderError>> {
    let folder = tree(&[&[(".git/HEAD", "")], files].concat());
    let workshop = workshop(folder.path())?;
    Some(workshop.render(&Unit::Kustomization(folder.path().join("k"))))
}

/// The error with its place, `file:line:column: sentence`.
fn refusal(files: &[(&str, &str)]) -> String {
    let folder = tree(&[&[(".git/HEAD", "")], files].concat());
    // No program is needed: all this is refused before one is started.
    let workshop = Workshop::new(folder.path(), Renderer::Auto, false);
    let unit = Unit::Kustomization(folder.path().join("k"));
    let error = workshop.render(&unit).err().map(|error| {
        assert!(error.hint().is_some(), "{error}");
        let place = error
            .location()
            .map(|place| format!("{}:{}:{}: ", place.file, place.line, place.column));
        format!("{}{error}", place.unwrap_or_default())
    });
    error.unwrap_or_else(|| "it was rendered".to_owned())
}
