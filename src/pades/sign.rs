//! Signing: an incremental update with room for a CMS, the CMS, and its signature timestamp.

use super::embedded::signatures;
use super::field::{self, Target, Wiring, text_string};
use super::seed;
use super::slot::Slot;
use super::timestamp::TOKEN_BYTES;
use super::{Appearance, PadesError, widget};
use crate::cms::{SignedData, SigningIdentity, add_signature_timestamp, sign_detached};
use crate::crypto::{CryptoError, Entropy, KeyKind, SignatureScheme, Signer, key_facts};
use crate::digest::{Digest, DigestAlgorithm};
use crate::pdf::{Appended, Dictionary, Object, Pdf, Update};
use crate::time::Instant;
use crate::tsp::{self, TimestampSource};
use std::sync::Arc;

/// A PAdES baseline level (EN 319 142-1, 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// B-B: signed attributes only.
    BB,
    /// B-T: with a signature timestamp.
    BT,
    /// B-LT: with the validation material in the security store.
    BLt,
    /// B-LTA: with document timestamps over all of it.
    BLta,
}

impl Level {
    /// Returns the name as commands and reports write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::BB => "b-b",
            Self::BT => "b-t",
            Self::BLt => "b-lt",
            Self::BLta => "b-lta",
        }
    }
}

/// What to sign with and how it shows.
#[derive(Clone, Debug)]
pub struct SignOptions {
    /// The level.
    pub level: Level,
    /// The field: an existing unsigned one, or a name for a new one; none makes a fresh name.
    pub field: Option<String>,
    /// The signer's name, `/Name`.
    pub name: Option<String>,
    /// `/Reason`.
    pub reason: Option<String>,
    /// `/Location`.
    pub location: Option<String>,
    /// The claimed time, `/M`; no proof of anything.
    pub at: Instant,
    /// The digest for the document and the signed attributes.
    pub digest: DigestAlgorithm,
    /// The scheme; none takes the key's own.
    pub scheme: Option<SignatureScheme>,
    /// Certifies the document with a DocMDP permission of 1, 2 or 3 (ISO 32000-2, 12.8.2.2).
    pub certify: Option<u8>,
    /// The visible seal; none makes the signature invisible.
    pub appearance: Option<Appearance>,
    /// Keeps room in a signature without timestamp for one that is put there later, by [`super::extend()`].
    pub keep_room: bool,
}

impl SignOptions {
    /// Returns the options of an invisible signature with SHA-256.
    pub fn new(level: Level, at: Instant) -> Self {
        Self {
            level,
            field: None,
            name: None,
            reason: None,
            location: None,
            at,
            digest: DigestAlgorithm::Sha256,
            scheme: None,
            certify: None,
            appearance: None,
            keep_room: false,
        }
    }
}

/// Signs a PDF by an incremental update: the base's bytes, untouched, and what follows them. Levels above B-T are made by
/// [`super::sign_extended`].
///
/// # Errors
/// [`PadesError`]; nothing is ever signed at a lower level than asked.
pub fn sign(
    pdf: &Pdf,
    identity: &SigningIdentity,
    options: &SignOptions,
    timestamps: Option<&dyn TimestampSource>,
    entropy: &dyn Entropy,
) -> Result<Appended, PadesError> {
    sign_toward(pdf, identity, options, options.level, timestamps, entropy)
}

/// Signs a PDF that will be brought to a level.
pub(super) fn sign_toward(
    pdf: &Pdf,
    identity: &SigningIdentity,
    options: &SignOptions,
    goal: Level,
    timestamps: Option<&dyn TimestampSource>,
    entropy: &dyn Entropy,
) -> Result<Appended, PadesError> {
    let source = match options.level {
        Level::BB => None,
        Level::BT => Some(timestamps.ok_or(PadesError::NoTimestampSource)?),
        Level::BLt | Level::BLta => return Err(PadesError::NoTrust),
    };
    let for_token = if source.is_some() || options.keep_room { TOKEN_BYTES } else { 0 };
    let scheme = options.scheme.unwrap_or_else(|| identity.signer().default_scheme(options.digest));
    let options = seed::honour(pdf, options, goal, identity)?;
    let options = &SignOptions { scheme: Some(scheme), ..options };
    let mut room = dry_run(identity, options.digest, scheme)? + for_token;
    for _ in 0..2 {
        let slot = prepare(pdf, options, room)?;
        let digest = slot.digest(options.digest)?;
        let mut cms = sign_detached(&digest, identity, scheme)?;
        if let Some(source) = source {
            let signature = SignedData::parse(&cms)?.signer.signature;
            let token = tsp::obtain(source, &options.digest.digest(&signature), entropy)?;
            cms = add_signature_timestamp(&cms, token.der())?;
        }
        if cms.len() <= room {
            check(identity, &digest, &cms)?;
            return slot.fill(&cms);
        }
        room = cms.len() + 512;
    }
    Err(PadesError::NoRoom { needed: room - 512, kept: room })
}

/// Holds what was made to what it must be before anyone gets it: a signature over these bytes that verifies.
fn check(identity: &SigningIdentity, digest: &Digest, cms: &[u8]) -> Result<(), PadesError> {
    let made = SignedData::parse(cms)?;
    made.verify_digest(digest).map_err(|_| PadesError::SelfCheck("the digest is another"))?;
    let verified = made.verify_signature(identity.certificate());
    verified.map(|_| ()).map_err(|_| PadesError::SelfCheck("the signature value does not verify"))
}

/// Writes the update with `room` bytes kept for the CMS, and the byte range around them.
pub(super) fn prepare(pdf: &Pdf, options: &SignOptions, room: usize) -> Result<Slot, PadesError> {
    let earlier = signatures(pdf);
    let target = field::choose(pdf, options, &earlier)?;
    check_certification(options, earlier.is_empty())?;
    let mut update = Update::new(pdf)?;
    let lock = match &target {
        Target::Existing(id) => field::lock_of(pdf, *id),
        Target::New(_) => None,
    };
    let signature = update.add(signature_dictionary(options, lock));
    let new_field = match target {
        Target::Existing(id) => {
            widget::fill(pdf, &mut update, id, signature, options)?;
            None
        }
        Target::New(name) => Some(widget::new_field(pdf, &mut update, &name, signature, options)?),
    };
    if options.appearance.as_ref().is_some_and(|look| !look.further.is_empty()) {
        if !earlier.is_empty() {
            return Err(PadesError::ImpressionsNotFirst);
        }
        widget::impressions(pdf, &mut update, options)?;
    }
    let wiring = Wiring {
        new_field,
        signature,
        certify: options.certify.is_some(),
        is_first: earlier.is_empty(),
        iso_extension: iso_extension(options),
    };
    field::wire_form(pdf, &mut update, &wiring)?;
    Slot::reserve(update, signature, room)
}

/// Returns the number of the ISO specification that the algorithms need beyond PDF 2.0.
fn iso_extension(options: &SignOptions) -> Option<i64> {
    use DigestAlgorithm::{Sha3_256, Sha3_384, Sha3_512, Shake256};
    match (options.scheme, options.digest) {
        (Some(SignatureScheme::Ed25519 | SignatureScheme::Ed448), _) => Some(32_002),
        (_, Sha3_256 | Sha3_384 | Sha3_512 | Shake256) => Some(32_001),
        _ => None,
    }
}

fn check_certification(options: &SignOptions, is_first: bool) -> Result<(), PadesError> {
    match options.certify {
        Some(permission) if !(1..=3).contains(&permission) => Err(PadesError::CertifyPermission(permission)),
        Some(_) if !is_first => Err(PadesError::CertifyNotFirst),
        _ => Ok(()),
    }
}

/// Makes the signature dictionary (ISO 32000-2, table 255) without its two reserved entries.
fn signature_dictionary(options: &SignOptions, lock: Option<Dictionary>) -> Dictionary {
    let mut dictionary = Dictionary::new();
    dictionary.set("Type", "Sig");
    dictionary.set("Filter", "Adobe.PPKLite");
    dictionary.set("SubFilter", "ETSI.CAdES.detached");
    dictionary.set("M", text_string(&pdf_date(options.at)));
    for (key, value) in [("Name", &options.name), ("Reason", &options.reason), ("Location", &options.location)] {
        if let Some(value) = value {
            dictionary.set(key, text_string(value));
        }
    }
    let certification = options.certify.map(|permission| {
        let mut parameters = Dictionary::new();
        parameters.set("Type", "TransformParams");
        parameters.set("P", i64::from(permission));
        parameters.set("V", Object::Name(b"1.2".to_vec()));
        reference("DocMDP", parameters)
    });
    let references: Vec<Object> =
        certification.into_iter().chain(lock.map(|parameters| reference("FieldMDP", parameters))).collect();
    if !references.is_empty() {
        dictionary.set("Reference", references);
    }
    dictionary
}

/// Makes a signature reference (table 256); all of it direct, and no digest method, which readers stumble over.
fn reference(method: &str, parameters: Dictionary) -> Object {
    let mut reference = Dictionary::new();
    reference.set("Type", "SigRef");
    reference.set("TransformMethod", method);
    reference.set("TransformParams", parameters);
    Object::Dictionary(reference)
}

/// Writes an instant as a PDF date in Japan's time (ISO 32000-2, 7.9.4).
fn pdf_date(at: Instant) -> String {
    at.to_zoned(jiff::tz::offset(9).to_time_zone()).strftime("D:%Y%m%d%H%M%S+09'00'").to_string()
}

/// Returns the size of the CMS that the identity will make, without asking its key to sign.
pub(super) fn dry_run(
    identity: &SigningIdentity,
    digest: DigestAlgorithm,
    scheme: SignatureScheme,
) -> Result<usize, PadesError> {
    let sizing = Sizing { public_key_info: identity.signer().public_key_info().to_vec() };
    let sizing = SigningIdentity::new(Arc::new(sizing), identity.certificate().clone(), identity.chain().to_vec())?;
    Ok(sign_detached(&digest.digest(b""), &sizing, scheme)?.len())
}

/// Signs nothing, in the longest form that a key of its kind can.
struct Sizing {
    public_key_info: Vec<u8>,
}

impl Signer for Sizing {
    fn public_key_info(&self) -> &[u8] {
        &self.public_key_info
    }

    fn default_scheme(&self, digest: DigestAlgorithm) -> SignatureScheme {
        SignatureScheme::RsaPkcs1(digest)
    }

    fn sign(&self, _: SignatureScheme, _: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let facts = key_facts(&self.public_key_info)?;
        let field_bytes = facts.bits.div_ceil(8) as usize;
        let length = match facts.kind {
            KeyKind::Rsa => field_bytes,
            // Two integers with sign byte and header each, and the sequence's header.
            _ => 2 * (field_bytes + 3) + 3,
        };
        Ok(vec![0; length])
    }
}
