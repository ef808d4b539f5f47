//! One advisory: facts, no prose.
//!
//! The database and the embedded table become the same [`Facts`] first, so both are judged by the same code.

use jiff::civil::Date;
use rustsec::VersionReq;
use rustsec::advisory::{Informational, License, Versions};
use rustsec::semver::Version;
use serde::{Deserialize, Serialize};

/// What kind of advisory it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A vulnerability.
    Vulnerability,
    /// Undefined behaviour can be caused from safe code.
    Unsound,
    /// Nobody cares for the crate any more.
    Unmaintained,
    /// Something else that a user should know.
    Notice,
}

/// Who has to be named when an advisory is passed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribution {
    /// SPDX identifier of the licence.
    pub license: String,
    /// Where it was first published.
    pub url: String,
}

/// One advisory.
#[derive(Clone, Debug)]
pub struct Advisory {
    /// Its id, for instance `RUSTSEC-2020-0071`.
    pub id: String,
    /// The crate.
    pub package: String,
    /// Ids of the same defect elsewhere, CVE ids among them.
    pub aliases: Vec<String>,
    /// What kind it is.
    pub kind: Kind,
    /// The day it was reported.
    pub date: Date,
    /// The day it was withdrawn.
    pub withdrawn: Option<Date>,
    /// CVSS vector.
    pub cvss: Option<String>,
    /// Affected functions; none means that they are not named.
    pub functions: Vec<String>,
    /// The only operating systems that are affected; none means all.
    pub operating_systems: Vec<String>,
    /// The only processor architectures that are affected; none means all.
    pub architectures: Vec<String>,
    /// Present where the advisory is not in the public domain.
    pub attribution: Option<Attribution>,
    versions: Versions,
}

impl Advisory {
    /// Does it hold for a version? Withdrawn advisories hold for none.
    pub fn affects(&self, version: &Version) -> bool {
        self.withdrawn.is_none() && self.versions.is_vulnerable(version)
    }

    /// Requirements that versions without the defect meet.
    pub fn patched(&self) -> &[VersionReq] {
        self.versions.patched()
    }

    /// Its page.
    pub fn page(&self) -> String {
        format!("https://rustsec.org/advisories/{}.html", self.id)
    }

    /// Severity by the base score of its CVSS vector, in lowercase; none where there is no vector.
    pub fn severity(&self) -> Option<String> {
        let vector: cvss::Cvss = self.cvss.as_deref()?.parse().ok()?;
        Some(vector.severity().to_string().to_lowercase())
    }

    /// Its id and those by which others know it.
    pub fn identifiers(&self) -> impl Iterator<Item = String> {
        std::iter::once(&self.id).chain(&self.aliases).cloned()
    }
}

/// An advisory as it stands in the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Facts {
    pub(super) id: String,
    package: String,
    date: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    informational: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cvss: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    patched: Vec<VersionReq>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unaffected: Vec<VersionReq>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    functions: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    os: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    arch: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    withdrawn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    license: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

impl From<rustsec::Advisory> for Facts {
    fn from(advisory: rustsec::Advisory) -> Self {
        let affected = advisory.affected.unwrap_or_default();
        let metadata = advisory.metadata;
        let free = metadata.license == License::CcZero10;
        let text = |license: &License| match license {
            License::CcBy40 => "CC-BY-4.0".to_owned(),
            other => other.to_string(),
        };
        Self {
            id: metadata.id.to_string(),
            package: metadata.package.to_string(),
            date: metadata.date.to_string(),
            aliases: metadata.aliases.iter().map(ToString::to_string).collect(),
            informational: metadata.informational.map(|kind| kind.as_str().to_owned()),
            cvss: metadata.cvss.map(|vector| vector.to_string()),
            patched: advisory.versions.patched().to_vec(),
            unaffected: advisory.versions.unaffected().to_vec(),
            functions: affected.functions.keys().map(ToString::to_string).collect(),
            os: affected.os,
            arch: affected.arch,
            withdrawn: metadata.withdrawn.map(|date| date.to_string()),
            license: (!free).then(|| text(&metadata.license)),
            url: metadata.url.filter(|_| !free).map(|url| url.to_string()),
        }
    }
}

impl TryFrom<Facts> for Advisory {
    type Error = String;

    fn try_from(facts: Facts) -> Result<Self, String> {
        let date = |text: &str| text.parse::<Date>().map_err(|_| format!("`{text}` is no date"));
        let versions = Versions::new(facts.patched, facts.unaffected).map_err(|error| error.to_string())?;
        Ok(Self {
            kind: kind(facts.informational.as_deref()),
            date: date(&facts.date)?,
            withdrawn: facts.withdrawn.as_deref().map(date).transpose()?,
            attribution: facts.license.map(|license| Attribution {
                license,
                url: facts.url.unwrap_or_default(),
            }),
            id: facts.id,
            package: facts.package,
            aliases: facts.aliases,
            cvss: facts.cvss,
            functions: facts.functions,
            operating_systems: facts.os,
            architectures: facts.arch,
            versions,
        })
    }
}

/// A kind that is not known yet is a notice, so that no advisory is dropped.
fn kind(informational: Option<&str>) -> Kind {
    match informational {
        None => Kind::Vulnerability,
        Some(text) => match text.parse() {
            Ok(Informational::Unsound) => Kind::Unsound,
            Ok(Informational::Unmaintained) => Kind::Unmaintained,
            _ => Kind::Notice,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"```toml
[advisory]
id = "RUSTSEC-2099-0001"
package = "example"
date = "2026-01-02"
aliases = ["CVE-2026-1234"]
cvss = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
[affected]
os = ["windows"]
functions = { "example::run" = ["< 1.2.3"] }
[versions]
patched = [">= 1.2.3"]
unaffected = ["< 1.0.0"]
```
# Title
Prose.
"#;

    fn advisory(text: &str) -> Advisory {
        let advisory: rustsec::Advisory = text.parse().unwrap();
        Facts::from(advisory).try_into().unwrap()
    }

    fn affects(advisory: &Advisory, version: &str) -> bool {
        advisory.affects(&Version::parse(version).unwrap())
    }

    #[test]
    fn affected_are_the_versions_between_unaffected_and_patched() {
        let advisory = advisory(TEXT);
        let affected: Vec<bool> = ["0.9.9", "1.0.0", "1.2.3-alpha", "1.2.2", "1.2.3", "2.0.0"]
            .iter()
            .map(|version| affects(&advisory, version))
            .collect();
        assert_eq!(affected, [false, true, true, true, false, false]);
    }

    #[test]
    fn a_withdrawn_advisory_affects_nothing() {
        let text = TEXT.replace("aliases", "withdrawn = \"2026-02-03\"\naliases");
        assert!(!affects(&advisory(&text), "1.0.0"));
    }

    #[test]
    fn facts_survive_the_way_through_the_table() {
        let facts = Facts::from(TEXT.parse::<rustsec::Advisory>().unwrap());
        let text = serde_json::to_string(&facts).unwrap();
        assert!(!text.contains("Prose") && !text.contains("Title"), "{text}");
        assert_eq!(serde_json::from_str::<Facts>(&text).unwrap(), facts);
    }

    #[test]
    fn severity_functions_and_systems_are_known() {
        let advisory = advisory(TEXT);
        assert_eq!(advisory.severity().as_deref(), Some("critical"));
        assert_eq!(advisory.functions, ["example::run"]);
        assert_eq!(advisory.operating_systems, ["windows"]);
        let identifiers: Vec<String> = advisory.identifiers().collect();
        assert_eq!(identifiers, ["RUSTSEC-2099-0001", "CVE-2026-1234"]);
    }

    #[test]
    fn a_licence_that_asks_for_it_travels_with_its_origin() {
        let text = TEXT.replace(
            "aliases",
            "license = \"CC-BY-4.0\"\nurl = \"https://example.com/a\"\naliases",
        );
        let attribution = advisory(&text).attribution.unwrap();
        assert_eq!(
            (attribution.license.as_str(), attribution.url.as_str()),
            ("CC-BY-4.0", "https://example.com/a")
        );
    }

    #[test]
    fn an_unknown_kind_is_a_notice() {
        assert_eq!(kind(Some("something new")), Kind::Notice);
        assert_eq!(kind(Some("unsound")), Kind::Unsound);
        assert_eq!(kind(None), Kind::Vulnerability);
    }
}
