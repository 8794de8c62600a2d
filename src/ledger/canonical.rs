//! One and only one JSON text for a value (RFC 8785 within what this program writes: no fractions).

use serde::Serialize;
use serde_json::Value;

/// Writes a value as canonical JSON: members sorted by name, no spaces. None where it cannot be written as JSON.
///
/// Numbers are integers here, and names are ASCII, so sorting by bytes and by UTF-16 units is the same.
pub fn canonical_json(value: &impl Serialize) -> Option<String> {
    let value = serde_json::to_value(value).ok()?;
    let mut text = String::new();
    write(&value, &mut text)?;
    Some(text)
}

fn write(value: &Value, text: &mut String) -> Option<()> {
    match value {
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text)?;
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort();
            text.push('{');
            for (index, name) in names.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&serde_json::to_string(name).ok()?);
                text.push(':');
                write(members.get(name)?, text)?;
            }
            text.push('}');
        }
        scalar => text.push_str(&serde_json::to_string(scalar).ok()?),
    }
    Some(())
}
