//! Rules between the fields of a template: what one field's value asks of another. Declared in its form, held by every way in.

use super::{Field, FieldKind, Filled, TemplateError};
use crate::time::written_date;
use serde::Deserialize;
use std::collections::BTreeSet;

/// A rule between fields, named by their ids.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Rule {
    /// A date is not before another. Where either is empty nothing is asked.
    NotBefore {
        /// The later date, which is named where it is wrong.
        field: String,
        /// The earlier one.
        other: String,
    },
    /// At least one of some fields is filled in.
    OneOf {
        /// The fields; the first of them is named where all are empty.
        fields: Vec<String>,
    },
    /// A field is filled in where another has one of some values, or any.
    RequiredIf {
        /// The field that is asked for.
        field: String,
        /// The field that asks for it.
        when: String,
        /// The values that do; any, where none is said.
        #[serde(default)]
        is: Vec<String>,
    },
}

impl Rule {
    /// Tells what does not hold together with the fields that there are.
    pub(super) fn fault(&self, fields: &[Field]) -> Option<String> {
        let named = self.fields();
        if let Some(stranger) = named.iter().find(|id| !fields.iter().any(|field| field.id == **id)) {
            return Some(format!("a rule names the field {stranger:?}, which is not there"));
        }
        if named.iter().collect::<BTreeSet<_>>().len() < named.len() {
            return Some(format!("a rule names the field {:?} twice", named.first().copied().unwrap_or_default()));
        }
        let field = |id: &str| fields.iter().find(|field| field.id == id);
        let is_date = |id: &&str| field(id).is_some_and(|field| field.kind == FieldKind::Date);
        let is_optional = |id: &str| field(id).is_some_and(|field| field.optional);
        match self {
            Self::NotBefore { .. } if !named.iter().all(is_date) => Some("`not-before` is a rule of two dates".into()),
            Self::OneOf { fields } if fields.len() < 2 => Some("`one-of` is a rule of at least two fields".into()),
            Self::OneOf { fields } if !fields.iter().all(|id| is_optional(id)) => {
                Some("`one-of` is a rule of fields that are optional".into())
            }
            Self::RequiredIf { field, .. } if !is_optional(field) => {
                Some(format!("`required-if` asks for the field {field:?}, which is not optional"))
            }
            Self::RequiredIf { when, is, .. } => {
                let choices = field(when).map(|field| &field.choices).filter(|choices| !choices.is_empty())?;
                let stranger = is.iter().find(|value| !choices.contains(value))?;
                Some(format!("{stranger:?} is no choice of the field {when:?}"))
            }
            _ => None,
        }
    }

    /// Holds what was filled in to the rule.
    pub(super) fn hold(&self, filled: &Filled, fields: &[Field]) -> Result<(), TemplateError> {
        let value = |id: &str| filled.0.get(id).map_or("", |value| value.trim());
        let label = |id: &String| label_of(id, fields);
        match self {
            Self::NotBefore { field, other } => match (written_date(value(field)), written_date(value(other))) {
                (Some(later), Some(earlier)) if later < earlier => {
                    Err(TemplateError::BeforeOther { label: label(field), other: label(other) })
                }
                _ => Ok(()),
            },
            Self::OneOf { fields } if fields.iter().all(|id| value(id).is_empty()) => {
                Err(TemplateError::NoneOf { labels: fields.iter().map(label).collect() })
            }
            Self::RequiredIf { field, when, is } => {
                let given = value(when);
                let asks = if is.is_empty() { !given.is_empty() } else { is.iter().any(|wanted| wanted == given) };
                match asks && value(field).is_empty() {
                    true => Err(TemplateError::AskedFor { label: label(field), by: label(when), value: given.into() }),
                    false => Ok(()),
                }
            }
            Self::OneOf { .. } => Ok(()),
        }
    }

    /// Returns the ids of the fields, the one that is named first.
    pub fn fields(&self) -> Vec<&str> {
        match self {
            Self::NotBefore { field, other } => vec![field, other],
            Self::OneOf { fields } => fields.iter().map(String::as_str).collect(),
            Self::RequiredIf { field, when, .. } => vec![field, when],
        }
    }
}

/// Returns what people call a field.
fn label_of(id: &str, fields: &[Field]) -> String {
    fields.iter().find(|field| field.id == id).map_or_else(|| id.to_owned(), |field| field.label.clone())
}
