//! Options that every command takes.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum, value_parser};

use crate::config::{KubernetesRange, MaxAge, rule_override};
use crate::finding::Level;
use crate::render::Renderer;
use crate::report::{Colour, Format};
use crate::rules::Profile;
use crate::stages::Hint;

/// Options of every command.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
pub struct CommonArguments {
    /// Use this configuration instead of the nearest gate.toml
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Use no gate.toml
    #[arg(long, global = true)]
    pub no_config: bool,
    /// Take the rules, gate.toml and deny.toml, from this checkout of the base branch: the change is judged without
    /// what it does to them
    #[arg(long, global = true, value_name = "DIR", conflicts_with = "no_config")]
    pub policy_from: Option<PathBuf>,
    /// Minor version of the cluster, or a range of them [default: the newest known]
    #[arg(long, global = true, value_name = "1.N[..1.M]")]
    pub kubernetes: Option<KubernetesRange>,
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
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Colour,
    /// Print only findings, errors and the verdict
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Also print the programs and databases that were used
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Program that renders kustomizations [default: kubectl where found, else kustomize]
    #[arg(long, global = true, value_name = "PROGRAM")]
    pub renderer: Option<RendererArgument>,
    /// Let kustomizations fetch URLs
    #[arg(long, global = true)]
    pub allow_remote: bool,
    /// Folder of RustSec advisories, an unpacked or cloned database
    #[arg(long, global = true, value_name = "DIR", env = "GATE_ADVISORY_DB")]
    pub advisory_db: Option<PathBuf>,
    /// Refuse advisories older than this: 7d, 12h, or `unlimited` for the embedded table [default: 7d]
    #[arg(long, global = true, value_name = "AGE", env = "GATE_ADVISORY_DB_MAX_AGE")]
    pub advisory_db_max_age: Option<MaxAge>,
    /// Stop trivy when it takes longer than this for one image [default: 300]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = value_parser!(u64).range(1..))]
    pub trivy_timeout: Option<u64>,
}

impl CommonArguments {
    /// Where the whole report is, for forms that have a limit: a file, else the log where this run prints it.
    pub fn whole_report(&self) -> Option<String> {
        let is_whole = |format| matches!(format, Format::Human | Format::Json);
        let file = self.output.iter().find(|output| is_whole(output.format));
        file.map(|output| format!("`{}`", output.file.display()))
            .or_else(|| is_whole(self.format).then(|| "the log of this step".to_owned()))
    }
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
    /// Id of a rule of the catalogue whose level may be changed.
    pub id: String,
    /// Its level, or off.
    pub level: Option<Level>,
}

impl FromStr for RuleLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (id, level) = rule_override(text).map_err(|problem| match problem.hint() {
            Some(hint) => format!("{problem}; {hint}"),
            None => problem.to_string(),
        })?;
        Ok(Self { id, level })
    }
}

/// A program that renders kustomizations, as on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum RendererArgument {
    /// `kubectl kustomize`
    Kubectl,
    /// `kustomize build`
    Kustomize,
}

impl From<RendererArgument> for Renderer {
    fn from(argument: RendererArgument) -> Self {
        match argument {
            RendererArgument::Kubectl => Self::Kubectl,
            RendererArgument::Kustomize => Self::Kustomize,
        }
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
        let (format, file) = text
            .split_once('=')
            .ok_or("write it as FORMAT=FILE, for instance json=report.json")?;
        if file.is_empty() {
            return Err("the name of the file is missing".to_owned());
        }
        let format = Format::from_str(format, false)?;
        Ok(Self {
            format,
            file: file.into(),
        })
    }
}
