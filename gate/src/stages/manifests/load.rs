//! Renders everything that is to be judged.

use crate::render::{Discovery, Pin, Released, RenderError, Rendered, Unit, Workshop};
use crate::stages::{StageError, StageOutcome};

use super::Settings;

/// What a render stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// Judged by itself: what is committed is what is compared with the images at hand.
    Alone,
    /// What is committed, beside a view of the same as it would be released.
    Committed,
    /// What would be released.
    Released,
}

/// Everything that was rendered, and what went wrong on the way.
#[derive(Debug, Default)]
pub struct Loaded {
    pub(super) renders: Vec<(View, Rendered)>,
    pub(super) outcome: StageOutcome,
}

/// Renders everything that is to be judged. What cannot be rendered is an error of the outcome; the rest is still
/// judged.
///
/// `pins` are the digests of the images at hand, where everything is also judged as it would be released: one group
/// for each image, a pin for each of its repositories.
pub fn load(settings: &Settings, pins: Option<&[Vec<Pin>]>) -> Loaded {
    let workshop = Workshop::new(&settings.root, settings.renderer, settings.allow_remote);
    let mut loader = Loader {
        pins,
        workshop,
        loaded: Loaded::default(),
        named: Vec::new(),
    };
    for path in &settings.paths {
        match loader.workshop.discover(path) {
            Ok(discovery) => loader.discovery(&discovery),
            Err(error) => loader.fail(&error),
        }
    }
    loader.unnamed_images();
    loader.loaded
}

struct Loader<'a> {
    pins: Option<&'a [Vec<Pin>]>,
    workshop: Workshop,
    loaded: Loaded,
    /// Repositories of the images at hand that a render names.
    named: Vec<String>,
}

impl Loader<'_> {
    fn fail(&mut self, error: &RenderError) {
        // A folder without manifests is nothing to check, which the coverage says, and no failure of the work.
        if error.is_nothing() {
            self.loaded.outcome.notes.push(error.to_string());
            return;
        }
        let location = error.location().cloned();
        self.loaded.outcome.errors.push(StageError {
            location,
            ..StageError::new(error)
        });
    }

    fn discovery(&mut self, discovery: &Discovery) {
        for error in &discovery.errors {
            self.fail(error);
        }
        if let Some(first) = discovery.skipped.first() {
            let count = discovery.skipped.len();
            self.loaded.outcome.notes.push(format!(
                "{count} files that are no manifests were left out, `{first}` first"
            ));
        }
        for unit in &discovery.units {
            self.unit(unit);
        }
    }

    fn unit(&mut self, unit: &Unit) {
        let rendered = match self.workshop.render(unit) {
            Ok(rendered) => rendered,
            Err(error) => return self.fail(&error),
        };
        let view = match self.pins {
            None => View::Alone,
            Some(pins) => self.released(unit, &pins.concat()),
        };
        self.take(view, rendered);
    }

    /// Renders a unit as it would be released, and says what its committed form then stands for.
    fn released(&mut self, unit: &Unit, pins: &[Pin]) -> View {
        match self.workshop.as_released(unit, pins) {
            Ok(Released::NotNamed) => View::Alone,
            Ok(Released::Rendered {
                rendered,
                repositories,
            }) => {
                self.named.extend(repositories);
                self.take(View::Released, *rendered);
                View::Committed
            }
            Err(error) => {
                self.fail(&error);
                View::Committed
            }
        }
    }

    fn take(&mut self, view: View, rendered: Rendered) {
        let outcome = &mut self.loaded.outcome;
        outcome.tools.extend(rendered.tool.clone());
        for (name, text) in rendered.sources() {
            outcome
                .sources
                .entry(name.to_owned())
                .or_insert_with(|| text.to_owned());
        }
        self.loaded.renders.push((view, rendered));
    }

    /// An image at hand that no manifest names cannot be judged as released: that must not look like a pass.
    fn unnamed_images(&mut self) {
        for pins in self.pins.into_iter().flatten() {
            let is_named = pins
                .iter()
                .any(|pin| self.named.iter().any(|name| name == pin.repository()));
            if let (false, Some(pin)) = (is_named, pins.first()) {
                self.loaded.outcome.errors.push(StageError {
                    message: format!(
                        "no manifest names the image `{}`, which is to be judged as released",
                        pin.repository()
                    ),
                    hint: Some(
                        "name it in the `images:` of a kustomization, or correct `repository` in gate.toml"
                            .to_owned(),
                    ),
                    location: None,
                });
            }
        }
    }
}
