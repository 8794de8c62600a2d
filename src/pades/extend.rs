//! From one baseline level to a higher one (EN 319 142-1, 5.4 and 6): a timestamp, the validation material, and a
//! document timestamp over both; the last two again and again, before what protects the file grows weak.

use super::embed::embed_timestamp;
use super::embedded::signatures;
use super::material::{LongTerm, gather};
use super::sign::{Level, SignOptions, sign_toward};
use super::timestamp::timestamp;
use super::{PadesError, store};
use crate::cms::{SignedData, SigningIdentity};
use crate::crypto::Entropy;
use crate::digest::DigestAlgorithm;
use crate::pdf::{Appended, Pdf};
use crate::time::Instant;
use crate::tsp::TimestampSource;

/// What an extension is made with.
#[derive(Clone, Copy)]
pub struct Extension<'a> {
    /// Where timestamps come from; level B-LT of a file that has them needs none.
    pub timestamps: Option<&'a dyn TimestampSource>,
    /// What long-term levels rest on; level B-T needs it not.
    pub long_term: Option<LongTerm<'a>>,
    /// The digest of new timestamps.
    pub digest: DigestAlgorithm,
    /// The present.
    pub at: Instant,
}

/// Brings the signatures of a file to a level. B-LTA can be asked for again and again: each time what is missing of the
/// validation material is added, and a further document timestamp.
///
/// # Errors
/// [`PadesError`]; never a lower level than asked for. [`PadesError::AtLevel`] where there is nothing to do.
pub fn extend(
    pdf: &Pdf,
    level: Level,
    extension: &Extension<'_>,
    entropy: &dyn Entropy,
) -> Result<Appended, PadesError> {
    if signatures(pdf).is_empty() {
        return Err(PadesError::NotSigned);
    }
    let mut made = None;
    if !is_timestamped(pdf) {
        let source = extension.timestamps.ok_or(PadesError::NoTimestampSource)?;
        made = Some(match embed_timestamp(pdf, extension.digest, source, entropy)? {
            Some(embedded) => embedded,
            None => timestamp(pdf, extension.digest, source, extension.at, entropy)?,
        });
    }
    if level >= Level::BLt {
        let long_term = extension.long_term.as_ref().ok_or(PadesError::NoTrust)?;
        made = step(pdf, made, |pdf| {
            let material = gather(pdf, long_term)?;
            store::add(pdf, &material.all, &material.related(long_term.vri))
        })?;
    }
    if level == Level::BLta {
        let source = extension.timestamps.ok_or(PadesError::NoTimestampSource)?;
        made = step(pdf, made, |pdf| timestamp(pdf, extension.digest, source, extension.at, entropy).map(Some))?;
    }
    made.ok_or(PadesError::AtLevel(level.name()))
}

/// Signs as [`super::sign()`] does, and goes on to the level that the options ask for.
///
/// # Errors
/// [`PadesError`]; nothing is ever signed at a lower level than asked.
pub fn sign_extended(
    pdf: &Pdf,
    identity: &SigningIdentity,
    options: &SignOptions,
    extension: &Extension<'_>,
    entropy: &dyn Entropy,
) -> Result<Appended, PadesError> {
    let first = SignOptions { level: options.level.min(Level::BT), ..options.clone() };
    if options.level >= Level::BLt && extension.long_term.is_none() {
        return Err(PadesError::NoTrust);
    }
    let signed = sign_toward(pdf, identity, &first, options.level, extension.timestamps, entropy)?;
    if options.level == first.level {
        return Ok(signed);
    }
    let further = extend(&pdf.reread(signed.source())?, options.level, extension, entropy)?;
    Ok(signed.and(&further))
}

/// Takes one more step on what was made so far.
fn step(
    pdf: &Pdf,
    made: Option<Appended>,
    next: impl FnOnce(&Pdf) -> Result<Option<Appended>, PadesError>,
) -> Result<Option<Appended>, PadesError> {
    let Some(made) = made else { return next(pdf) };
    let further = next(&pdf.reread(made.source())?)?;
    Ok(Some(match further {
        Some(further) => made.and(&further),
        None => made,
    }))
}

/// Tells whether every signature has a timestamp of its own, or one over the document after it.
fn is_timestamped(pdf: &Pdf) -> bool {
    let found = signatures(pdf);
    let last_stamp = found.iter().rposition(|signature| signature.is_document_timestamp);
    found.iter().enumerate().all(|(index, signature)| {
        let covered = last_stamp.is_some_and(|last| index <= last);
        covered || SignedData::parse(&signature.contents).is_ok_and(|cms| !cms.signer.signature_timestamps.is_empty())
    })
}
