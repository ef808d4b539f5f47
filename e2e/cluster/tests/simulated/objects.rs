//! Objects of kustomizations as JSON, so that one field can be made wrong.

use serde_json::{Deserializer, Value};

use crate::support::Outcome;
use crate::world::World;

/// The objects of a kustomization, as kubectl reads them.
pub(crate) fn render(world: &World, folder: &str) -> Outcome<Vec<Value>> {
    let text = world.kubectl.run(&["kustomize", folder])?;
    // The client alone: it knows kinds by the server, and checks nothing.
    let read = [
        "create",
        "--dry-run=client",
        "--validate=false",
        "-o",
        "json",
        "-f",
        "-",
    ];
    let json = world.kubectl.run_with_input(&read, &text)?;
    let mut objects = Vec::new();
    for document in Deserializer::from_str(&json).into_iter::<Value>() {
        match document? {
            Value::Object(mut list) if list.get("kind").is_some_and(|kind| kind == "List") => {
                if let Some(Value::Array(items)) = list.remove("items") {
                    objects.extend(items);
                }
            }
            object => objects.push(object),
        }
    }
    if objects.is_empty() {
        return Err(format!("`{folder}` renders no object").into());
    }
    Ok(objects)
}

/// The object of a kind and, where there are several, of a name.
pub(crate) fn find<'a>(objects: &'a [Value], kind: &str, name: &str) -> Outcome<&'a Value> {
    objects
        .iter()
        .find(|object| object["kind"] == kind && object["metadata"]["name"] == name)
        .ok_or_else(|| format!("there is no {kind} {name}").into())
}

/// A copy with one field set; what it lies in must be there.
pub(crate) fn with(object: &Value, pointer: &str, value: Value) -> Outcome<Value> {
    let mut object = object.clone();
    let (parent, key) = pointer.rsplit_once('/').ok_or("a pointer begins with a slash")?;
    let place = object
        .pointer_mut(parent)
        .ok_or_else(|| format!("there is no `{parent}`"))?;
    match place {
        Value::Object(fields) => {
            fields.insert(key.to_owned(), value);
        }
        Value::Array(items) => {
            let item = key
                .parse()
                .ok()
                .and_then(|position: usize| items.get_mut(position));
            *item.ok_or_else(|| format!("there is no `{pointer}`"))? = value;
        }
        _ => return Err(format!("`{parent}` holds no fields").into()),
    }
    Ok(object)
}

/// One stream of documents. Each begins with the marker of YAML: a text that begins with a brace is JSON to some.
pub(crate) fn text(objects: &[Value]) -> String {
    let documents: Vec<_> = objects
        .iter()
        .map(|object| format!("---\n{object:#}\n"))
        .collect();
    documents.concat()
}
