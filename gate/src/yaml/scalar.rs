//! What a scalar means: YAML 1.1 in kubectl's reading, then as JSON shows it.
//!
//! Source of the rules: what `kubectl` does with each form (see the table of tests of this room).

use std::borrow::Cow;

use super::raw::RawScalar;
use super::timestamp::is_timestamp;
use super::tree::Value;

/// The tag namespace of YAML's own types.
const NAMESPACE: &str = "tag:yaml.org,2002:";

/// What a plain text is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Resolved<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    /// An integer above the range of 64 signed bits.
    Unsigned(u64),
    Float(f64),
    String(Cow<'a, str>),
}

impl Resolved<'_> {
    /// The value as kubectl sends it, where JSON can say it.
    pub(super) fn into_value(self) -> Result<Value, String> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Integer(value) => Value::Integer(value),
            #[expect(clippy::cast_precision_loss, reason = "kubectl loses the same digits")]
            Self::Unsigned(value) => Value::Float(value as f64),
            Self::Float(value) => number(value)?,
            Self::String(text) => Value::String(text.into_owned()),
        })
    }

    /// The key as kubectl sends it.
    pub(super) fn into_key(self) -> Result<String, String> {
        Ok(match self {
            Self::Null => return Err("a key must not be null: quote it or give it a name".to_owned()),
            Self::Bool(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Unsigned(value) => {
                return Err(format!("the key `{value}` is beyond 64-bit integers: quote it"));
            }
            Self::Float(value) => float_key(value),
            Self::String(text) => text.into_owned(),
        })
    }
}

/// JSON prints integral floats without a point, and reads such a number as an integer again.
fn number(value: f64) -> Result<Value, String> {
    if !value.is_finite() {
        return Err(
            "infinity and not-a-number have no place in JSON: quote it if a text is meant".to_owned(),
        );
    }
    let integral = value.fract() == 0.0 && value.abs() < 1e21;
    Ok(integral
        .then(|| value.to_string().parse().ok())
        .flatten()
        .map_or(Value::Float(value), Value::Integer))
}

/// A float as a key is printed with single precision, and with an exponent from a million on.
#[expect(
    clippy::cast_possible_truncation,
    reason = "kubectl prints such keys with single precision"
)]
fn float_key(value: f64) -> String {
    let single = value as f32;
    if single.is_nan() {
        return ".nan".to_owned();
    }
    if single.is_infinite() {
        return if single > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{single:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if single != 0.0 && !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    single.to_string()
}

/// Resolves a scalar.
pub(super) fn resolve(scalar: &RawScalar) -> Result<Resolved<'_>, String> {
    let Some(tag) = scalar.tag.as_deref() else {
        return Ok(if scalar.implicit {
            resolve_plain(&scalar.text)
        } else {
            Resolved::String(Cow::Borrowed(&scalar.text))
        });
    };
    match tag.strip_prefix(NAMESPACE) {
        Some("binary") => binary(&scalar.text),
        Some(kind @ ("bool" | "int" | "float" | "null" | "timestamp")) => resolve_as(kind, &scalar.text),
        _ => Ok(Resolved::String(Cow::Borrowed(&scalar.text))),
    }
}

fn resolve_as<'a>(kind: &str, text: &'a str) -> Result<Resolved<'a>, String> {
    let resolved = resolve_plain(text);
    match (kind, &resolved) {
        ("bool", Resolved::Bool(_))
        | ("int", Resolved::Integer(_) | Resolved::Unsigned(_))
        | ("float", Resolved::Float(_))
        | ("null", Resolved::Null) => Ok(resolved),
        #[expect(clippy::cast_precision_loss, reason = "kubectl loses the same digits")]
        ("float", Resolved::Integer(value)) => Ok(Resolved::Float(*value as f64)),
        ("timestamp", Resolved::String(_)) if is_timestamp(text) => Ok(resolved),
        _ => Err(format!("the text cannot be read as `!!{kind}`")),
    }
}

/// The text of a plain scalar decides what it is.
pub(super) fn resolve_plain(text: &str) -> Resolved<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Resolved::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Resolved::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Resolved::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Resolved::Float(f64::NEG_INFINITY),
        _ => {}
    }
    let number = match text.as_bytes().first() {
        Some(b'0'..=b'9' | b'+' | b'-') => {
            let plain: Cow<'_, str> = if text.contains('_') {
                Cow::Owned(text.replace('_', ""))
            } else {
                Cow::Borrowed(text)
            };
            integer(&plain).or_else(|| float(&plain))
        }
        Some(b'.') => float(text),
        _ => None,
    };
    number.unwrap_or(Resolved::String(Cow::Borrowed(text)))
}

/// An integer with the prefixes that Go knows: `0x`, `0o`, `0b`, and a bare zero for octal.
fn integer(text: &str) -> Option<Resolved<'static>> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.bytes().all(|digit| digit.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        return 0_i64.checked_sub_unsigned(magnitude).map(Resolved::Integer);
    }
    match i64::try_from(magnitude) {
        Ok(value) => Some(Resolved::Integer(value)),
        Err(_) if text.starts_with('+') => None,
        Err(_) => Some(Resolved::Unsigned(magnitude)),
    }
}

/// A decimal float; one beyond the range of 64 bits is a text.
fn float(text: &str) -> Option<Resolved<'static>> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let decimal = digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !decimal {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    value.is_finite().then_some(Resolved::Float(value))
}

/// The text behind base64; each byte that is not UTF-8 becomes U+FFFD.
fn binary(text: &str) -> Result<Resolved<'_>, String> {
    let bytes = decode_base64(text).ok_or_else(|| "`!!binary` holds no valid base64".to_owned())?;
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Ok(Resolved::String(Cow::Owned(text)))
}

/// Standard base64 with padding; line ends are skipped.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let clean: Vec<u8> = text
        .bytes()
        .filter(|byte| !matches!(byte, b'\n' | b'\r'))
        .collect();
    let (groups, rest) = clean.as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    let mut bytes = Vec::with_capacity(clean.len() / 4 * 3);
    for (number, group) in groups.iter().enumerate() {
        let padding = group.iter().rev().take_while(|byte| **byte == b'=').count();
        if padding > 2 || (padding > 0 && number + 1 != groups.len()) {
            return None;
        }
        let mut bits = 0_u32;
        for byte in &group[..4 - padding] {
            bits = bits << 6 | u32::from(base64_digit(*byte)?);
        }
        bits <<= 6 * padding;
        let [_, first, second, third] = bits.to_be_bytes();
        bytes.extend_from_slice(&[first, second, third][..3 - padding]);
    }
    Some(bytes)
}

fn base64_digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}
