//! `cargo xtask cluster traffic` as a person uses it, against a small server.

#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start programs, and fail by panicking"
)]

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// A server that answers each request with this status, or closes the connection instead where it is empty. The receiver
/// hears of each request.
fn serve(status: &'static str) -> (SocketAddr, Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (heard, requests) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let heard = heard.clone();
            std::thread::spawn(move || {
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                while lines.by_ref().map_while(Result::ok).any(|line| line.is_empty()) {
                    let _nobody_listens = heard.send(());
                    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
                    if status.is_empty() || stream.write_all(answer.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    (address, requests)
}

/// Runs it in an empty home, so that no cluster is there.
fn traffic(home: &tempfile::TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["cluster", "traffic"]).args(arguments);
    command.env("HOME", home.path());
    for variable in ["XDG_STATE_HOME", "XDG_CACHE_HOME"] {
        command.env_remove(variable);
    }
    command
}

fn outcome(arguments: &[&str]) -> (Option<i32>, String, String) {
    let home = tempfile::tempdir().unwrap();
    let Output {
        status,
        stdout,
        stderr,
    } = traffic(&home, arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn an_account_without_losses_is_a_success() {
    let url = format!("http://{}/", serve("200 OK").0);
    let (code, account, stderr) = outcome(&[&url, "--seconds", "1", "--rate", "50"]);
    assert_eq!(code, Some(0), "{account}{stderr}");
    assert!(
        account.starts_with(&format!("{url}: 50 new connections a second, ")),
        "{account}"
    );
    assert!(
        account.contains("\n  sent            50\n  answered        50   half within "),
        "{account}"
    );
    assert!(account.contains("\n  lost             0\n"), "{account}");
}

#[test]
fn losses_are_a_failure_and_told_in_json() {
    let url = format!("http://{}/", serve("503 Service Unavailable").0);
    let arguments = [
        &url,
        "--seconds",
        "1",
        "--kept",
        "2",
        "--rate",
        "20",
        "--format",
        "json",
    ];
    let (code, account, stderr) = outcome(&arguments);
    assert_eq!(code, Some(1), "{account}{stderr}");
    let account: serde_json::Value = serde_json::from_str(&account).unwrap();
    assert_eq!(
        (&account["sent"], &account["answered"]),
        (&20.into(), &0.into()),
        "{account}"
    );
    assert_eq!(account["causes"]["status 503"], 20);
    assert_eq!(account["lost"].as_array().unwrap().len(), 20);
}

#[test]
fn where_nobody_answers_nothing_is_sent() {
    let closes = format!("http://{}/", serve("").0);
    let (code, account, stderr) = outcome(&[&closes]);
    assert_eq!((code, account.as_str()), (Some(2), ""));
    assert!(
        stderr.starts_with(&format!(
            "error: nothing answers at `{closes}`: closed while waiting for the answer\n\nhint: "
        )),
        "{stderr}"
    );
    for (url, words) in [
        ("https://127.0.0.1/", "asks for TLS, which is not spoken here"),
        ("127.0.0.1:80", "is no URL that can be asked: "),
    ] {
        let (code, _, stderr) = outcome(&[url]);
        assert_eq!(code, Some(2), "{stderr}");
        assert!(stderr.contains(words) && stderr.contains("\nhint: "), "{stderr}");
    }
}

#[test]
fn an_interruption_gives_the_account() {
    let (address, requests) = serve("200 OK");
    let home = tempfile::tempdir().unwrap();
    let mut command = traffic(&home, &[&format!("http://{address}/")]);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One to see whether anybody answers, and some of the traffic.
    for _ in 0..3 {
        requests.recv().unwrap();
    }
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    let account = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{account}");
    assert!(account.contains("\n  lost             0\n"), "{account}");
}
