//! Keys, certificates and kubeconfigs, made by the `openssl` program.
//!
//! They are worth a cluster on one machine for a month: an authority of its own for each cluster, keys on the curve
//! P-256. All files are for the owner only.

#![expect(
    clippy::disallowed_methods,
    reason = "reads the keys and certificates that it has just had made"
)]

use std::ffi::OsStr;
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::directory::{DirectoryError, write_private};
use crate::process::{Interrupt, ProcessError, Run};

/// How many days a certificate is good for.
const DAYS: &str = "30";

/// Why a certificate could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// There is no openssl.
    #[error("`openssl` is not installed, and certificates are made with it")]
    NoOpenssl,
    /// It failed.
    #[error("a certificate could not be made")]
    Openssl(#[source] ProcessError),
    /// The wait was interrupted.
    #[error("interrupted")]
    Interrupted,
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] DirectoryError),
}

impl From<ProcessError> for CertificateError {
    fn from(error: ProcessError) -> Self {
        match error {
            ProcessError::NotInstalled(_) => Self::NoOpenssl,
            ProcessError::Interrupted => Self::Interrupted,
            error => Self::Openssl(error),
        }
    }
}

impl CertificateError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        matches!(self, Self::NoOpenssl).then(|| "install the package `openssl` of your system".to_owned())
    }
}

/// What a certificate may be used for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Usage {
    /// To ask.
    Client,
    /// To answer.
    Server,
    /// Both.
    Both,
}

impl Usage {
    fn words(self) -> &'static str {
        match self {
            Self::Client => "clientAuth",
            Self::Server => "serverAuth",
            Self::Both => "clientAuth,serverAuth",
        }
    }
}

/// Signs the certificates of one cluster.
#[derive(Clone, Debug)]
pub(crate) struct Authority {
    folder: PathBuf,
    interrupt: Interrupt,
}

/// Files of a key and its certificate.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    /// The private key.
    pub(crate) key: PathBuf,
    /// The certificate.
    pub(crate) certificate: PathBuf,
}

impl Authority {
    /// The authority whose files lie in this folder, if they were made.
    pub(crate) fn at(folder: &Path, interrupt: &Interrupt) -> Self {
        Self {
            folder: folder.to_owned(),
            interrupt: interrupt.clone(),
        }
    }

    /// Makes the authority's own key and certificate.
    pub(crate) fn make(&self) -> Result<(), CertificateError> {
        let pair = self.pair();
        let mut arguments = vec!["req", "-x509", "-sha256", "-days", DAYS, "-subj", "/CN=cluster"];
        for extension in [
            "keyUsage=critical,keyCertSign,cRLSign,digitalSignature",
            "basicConstraints=critical,CA:true",
        ] {
            arguments.extend(["-addext", extension]);
        }
        self.new_key(&arguments, &pair.key, &pair.certificate)
    }

    /// Its own files.
    pub(crate) fn pair(&self) -> Pair {
        pair(&self.folder, "authority")
    }

    /// Makes a key and a certificate: files of this name in a folder. `subject` is in openssl's manner, `/CN=NAME`;
    /// `names` are those of a server, `IP:…` and `DNS:…`.
    pub(crate) fn issue(
        &self,
        folder: &Path,
        name: &str,
        subject: &str,
        usage: Usage,
        names: &[String],
    ) -> Result<Pair, CertificateError> {
        let made = pair(folder, name);
        let request = folder.join(format!("{name}.request"));
        self.new_key(&["req", "-new", "-subj", subject], &made.key, &request)?;
        let mut extensions = format!(
            "keyUsage=critical,digitalSignature\nextendedKeyUsage={}\n",
            usage.words()
        );
        if !names.is_empty() {
            extensions.push_str("subjectAltName=");
            extensions.push_str(&names.join(","));
        }
        let extension_file = folder.join(format!("{name}.extensions"));
        write(&extension_file, &extensions)?;
        let signer = self.pair();
        let run = self.openssl(["x509", "-req", "-sha256", "-days", DAYS]);
        run.arguments(["-set_serial", &serial(name)])
            .arguments(["-in".as_ref(), request.as_os_str()])
            .arguments(["-CA".as_ref(), signer.certificate.as_os_str()])
            .arguments(["-CAkey".as_ref(), signer.key.as_os_str()])
            .arguments(["-extfile".as_ref(), extension_file.as_os_str()])
            .arguments(["-out".as_ref(), made.certificate.as_os_str()])
            .output()?;
        for file in [request, extension_file] {
            // Neither is secret, and both go with the cluster's folder.
            let _ = fs::remove_file(file);
        }
        Ok(made)
    }

    /// Makes a key pair that signs the tokens of service accounts: the private key, and the public one.
    pub(crate) fn token_keys(&self) -> Result<(PathBuf, PathBuf), CertificateError> {
        let private = self.folder.join("tokens.key");
        let public = self.folder.join("tokens.pub");
        write(&private, "")?;
        self.openssl([
            "genpkey",
            "-algorithm",
            "EC",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ])
        .arguments(["-out".as_ref(), private.as_os_str()])
        .output()?;
        self.openssl(["pkey", "-pubout"])
            .arguments(["-in".as_ref(), private.as_os_str()])
            .arguments(["-out".as_ref(), public.as_os_str()])
            .output()?;
        Ok((private, public))
    }

    /// Writes a kubeconfig that holds all it needs, so that it can be copied anywhere.
    pub(crate) fn kubeconfig(
        &self,
        place: &Path,
        server: Server,
        user: &Pair,
    ) -> Result<(), CertificateError> {
        let cluster = json!({
            "server": format!("https://{}:{}", server.address, server.port),
            "certificate-authority-data": encoded(&self.pair().certificate)?,
        });
        let user = json!({
            "client-certificate-data": encoded(&user.certificate)?,
            "client-key-data": encoded(&user.key)?,
        });
        // JSON is YAML.
        let text = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "cluster",
            "clusters": [{"name": "cluster", "cluster": cluster}],
            "users": [{"name": "user", "user": user}],
            "contexts": [{"name": "cluster", "context": {"cluster": "cluster", "user": "user", "namespace": "default"}}],
        });
        write(place, &format!("{text:#}\n"))
    }

    fn new_key(&self, arguments: &[&str], key: &Path, out: &Path) -> Result<(), CertificateError> {
        write(key, "")?; // openssl keeps the mode of a file that is there
        self.openssl(arguments)
            .arguments(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
            .arguments([
                "-keyout".as_ref(),
                key.as_os_str(),
                "-out".as_ref(),
                out.as_os_str(),
            ])
            .output()?;
        Ok(())
    }

    fn openssl<I: IntoIterator<Item: AsRef<OsStr>>>(&self, arguments: I) -> Run {
        Run::of("openssl", &self.interrupt).arguments(arguments)
    }
}

/// Where an API server answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Server {
    /// Its address.
    pub(crate) address: Ipv4Addr,
    /// Its port.
    pub(crate) port: u16,
}

fn pair(folder: &Path, name: &str) -> Pair {
    Pair {
        key: folder.join(format!("{name}.key")),
        certificate: folder.join(format!("{name}.crt")),
    }
}

/// A serial number that no other name of the same authority has.
fn serial(name: &str) -> String {
    let hash = Sha256::digest(name.as_bytes());
    let number = hash.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    format!("0x1{number:016x}")
}

fn write(place: &Path, text: &str) -> Result<(), CertificateError> {
    write_private(place, text).map_err(|source| {
        let place = place.to_owned();
        DirectoryError::Write { place, source }.into()
    })
}

fn encoded(place: &Path) -> Result<String, CertificateError> {
    let bytes = fs::read(place).map_err(|source| {
        let place = place.to_owned();
        DirectoryError::Read { place, source }
    })?;
    Ok(base64(&bytes))
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |group: u32, place: u32| {
        let six = (group >> (18 - 6 * place)) & 63;
        ALPHABET.get(six as usize).copied().map_or('=', char::from)
    };
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |place: usize| u32::from(chunk.get(place).copied().unwrap_or(0));
        let group = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        for place in 0..4 {
            let is_filling = place as usize > chunk.len();
            text.push(if is_filling { '=' } else { letter(group, place) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// What openssl says of these arguments; nothing, aloud, where there is no openssl.
    fn openssl(arguments: &[&OsStr]) -> Option<String> {
        match Run::of("openssl", &Interrupt::default())
            .arguments(arguments)
            .output()
        {
            Ok(output) => Some(output.text()),
            Err(ProcessError::NotInstalled(_)) => {
                assert!(std::env::var_os("CI").is_none(), "openssl is not installed");
                eprintln!("skipped: openssl is not installed");
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn certificates_are_good_for_what_they_say_and_nobody_else_reads_the_keys() {
        if openssl(&["version".as_ref()]).is_none() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::at(folder.path(), &Interrupt::default());
        authority.make().unwrap();
        let names = ["IP:127.0.0.1", "DNS:kubernetes"].map(str::to_owned);
        let server = authority
            .issue(folder.path(), "server", "/CN=server", Usage::Server, &names)
            .unwrap();
        let client = authority
            .issue(
                folder.path(),
                "client",
                "/O=system:masters/CN=admin",
                Usage::Client,
                &[],
            )
            .unwrap();
        let verify = |purpose: &str, of: &Pair| {
            let authority = authority.pair().certificate;
            let words = ["verify", "-x509_strict", "-purpose", purpose, "-CAfile"].map(OsStr::new);
            let arguments = [&words[..], &[authority.as_os_str(), of.certificate.as_os_str()]].concat();
            Run::of("openssl", &Interrupt::default())
                .arguments(arguments)
                .output()
                .is_ok()
        };
        assert!(verify("sslserver", &server) && verify("sslclient", &client));
        assert!(!verify("sslclient", &server) && !verify("sslserver", &client));
        let shown = ["x509", "-noout", "-subject", "-ext", "subjectAltName", "-in"].map(OsStr::new);
        let text = openssl(&[&shown[..], &[server.certificate.as_os_str()]].concat()).unwrap();
        assert!(text.contains("IP Address:127.0.0.1, DNS:kubernetes"), "{text}");
        let (tokens, check) = authority.token_keys().unwrap();
        assert!(
            fs::read_to_string(check)
                .unwrap()
                .starts_with("-----BEGIN PUBLIC KEY-----")
        );
        let place = folder.path().join("kubeconfig");
        let address = Ipv4Addr::LOCALHOST;
        authority
            .kubeconfig(&place, Server { address, port: 7 }, &client)
            .unwrap();
        for private in [&authority.pair().key, &server.key, &client.key, &tokens, &place] {
            let mode = fs::metadata(private).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", private.display());
        }
        let text = fs::read_to_string(place).unwrap();
        assert!(text.contains("\"server\": \"https://127.0.0.1:7\""), "{text}");
        assert!(text.contains(&base64(&fs::read(&client.key).unwrap())));
    }

    #[test]
    fn base64_is_that_of_the_standard() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
    }

    #[test]
    fn serial_numbers_differ() {
        assert_ne!(serial("a"), serial("b"));
        assert_eq!(serial("a").len(), "0x1".len() + 16);
    }
}
