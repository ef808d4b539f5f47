//! Options that every command takes.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};

use crate::config::MaximumAge;
use crate::finding::Level;
use crate::render::Renderer;
use crate::report::Format;
use crate::rules::Profile;

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
pub struct CommonArguments {
    /// Use this configuration instead of the nearest gate.toml
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Use no gate.toml
    #[arg(long, global = true)]
    pub no_config: bool,
    /// Minor version of the cluster [default: the newest known]
    #[arg(long, global = true, value_name = "1.N")]
    pub kubernetes: Option<crate::kube::Version>,
    /// Set of rules [default: production]
    #[arg(long, global = true)]
    pub profile: Option<ProfileArgument>,
    /// Run every rule, whatever the profile
    #[arg(long, global = true)]
    pub enable_all: bool,
    /// Run the rules of this group only; may be given several times
    #[arg(long, global = true, value_name = "GROUP")]
    pub only_group: Vec<String>,
    /// Set the level of a rule: off, note, warning or error; may be given several times
    #[arg(long, global = true, value_name = "ID=LEVEL")]
    pub rule: Vec<RuleLevel>,
    /// Form of the report on standard output
    #[arg(long, global = true, default_value = "human")]
    pub format: Format,
    /// Also write the report in a form to a file; may be given several times
    #[arg(long, global = true, value_name = "FORMAT=FILE")]
    pub output: Vec<OutputArgument>,
    /// Lowest level that makes the run fail [default: warning]
    #[arg(long, global = true, value_name = "LEVEL")]
    pub fail_on: Option<FailOn>,
    /// When to use colour
    #[arg(long, global = true, default_value = "auto")]
    pub color: Color,
    /// Print only findings, errors and the verdict
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Program that renders kustomizations [default: kubectl where found, else kustomize]
    #[arg(long, global = true)]
    pub renderer: Option<Renderer>,
    /// Let kustomizations fetch URLs
    #[arg(long, global = true)]
    pub allow_remote: bool,
    /// Folder of RustSec advisories, an unpacked or cloned database
    #[arg(long, global = true, value_name = "DIR", env = "GATE_ADVISORY_DB")]
    pub advisory_db: Option<PathBuf>,
    /// Refuse advisories older than this: 7d, 12h, or `unlimited` for the embedded table [default: 7d]
    #[arg(long, global = true, value_name = "AGE", env = "GATE_ADVISORY_DB_MAX_AGE")]
    pub advisory_db_max_age: Option<MaximumAge>,
}

/// A set of rules, as on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ProfileArgument {
    /// What no cluster should run
    Baseline,
    /// Hardened workloads
    Restricted,
    /// Hardened, pinned, and surviving outages
    Production,
}

impl From<ProfileArgument> for Profile {
    fn from(argument: ProfileArgument) -> Self {
        match argument {
            ProfileArgument::Baseline => Self::Baseline,
            ProfileArgument::Restricted => Self::Restricted,
            ProfileArgument::Production => Self::Production,
        }
    }
}

/// The lowest level that fails, as on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum FailOn {
    /// Only errors
    Error,
    /// Warnings and errors
    Warning,
    /// Every finding
    Note,
}

impl From<FailOn> for Level {
    fn from(argument: FailOn) -> Self {
        match argument {
            FailOn::Error => Self::Error,
            FailOn::Warning => Self::Warning,
            FailOn::Note => Self::Note,
        }
    }
}

/// When to use colour.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Color {
    /// On a terminal that wants it
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A stage, as on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum StageName {
    /// Manifests
    Manifests,
    /// Dependencies
    Deps,
    /// Images
    Image,
}

impl StageName {
    /// Name as in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Manifests => "manifests",
            Self::Deps => "deps",
            Self::Image => "image",
        }
    }
}

/// `ID=LEVEL`: the level of a rule; none turns it off.
#[derive(Clone, Debug)]
pub struct RuleLevel {
    /// Id of a rule of the catalogue that may be configured.
    pub id: &'static str,
    /// Its level, or off.
    pub level: Option<Level>,
}

impl FromStr for RuleLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (id, level) = text.split_once('=').ok_or("write it as ID=LEVEL, for instance no-zone-spread=note")?;
        let rule = crate::rules::by_id(id).ok_or_else(|| format!("there is no rule `{id}`; see `gate rules`"))?;
        if !rule.excusable {
            return Err(format!("the level of `{id}` is fixed"));
        }
        let level = match level {
            "off" => None,
            "note" => Some(Level::Note),
            "warning" => Some(Level::Warning),
            "error" => Some(Level::Error),
            other => return Err(format!("`{other}` is no level: off, note, warning or error")),
        };
        Ok(Self { id: rule.id, level })
    }
}

/// `FORMAT=FILE`: a further report.
#[derive(Clone, Debug)]
pub struct OutputArgument {
    /// Form of the report.
    pub format: Format,
    /// File to write.
    pub file: PathBuf,
}

impl FromStr for OutputArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = text.split_once('=').ok_or("write it as FORMAT=FILE, for instance json=report.json")?;
        if file.is_empty() {
            return Err("the name of the file is missing".to_owned());
        }
        Ok(Self { format: Format::from_str(format, false)?, file: file.into() })
    }
}
