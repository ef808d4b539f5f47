//! The stage *manifests*: what would be applied, judged by every rule that reads manifests.
//!
//! It works in two steps, because images and manifests know things of each other: [`load()`] renders everything, and
//! [`Loaded::uses`] says how workloads run an image; [`judge()`] then runs the rules, with the images that another stage
//! checked.

mod judge;
mod load;
mod uses;

use std::path::PathBuf;

pub use judge::judge;
pub use load::{Loaded, load};

use crate::kube::Facts;
use crate::render::Renderer;

/// What the stage is to do.
#[derive(Debug)]
pub struct Settings {
    /// The folder that names in reports are relative to.
    pub root: PathBuf,
    /// What is judged: kustomization folders, files, folders of files, `-` for standard input.
    pub paths: Vec<PathBuf>,
    /// The program that renders kustomizations.
    pub renderer: Renderer,
    /// May kustomizations name URLs?
    pub allow_remote: bool,
    /// What is known besides the manifests. Its checked images are set by [`judge()`].
    pub facts: Facts,
}
