//! What was changed after a signature: each revision is compared with the one before it, object by object and path
//! by path, and every difference is denied unless a rule names it.
//!
//! Two walks carry this. *Rules* compare the few places that a signature, a timestamp or validation data may touch,
//! key by key, and say which objects they answer for. The *strict walk* goes from the trailer through everything
//! else and admits no difference at all. What neither reaches is seen by nobody; it is told, too.

mod annotations;
mod awaited;
mod comparison;
mod fields;
mod form;
mod fresh;
mod metadata;
mod place;
mod segment;
mod shown;
mod store;
mod tally;
mod values;
mod view;

pub use tally::Tally;

use crate::pdf::{ObjectId, Pdf};
use crate::validate::{Changes, ShownRectangle};

/// One difference between two revisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it is.
    pub kind: ChangeKind,
    /// The object it is in.
    pub object: Option<ObjectId>,
    /// The path from the trailer, for example `Root/AcroForm/Fields[0]/V`.
    pub path: String,
    /// The page it shows on, counted from 1.
    pub page: Option<u32>,
    /// Where on that page, as far as it has one place there.
    pub rectangle: Option<ShownRectangle>,
    /// The form field it is about, by its fully qualified name.
    pub field: Option<String>,
}

impl Change {
    /// Makes a difference of which only this is known.
    pub fn new(kind: ChangeKind, object: Option<ObjectId>, path: impl Into<String>) -> Self {
        Self { kind, object, path: path.into(), page: None, rectangle: None, field: None }
    }

    /// Tells whether a judgement may tell this difference from others of its kind: by the field that may be locked, or by
    /// whether the signature is a sound one.
    pub(super) fn is_judged_for_itself(&self) -> bool {
        self.kind.adds_signature() || (self.field.is_some() && self.kind.class() == Changes::FormFill)
    }
}

/// The differences between two revisions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Every difference that a judgement can tell from the others, and of the rest the first ones.
    pub changes: Vec<Change>,
    /// How many there are beside these, each of a kind that is among them.
    pub more: usize,
}

impl Step {
    /// Makes the step between revisions that were not compared, or could not be.
    pub fn unreadable() -> Self {
        Self { changes: vec![Change::new(ChangeKind::Unreadable, None, "")], more: 0 }
    }
}

/// What a difference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// Validation data was added (DSS, EN 319 142-1, 5.4.2).
    ValidationData,
    /// A document timestamp was added (EN 319 142-1, 5.4.3).
    DocumentTimestamp,
    /// The document information's dates or producer, the version, or the developer extensions.
    Housekeeping,
    /// An object is new or different that nothing in the document leads to.
    UnusedObject,
    /// An empty signature field was signed, or an invisible signature added.
    Signature,
    /// A further signature was added that shows on a page.
    VisibleSignature,
    /// An empty signature field was added.
    SignatureField,
    /// The appearance of an added signature covers a large part of its page, or a field or seal on it.
    LargeAppearance,
    /// Settings of the form that signing needs: flags, default resources, appearance requests.
    FormSettings,
    /// A form field got another value.
    FieldValue,
    /// An annotation was added, changed or removed.
    Annotation,
    /// The trailer names another catalogue.
    Catalogue,
    /// Another entry of the trailer.
    Trailer,
    /// An object that the signature covers is different now.
    ObjectChanged,
    /// An object that the signature covers is gone.
    ObjectRemoved,
    /// An object appears where there was none, or for no reason that can be told.
    ObjectAdded,
    /// Bytes between the revisions that no cross-reference explains.
    HiddenBytes,
    /// What was signed holds objects that only some readers come upon, and something follows it.
    HiddenObjects,
    /// A revision cannot be read as it is written.
    Unreadable,
}

impl ChangeKind {
    /// Returns the class of the contract.
    pub fn class(self) -> Changes {
        match self {
            Self::ValidationData | Self::DocumentTimestamp | Self::Housekeeping | Self::UnusedObject => Changes::Lta,
            Self::Signature | Self::VisibleSignature | Self::SignatureField | Self::FormSettings | Self::FieldValue => {
                Changes::FormFill
            }
            Self::Annotation | Self::LargeAppearance => Changes::Annotate,
            Self::HiddenObjects | Self::Unreadable => Changes::Unclear,
            Self::Catalogue
            | Self::Trailer
            | Self::ObjectChanged
            | Self::ObjectRemoved
            | Self::ObjectAdded
            | Self::HiddenBytes => Changes::Forbidden,
        }
    }

    /// Tells whether this adds a signature or timestamp.
    pub fn adds_signature(self) -> bool {
        matches!(self, Self::Signature | Self::VisibleSignature | Self::DocumentTimestamp)
    }

    /// Returns the code of the finding.
    pub fn code(self) -> &'static str {
        match self {
            Self::ValidationData => "change-validation-data",
            Self::DocumentTimestamp => "change-document-timestamp",
            Self::Housekeeping => "change-housekeeping",
            Self::UnusedObject => "change-unused-object",
            Self::Signature => "change-signature",
            Self::VisibleSignature => "change-visible-signature",
            Self::SignatureField => "change-signature-field",
            Self::LargeAppearance => "change-large-appearance",
            Self::FormSettings => "change-form-settings",
            Self::FieldValue => "change-field-value",
            Self::Annotation => "change-annotation",
            Self::Catalogue => "change-catalogue",
            Self::Trailer => "change-trailer",
            Self::ObjectChanged => "change-object",
            Self::ObjectRemoved => "change-object-removed",
            Self::ObjectAdded => "change-object-added",
            Self::HiddenBytes => "change-hidden-bytes",
            Self::HiddenObjects => "change-hidden-objects",
            Self::Unreadable => "change-unreadable",
        }
    }
}

/// Compares two consecutive revisions of one file and returns the differences, the harmless ones too. The tally goes from
/// step to step.
pub fn compare(older: &Pdf, newer: &Pdf, tally: &mut Tally) -> Step {
    let mut comparison = comparison::Comparison::new(older, newer, std::mem::take(tally));
    let readable = !older.is_repaired() && !newer.is_repaired() && newer.is_encrypted() == older.is_encrypted();
    if !readable {
        comparison.report(ChangeKind::Unreadable, None, "");
        return comparison.finish(tally);
    }
    segment::check(&mut comparison);
    metadata::compare(&mut comparison);
    if comparison.same_catalogue() {
        form::compare(&mut comparison);
        store::compare(&mut comparison);
        annotations::compare(&mut comparison);
        metadata::compare_catalogue(&mut comparison);
    }
    comparison.finish(tally)
}
