//! What the program says at its start.

use crate::client::get;
use crate::program::{Outcome, Program, command};

use rustix::process::Signal;

fn refused(settings: &[(&str, &str)]) -> Outcome {
    let output = command(settings).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Outcome {
        code: output.status.code(),
        lines: text(output.stdout).lines().map(str::to_owned).collect(),
        errors: text(output.stderr),
    }
}

#[test]
fn a_bad_setting_is_an_error_with_a_hint() {
    let outcome = refused(&[("DRAIN_SECONDS", "ten")]);
    assert_eq!(
        outcome.errors,
        "error: `DRAIN_SECONDS` is not a whole number from 0 to 3600: `ten`\n\n\
         hint: set `DRAIN_SECONDS` to such a number or leave it out for 10\n"
    );
    assert_eq!((outcome.code, outcome.lines.len()), (Some(2), 0));
    for setting in [
        ("PUBLIC_ADDRESS", "8080"),
        ("ADMIN_ADDRESS", "localhost:9090"),
        ("IDLE_SECONDS", "0"),
        ("PUBLIC_CONNECTIONS", "many"),
        ("RUST_LOG", "hello=loud"),
    ] {
        let outcome = refused(&[setting]);
        assert_eq!((outcome.code, outcome.lines.len()), (Some(2), 0), "{setting:?}");
        assert!(
            outcome
                .errors
                .starts_with(&format!("error: `{}` is not ", setting.0)),
            "{}",
            outcome.errors
        );
    }
}

#[test]
fn an_address_in_use_is_an_error_with_a_hint() {
    let program = Program::start(&[]);
    let taken = program.public.to_string();
    let outcome = refused(&[("ADMIN_ADDRESS", &taken)]);
    assert_eq!((outcome.code, outcome.lines.len()), (Some(1), 0));
    assert!(
        outcome
            .errors
            .starts_with(&format!("error: cannot listen on `{taken}`: ")),
        "{}",
        outcome.errors
    );
    assert!(
        outcome.errors.contains("hint: set `ADMIN_ADDRESS` to "),
        "{}",
        outcome.errors
    );
}

#[test]
fn the_environment_reaches_the_page() {
    let program = Program::start(&[
        ("POD_NAME", "hello-1"),
        ("NODE_NAME", "node-<2>"),
        ("POD_ZONE", ""),
    ]);
    let page = get(program.public, "/").body;
    for value in ["hello-1", "node-&lt;2&gt;", "unknown"] {
        assert!(page.contains(&format!("<dd>{value}</dd>")), "{value}");
    }
}

#[test]
fn the_log_obeys_its_filter() {
    let program = Program::start(&[("RUST_LOG", "off,hello::serve=info"), ("DRAIN_SECONDS", "0")]);
    assert_eq!(get(program.public, "/").status, 200);
    program.signal(Signal::TERM);
    let outcome = program.outcome();
    assert_eq!(outcome.code, Some(0));
    assert!(
        outcome.lines.iter().all(|line| !line.contains("\"request\"")),
        "{:?}",
        outcome.lines
    );
}
