//! What is known of an image: the view that the rules of group `image/` look at.

use super::contents::{Contents, Executable, File};
use super::layout::Descriptor;
use super::trivy::Scan;
use super::{Configuration, Digest, ImageError, Platform, Port};
use crate::deps::{ListKind, ListedPackage};
use crate::finding::Level;

/// By which digests an image can be pinned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    /// The index that offers it for several platforms.
    pub index: Option<Digest>,
    /// Its manifest; a Docker archive has none.
    pub manifest: Option<Digest>,
    /// Its configuration.
    pub configuration: Option<Digest>,
}

/// A use of an image in a manifest: what the manifest expects of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestUse {
    /// The object and container, for messages, for instance `Deployment/hello, container hello`.
    pub object: String,
    /// `runAsUser` in force for the container.
    pub run_as_user: Option<i64>,
    /// The container's ports.
    pub container_ports: Vec<Port>,
}

/// What kind of defect an advisory is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AdvisoryKind {
    /// A vulnerability.
    Vulnerability,
    /// Safe code that can break memory safety.
    Unsound,
    /// Nobody looks after the package.
    Unmaintained,
    /// Anything else worth knowing.
    Notice,
}

impl AdvisoryKind {
    /// How bad a defect of this kind is in a package that is part of a program, or that only helped to build it.
    pub fn level(self, package: ListKind) -> Level {
        match self {
            Self::Vulnerability if package == ListKind::Runtime => Level::Error,
            Self::Vulnerability | Self::Unsound => Level::Warning,
            Self::Unmaintained | Self::Notice => Level::Note,
        }
    }
}

/// An advisory that affects a package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AdvisoryFact {
    /// Its id, for instance `RUSTSEC-2024-0001`.
    pub id: String,
    /// Other ids of the same defect.
    pub aliases: Vec<String>,
    /// What kind of defect it is.
    pub kind: AdvisoryKind,
    /// Version requirements that are not affected any more, for instance `>=1.2.3`.
    pub patched: Vec<String>,
}

/// A package of an embedded list that an advisory affects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedVulnerability {
    /// Number of the layer that brings the program.
    pub layer: usize,
    /// Path of the program in the image.
    pub binary: String,
    /// The package.
    pub package: ListedPackage,
    /// The advisory.
    pub advisory: AdvisoryFact,
}

/// What a person says of an image before it is inspected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// Does it claim to hold nothing but what it runs? None: as its contents suggest.
    pub minimal: Option<bool>,
    /// Paths and patterns of files that belong there: `*` within a name, `**` over folders.
    pub allowed_files: Vec<String>,
    /// What manifests expect of it.
    pub uses: Vec<ManifestUse>,
}

/// An image that was read, as far as it could be.
#[derive(Debug)]
pub struct Inspection {
    /// Name in reports: the path as the user gave it.
    pub name: String,
    /// By which digests it can be pinned.
    pub reference: Reference,
    /// What it runs on.
    pub platform: Option<Platform>,
    /// Is it one of several platforms of one index?
    pub one_of_several: bool,
    /// Its configuration; none where it could not be read.
    pub configuration: Option<Configuration>,
    /// Its files; none where one of its layers could not be read.
    pub contents: Option<Contents>,
    /// What is wrong with it.
    pub errors: Vec<ImageError>,
    /// What a person says of it.
    pub claims: Claims,
    /// Advisories over the embedded lists.
    pub vulnerabilities: Vec<EmbeddedVulnerability>,
    /// What trivy says of it, where it was asked.
    pub scan: Option<Scan>,
    /// Its manifest, where it has one.
    pub(super) manifest: Option<Descriptor>,
    /// Paths of all its blobs in the layout.
    pub(super) blobs: Vec<String>,
}

impl Inspection {
    /// An image of which nothing is known yet.
    pub(super) fn of(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            reference: Reference::default(),
            platform: None,
            one_of_several: false,
            configuration: None,
            contents: None,
            errors: Vec::new(),
            claims: Claims::default(),
            vulnerabilities: Vec::new(),
            scan: None,
            manifest: None,
            blobs: Vec::new(),
        }
    }

    /// An image that could not be read.
    pub(super) fn failed(name: &str, error: ImageError) -> Self {
        let mut failed = Self::of(name);
        failed.errors.push(error);
        failed
    }

    /// Name in reports, with the platform where that tells images of one index apart.
    pub fn label(&self) -> String {
        match &self.platform {
            Some(platform) if self.one_of_several => format!("{} ({platform})", self.name),
            _ => self.name.clone(),
        }
    }

    /// Does the image claim to hold nothing but what it runs? Said by its owner, else true for an image that
    /// neither names a distribution nor has a database of installed packages, as one made FROM scratch.
    pub fn is_minimal(&self) -> bool {
        self.claims.minimal.unwrap_or_else(|| {
            self.contents.as_ref().is_some_and(|contents| {
                !contents.names_distribution() && contents.package_databases().is_empty()
            })
        })
    }

    /// The programs of all its layers.
    pub fn programs(&self) -> impl Iterator<Item = (&File, &Executable)> {
        self.contents.iter().flat_map(Contents::programs)
    }

    /// Number of the layer with a digest, that of its unpacked bytes, as text.
    pub fn layer_of(&self, digest: &str) -> Option<usize> {
        let digests = &self.configuration.as_ref()?.layer_digests;
        let position = digests.iter().position(|known| known.to_string() == digest)?;
        Some(position + 1)
    }

    /// Was all of it read, and is none of it broken?
    pub fn is_sound(&self) -> bool {
        self.errors.is_empty() && self.configuration.is_some() && self.contents.is_some()
    }
}
