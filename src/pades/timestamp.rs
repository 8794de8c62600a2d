//! Document timestamps (ISO 32000-2, 12.8.5; EN 319 142-1, 5.4.3): a timestamp over the whole file, in a field of its own.

use super::embedded::signatures;
use super::field::{self, Wiring};
use super::sign::{Level, SignOptions};
use super::slot::Slot;
use super::{PadesError, widget};
use crate::crypto::Entropy;
use crate::digest::DigestAlgorithm;
use crate::pdf::{Appended, Dictionary, Pdf, Update};
use crate::time::Instant;
use crate::tsp::{self, TimestampSource};

/// Room for a timestamp token not seen yet; tokens with their certificates take 2 to 7 KB.
pub(super) const TOKEN_BYTES: usize = 8192;

/// Adds a document timestamp. `at` is nothing that is written: the time is in the token.
///
/// # Errors
/// [`PadesError::Timestamp`] where none can be had, and [`PadesError`] for a file that cannot be updated.
pub fn timestamp(
    pdf: &Pdf,
    digest: DigestAlgorithm,
    source: &dyn TimestampSource,
    at: Instant,
    entropy: &dyn Entropy,
) -> Result<Appended, PadesError> {
    let mut room = TOKEN_BYTES;
    for _ in 0..2 {
        let slot = prepare(pdf, at, room)?;
        let token = tsp::obtain(source, &slot.digest(digest)?, entropy)?;
        if token.der().len() <= room {
            return slot.fill(token.der());
        }
        room = token.der().len() + 512;
    }
    Err(PadesError::NoRoom { needed: room - 512, kept: room })
}

fn prepare(pdf: &Pdf, at: Instant, room: usize) -> Result<Slot, PadesError> {
    let is_first = signatures(pdf).is_empty();
    let name = field::fresh_name(pdf, "Timestamp");
    let mut update = Update::new(pdf)?;
    let mut dictionary = Dictionary::new();
    dictionary.set("Type", "DocTimeStamp");
    dictionary.set("Filter", "Adobe.PPKLite");
    dictionary.set("SubFilter", "ETSI.RFC3161");
    let value = update.add(dictionary);
    let new_field = widget::new_field(pdf, &mut update, &name, value, &SignOptions::new(Level::BT, at))?;
    let wiring = Wiring { new_field: Some(new_field), signature: value, certify: false, is_first, iso_extension: None };
    field::wire_form(pdf, &mut update, &wiring)?;
    Slot::reserve(update, value, room)
}
