//! PDF files: objects, cross-reference sections, revisions, and the incremental update. Knows no signatures.

mod error;
mod page;
mod raw;
mod read;
mod revision;
mod update;

pub use error::PdfError;
pub use page::{Page, Rectangle};
pub use raw::RawEntry;
pub use read::{Limits, Pdf};
pub use revision::{Revision, XrefKind};
pub use update::{Reservation, Update};

/// Re-exported so that other floors name objects without naming the parser's crate twice.
pub use lopdf::{Dictionary, Object, ObjectId, Stream, StringFormat};
