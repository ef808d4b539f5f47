//! Joins the command line and `gate.toml` to a plan.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil::Date;

use super::paths::{Base, input_file};
use super::{Plan, Planned};
use crate::cli::{CheckArguments, CommonArguments, StageName};
use crate::config::{self, Config, ConfigError, Image};
use crate::deps::{DatabaseChoice, DenySettings, InputFile, clone_folder};
use crate::finding::Level;
use crate::image::Claims;
use crate::image::trivy::Settings as TrivySettings;
use crate::kube::{Facts, Versions};
use crate::render::Renderer;
use crate::report::{PolicyChange, Settings};
use crate::rules::{CATALOGUE, Policy, Profile, by_id};
use crate::stages::image::{ImageSource, Settings as ImageSettings};
use crate::stages::{Hint, StageError, chain, deps, manifests};

/// What is to be judged.
#[derive(Debug)]
pub enum Request<'a> {
    /// Everything that `gate.toml` declares.
    Check(&'a CheckArguments),
    /// Manifests: these, else those of `gate.toml`.
    Manifests(&'a [PathBuf]),
    /// Dependencies: these, else those of `gate.toml`.
    Deps(&'a [PathBuf]),
    /// Images: these, else those of `gate.toml`.
    Image(&'a [PathBuf]),
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The working directory is gone or may not be read.
    #[error("the working directory cannot be read: {0}")]
    WorkingDirectory(std::io::Error),
    /// `gate.toml` has errors.
    #[error("the configuration has errors")]
    Config(Vec<ConfigError>),
    /// `gate check` has nothing that tells it what to check.
    #[error("there is no gate.toml here or in a folder above, up to the root of the repository")]
    NoConfig,
    /// Nothing was named on the command line, and `gate.toml` declares nothing of the kind.
    #[error("no path was given, and no gate.toml declares {0}")]
    NoPaths(&'static str),
    /// A group that the catalogue does not have.
    #[error("there is no group `{0}` of rules")]
    UnknownGroup(String),
    /// A stage that is asked for and not declared.
    #[error("`{0}` is not declared in gate.toml")]
    NotDeclared(&'static str),
    /// Nothing would give the digests.
    #[error("`--as-released` takes the digests of images at hand, and the stage `image` does not run")]
    NoImages,
}

impl Hint for PlanError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::WorkingDirectory(_) | Self::Config(_) => return None,
            Self::NoConfig => {
                "write a gate.toml that says what to judge, or name one with `--config`".to_owned()
            }
            Self::NoPaths(_) => "name what to judge, or declare it in gate.toml".to_owned(),
            Self::UnknownGroup(_) => {
                let mut groups: Vec<&str> = CATALOGUE.iter().map(|rule| rule.group.name()).collect();
                groups.dedup();
                format!("the groups are {}", groups.join(", "))
            }
            Self::NotDeclared(stage) => format!("declare it there, or leave out `--only {stage}`"),
            Self::NoImages => "declare the images in gate.toml, and do not skip them".to_owned(),
        })
    }
}

impl PlanError {
    /// The errors as a report prints them.
    pub fn stage_errors(&self) -> Vec<StageError> {
        match self {
            Self::Config(errors) => errors.iter().map(StageError::from).collect(),
            other => vec![StageError::new(other)],
        }
    }
}

impl Request<'_> {
    /// Makes the plan. `today` is the day in UTC.
    pub fn plan(&self, options: &CommonArguments, today: Date) -> Result<Plan, PlanError> {
        let here = std::env::current_dir()
            .and_then(|here| here.canonicalize())
            .map_err(PlanError::WorkingDirectory)?;
        let config = configuration(options, &here)?;
        if config.is_none() && matches!(self, Self::Check(_)) {
            return Err(PlanError::NoConfig);
        }
        let config = config.unwrap_or_default();
        let base = Base::new(&here, &config);
        let draft = Draft {
            options,
            config: &config,
            base,
        };
        let settings = draft.settings();
        let (policy, changes) = draft.policy(settings.profile)?;
        let mut plan = Plan {
            settings,
            policy,
            changes,
            manifests: None,
            deps: None,
            image: None,
            as_released: false,
            not_checked: Vec::new(),
            complete: false,
            today,
            config: Config::default(),
        };
        match self {
            Self::Check(arguments) => draft.check(arguments, &mut plan)?,
            Self::Manifests(paths) => plan.manifests = Some(Planned::Run(draft.manifests(paths)?)),
            Self::Deps(paths) => plan.deps = Some(Planned::Run(draft.deps(paths)?)),
            Self::Image(paths) => plan.image = Some(Planned::Run(draft.images(paths)?)),
        }
        plan.not_checked = not_checked(&plan, options);
        plan.config = config;
        Ok(plan)
    }
}

fn configuration(options: &CommonArguments, here: &Path) -> Result<Option<Config>, PlanError> {
    if options.no_config {
        return Ok(None);
    }
    let file = match &options.config {
        Some(file) => Some(file.clone()),
        None => config::find(here),
    };
    let Some(file) = file else { return Ok(None) };
    let name = match &options.config {
        Some(file) => file.display().to_string(),
        None => config::FILE_NAME.to_owned(),
    };
    config::read(&file, &name).map(Some).map_err(PlanError::Config)
}

/// What nobody asked to check.
fn not_checked(plan: &Plan, options: &CommonArguments) -> Vec<String> {
    let mut left_out = Vec::new();
    let stages = [
        ("manifests", plan.manifests.is_none()),
        ("dependencies", plan.deps.is_none()),
        ("images", plan.image.is_none()),
    ];
    left_out.extend(
        stages
            .iter()
            .filter(|(_, absent)| *absent)
            .map(|(name, _)| (*name).to_owned()),
    );
    if !options.only_group.is_empty() {
        left_out.push(format!(
            "rules of other groups than {}",
            options.only_group.join(", ")
        ));
    }
    left_out
}

struct Draft<'a> {
    options: &'a CommonArguments,
    config: &'a Config,
    base: Base,
}

impl Draft<'_> {
    fn settings(&self) -> Settings {
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

    fn policy(&self, profile: Profile) -> Result<(Policy, Vec<PolicyChange>), PlanError> {
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

    fn check(&self, arguments: &CheckArguments, plan: &mut Plan) -> Result<(), PlanError> {
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

    fn manifests(&self, paths: &[PathBuf]) -> Result<manifests::Settings, PlanError> {
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
                versions: Versions {
                    from: u32::from(settings.kubernetes.from.0),
                    to: u32::from(settings.kubernetes.to.0),
                },
                external_images: section
                    .external_images
                    .into_iter()
                    .map(|glob| glob.value)
                    .collect(),
                ..defaults
            },
        })
    }

    fn deps(&self, paths: &[PathBuf]) -> Result<deps::Settings, PlanError> {
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
            deny: deny.then(DenySettings::default),
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
                .or_else(|| configured.map(|path| self.base.as_written_here(&path.value))),
            // Without a cache folder there can be no clone in it.
            clone: clone_folder().ok(),
            max_age: self.settings().max_age,
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

    fn images(&self, paths: &[PathBuf]) -> Result<chain::Images, PlanError> {
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
