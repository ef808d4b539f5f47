//! `gate render`: the objects that the API server would see, as JSON, one a line.

use serde_json::Value;

use super::Answer;
use crate::cli::{CommonArguments, RenderArguments};
use crate::kube::{Facts, Index};
use crate::render::{RenderError, Rendered, Renderer, Workshop};
use crate::report::{is_secret_name, json_line, mask_value};
use crate::stages::StageError;
use crate::yaml::ProblemKind;

/// Renders everything that is named.
pub(super) fn render(arguments: &RenderArguments, options: &CommonArguments) -> Answer {
    let mut printed = Printed {
        show_secrets: arguments.show_secrets,
        text: String::new(),
        errors: Vec::new(),
    };
    let root = std::env::current_dir().unwrap_or_default();
    let program = options.renderer.map_or(Renderer::Auto, Renderer::from);
    let workshop = Workshop::new(&root, program, options.allow_remote);
    for path in &arguments.paths {
        let discovery = match workshop.discover(path) {
            Ok(discovery) => discovery,
            Err(error) => {
                printed.fail(&error);
                continue;
            }
        };
        discovery.errors.iter().for_each(|error| printed.fail(error));
        for unit in &discovery.units {
            match workshop.render(unit) {
                Ok(rendered) => printed.objects(&rendered),
                Err(error) => printed.fail(&error),
            }
        }
    }
    Answer::Text {
        text: printed.text,
        errors: printed.errors,
    }
}

struct Printed {
    show_secrets: bool,
    text: String,
    errors: Vec<StageError>,
}

impl Printed {
    fn fail(&mut self, error: &RenderError) {
        let location = error.location().cloned();
        self.errors.push(StageError {
            location,
            ..StageError::new(error)
        });
    }

    fn objects(&mut self, rendered: &Rendered) {
        let stream = &rendered.stream;
        for problem in stream.problems_of(ProblemKind::Invalid) {
            self.errors.push(StageError {
                message: format!(
                    "a document of `{}` cannot be read: {}",
                    rendered.name, problem.message
                ),
                hint: None,
                location: Some(rendered.location(problem.span)),
            });
        }
        self.errors.extend(rendered.encoding_error());
        for object in Index::new(&stream.documents, Facts::default()).objects() {
            let mut value = object.root.to_json();
            if !self.show_secrets {
                hide(&mut value, object.kind == "Secret");
            }
            self.text.push_str(&json_line(&value));
            self.text.push('\n');
        }
    }
}

/// Masks what looks like a secret: the data of Secrets, the values of variables and keys with telling names.
fn hide(value: &mut Value, is_secret: bool) {
    match value {
        Value::Object(fields) => {
            let named = fields
                .get("name")
                .and_then(Value::as_str)
                .is_some_and(is_secret_name);
            for (key, field) in fields.iter_mut() {
                match field {
                    Value::String(text) if (named && key == "value") || is_secret_name(key) => {
                        *text = mask_value(text);
                    }
                    Value::Object(data) if is_secret && matches!(key.as_str(), "data" | "stringData") => {
                        for text in data.values_mut() {
                            *text = Value::String(mask_value(text.as_str().unwrap_or_default()));
                        }
                    }
                    _ => hide(field, false),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, is_secret)),
        _ => {}
    }
}
