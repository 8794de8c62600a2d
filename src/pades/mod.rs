//! Signatures in PDF (ISO 32000-2, 12.8; EN 319 142-1): finding them, and making them by incremental update.

mod appearance;
mod code;
mod colour;
mod deferred;
mod embed;
mod embedded;
mod error;
mod extend;
mod field;
mod font;
mod image;
mod material;
mod png;
mod seed;
mod sign;
mod slot;
mod store;
mod structure;
mod svg;
mod timestamp;
mod widget;

pub use appearance::{Appearance, Writing};
pub use deferred::{DeferredAnswer, DeferredRequest, Prepared, answer, embed, prepare_deferred};
pub use embedded::decode as text_string;
pub use embedded::{
    Coverage, CoverageProblem, EmbeddedSignature, FieldLock, MOST_SIGNATURES, SignatureField, signature_fields,
    signatures,
};
pub use error::PadesError;
pub use extend::{Extension, extend, sign_extended};
pub use material::{LongTerm, long_term_needs};
pub use sign::{Level, SignOptions, sign};
pub use store::SecurityStore;
pub use timestamp::timestamp;
