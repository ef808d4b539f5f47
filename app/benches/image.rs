//! Measures the binary of the image: how large it is as a layer, how soon it is ready, how much memory it takes.
//!
//! The binary is the one that `HELLO_BINARY` names, else the one that `cargo xtask image` builds. The figures are printed beside
//! the limits that the project has set itself. Exit code 1: a figure is above its limit; 2: it could not be measured.

use std::error::Error;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Instant;

use flate2::Compression;
use flate2::write::GzEncoder;

type Measured<T> = Result<T, Box<dyn Error>>;

const LARGEST_LAYER_BYTES: u64 = 1_000_000;
const LONGEST_START_MICROSECONDS: u64 = 10_000;
const MOST_RESIDENT_KILOBYTES: u64 = 5_000;
const STARTS: usize = 20;
const REQUESTS: usize = 1_000;

fn main() -> ExitCode {
    match measure(&mut io::stdout()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Prints all figures and says whether each keeps to its limit.
fn measure(output: &mut impl Write) -> Measured<bool> {
    let path = binary()?;
    writeln!(output, "measured: {}", path.display())?;
    let (bytes, layer) = layer_size(&path)?;
    writeln!(output, "binary: {bytes} bytes")?;
    let small = figure(
        output,
        "layer (tar, gzip 9), in bytes",
        layer,
        LARGEST_LAYER_BYTES,
    )?;

    let mut starts = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        starts.push(Service::start(&path)?.ready_after);
    }
    starts.sort_unstable();
    let median = *starts.get(STARTS / 2).ok_or("no start was measured")?;
    writeln!(output, "starts, in microseconds: {starts:?}")?;
    let quick = figure(
        output,
        "start to ready, median, in microseconds",
        median,
        LONGEST_START_MICROSECONDS,
    )?;

    let service = Service::start(&path)?;
    let light = figure(
        output,
        "resident when idle, in kB",
        service.resident_kilobytes()?,
        MOST_RESIDENT_KILOBYTES,
    )?;
    for _ in 0..REQUESTS {
        ask(service.public, "/")?;
    }
    writeln!(
        output,
        "resident after {REQUESTS} requests: {} kB",
        service.resident_kilobytes()?
    )?;
    Ok(small && quick && light)
}

fn figure(output: &mut impl Write, name: &str, value: u64, limit: u64) -> Measured<bool> {
    let good = value <= limit;
    let verdict = if good { "within" } else { "ABOVE" };
    writeln!(output, "{name}: {value}, {verdict} the limit of {limit}")?;
    Ok(good)
}

/// The binary to measure. A debug build would say nothing about the image, so there is no fallback to one.
fn binary() -> Measured<PathBuf> {
    if let Some(path) = std::env::var_os("HELLO_BINARY") {
        return Ok(path.into());
    }
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    ["image/rootfs/hello", "x86_64-unknown-linux-musl/image/hello"]
        .iter()
        .map(|place| target.join(place))
        .find(|path| path.is_file())
        .ok_or_else(|| {
            "there is no image binary under target\n\nhint: run `cargo xtask image --rootfs` or set `HELLO_BINARY`"
                .into()
        })
}

/// Size of the file, and of a layer that holds it alone.
#[expect(
    clippy::disallowed_methods,
    reason = "a bench reads the one file that it was given"
)]
fn layer_size(path: &Path) -> Measured<(u64, u64)> {
    let bytes = std::fs::read(path)?;
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::best()));
    let mut header = tar::Header::new_ustar();
    header.set_size(u64::try_from(bytes.len())?);
    header.set_mode(0o755);
    archive.append_data(&mut header, "hello", bytes.as_slice())?;
    let layer = archive.into_inner()?.finish()?;
    Ok((u64::try_from(bytes.len())?, u64::try_from(layer.len())?))
}

/// A running service on free ports; killed when dropped.
struct Service {
    child: Child,
    public: SocketAddr,
    /// Microseconds from the call that starts the program to the answer that it is ready.
    ready_after: u64,
}

impl Service {
    #[expect(
        clippy::disallowed_methods,
        reason = "a bench starts the one program that it measures"
    )]
    fn start(path: &Path) -> Measured<Self> {
        let begin = Instant::now();
        let child = Command::new(path)
            .env_clear()
            .env("PUBLIC_ADDRESS", "127.0.0.1:0")
            .env("ADMIN_ADDRESS", "127.0.0.1:0")
            .env("RUST_LOG", "off,hello::serve=info")
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("`{}` does not start: {error}", path.display()))?;
        // Made before anything can fail, so that the program is killed in any case.
        let mut service = Self {
            child,
            public: SocketAddr::from(([127, 0, 0, 1], 0)),
            ready_after: 0,
        };
        let output = service.child.stdout.take().ok_or("the program has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        service.public = address(&line, "public")?;
        ask(address(&line, "admin")?, "/readyz")?;
        service.ready_after = u64::try_from(begin.elapsed().as_micros())?;
        Ok(service)
    }

    /// `VmRSS` of the process, as proc(5) describes it.
    #[expect(
        clippy::disallowed_methods,
        reason = "the kernel tells the memory of a process in a file"
    )]
    fn resident_kilobytes(&self) -> Measured<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        Ok(number.ok_or("the kernel does not tell the memory")?.parse()?)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself, which the measurement has then said.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// An address out of the line that the program writes when it listens.
fn address(line: &str, port: &str) -> Measured<SocketAddr> {
    let line: serde_json::Value = serde_json::from_str(line)?;
    let text = line.get(port).and_then(|value| value.as_str());
    Ok(text.ok_or("the program does not say where it listens")?.parse()?)
}

/// One request that must be answered with 200.
fn ask(address: SocketAddr, path: &str) -> Measured<()> {
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: hello\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if answer.starts_with("HTTP/1.1 200 ") {
        Ok(())
    } else {
        Err(format!("`{path}` is not served").into())
    }
}
