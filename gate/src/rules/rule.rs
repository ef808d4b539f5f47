//! What a rule is.

use crate::finding::Level;
use crate::{deps, exceptions, image, kube, yaml};

/// The folder of a rule, which is also its topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Pod Security Standards.
    PodSecurity,
    /// Hardening beyond the standards.
    Hardening,
    /// Where images come from and whether they are pinned.
    SupplyChain,
    /// Zones, replicas, disruption budgets.
    Availability,
    /// What the API server or kubectl refuses or drops.
    Api,
    /// Crates with known defects.
    Dependencies,
    /// Contents of images.
    Image,
    /// Exceptions themselves.
    Exceptions,
}

impl Group {
    /// Name as in reports: the folder's.
    pub fn name(self) -> &'static str {
        match self {
            Self::PodSecurity => "pod_security",
            Self::Hardening => "hardening",
            Self::SupplyChain => "supply_chain",
            Self::Availability => "availability",
            Self::Api => "api",
            Self::Dependencies => "dependencies",
            Self::Image => "image",
            Self::Exceptions => "exceptions",
        }
    }
}

/// A set of rules; each contains the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Profile {
    /// What no cluster should run.
    Baseline,
    /// Hardened workloads.
    Restricted,
    /// Hardened, pinned, and surviving outages.
    Production,
}

impl Profile {
    /// Name as on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
            Self::Production => "production",
        }
    }
}

/// What a rule looks at. Every check is a pure function of a view that another room made; it names a place in
/// the terms of that room and computes no line numbers.
#[derive(Clone, Copy)]
pub enum Check {
    /// Each container of each workload.
    Container(fn(&kube::Container<'_>, &mut Sink<kube::Field>)),
    /// Each workload.
    Workload(fn(&kube::Workload<'_>, &mut Sink<kube::Field>)),
    /// All objects of a render together.
    Render(fn(&kube::Index<'_>, &mut Sink<kube::Field>)),
    /// The text before it became objects.
    Text(fn(&yaml::Stream, &mut Sink<yaml::Place>)),
    /// A lockfile or embedded list against the advisories.
    Dependencies(fn(&deps::Audit, &mut Sink<deps::Place>)),
    /// An image.
    Image(fn(&image::Inspection, &mut Sink<image::Place>)),
    /// Exceptions and what they matched.
    Exceptions(fn(&exceptions::Usage<'_>, &mut Sink<exceptions::Place>)),
}

/// One rule of the catalogue.
pub struct Rule {
    /// Its id, for ever.
    pub id: &'static str,
    /// Its group.
    pub group: Group,
    /// Level unless configuration says otherwise.
    pub level: Level,
    /// The lowest profile that turns it on.
    pub profile: Profile,
    /// May an exception cover it, or configuration lower it? (Marked † in the catalogue where not.)
    pub excusable: bool,
    /// Ids of rules that stay silent about a place where this one speaks: one defect, one finding.
    pub instead_of: &'static [&'static str],
    /// The user's page, as the doc comment has it.
    pub page: &'static str,
    /// What it does.
    pub check: Check,
}

impl Rule {
    /// First sentence of the page: what is wrong.
    pub fn summary(&self) -> &'static str {
        self.page.trim_start().lines().next().unwrap_or_default().trim()
    }
}

/// What a rule reports: a place in the terms of a room, and a few words.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit<Place> {
    /// Where.
    pub place: Place,
    /// A level of its own, where the catalogue gives a part of the rule another one.
    pub level: Option<Level>,
    /// What is wrong, one sentence without a period.
    pub message: String,
    /// The offending values.
    pub detail: Option<String>,
    /// What to do.
    pub help: Option<String>,
    /// Advisory and CVE ids.
    pub identifiers: Vec<String>,
    /// Other places with a label each.
    pub related: Vec<(Place, String)>,
}

impl<Place> Hit<Place> {
    /// Sets the offending values.
    pub fn detail(&mut self, detail: impl Into<String>) -> &mut Self {
        self.detail = Some(detail.into());
        self
    }

    /// Sets what to do.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// Sets a level of its own.
    pub fn level(&mut self, level: Level) -> &mut Self {
        self.level = Some(level);
        self
    }

    /// Adds a second place.
    pub fn related(&mut self, place: Place, label: impl Into<String>) -> &mut Self {
        self.related.push((place, label.into()));
        self
    }

    /// Adds ids by which others know the defect.
    pub fn identifiers(&mut self, identifiers: impl IntoIterator<Item = String>) -> &mut Self {
        self.identifiers.extend(identifiers);
        self
    }
}

/// Collects the hits of one rule.
#[derive(Debug)]
pub struct Sink<Place> {
    hits: Vec<Hit<Place>>,
}

impl<Place> Default for Sink<Place> {
    fn default() -> Self {
        Self { hits: Vec::new() }
    }
}

impl<Place> Sink<Place> {
    /// Reports one defect; the returned hit takes detail, help, level and related places.
    pub fn report(&mut self, place: Place, message: impl Into<String>) -> &mut Hit<Place> {
        let message = message.into();
        let hit = Hit {
            place,
            level: None,
            message,
            detail: None,
            help: None,
            identifiers: vec![],
            related: vec![],
        };
        self.hits.push(hit);
        let last = self.hits.len() - 1;
        &mut self.hits[last]
    }

    /// All hits in the order of their reporting.
    pub fn into_hits(self) -> Vec<Hit<Place>> {
        self.hits
    }
}

/// Declares the rule of a file: the doc comment is the user's page and is captured into [`Rule::page`].
///
/// ```ignore
/// declare_rule! {
///     /// A container runs privileged.
///     ///
///     /// # Why it matters
///     /// …
///     ///
///     /// # What to do
///     /// …
///     ///
///     /// # References
///     /// - …
///     id: "privileged-container",
///     group: PodSecurity,
///     level: Error,
///     profile: Baseline,
///     check: Container(check),
/// }
/// ```
macro_rules! declare_rule {
    (
        $(#[doc = $line:literal])+
        id: $id:literal,
        group: $group:ident,
        level: $level:ident,
        profile: $profile:ident,
        $(excusable: $excusable:literal,)?
        $(instead_of: $silenced:literal,)?
        check: $check:ident($function:path),
    ) => {
        $(#[doc = $line])+
        pub(crate) static RULE: $crate::rules::Rule = $crate::rules::Rule {
            id: $id,
            group: $crate::rules::Group::$group,
            level: $crate::finding::Level::$level,
            profile: $crate::rules::Profile::$profile,
            excusable: true $(&& $excusable)?,
            instead_of: &[$($silenced)?],
            page: concat!($($line, "\n"),+),
            check: $crate::rules::Check::$check($function),
        };
    };
}
pub(crate) use declare_rule;
