//! What is wrong with a form, field by field, for the summary above it and the mark beside each field.

use crate::http::problem::Problem;

/// The faults of one form.
#[derive(Clone, Debug, Default)]
pub struct Faults(Vec<FieldFault>);

/// One fault of one field.
#[derive(Clone, Debug)]
pub struct FieldFault {
    /// The `id` of the field to mend.
    pub field: String,
    /// The Japanese sentence.
    pub ja: String,
    /// The English sentence.
    pub en: String,
}

impl Faults {
    /// Makes the faults of a form from a problem that a verb reported.
    pub fn of(field: impl Into<String>, problem: &Problem) -> Self {
        let mut faults = Self::default();
        faults.add(field, problem.japanese(), problem.english());
        faults
    }

    /// Adds a fault.
    pub fn add(&mut self, field: impl Into<String>, ja: impl Into<String>, en: impl Into<String>) {
        self.0.push(FieldFault { field: field.into(), ja: ja.into(), en: en.into() });
    }

    /// Adds what a verb reported of one of several things.
    pub fn about(&mut self, field: &'static str, what: &str, problem: &Problem) {
        self.add(field, format!("{what}：{}", problem.japanese()), format!("{what}: {}", problem.english()));
    }

    /// Adds a fault when a text is empty.
    pub fn require(&mut self, text: &str, field: &'static str, ja: &str, en: &str) {
        if text.is_empty() {
            self.add(field, format!("{ja}を入力してください。"), format!("Enter the {en}."));
        }
    }

    /// Tells whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Tells whether a field is among those to mend.
    pub fn has(&self, field: &str) -> bool {
        self.0.iter().any(|fault| fault.field == field)
    }

    /// Returns what is wrong with a field.
    pub fn words(&self, field: &str) -> &str {
        self.0.iter().find(|fault| fault.field == field).map_or("", |fault| &fault.ja)
    }

    /// Lists the faults in the order of the form.
    pub fn list(&self) -> &[FieldFault] {
        &self.0
    }
}
