//! Templates (様式) of notices: what a clerk fills in, and the page that it is set on.

mod error;
mod filled;
mod rules;

pub use error::TemplateError;
pub use filled::{Filled, NoticeText};
pub use rules::Rule;

use crate::digest::Sha256Hex;
use serde::Deserialize;

/// Fields that a template has at most.
const MOST_FIELDS: usize = 60;
/// Rules between fields that a template has at most.
const MOST_RULES: usize = 60;
/// The longest source of a template, in bytes.
const LONGEST_SOURCE_BYTES: usize = 1 << 18;
/// The longest value where a template sets no other limit, in characters.
const LONGEST_VALUE: usize = 2_000;

/// A template: a form of fields and a source that sets them on pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its identifier: the name of its file without the ending.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// Whether number and date stand on the page: the notice then gets its number when it is submitted (N19).
    pub numbered: bool,
    /// The fields, in the order of the form.
    pub fields: Vec<Field>,
    /// The rules between them, in the order in which they are held.
    pub rules: Vec<Rule>,
    /// The source that sets the pages.
    pub source: String,
    /// The hash of form and source: which version of the template a notice was set by.
    pub sha256: Sha256Hex,
}

/// A field of a template.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its name in the source.
    pub id: String,
    /// What people call it; also the name of its column in a table.
    pub label: String,
    /// What may stand in it.
    #[serde(default)]
    pub kind: FieldKind,
    /// Whether it may be left empty.
    #[serde(default)]
    pub optional: bool,
    /// What helps whoever fills it in.
    #[serde(default)]
    pub hint: String,
    /// How many characters it takes at most.
    #[serde(default = "longest_value")]
    pub longest: usize,
    /// What may be chosen, for a choice.
    #[serde(default)]
    pub choices: Vec<String>,
}

/// What may stand in a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
    /// One line.
    #[default]
    Line,
    /// Several lines.
    Text,
    /// A date; on the page in the era's year.
    Date,
    /// A sum in yen; on the page with commas.
    Amount,
    /// One of some choices.
    Choice,
}

/// The templates of a city.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Templates(Vec<Template>);

/// The file of a template.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateFile {
    title: String,
    #[serde(default)]
    numbered: bool,
    #[serde(default, rename = "field")]
    fields: Vec<Field>,
    #[serde(default, rename = "rule")]
    rules: Vec<Rule>,
}

impl Template {
    /// Reads a template: its form (TOML) and its source.
    ///
    /// # Errors
    /// What in the form does not hold together.
    pub fn read(id: &str, form: &str, source: &str) -> Result<Self, TemplateError> {
        let bad = |what: String| TemplateError::Form { template: id.to_owned(), what };
        let file: TemplateFile = toml::from_str(form).map_err(|error| bad(error.to_string()))?;
        if source.len() > LONGEST_SOURCE_BYTES {
            return Err(bad(format!("the source is longer than {LONGEST_SOURCE_BYTES} bytes")));
        }
        if file.fields.len() > MOST_FIELDS {
            return Err(bad(format!("more than {MOST_FIELDS} fields")));
        }
        for (place, field) in file.fields.iter().enumerate() {
            let before = file.fields.iter().take(place);
            let named = |other: &Field| other.id == field.id || other.label == field.label;
            if before.clone().any(named) || OWN_COLUMNS.contains(&field.label.as_str()) {
                return Err(bad(format!("the field {} has an id or a label that is taken", field.id)));
            }
            let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if field.id.is_empty() || !field.id.chars().all(is_name) || field.label.trim().is_empty() {
                return Err(bad(format!("the field {:?} needs a label, and an id of a-z, 0-9 and -", field.id)));
            }
            if (field.kind == FieldKind::Choice) == field.choices.is_empty() {
                return Err(bad(format!(
                    "the field {}: choices belong to the kind `choice`, and only there",
                    field.id
                )));
            }
        }
        if file.rules.len() > MOST_RULES {
            return Err(bad(format!("more than {MOST_RULES} rules")));
        }
        if let Some(fault) = file.rules.iter().find_map(|rule| rule.fault(&file.fields)) {
            return Err(bad(fault));
        }
        let TemplateFile { title, numbered, fields, rules } = file;
        let sha256 = Sha256Hex::of(format!("{form}\0{source}").as_bytes());
        Ok(Self { id: id.to_owned(), title, numbered, fields, rules, source: source.to_owned(), sha256 })
    }
}

impl Templates {
    /// Puts templates together.
    pub fn new(templates: Vec<Template>) -> Self {
        Self(templates)
    }

    /// Returns a template.
    pub fn get(&self, id: &str) -> Option<&Template> {
        self.0.iter().find(|template| template.id == id)
    }

    /// Returns every template.
    pub fn all(&self) -> &[Template] {
        &self.0
    }
}

/// Names of columns that every notice has.
pub(super) const OWN_COLUMNS: [&str; 5] = ["件名", "受取人", "処分の理由", "教示", "日付"];

fn longest_value() -> usize {
    LONGEST_VALUE
}
