//! A client that sees every byte: what a library would retry or hide is what these tests are about.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::program::PATIENCE;

/// An answer, as read from the wire.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The server says that this was the connection's last answer.
    pub(crate) fn closes(&self) -> bool {
        self.header("connection") == Some("close")
    }
}

/// One connection.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    pub(crate) fn try_connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream: BufReader::new(stream),
        })
    }

    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self::try_connect(address).unwrap()
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        self.stream.get_ref()
    }

    pub(crate) fn send(&mut self, text: &str) -> io::Result<()> {
        self.stream.get_mut().write_all(text.as_bytes())
    }

    /// Reads one answer whole; an answer that breaks off is an error.
    pub(crate) fn receive(&mut self) -> io::Result<Answer> {
        let broken = || io::Error::from(ErrorKind::InvalidData);
        let first = self.head_line()?;
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
        let mut headers = Vec::new();
        loop {
            let line = self.head_line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(": ").ok_or_else(broken)?;
            headers.push((name.to_owned(), value.to_owned()));
        }
        let mut answer = Answer {
            status: status.ok_or_else(broken)?,
            headers,
            body: String::new(),
        };
        let length = answer.header("content-length").unwrap_or("0").parse();
        let mut body = vec![0; length.map_err(|_| broken())?];
        self.stream.read_exact(&mut body)?;
        answer.body = String::from_utf8(body).map_err(|_| broken())?;
        Ok(answer)
    }

    fn head_line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        match line.strip_suffix("\r\n") {
            Some(line) => Ok(line.to_owned()),
            None => Err(ErrorKind::UnexpectedEof.into()),
        }
    }

    pub(crate) fn try_get(&mut self, path: &str) -> io::Result<Answer> {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: hello\r\n\r\n"))?;
        self.receive()
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.try_get(path).unwrap()
    }

    /// Waits until the server has closed the connection, and says whether it did so without another byte.
    pub(crate) fn is_closed(&mut self) -> bool {
        match self.stream.read(&mut [0]) {
            Ok(read) => read == 0,
            Err(error) => error.kind() == ErrorKind::ConnectionReset,
        }
    }
}

/// One request over a connection of its own.
pub(crate) fn get(address: SocketAddr, path: &str) -> Answer {
    Client::connect(address).get(path)
}
