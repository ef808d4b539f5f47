//! JSON documents of images, read so that no other reader sees another value.
//!
//! Container runtimes read them with a library for which the keys `User` and `user` are the same field and the last
//! one wins. A document that could be understood in two ways is therefore refused, not interpreted.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// What is wrong with a document, one sentence without a period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DocumentError(String);

/// Reads one JSON object; text after it and keys given twice are errors.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, DocumentError> {
    match value(bytes)? {
        object @ Value::Object(_) => Ok(object),
        _ => Err(DocumentError("it is not a JSON object".to_owned())),
    }
}

/// Reads one JSON list; text after it and keys given twice are errors.
pub(super) fn parse_list(bytes: &[u8]) -> Result<Vec<Value>, DocumentError> {
    match value(bytes)? {
        Value::Array(items) => Ok(items),
        _ => Err(DocumentError("it is not a JSON list".to_owned())),
    }
}

fn value(bytes: &[u8]) -> Result<Value, DocumentError> {
    let Unambiguous(value) =
        serde_json::from_slice(bytes).map_err(|error| DocumentError(error.to_string()))?;
    Ok(value)
}

/// The value of a key; null counts as absent. A key that differs from it only in case is an error.
pub(super) fn field<'v>(object: &'v Value, name: &str) -> Result<Option<&'v Value>, DocumentError> {
    let Some(object) = object.as_object() else {
        return Err(DocumentError(format!(
            "what should hold `{name}` is not a JSON object"
        )));
    };
    let folded = fold(name);
    if let Some(other) = object.keys().find(|key| *key != name && fold(key) == folded) {
        return Err(DocumentError(format!(
            "the key `{other}` is read as `{name}` by container runtimes"
        )));
    }
    Ok(object.get(name).filter(|value| !value.is_null()))
}

/// As the runtimes' library compares keys: without regard to case, the long s and the Kelvin sign included.
fn fold(key: &str) -> String {
    key.chars()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect()
}

/// The error for a field that holds something else than it should.
pub(super) fn wrong_type(name: &str, wanted: &str) -> DocumentError {
    DocumentError(format!("`{name}` is not {wanted}"))
}

/// A field that holds text.
pub(super) fn text(object: &Value, name: &str) -> Result<Option<String>, DocumentError> {
    field(object, name)?
        .map(|value| value.as_str().map(str::to_owned))
        .map(|text| text.ok_or_else(|| wrong_type(name, "text")))
        .transpose()
}

/// A field that holds a whole number from zero up.
pub(super) fn number(object: &Value, name: &str) -> Result<Option<u64>, DocumentError> {
    field(object, name)?
        .map(|value| {
            value
                .as_u64()
                .ok_or_else(|| wrong_type(name, "a whole number from zero up"))
        })
        .transpose()
}

/// A field that holds a list; absent is an empty one.
pub(super) fn list<'v>(object: &'v Value, name: &str) -> Result<&'v [Value], DocumentError> {
    match field(object, name)? {
        None => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(wrong_type(name, "a list")),
    }
}

/// A field that holds a list of texts; absent is an empty one.
pub(super) fn texts(object: &Value, name: &str) -> Result<Vec<String>, DocumentError> {
    list(object, name)?
        .iter()
        .map(|item| item.as_str().map(str::to_owned))
        .map(|text| text.ok_or_else(|| wrong_type(name, "a list of texts")))
        .collect()
}

/// A field that holds an object; absent is an empty one.
pub(super) fn object<'v>(
    parent: &'v Value,
    name: &str,
) -> Result<Option<&'v Map<String, Value>>, DocumentError> {
    field(parent, name)?
        .map(|value| value.as_object().ok_or_else(|| wrong_type(name, "an object")))
        .transpose()
}

/// A field that must be there.
pub(super) fn required<T>(value: Option<T>, name: &str) -> Result<T, DocumentError> {
    value.ok_or_else(|| DocumentError(format!("`{name}` is missing")))
}

struct Unambiguous(Value);

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor).map(Self)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Unambiguous(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((key, Unambiguous(value))) = entries.next_entry::<String, _>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!("the key `{key}` is given twice")));
            }
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_given_twice_is_refused_at_any_depth() {
        let error = parse(br#"{"config":{"User":"1","User":"0"}}"#).unwrap_err();
        assert!(
            error.to_string().starts_with("the key `User` is given twice"),
            "{error}"
        );
    }

    #[test]
    fn a_key_that_differs_only_in_case_is_refused() {
        for key in ["user", "U\u{17f}er"] {
            let document = parse(format!(r#"{{"User":"1","{key}":"0"}}"#).as_bytes()).unwrap();
            let error = text(&document, "User").unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("the key `{key}` is read as `User` by container runtimes")
            );
        }
    }

    #[test]
    fn null_is_absent_and_other_types_are_named() {
        let document = parse(br#"{"a":null,"b":1,"c":-1,"d":["x",2]}"#).unwrap();
        assert_eq!(text(&document, "a"), Ok(None));
        assert_eq!(text(&document, "b").unwrap_err().to_string(), "`b` is not text");
        assert_eq!(
            number(&document, "c").unwrap_err().to_string(),
            "`c` is not a whole number from zero up"
        );
        assert_eq!(
            texts(&document, "d").unwrap_err().to_string(),
            "`d` is not a list of texts"
        );
    }

    #[test]
    fn text_after_the_document_and_other_values_are_refused() {
        assert!(parse(b"{} {}").is_err());
        assert!(parse(b"[]").is_err());
        assert!(parse(b"").is_err());
    }
}
