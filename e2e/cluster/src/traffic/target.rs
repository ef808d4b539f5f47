//! Where requests go: what a URL means, resolved once, so that a name server's moods are not the service's losses.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use hyper::Uri;

use super::TrafficError;

/// How long an address may take to accept a connection, where a name has several.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where requests go.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) address: SocketAddr,
    /// Host and port as the URL has them, for the `Host` header.
    pub(super) authority: String,
    /// Path and query.
    pub(super) path: String,
}

impl Target {
    pub(super) fn of(url: &str) -> Result<Self, TrafficError> {
        let bad = |reason: String| TrafficError::BadUrl {
            url: crate::plain::plain(url),
            reason,
        };
        let uri: Uri = url.parse().map_err(|error| bad(format!("{error}")))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err(TrafficError::Tls(crate::plain::plain(url))),
            _ => return Err(bad("it does not begin with `http://`".to_owned())),
        }
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        if authority.contains('@') {
            return Err(bad("a user's name is not sent".to_owned()));
        }
        let host = uri.host().unwrap_or_default();
        if host.is_empty() {
            return Err(bad("it names no host".to_owned()));
        }
        let port = match authority.strip_prefix(host) {
            None | Some("" | ":") => 80,
            Some(_) => uri
                .port_u16()
                .ok_or_else(|| bad("its port is no number from 1 to 65535".to_owned()))?,
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        Ok(Self {
            address: resolve(bare, port)?,
            authority: authority.to_owned(),
            path: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        })
    }
}

/// The address of a name; of several the first that accepts a connection, else the first.
fn resolve(host: &str, port: u16) -> Result<SocketAddr, TrafficError> {
    let found = (host, port).to_socket_addrs();
    let addresses: Vec<SocketAddr> = found
        .map_err(|source| TrafficError::NoAddress {
            host: host.to_owned(),
            source,
        })?
        .collect();
    let Some(first) = addresses.first().copied() else {
        let source = std::io::Error::other("it has none");
        return Err(TrafficError::NoAddress {
            host: host.to_owned(),
            source,
        });
    };
    if addresses.len() == 1 {
        return Ok(first);
    }
    let answers = |address: &&SocketAddr| TcpStream::connect_timeout(address, PATIENCE).is_ok();
    Ok(addresses.iter().find(answers).copied().unwrap_or(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let target = Target::of("http://127.0.0.1:8080/version?a=b").unwrap();
        assert_eq!(target.address, "127.0.0.1:8080".parse().unwrap());
        assert_eq!(target.path, "/version?a=b");
        assert_eq!(target.authority, "127.0.0.1:8080");
        let target = Target::of("http://[::1]").unwrap();
        assert_eq!(target.address, "[::1]:80".parse().unwrap());
        assert_eq!(target.path, "/");
    }

    #[test]
    fn what_cannot_be_asked_is_said() {
        let words = |url| Target::of(url).unwrap_err().to_string();
        insta::assert_snapshot!(
            [
                "",
                "10.0.0.1:80/",
                "ftp://10.0.0.1/",
                "https://10.0.0.1/",
                "http://user@10.0.0.1/",
                "http://",
                "http://10.0.0.1:99999/",
                "http://a b/",
                "http://a\u{1b}[2J/",
            ]
            .map(words)
            .join("\n")
        );
        assert!(Target::of("https://10.0.0.1/").unwrap_err().hint().is_some());
    }

    #[test]
    fn a_name_without_an_address_is_an_error() {
        assert!(matches!(
            Target::of("http://nothing.invalid/"),
            Err(TrafficError::NoAddress { .. })
        ));
    }
}
