//! PDF files: objects, cross-reference sections, revisions, and the incremental update. Knows no signatures.

mod container;
mod effort;
mod encryption;
mod error;
mod hidden;
mod lexer;
mod limits;
mod objects;
mod page;
mod raw;
mod read;
mod rebuilt;
mod revision;
mod section;
mod shared;
mod source;
mod update;
mod window;
mod xref;

pub use error::PdfError;
pub use lexer::{hexadecimal, hexadecimal_digits, hexadecimal_pairs, is_regular};
pub use limits::Limits;
pub use objects::references;
pub use page::{Page, Rectangle};
pub use raw::RawEntry;
pub use read::Pdf;
pub use revision::{Revision, XrefKind};
pub use source::{ReadAt, Source};
pub use update::{Appended, Reservation, Update};
pub use xref::Entry;

/// Re-exported so that other floors name objects without naming the parser's crate twice.
pub use lopdf::{Dictionary, Object, ObjectId, Stream, StringFormat};
