//! What is wrong with a template, or with what was filled in.

use crate::fault::{Fault, Kind};

/// Why a template cannot be used, or a notice not be set by it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The form does not hold together.
    #[error("the template {template}: {what}")]
    Form {
        /// The template.
        template: String,
        /// What is wrong.
        what: String,
    },
    /// The source cannot be set.
    #[error("the template {template}, {place}: {what}")]
    Source {
        /// The template.
        template: String,
        /// File, line and column, where they are known.
        place: String,
        /// What is wrong, in the words of the typesetter.
        what: String,
    },
    /// No such template.
    #[error("there is no template {0:?}")]
    NoSuchTemplate(String),
    /// The notice was not made by a template.
    #[error("the notice was not made by a template")]
    NotTypeset,
    /// A field that must be filled in is empty.
    #[error("{0} must not be empty")]
    Empty(String),
    /// A value that does not fit its field.
    #[error("{label}: {value:?} is no {wanted}")]
    Value {
        /// The field's label.
        label: String,
        /// The value.
        value: String,
        /// What is asked for.
        wanted: &'static str,
    },
    /// A value that is too long.
    #[error("{label} has more than {longest} characters")]
    TooLong {
        /// The field's label.
        label: String,
        /// Characters allowed.
        longest: usize,
    },
    /// A date before the one that it must not be before.
    #[error("{label} must not be before {other}")]
    BeforeOther {
        /// The field's label.
        label: String,
        /// The label of the other date.
        other: String,
    },
    /// None of some fields of which one must be filled in.
    #[error("one of these must not be empty: {}", labels.join(", "))]
    NoneOf {
        /// Their labels.
        labels: Vec<String>,
    },
    /// An empty field that the value of another one asks for.
    #[error("{label} must not be empty, as {by} is {value:?}")]
    AskedFor {
        /// The field's label.
        label: String,
        /// The label of the other field.
        by: String,
        /// Its value.
        value: String,
    },
    /// A value for a field that the template does not have.
    #[error("the template has no field {0:?}")]
    NoSuchField(String),
    /// No font has a glyph, or the form of it that is asked for (N16).
    #[error("no font has {character} ({codes}): {place}, character {position}")]
    MissingGlyph {
        /// The character, with its variation selector where it has one.
        character: String,
        /// Its code points.
        codes: String,
        /// The part of the notice.
        place: String,
        /// The place in that part, counted from 1.
        position: usize,
    },
    /// More pages than any notice has.
    #[error("the notice would have more than {0} pages")]
    TooManyPages(usize),
    /// More rows of a table than are drafted at once.
    #[error("at most {most} notices at once; these are {rows}")]
    TooManyRows {
        /// Rows that there are.
        rows: usize,
        /// Rows allowed.
        most: usize,
    },
    /// The template does not come to its end in time.
    #[error("setting the page took more than {0} s and was given up")]
    TooSlow(u64),
    /// All places for setting pages are taken, some perhaps by templates that do not end.
    #[error("too many pages are being set at this moment")]
    Busy,
    /// There is no typesetter, or no font.
    #[error("this program, or this city, sets no pages: {0}")]
    NoTypesetter(&'static str),
    /// The typesetter broke down.
    #[error("the page could not be set: {0}")]
    Broken(String),
}

impl Fault for TemplateError {
    fn code(&self) -> &'static str {
        match self {
            Self::Form { .. } => "template-form",
            Self::Source { .. } => "template-source",
            Self::NoSuchTemplate(_) => "template-not-found",
            Self::NotTypeset => "template-not-used",
            Self::Empty(_) => "template-empty",
            Self::Value { .. } => "template-value",
            Self::TooLong { .. } => "template-too-long",
            Self::BeforeOther { .. } => "template-before-other",
            Self::NoneOf { .. } => "template-none-of",
            Self::AskedFor { .. } => "template-asked-for",
            Self::NoSuchField(_) => "template-no-such-field",
            Self::MissingGlyph { .. } => "template-missing-glyph",
            Self::TooManyPages(_) => "template-too-many-pages",
            Self::TooManyRows { .. } => "template-too-many-rows",
            Self::TooSlow(_) => "template-too-slow",
            Self::Busy => "template-busy",
            Self::NoTypesetter(_) => "template-no-typesetter",
            Self::Broken(_) => "template-broken",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NoSuchTemplate(_) => Kind::NotFound,
            Self::NoTypesetter(_) | Self::Busy => Kind::Unavailable,
            Self::Broken(_) => Kind::Defect,
            _ => Kind::Refused,
        }
    }
}
