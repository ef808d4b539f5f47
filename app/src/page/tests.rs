use sha2::{Digest, Sha256};

use super::*;
use crate::identity::VERSION;

fn somewhere(zone: &str) -> Identity {
    let text = |value: &str| Some(value.to_owned());
    Identity::new(text("hello-7d9-x2"), text("node-4"), text(zone))
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, tail) = text.split_once(start).unwrap();
    tail.split_once(end).unwrap().0
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = (0..3).fold(0_u32, |group, at| {
            group << 8 | u32::from(*chunk.get(at).unwrap_or(&0))
        });
        for at in 0..4 {
            let digit = ALPHABET[(group >> (18 - 6 * at) & 63) as usize] as char;
            text.push(if at > chunk.len() { '=' } else { digit });
        }
    }
    text
}

#[test]
fn every_fact_is_shown() {
    let page = html(&somewhere("us-west1-b"));
    for (_, value) in somewhere("us-west1-b").facts() {
        assert!(page.contains(&format!("<dd>{value}</dd>")), "{value} is missing");
    }
    assert!(page.contains("<title>Hello from us-west1-b</title>"));
    assert!(!page.contains("{{"), "a placeholder was left");
}

#[test]
fn values_are_text_and_nothing_else() {
    let page = html(&somewhere("<b a='\"'>&{{pod}}"));
    assert!(page.contains("<dd>&lt;b a=&#39;&quot;&#39;&gt;&amp;{{pod}}</dd>"));
}

#[test]
fn json_holds_the_same() {
    assert_eq!(
        json(&somewhere("a\"\n")),
        format!(r#"{{"node":"node-4","pod":"hello-7d9-x2","version":"{VERSION}","zone":"a\"\n"}}"#)
    );
}

#[test]
fn the_policy_names_the_style_that_is_in_the_page() {
    let digest = base64(&Sha256::digest(between(TEMPLATE, "<style>", "</style>")));
    assert_eq!(
        between(CONTENT_SECURITY_POLICY, "style-src 'sha256-", "'"),
        digest
    );
}

#[test]
fn nothing_is_loaded_and_no_script_runs() {
    for forbidden in [
        "<script", "http:", "https:", "src=", "url(", "@import", " style=", "onload",
    ] {
        assert!(!TEMPLATE.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn readers_and_assistive_technology_find_their_way() {
    for needed in [
        "<!DOCTYPE html>",
        "<html lang=\"en\">",
        "<title>",
        "<header>",
        "<main>",
        "<footer>",
        "width=device-width",
    ] {
        assert_eq!(TEMPLATE.matches(needed).count(), 1, "{needed}");
    }
    assert_eq!(TEMPLATE.matches("<h1>").count(), 1);
    assert!(!TEMPLATE.contains("user-scalable"));
}

/// What WCAG 2.2 asks for at level AAA (1.4.6).
const ENOUGH_CONTRAST: f64 = 7.0;

/// Relative luminance and contrast ratio as WCAG 2.2 defines them.
fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}

#[test]
fn contrast_is_enough_in_both_schemes() {
    let schemes: Vec<&str> = TEMPLATE.split(":root {").skip(1).collect();
    assert_eq!(schemes.len(), 2);
    for scheme in schemes {
        let colour = |name: &str| luminance(&between(scheme, &format!("--{name}: #"), ";")[..6]);
        for text in ["ink", "quiet", "accent"] {
            let (one, other) = (colour(text), colour("paper"));
            let ratio = (one.max(other) + 0.05) / (one.min(other) + 0.05);
            assert!(ratio >= ENOUGH_CONTRAST, "{text} has {ratio:.2} in {scheme:.60}");
        }
    }
}
