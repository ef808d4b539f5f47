//! Joins the command line and `gate.toml` to a plan.

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::base::BaseRules;
use super::draft::Draft;
use super::paths::Base;
use super::{Plan, PlanError, Planned};
use crate::cli::{CheckArguments, CommonArguments};
use crate::config::{self, Config};

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

impl Request<'_> {
    /// Makes the plan. `today` is the day in UTC.
    pub fn plan(&self, options: &CommonArguments, today: Date) -> Result<Plan, PlanError> {
        let here = std::env::current_dir()
            .and_then(|here| here.canonicalize())
            .map_err(PlanError::WorkingDirectory)?;
        let rules = options
            .policy_from
            .as_ref()
            .map(|folder| BaseRules::read(folder, options, &here))
            .transpose()?;
        let config = match &rules {
            Some(rules) => Some(rules.config.clone()),
            None => configuration(options, &here)?,
        };
        if config.is_none() && matches!(self, Self::Check(_)) {
            return Err(PlanError::NoConfig);
        }
        let config = config.unwrap_or_default();
        let draft = Draft {
            options,
            config: &config,
            base: Base::new(&here, &config),
            rules: rules.as_ref(),
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
            folder: draft.base.folder(),
            not_checked: Vec::new(),
            complete: false,
            today,
            policy_from: None,
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
        plan.policy_from = rules.map(BaseRules::into_source);
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
