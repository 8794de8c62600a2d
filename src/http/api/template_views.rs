//! Types of notices as JSON: what is filled in of their templates, and what one field asks of another.

use crate::office::NoticeType;
use crate::office::templates::{Field, FieldKind, Rule, Templates};
use serde::Serialize;
use utoipa::ToSchema;

/// A notice type (通知種別).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NoticeTypeView {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The legal basis.
    pub legal_basis: String,
    /// Whether it is a disposition, which carries reasons and appeal instructions.
    pub disposition: bool,
    /// Whether electronic delivery is excluded.
    pub electronic_excluded: bool,
    /// The fields of its template, in their order; none where its PDFs are made elsewhere.
    pub fields: Option<Vec<FieldView>>,
    /// The rules between these fields.
    pub rules: Vec<RuleView>,
}

/// A field of a template.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldView {
    /// Its identifier.
    pub id: String,
    /// What people call it.
    pub label: String,
    /// What may stand in it: a line, lines, a date, a sum in yen, one of `choices`.
    #[schema(example = "line")]
    pub kind: &'static str,
    /// Whether it may be left out.
    pub optional: bool,
    /// How many characters it takes at most.
    pub longest: usize,
    /// What may be chosen.
    pub choices: Vec<String>,
}

/// A rule between the fields of a template.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RuleView {
    /// `not-before`: the first field, a date, is not before the second. `one-of`: at least one is filled in. `required-if`: the
    /// first is filled in where the second has one of the values, or any where none is named.
    #[schema(example = "not-before")]
    pub kind: &'static str,
    /// The fields by their identifiers.
    pub fields: Vec<String>,
    /// The values of the second field that ask for the first, for `required-if`.
    pub values: Vec<String>,
}

impl From<&Rule> for RuleView {
    fn from(rule: &Rule) -> Self {
        let (kind, values) = match rule {
            Rule::NotBefore { .. } => ("not-before", Vec::new()),
            Rule::OneOf { .. } => ("one-of", Vec::new()),
            Rule::RequiredIf { is, .. } => ("required-if", is.clone()),
        };
        Self { kind, fields: rule.fields().into_iter().map(str::to_owned).collect(), values }
    }
}

/// The notice types, and the ways in which a recipient may have agreed to electronic delivery.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NoticeTypes {
    /// The types.
    pub types: Vec<NoticeTypeView>,
    /// The ways.
    pub consent_methods: Vec<String>,
    /// What they may have agreed to.
    pub consent_scopes: Vec<String>,
}

impl NoticeTypeView {
    /// Shows a type with the fields of its template.
    pub fn of(kind: &NoticeType, templates: &Templates) -> Self {
        let template = kind.template.as_deref().and_then(|id| templates.get(id));
        Self {
            fields: template.map(|template| template.fields.iter().map(FieldView::of).collect()),
            rules: template.map_or(&[][..], |template| &template.rules).iter().map(RuleView::from).collect(),
            id: kind.id.clone(),
            name: kind.name.clone(),
            legal_basis: kind.legal_basis.clone(),
            disposition: kind.disposition,
            electronic_excluded: kind.electronic_excluded,
        }
    }
}

impl FieldView {
    fn of(field: &Field) -> Self {
        let kind = match field.kind {
            FieldKind::Line => "line",
            FieldKind::Text => "text",
            FieldKind::Date => "date",
            FieldKind::Amount => "amount",
            FieldKind::Choice => "choice",
        };
        let (optional, longest, choices) = (field.optional, field.longest, field.choices.clone());
        Self { id: field.id.clone(), label: field.label.clone(), kind, optional, longest, choices }
    }
}
