//! A signature timestamp put into the room that was kept for it at signing: the one change that a finished signature
//! bears, because its own value is what it does not cover.

use super::PadesError;
use super::embedded::signatures;
use super::slot::hexadecimal;
use crate::cms::{SignedData, add_signature_timestamp};
use crate::crypto::Entropy;
use crate::digest::DigestAlgorithm;
use crate::pdf::{Appended, Pdf};
use crate::tsp::{self, TimestampSource};
use std::sync::Arc;

/// The shortest timestamp token that there is reason to ask for room for.
const SHORTEST_TOKEN: usize = 1024;

/// Puts a signature timestamp into the last signature, where that covers the whole file, has none and kept room.
/// None where it did not: no authority is asked in vain.
///
/// # Errors
/// [`PadesError::NoRoom`] where the token is larger than the room, [`PadesError::Timestamp`].
pub(super) fn embed_timestamp(
    pdf: &Pdf,
    digest: DigestAlgorithm,
    source: &dyn TimestampSource,
    entropy: &dyn Entropy,
) -> Result<Option<Appended>, PadesError> {
    let found = signatures(pdf);
    let Some(last) = found.last().filter(|last| !last.is_document_timestamp) else { return Ok(None) };
    let Some(coverage) = last.coverage.as_ref().ok().filter(|coverage| coverage.whole_file) else { return Ok(None) };
    let cms = SignedData::parse(&last.contents)?;
    let others_wait = found[..found.len() - 1].iter().any(|one| !one.is_document_timestamp);
    let room = last.contents.len();
    if others_wait || !cms.signer.signature_timestamps.is_empty() || room < cms.consumed + SHORTEST_TOKEN {
        return Ok(None);
    }
    let token = tsp::obtain(source, &digest.digest(&cms.signer.signature), entropy)?;
    let stamped = add_signature_timestamp(&last.contents[..cms.consumed], token.der())?;
    if stamped.len() > room {
        return Err(PadesError::NoRoom { needed: stamped.len(), kept: room });
    }
    let mut value = hexadecimal(&stamped);
    value.resize(2 * room, b'0');
    Ok(Some(Appended::unchanged(pdf.source().patched(coverage.gap.start + 1, Arc::from(value)))))
}
