//! What the service reads from its environment, once, at start.
//!
//! Every setting has a default, a range and a unit; `docs/app.md` lists them. A value outside its range is an error with the
//! name of the variable, never a silent default. There is no configuration file: the service reads no file at all.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

use tracing_subscriber::filter::Targets;

use crate::identity::Identity;

#[cfg(test)]
mod tests;

/// The longest time a setting may name, in seconds: one hour, the longest idle time of the load balancers in use.
const LONGEST_SECONDS: u64 = 3600;
/// The largest request head hyper may be asked to hold, in bytes; also the size of a connection's buffer.
pub(crate) const LARGEST_HEADER_BYTES: usize = 65_536;

/// Everything that can be set, in the types that the service uses.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the page is served (`PUBLIC_ADDRESS`).
    pub public: SocketAddr,
    /// Where probes and metrics are served (`ADMIN_ADDRESS`).
    pub admin: SocketAddr,
    /// Who answers (`POD_NAME`, `NODE_NAME`, `POD_ZONE`).
    pub identity: Identity,
    /// How long the service goes on serving after SIGTERM (`DRAIN_SECONDS`).
    pub drain: Duration,
    /// How long what is in flight may take after that (`FINISH_SECONDS`).
    pub finish: Duration,
    /// What one client may take.
    pub limits: Limits,
    /// Which events are logged (`RUST_LOG`).
    pub log: Targets,
}

/// What one client, or all of them together, may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Time to send the whole head of a request (`HEADER_SECONDS`).
    pub header: Duration,
    /// Time from the head of a request to its answer, body included (`REQUEST_SECONDS`).
    pub request: Duration,
    /// Time to take the answer off the wire (`ANSWER_SECONDS`).
    pub answer: Duration,
    /// Time a kept connection may rest between two requests (`IDLE_SECONDS`).
    pub idle: Duration,
    /// Size of a request's head (`HEADER_BYTES`).
    pub header_bytes: usize,
    /// Size of a request's body (`BODY_BYTES`).
    pub body_bytes: usize,
    /// Open connections on the public port (`PUBLIC_CONNECTIONS`).
    pub public_connections: usize,
    /// Open connections on the admin port (`ADMIN_CONNECTIONS`).
    pub admin_connections: usize,
}

/// Why the environment is not usable.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingsError {
    /// The variable is not UTF-8.
    #[error("`{name}` is not UTF-8")]
    NotUnicode {
        /// The variable.
        name: &'static str,
    },
    /// The variable is not a number, or out of its range.
    #[error("`{name}` is not a whole number from {least} to {most}: `{}`", value.escape_debug())]
    Number {
        /// The variable.
        name: &'static str,
        /// What it holds.
        value: String,
        /// The smallest value allowed.
        least: u64,
        /// The largest value allowed.
        most: u64,
        /// What applies when the variable is absent.
        default: u64,
    },
    /// The variable is not an address with a port.
    #[error("`{name}` is not an address with a port: `{}`", value.escape_debug())]
    Address {
        /// The variable.
        name: &'static str,
        /// What it holds.
        value: String,
        /// What applies when the variable is absent.
        default: SocketAddr,
    },
    /// `RUST_LOG` does not parse.
    #[error("`RUST_LOG` is not a list of `level` or `target=level`: `{}`", value.escape_debug())]
    Log {
        /// What it holds.
        value: String,
    },
}

impl SettingsError {
    /// What to do about it, in one sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::NotUnicode { name } => format!("set `{name}` to plain text or leave it out"),
            Self::Number { name, default, .. } => {
                format!("set `{name}` to such a number or leave it out for {default}")
            }
            Self::Address { name, default, .. } => {
                format!("set `{name}` to an IP address and a port or leave it out for `{default}`")
            }
            Self::Log { .. } => {
                "use for example `info` or `warn,hello=debug`; the levels are off, error, warn, info, debug and trace"
                    .to_owned()
            }
        }
    }
}

impl Settings {
    /// The settings of this process's environment.
    pub fn from_environment() -> Result<Self, SettingsError> {
        Self::from_lookup(std::env::var_os)
    }

    /// The settings that `lookup` gives, one call a variable. An absent variable means its default; an empty one does too
    /// where any text is allowed, since the downward API gives an empty value for a label that the pod lacks.
    pub fn from_lookup(lookup: impl Fn(&'static str) -> Option<OsString>) -> Result<Self, SettingsError> {
        let read = Reader { lookup };
        Ok(Self {
            public: read.address("PUBLIC_ADDRESS", 8080)?,
            admin: read.address("ADMIN_ADDRESS", 9090)?,
            identity: Identity::new(
                read.text("POD_NAME")?,
                read.text("NODE_NAME")?,
                read.text("POD_ZONE")?,
            ),
            drain: read.seconds("DRAIN_SECONDS", 0, 10)?,
            finish: read.seconds("FINISH_SECONDS", 0, 10)?,
            limits: Limits {
                header: read.seconds("HEADER_SECONDS", 1, 5)?,
                request: read.seconds("REQUEST_SECONDS", 1, 5)?,
                answer: read.seconds("ANSWER_SECONDS", 1, 5)?,
                // Longer than the 600 s for which Google's front ends keep a connection, so that it is they who close.
                idle: read.seconds("IDLE_SECONDS", 1, 620)?,
                header_bytes: read.size("HEADER_BYTES", 1024..=LARGEST_HEADER_BYTES, 16_384)?,
                body_bytes: read.size("BODY_BYTES", 0..=1_048_576, 16_384)?,
                public_connections: read.size("PUBLIC_CONNECTIONS", 1..=65_536, 512)?,
                admin_connections: read.size("ADMIN_CONNECTIONS", 1..=1024, 64)?,
            },
            log: read.log()?,
        })
    }
}

struct Reader<F> {
    lookup: F,
}

impl<F: Fn(&'static str) -> Option<OsString>> Reader<F> {
    fn text(&self, name: &'static str) -> Result<Option<String>, SettingsError> {
        (self.lookup)(name)
            .map(OsString::into_string)
            .transpose()
            .map_err(|_| SettingsError::NotUnicode { name })
    }

    fn number(
        &self,
        name: &'static str,
        range: RangeInclusive<u64>,
        default: u64,
    ) -> Result<u64, SettingsError> {
        let Some(value) = self.text(name)? else {
            return Ok(default);
        };
        match value.parse() {
            Ok(number) if range.contains(&number) => Ok(number),
            _ => Err(SettingsError::Number {
                name,
                value,
                least: *range.start(),
                most: *range.end(),
                default,
            }),
        }
    }

    fn seconds(&self, name: &'static str, least: u64, default: u64) -> Result<Duration, SettingsError> {
        self.number(name, least..=LONGEST_SECONDS, default)
            .map(Duration::from_secs)
    }

    fn size(
        &self,
        name: &'static str,
        range: RangeInclusive<usize>,
        default: usize,
    ) -> Result<usize, SettingsError> {
        let wide = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
        let number = self.number(name, wide(*range.start())..=wide(*range.end()), wide(default))?;
        Ok(usize::try_from(number).unwrap_or(usize::MAX))
    }

    fn address(&self, name: &'static str, port: u16) -> Result<SocketAddr, SettingsError> {
        let default = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
        let Some(value) = self.text(name)? else {
            return Ok(default);
        };
        value
            .parse()
            .map_err(|_| SettingsError::Address { name, value, default })
    }

    fn log(&self) -> Result<Targets, SettingsError> {
        let value = self.text("RUST_LOG")?.filter(|value| !value.trim().is_empty());
        let value = value.unwrap_or_else(|| "info".to_owned());
        value.parse().map_err(|_| SettingsError::Log { value })
    }
}
