//! Turns each section of `gate.toml`, and what the command line says instead, into the settings of a stage.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::base::BaseRules;
use super::paths::{Base, input_file};
use super::{Plan, PlanError, Planned};
use crate::cli::{CheckArguments, CommonArguments, StageName};
use crate::config::{Config, Image};
use crate::deps::{DatabaseChoice, DenySettings, Features, InputFile, clone_folder};
use crate::finding::Level;
use crate::image::Claims;
use crate::image::trivy::Settings as TrivySettings;
use crate::kube::Facts;
use crate::render::Renderer;
use crate::report::{PolicyChange, Settings};
use crate::rules::{CATALOGUE, Policy, Profile, by_id};
use crate::stages::image::{ImageSource, Settings as ImageSettings};
use crate::stages::{chain, deps, manifests};

/// What the command line and `gate.toml` say, before it is a plan.
pub(super) struct Draft<'a> {
    pub(super) options: &'a CommonArguments,
    pub(super) config: &'a Config,
    pub(super) base: Base,
    /// The rules of another tree, where they hold.
    pub(super) rules: Option<&'a BaseRules>,
}

impl Draft<'_> {
    pub(super) fn settings(&self) -> Settings {
        let defaults = Settings::default();
        let options = self.options;
        let dependencies = self.config.dependencies.as_ref();
        Settings {
            kubernetes: options
                .kubernetes
                .or(self.config.kubernetes)
                .unwrap_or(defaults.kubernetes),
            profile: options
                .profile
                .map(Profile::from)
                .or(self.config.profile)
                .unwrap_or(defaults.profile),
            fail_on: options.fail_on.map_or(defaults.fail_on, Level::from),
            max_age: options
                .advisory_db_max_age
                .or(dependencies.and_then(|section| section.max_age))
                .unwrap_or(defaults.max_age),
        }
    }

    pub(super) fn policy(&self, profile: Profile) -> Result<(Policy, Vec<PolicyChange>), PlanError> {
        let mut levels: BTreeMap<String, Option<Level>> = BTreeMap::new();
        for group in &self.options.only_group {
            if !CATALOGUE.iter().any(|rule| rule.group.name() == group) {
                return Err(PlanError::UnknownGroup(group.clone()));
            }
        }
        if self.options.enable_all {
            let outside = CATALOGUE.iter().filter(|rule| rule.profile > profile);
            levels.extend(outside.map(|rule| (rule.id.to_owned(), Some(rule.level))));
        }
        levels.extend(self.config.levels());
        levels.extend(self.options.rule.iter().map(|rule| (rule.id.clone(), rule.level)));
        let given = |id: &str| self.options.rule.iter().any(|rule| rule.id == id);
        let place = |id: &str| {
            self.config
                .rules
                .get(id)
                .filter(|_| !given(id))
                .map(|setting| setting.location.clone())
        };
        let change = |(id, level): (&String, &Option<Level>)| PolicyChange::of(by_id(id)?, *level, place(id));
        let changes = levels.iter().filter_map(change).collect();
        if !self.options.only_group.is_empty() {
            let others = CATALOGUE.iter().filter(|rule| {
                !self
                    .options
                    .only_group
                    .iter()
                    .any(|group| group == rule.group.name())
            });
            levels.extend(others.map(|rule| (rule.id.to_owned(), None)));
        }
        Ok((Policy { profile, levels }, changes))
    }

    pub(super) fn check(&self, arguments: &CheckArguments, plan: &mut Plan) -> Result<(), PlanError> {
        let chosen = |stage: StageName| Chosen::of(arguments, stage);
        if self.config.manifests.is_some() {
            plan.manifests = Some(chosen(StageName::Manifests).plan(|| self.manifests(&[]))?);
        }
        if self.config.dependencies.is_some() {
            plan.deps = Some(chosen(StageName::Deps).plan(|| self.deps(&[]))?);
        }
        if !self.config.images.is_empty() {
            plan.image = Some(chosen(StageName::Image).plan(|| self.images(&[]))?);
        }
        for stage in &arguments.only {
            let declared = match stage {
                StageName::Manifests => plan.manifests.is_some(),
                StageName::Deps => plan.deps.is_some(),
                StageName::Image => plan.image.is_some(),
            };
            if !declared {
                return Err(PlanError::NotDeclared(stage.name()));
            }
        }
        plan.as_released = arguments.as_released;
        if plan.as_released && !matches!(plan.image, Some(Planned::Run(_))) {
            return Err(PlanError::NoImages);
        }
        plan.complete = true;
        Ok(())
    }

    pub(super) fn manifests(&self, paths: &[PathBuf]) -> Result<manifests::Settings, PlanError> {
        let section = self.config.manifests.clone().unwrap_or_default();
        let paths = self.base.paths(paths, &section.paths);
        if paths.is_empty() {
            return Err(PlanError::NoPaths("manifests"));
        }
        let settings = self.settings();
        let defaults = Facts::default();
        Ok(manifests::Settings {
            root: self.base.root.clone(),
            paths,
            renderer: self.options.renderer.map_or(Renderer::Auto, Renderer::from),
            allow_remote: self.options.allow_remote,
            facts: Facts {
                namespace: section.namespace.unwrap_or(defaults.namespace.clone()),
                versions: settings.kubernetes.into(),
                external_images: section
                    .external_images
                    .into_iter()
                    .map(|glob| glob.value)
                    .collect(),
                ..defaults
            },
        })
    }

    pub(super) fn deps(&self, paths: &[PathBuf]) -> Result<deps::Settings, PlanError> {
        let section = self.config.dependencies.clone().unwrap_or_default();
        let inputs: Vec<InputFile> = self
            .base
            .named(paths, &section.lockfiles)
            .into_iter()
            .map(input_file)
            .collect();
        if inputs.is_empty() {
            return Err(PlanError::NoPaths("dependencies"));
        }
        // What is named on the command line may be anything; only the repository's own lockfiles are trusted with it.
        let deny = section.deny && paths.is_empty();
        Ok(deps::Settings {
            inputs,
            database: self.database(),
            deny: deny.then(|| DenySettings {
                configurations: self.rules.map(|rules| rules.deny.clone()).unwrap_or_default(),
                tree: self.rules.map(|rules| rules.tree.clone()),
                ..DenySettings::default()
            }),
            repository: self.base.repository.clone(),
            ..deps::Settings::default()
        })
    }

    fn database(&self) -> DatabaseChoice {
        let section = self.config.dependencies.as_ref();
        let configured = section.and_then(|section| section.advisory_database.as_ref());
        DatabaseChoice {
            given: self
                .options
                .advisory_db
                .clone()
                .or_else(|| configured.map(|path| self.database_folder(&path.value))),
            // Without a cache folder there can be no clone in it.
            clone: clone_folder().ok(),
            max_age: self.settings().max_age,
        }
    }

    /// A database of `gate.toml` belongs to the rules.
    fn database_folder(&self, path: &str) -> PathBuf {
        match self.rules {
            Some(rules) => rules.folder().join(path),
            None => self.base.as_written_here(path),
        }
    }

    fn trivy(&self) -> TrivySettings {
        let defaults = TrivySettings::default();
        let time_limit = self.options.trivy_timeout.map(Duration::from_secs);
        TrivySettings {
            time_limit: time_limit.unwrap_or(defaults.time_limit),
            ..defaults
        }
    }

    pub(super) fn images(&self, paths: &[PathBuf]) -> Result<chain::Images, PlanError> {
        let mut images = chain::Images {
            database: self.database(),
            trusted: self
                .config
                .dependencies
                .as_ref()
                .is_some_and(|section| section.deny)
                && paths.is_empty(),
            ..chain::Images::default()
        };
        images.settings = ImageSettings {
            repository: self.base.repository.clone(),
            trivy: self.trivy(),
            ..ImageSettings::default()
        };
        if paths.is_empty() {
            for image in &self.config.images {
                self.declared_image(image, &mut images);
            }
        } else {
            for (path, name) in self.base.named(paths, &[]) {
                match self.declaration_of(&path) {
                    Some(image) => self.declared_image(image, &mut images),
                    None => images.settings.images.push(ImageSource {
                        path,
                        name,
                        ..ImageSource::default()
                    }),
                }
            }
        }
        if images.settings.images.is_empty() {
            return Err(PlanError::NoPaths("images"));
        }
        Ok(images)
    }

    /// The entry of `gate.toml` whose source is a path of the command line: what it says of the image still holds.
    fn declaration_of(&self, path: &Path) -> Option<&Image> {
        let given = path.canonicalize().ok()?;
        let same = |image: &&Image| {
            let source = self.base.of_config(&image.source.value).canonicalize();
            source.is_ok_and(|source| source == given)
        };
        self.config.images.iter().find(same)
    }

    fn declared_image(&self, image: &Image, images: &mut chain::Images) {
        let path = self.base.of_config(&image.source.value);
        if let Some(lockfile) = &image.lockfile {
            let file = input_file((self.base.of_config(&lockfile.value), lockfile.value.clone()));
            images.lockfiles.insert(path.clone(), file);
        }
        let features = Features {
            default: image.default_features,
            named: image.features.iter().map(|name| name.value.clone()).collect(),
        };
        images.features.insert(path.clone(), features);
        images.settings.images.push(ImageSource {
            path,
            name: image.source.value.clone(),
            repositories: image
                .repositories
                .iter()
                .map(|repository| repository.value.clone())
                .collect(),
            claims: Claims {
                minimal: image.minimal,
                allowed_files: image
                    .allowed_files
                    .iter()
                    .map(|glob| glob.value.clone())
                    .collect(),
                uses: Vec::new(),
            },
        });
    }
}

/// Whether a declared stage runs.
enum Chosen {
    Runs,
    Left(String),
}

impl Chosen {
    fn of(arguments: &CheckArguments, stage: StageName) -> Self {
        if arguments.skip.contains(&stage) {
            return Self::Left(format!("by `--skip {}`", stage.name()));
        }
        if !arguments.only.is_empty() && !arguments.only.contains(&stage) {
            let only: Vec<String> = arguments
                .only
                .iter()
                .map(|stage| format!("--only {}", stage.name()))
                .collect();
            return Self::Left(format!("by `{}`", only.join(" ")));
        }
        Self::Runs
    }

    fn plan<T>(self, settings: impl FnOnce() -> Result<T, PlanError>) -> Result<Planned<T>, PlanError> {
        match self {
            Self::Runs => settings().map(Planned::Run),
            Self::Left(reason) => Ok(Planned::Skipped(reason)),
        }
    }
}
