//! The configuration of an image: who runs what, on which machine.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::document::{self, DocumentError};
use super::layout::Descriptor;
use super::store::Store;
use super::{Digest, ImageError, Limits};

/// What an image runs on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    /// Operating system, for instance `linux`.
    pub os: String,
    /// Architecture in the words of the Go toolchain, for instance `amd64`.
    pub architecture: String,
    /// Variant of the architecture, for instance `v8`.
    pub variant: Option<String>,
}

impl Platform {
    pub(super) fn read(value: &Value) -> Result<Self, DocumentError> {
        Ok(Self {
            os: document::required(document::text(value, "os")?, "os")?,
            architecture: document::required(document::text(value, "architecture")?, "architecture")?,
            variant: document::text(value, "variant")?.filter(|variant| !variant.is_empty()),
        })
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) => write!(formatter, "/{variant}"),
            None => Ok(()),
        }
    }
}

/// A port that an image says it listens on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port {
    /// Number.
    pub number: u16,
    /// `tcp`, `udp` or `sctp`, in lower case.
    pub protocol: String,
}

impl Port {
    /// Reads `8080/tcp`; without a protocol it is TCP.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        Some(Self {
            number: number.parse().ok()?,
            protocol: protocol.to_lowercase(),
        })
    }
}

impl fmt::Display for Port {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.number, self.protocol)
    }
}

/// The configuration of an image, as far as it is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// What it runs on.
    pub platform: Platform,
    /// User, or user and group, by number or by name; none where it is not set.
    pub user: Option<String>,
    /// Program and first arguments.
    pub entrypoint: Vec<String>,
    /// Arguments, or the program where there is no entry point.
    pub command: Vec<String>,
    /// Variables as `NAME=value`.
    pub environment: Vec<String>,
    /// Ports that it says it listens on.
    pub exposed_ports: Vec<Port>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Working directory; none where it is not set.
    pub working_directory: Option<String>,
    /// Digests of the unpacked layers, lowest first.
    pub(super) layer_digests: Vec<Digest>,
}

impl Configuration {
    /// The program that a container of this image starts, as written.
    pub fn program(&self) -> Option<&str> {
        self.entrypoint
            .first()
            .or_else(|| self.command.first())
            .map(String::as_str)
    }

    /// Value of a variable.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment
            .iter()
            .rev()
            .find_map(|entry| entry.strip_prefix(name)?.strip_prefix('='))
    }

    /// Reads the configuration that a manifest points to.
    pub(super) fn read(store: &Store, descriptor: &Descriptor, limits: &Limits) -> Result<Self, ImageError> {
        let value = descriptor.document(store, limits, "configuration")?;
        let path = descriptor.digest.blob_path();
        Self::from_value(&value, &path)
    }

    /// Reads a configuration that lies at `path`.
    pub(super) fn from_value(value: &Value, path: &str) -> Result<Self, ImageError> {
        let layer_digests = layer_digests(value, path)?;
        Self::fields(value, layer_digests).map_err(|source| invalid(path, source))
    }

    fn fields(value: &Value, layer_digests: Vec<Digest>) -> Result<Self, DocumentError> {
        let absent = Value::Object(serde_json::Map::new());
        let config = document::field(value, "config")?.unwrap_or(&absent);
        Ok(Self {
            platform: Platform::read(value)?,
            user: document::text(config, "User")?.filter(|user| !user.is_empty()),
            entrypoint: document::texts(config, "Entrypoint")?,
            command: document::texts(config, "Cmd")?,
            environment: document::texts(config, "Env")?,
            exposed_ports: exposed_ports(config)?,
            labels: labels(config)?,
            working_directory: document::text(config, "WorkingDir")?.filter(|folder| !folder.is_empty()),
            layer_digests,
        })
    }
}

fn invalid(path: &str, source: DocumentError) -> ImageError {
    ImageError::Document {
        what: "configuration",
        path: path.to_owned(),
        source,
    }
}

fn layer_digests(value: &Value, path: &str) -> Result<Vec<Digest>, ImageError> {
    let texts = || {
        let layers = document::required(document::field(value, "rootfs")?, "rootfs")?;
        document::texts(layers, "diff_ids")
    };
    texts()
        .map_err(|source| invalid(path, source))?
        .into_iter()
        .map(|text| {
            Digest::parse(&text).ok_or_else(|| ImageError::Digest {
                text,
                path: path.to_owned(),
            })
        })
        .collect()
}

fn exposed_ports(config: &Value) -> Result<Vec<Port>, DocumentError> {
    let ports = document::object(config, "ExposedPorts")?;
    ports
        .into_iter()
        .flat_map(serde_json::Map::keys)
        .map(|text| {
            Port::parse(text)
                .ok_or_else(|| document::wrong_type("ExposedPorts", "an object with keys such as `8080/tcp`"))
        })
        .collect()
}

fn labels(config: &Value) -> Result<BTreeMap<String, String>, DocumentError> {
    let labels = document::object(config, "Labels")?;
    labels
        .into_iter()
        .flatten()
        .map(|(key, value)| {
            let value = value
                .as_str()
                .ok_or_else(|| document::wrong_type("Labels", "an object of texts"))?;
            Ok((key.clone(), value.to_owned()))
        })
        .collect()
}
