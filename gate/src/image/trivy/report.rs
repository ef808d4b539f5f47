//! The JSON report of trivy, schema version 2.

use std::fmt;

use serde::Deserialize;

/// How bad trivy calls a vulnerability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// Nobody has said.
    Unknown,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unknown => "UNKNOWN",
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
            Self::Critical => "CRITICAL",
        })
    }
}

/// A vulnerability that trivy reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageVulnerability {
    /// Its id, mostly a CVE.
    pub id: String,
    /// Other ids of it.
    pub aliases: Vec<String>,
    /// The package.
    pub package: String,
    /// The version that is installed.
    pub installed: String,
    /// The version that mends it.
    pub fixed: Option<String>,
    /// How bad it is.
    pub severity: Severity,
    /// Kind of package, for instance `debian` or `rustbinary`.
    pub ecosystem: String,
    /// Path of the file in the image that shows the package, where there is one.
    pub path: Option<String>,
    /// Digest of the unpacked layer that brings it, as trivy writes it.
    pub layer: Option<String>,
}

/// What trivy says of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// The image's configuration digest, as trivy writes it.
    pub image: Option<String>,
    /// How many packages of the system it recognised.
    pub system_packages: usize,
    /// How many other packages it recognised.
    pub other_packages: usize,
    /// What it reports, in its order.
    pub vulnerabilities: Vec<PackageVulnerability>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Report {
    schema_version: u64,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    results: Option<Vec<ScanResult>>,
}

#[derive(Deserialize, Default)]
struct Metadata {
    #[serde(rename = "ImageID")]
    image: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ScanResult {
    #[serde(default)]
    target: String,
    #[serde(default)]
    class: String,
    #[serde(default, rename = "Type")]
    ecosystem: String,
    #[serde(default)]
    packages: Option<Vec<serde::de::IgnoredAny>>,
    #[serde(default)]
    vulnerabilities: Option<Vec<Vulnerability>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Vulnerability {
    #[serde(rename = "VulnerabilityID")]
    id: String,
    #[serde(default, rename = "VendorIDs")]
    vendor_ids: Option<Vec<String>>,
    pkg_name: String,
    #[serde(default)]
    pkg_path: String,
    #[serde(default)]
    installed_version: String,
    #[serde(default)]
    fixed_version: String,
    severity: Severity,
    #[serde(default)]
    layer: Layer,
}

#[derive(Deserialize, Default)]
struct Layer {
    #[serde(rename = "DiffID")]
    unpacked: Option<String>,
}

const SYSTEM_PACKAGES: &str = "os-pkgs";

/// Reads a report. The error is one sentence without a period.
pub fn read_report(json: &[u8]) -> Result<Scan, String> {
    let report: Report = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    if report.schema_version != 2 {
        return Err(format!(
            "its schema has the version {}, and only 2 is known",
            report.schema_version
        ));
    }
    let mut scan = Scan {
        image: report.metadata.image,
        ..Scan::default()
    };
    for result in report.results.into_iter().flatten() {
        let packages = result.packages.as_ref().map_or(0, Vec::len);
        if result.class == SYSTEM_PACKAGES {
            scan.system_packages += packages;
        } else {
            scan.other_packages += packages;
        }
        let found = result.vulnerabilities.into_iter().flatten();
        let own_file = (result.class != SYSTEM_PACKAGES).then_some(result.target);
        scan.vulnerabilities
            .extend(found.map(|found| found.plain(&result.ecosystem, own_file.as_deref())));
    }
    Ok(scan)
}

impl Vulnerability {
    fn plain(self, ecosystem: &str, own_file: Option<&str>) -> PackageVulnerability {
        let path = [self.pkg_path.as_str(), own_file.unwrap_or_default()]
            .into_iter()
            .find(|path| !path.is_empty())
            .map(|path| format!("/{}", path.trim_start_matches('/')));
        PackageVulnerability {
            id: self.id,
            aliases: self.vendor_ids.unwrap_or_default(),
            package: self.pkg_name,
            installed: self.installed_version,
            fixed: (!self.fixed_version.is_empty()).then_some(self.fixed_version),
            severity: self.severity,
            ecosystem: ecosystem.to_owned(),
            path,
            layer: self.layer.unpacked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read() {
        let json = br#"{"SchemaVersion":2,"Metadata":{"ImageID":"sha256:aa"},"Results":[
            {"Target":"debian 12","Class":"os-pkgs","Type":"debian","Packages":[{"Name":"a"},{"Name":"b"}],
             "Vulnerabilities":[{"VulnerabilityID":"CVE-2026-1","PkgName":"a","InstalledVersion":"1","FixedVersion":"2",
             "Severity":"HIGH","Layer":{"DiffID":"sha256:bb"}}]},
            {"Target":"hello","Class":"lang-pkgs","Type":"rustbinary","Packages":[{"Name":"c"}]}]}"#;
        let scan = read_report(json).unwrap();
        assert_eq!((scan.system_packages, scan.other_packages), (2, 1));
        assert_eq!(scan.image.as_deref(), Some("sha256:aa"));
        let found = &scan.vulnerabilities[0];
        assert_eq!(
            (found.severity, found.fixed.as_deref()),
            (Severity::High, Some("2"))
        );
        assert_eq!(found.layer.as_deref(), Some("sha256:bb"));
    }

    #[test]
    fn what_is_no_report_is_an_error() {
        for text in [
            "",
            "{}",
            "[]",
            "no json",
            r#"{"SchemaVersion":1}"#,
            r#"{"SchemaVersion":2"#,
        ] {
            assert!(read_report(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(read_report(br#"{"SchemaVersion":2}"#), Ok(Scan::default()));
        assert_eq!(
            read_report(br#"{"SchemaVersion":2,"Results":null}"#),
            Ok(Scan::default())
        );
    }
}
