use super::*;

fn read(pairs: &[(&'static str, &str)]) -> Result<Settings, SettingsError> {
    Settings::from_lookup(|name| {
        let found = pairs.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| OsString::from(value))
    })
}

#[test]
fn defaults_are_those_of_the_manifests() {
    let settings = read(&[]).unwrap();
    assert_eq!(settings.public.to_string(), "0.0.0.0:8080");
    assert_eq!(settings.admin.to_string(), "0.0.0.0:9090");
    assert_eq!(settings.identity.pod, "unknown");
    // preStop sleeps 20 s of the 60 s that the pod has to end: the rest must hold both.
    assert!(settings.drain + settings.finish <= Duration::from_secs(40));
}

#[test]
fn what_is_set_is_used() {
    let settings = read(&[
        ("PUBLIC_ADDRESS", "[::1]:0"),
        ("POD_ZONE", "us-west1-b"),
        ("DRAIN_SECONDS", "0"),
        ("BODY_BYTES", "7"),
    ])
    .unwrap();
    assert_eq!(settings.public.to_string(), "[::1]:0");
    assert_eq!(settings.identity.zone, "us-west1-b");
    assert_eq!(settings.drain, Duration::ZERO);
    assert_eq!(settings.limits.body_bytes, 7);
}

#[test]
fn numbers_out_of_range_are_refused() {
    for (name, value) in [
        ("DRAIN_SECONDS", "ten"),
        ("DRAIN_SECONDS", ""),
        ("DRAIN_SECONDS", "-1"),
        ("FINISH_SECONDS", "3601"),
        ("HEADER_SECONDS", "0"),
        ("HEADER_BYTES", "1023"),
        ("HEADER_BYTES", "65537"),
        ("PUBLIC_CONNECTIONS", "0"),
        ("ADMIN_CONNECTIONS", "99999999999999999999"),
    ] {
        let error = read(&[(name, value)]).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with(&format!("`{name}` is not a whole number from")),
            "{error}"
        );
        assert!(error.to_string().ends_with(&format!("`{value}`")), "{error}");
        assert!(error.hint().contains("leave it out for"), "{}", error.hint());
    }
}

#[test]
fn addresses_need_a_port_and_no_name() {
    for value in ["8080", "localhost:8080", "127.0.0.1", "127.0.0.1:65536", ""] {
        let error = read(&[("ADMIN_ADDRESS", value)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("`ADMIN_ADDRESS` is not an address with a port: `{value}`")
        );
        assert!(error.hint().contains("0.0.0.0:9090"));
    }
}

#[test]
fn log_levels_are_checked_and_empty_means_info() {
    let shows = |value: &str, level| {
        read(&[("RUST_LOG", value)])
            .unwrap()
            .log
            .would_enable("hello::traffic", &level)
    };
    assert!(shows("", tracing::Level::INFO));
    assert!(!shows("", tracing::Level::DEBUG));
    assert!(shows("off,hello=trace", tracing::Level::TRACE));
    assert!(!shows("warn", tracing::Level::INFO));
    let error = read(&[("RUST_LOG", "hello=loud")]).unwrap_err();
    assert!(error.to_string().contains("`hello=loud`"), "{error}");
}

#[test]
fn text_that_is_not_unicode_is_refused() {
    use std::os::unix::ffi::OsStringExt;
    let settings =
        Settings::from_lookup(|name| (name == "NODE_NAME").then(|| OsString::from_vec(vec![b'n', 0xff])));
    assert_eq!(
        settings.unwrap_err(),
        SettingsError::NotUnicode { name: "NODE_NAME" }
    );
}

#[test]
fn a_value_is_shown_escaped() {
    let error = read(&[("DRAIN_SECONDS", "1\n::error::")]).unwrap_err();
    assert!(error.to_string().ends_with("`1\\n::error::`"), "{error}");
}
