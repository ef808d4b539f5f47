//! Why a request had no answer, in the few words that tell one kind of failure from another.

use std::error::Error;
use std::fmt;
use std::io;

use serde::{Serialize, Serializer};

/// Why a request had no answer.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Cause {
    /// Nothing listened: the connection was refused.
    Refused,
    /// The connection was reset.
    Reset,
    /// The network had no way there.
    Unreachable,
    /// The connection was closed before the answer was whole.
    Closed,
    /// The time for a request was over.
    Timeout,
    /// It was answered, but not with success.
    Status(u16),
    /// Something else, in words.
    Other(String),
}

impl Cause {
    /// The cause that the system names.
    pub(super) fn of_system(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            // A write after the reset has come says that the pipe is broken.
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => Self::Reset,
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => Self::Unreachable,
            io::ErrorKind::UnexpectedEof => Self::Closed,
            io::ErrorKind::TimedOut => Self::Timeout,
            _ => Self::Other(error.to_string()),
        }
    }

    /// The cause that is behind an error of hyper.
    pub(super) fn of(error: &hyper::Error) -> Self {
        let mut source = error.source();
        while let Some(inner) = source {
            if let Some(system) = inner.downcast_ref::<io::Error>() {
                return Self::of_system(system);
            }
            source = inner.source();
        }
        if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
            Self::Closed
        } else if error.is_parse() {
            Self::Other("not an answer in HTTP".to_owned())
        } else {
            Self::Other(error.to_string())
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => formatter.write_str("refused"),
            Self::Reset => formatter.write_str("reset"),
            Self::Unreachable => formatter.write_str("unreachable"),
            Self::Closed => formatter.write_str("closed"),
            Self::Timeout => formatter.write_str("timeout"),
            Self::Status(status) => write!(formatter, "status {status}"),
            Self::Other(words) => formatter.write_str(words),
        }
    }
}

impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a request waited for when it was lost.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// For its connection: nothing of it was sent.
    #[default]
    Connecting,
    /// For its answer, or for the rest of it.
    Answer,
}

impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Connecting => "while connecting",
            Self::Answer => "while waiting for the answer",
        })
    }
}
