//! What was filled in: held to the template's fields, and as it stands on the page.

use super::{Field, FieldKind, Template, TemplateError};
use crate::time::{era_date, written_date};
use serde::Serialize;
use std::collections::BTreeMap;

/// The longest text of a notice that no field of a template holds, in characters.
const LONGEST_TEXT: usize = 20_000;

/// What was filled in of a template's fields, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled(pub BTreeMap<String, String>);

/// What a notice says: what the source of its template sets on pages. Its form is what sources read as `notice`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoticeText {
    /// The document number; none before it is given.
    pub number: Option<String>,
    /// The date on the notice, in the era's year.
    pub date: Option<String>,
    /// The city.
    pub city: String,
    /// The office that seals it.
    pub office: String,
    /// The section that drafted it.
    pub section: String,
    /// The subject.
    pub subject: String,
    /// The recipient.
    pub recipient: String,
    /// The reasons of a disposition.
    pub reasons: String,
    /// The appeal instructions of a disposition.
    pub instructions: String,
    /// The template's fields.
    pub fields: BTreeMap<String, String>,
}

impl Filled {
    /// Holds what was filled in to the fields and the rules between them, and returns it as it stands on the page; of every field, empty where it may be.
    pub fn shown(&self, template: &Template) -> Result<BTreeMap<String, String>, TemplateError> {
        let known = |id: &String| template.fields.iter().any(|field| field.id == *id);
        if let Some(stranger) = self.0.keys().find(|id| !known(id)) {
            return Err(TemplateError::NoSuchField(stranger.clone()));
        }
        let shown = template.fields.iter().map(|field| {
            let value = self.0.get(&field.id).map_or("", |value| value.trim());
            Ok((field.id.clone(), shown(field, value)?))
        });
        let shown = shown.collect::<Result<_, TemplateError>>()?;
        template.rules.iter().try_for_each(|rule| rule.hold(self, &template.fields))?;
        Ok(shown)
    }
}

impl NoticeText {
    /// Returns every text with the name of its place, for people.
    pub fn places<'a>(&'a self, template: &'a Template) -> impl Iterator<Item = (&'a str, &'a str)> {
        let own = [
            ("文書番号", self.number.as_deref().unwrap_or_default()),
            ("件名", self.subject.as_str()),
            ("受取人", &self.recipient),
            ("処分の理由", &self.reasons),
            ("教示", &self.instructions),
        ];
        let label = |id: &str| template.fields.iter().find(|field| field.id == id).map_or("", |field| &field.label);
        own.into_iter().chain(self.fields.iter().map(move |(id, value)| (label(id), value.as_str())))
    }

    /// Refuses texts that no notice has.
    pub fn within_limits(&self, template: &Template) -> Result<(), TemplateError> {
        let long = self.places(template).find(|(_, text)| text.chars().count() > LONGEST_TEXT);
        let too_long = |place: &str| TemplateError::TooLong { label: place.to_owned(), longest: LONGEST_TEXT };
        long.map_or(Ok(()), |(place, _)| Err(too_long(place)))
    }
}

fn shown(field: &Field, value: &str) -> Result<String, TemplateError> {
    if value.is_empty() {
        return if field.optional { Ok(String::new()) } else { Err(TemplateError::Empty(field.label.clone())) };
    }
    if value.chars().count() > field.longest {
        return Err(TemplateError::TooLong { label: field.label.clone(), longest: field.longest });
    }
    let no = |wanted| TemplateError::Value { label: field.label.clone(), value: value.to_owned(), wanted };
    match field.kind {
        FieldKind::Line if value.contains(['\n', '\r']) => Err(no("single line")),
        FieldKind::Line => Ok(value.to_owned()),
        FieldKind::Text => Ok(value.replace("\r\n", "\n").replace('\r', "\n")),
        FieldKind::Date => written_date(value).map(era_date).ok_or_else(|| no("date, such as 2026-04-01")),
        FieldKind::Amount => amount(value).ok_or_else(|| no("sum of whole yen")),
        FieldKind::Choice if field.choices.iter().any(|choice| choice == value) => Ok(value.to_owned()),
        FieldKind::Choice => Err(no("choice of this field")),
    }
}

/// Writes a sum with commas: 12,300. Commas, full-width digits and 円 are taken as people write them.
fn amount(value: &str) -> Option<String> {
    let plain: String = value.chars().filter(|c| !matches!(c, ',' | '，' | '円' | ' ' | '　')).collect();
    let digits: Option<String> = plain.chars().map(|c| char::from_digit(digit(c)?, 10)).collect();
    let sum: u64 = digits?.parse().ok()?;
    let digits = sum.to_string();
    let mut written = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    Some(written)
}

fn digit(c: char) -> Option<u32> {
    match c {
        '０'..='９' => Some(u32::from(c) - u32::from('０')),
        c => c.to_digit(10),
    }
}
