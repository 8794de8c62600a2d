//! Deferred signing: the PDF is prepared here, its digest is signed elsewhere, even offline, and the value is put in here.
//!
//! What travels is the request: the DER of the signed attributes (RFC 5652, 5.4), which hold the document's digest and
//! the certificate's, and nothing of the document itself.

use super::seed;
use super::sign::{dry_run, prepare};
use super::slot::hexadecimal;
use super::{PadesError, SignOptions};
use crate::asn1::Certificate;
use crate::cms::{SignedData, SigningIdentity, sign_detached};
use crate::crypto::{CryptoError, SignatureScheme, Signer};
use crate::digest::{Digest, DigestAlgorithm};
use crate::pdf::{Appended, Pdf, Source};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// A PDF that waits for its signature.
pub struct Prepared {
    /// The PDF, with a signature dictionary whose `/Contents` are zeros.
    pub file: Appended,
    /// What is to be signed elsewhere.
    pub request: DeferredRequest,
}

/// What travels to the key, and is needed again when its answer comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeferredRequest {
    /// The digest of the PDF but for the room of its value.
    pub digest: Digest,
    /// Where that room is in the file, angle brackets included.
    pub gap: Range<u64>,
    /// The scheme.
    pub scheme: SignatureScheme,
    /// The signed attributes in DER: the message that the key signs.
    pub to_be_signed: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug)]
pub enum DeferredAnswer {
    /// The signature value over [`DeferredRequest::to_be_signed`].
    Value(Vec<u8>),
    /// A whole detached CMS over the document's digest.
    Cms(Vec<u8>),
}

/// Prepares a PDF for a key that is elsewhere.
///
/// # Errors
/// Those of [`super::sign()`], but for what only the key can refuse.
pub fn prepare_deferred(
    pdf: &Pdf,
    certificate: &Certificate,
    chain: &[Certificate],
    options: &SignOptions,
    scheme: SignatureScheme,
) -> Result<Prepared, PadesError> {
    let absent = Arc::new(Absent::of(certificate, None));
    let identity = SigningIdentity::new(Arc::<Absent>::clone(&absent), certificate.clone(), chain.to_vec())?;
    let options = &seed::honour(pdf, options, options.level, &identity)?;
    let for_token = if options.keep_room { super::timestamp::TOKEN_BYTES } else { 0 };
    let slot = prepare(pdf, options, dry_run(&identity, options.digest, scheme)? + for_token)?;
    let digest = slot.digest(options.digest)?;
    sign_detached(&digest, &identity, scheme)?;
    let to_be_signed = absent.asked().ok_or(PadesError::SelfCheck("nothing was asked of the key"))?;
    let gap = slot.gap();
    Ok(Prepared { file: slot.blank(), request: DeferredRequest { digest, gap, scheme, to_be_signed } })
}

/// Signs requests where the key is, after a look at what each is: attributes over its digest, naming this certificate.
/// The values come in the order of the requests; those of one scheme are signed together.
///
/// # Errors
/// [`PadesError::NotTheRequest`] for anything else, [`PadesError::Crypto`] where the key refuses.
pub fn answer(requests: &[DeferredRequest], identity: &SigningIdentity) -> Result<Vec<Vec<u8>>, PadesError> {
    requests.iter().try_for_each(|request| check_request(request, identity))?;
    let mut values = vec![Vec::new(); requests.len()];
    let mut left: Vec<usize> = (0..requests.len()).collect();
    while let Some(scheme) = left.first().map(|first| requests[*first].scheme) {
        let (same, others): (Vec<usize>, Vec<usize>) =
            left.into_iter().partition(|number| requests[*number].scheme == scheme);
        let messages: Vec<&[u8]> = same.iter().map(|number| requests[*number].to_be_signed.as_slice()).collect();
        for (number, value) in same.iter().zip(identity.signer().sign_many(scheme, &messages)?) {
            values[*number] = value;
        }
        left = others;
    }
    Ok(values)
}

fn check_request(request: &DeferredRequest, identity: &SigningIdentity) -> Result<(), PadesError> {
    let expected = Arc::new(Absent::of(identity.certificate(), None));
    let stand_in = SigningIdentity::new(Arc::<Absent>::clone(&expected), identity.certificate().clone(), Vec::new())?;
    sign_detached(&request.digest, &stand_in, request.scheme)?;
    if expected.asked().as_ref() != Some(&request.to_be_signed) {
        return Err(PadesError::NotTheRequest("it does not ask this certificate for a signature over its digest"));
    }
    Ok(())
}

/// Puts what came back into the prepared PDF.
///
/// # Errors
/// [`PadesError::NotTheRequest`] where the PDF is not the prepared one, [`PadesError::NotTheAnswer`] where the answer does
/// not fit it, [`PadesError::NoRoom`] where it is larger than the room that was kept.
pub fn embed(
    prepared: &Source,
    request: &DeferredRequest,
    answer: &DeferredAnswer,
    certificate: &Certificate,
    chain: &[Certificate],
) -> Result<Appended, PadesError> {
    let room = Room::of(prepared, request)?;
    let cms = match answer {
        DeferredAnswer::Cms(cms) => cms.clone(),
        DeferredAnswer::Value(value) => {
            let given = Arc::new(Absent::of(certificate, Some(value.clone())));
            let identity = SigningIdentity::new(given, certificate.clone(), chain.to_vec())?;
            sign_detached(&request.digest, &identity, request.scheme)?
        }
    };
    let made = SignedData::parse(&cms)?;
    made.verify_digest(&request.digest).map_err(|_| PadesError::NotTheAnswer("the digest is another"))?;
    let verified = made.verify_signature(made.signer_certificate().unwrap_or(certificate));
    verified.map_err(|_| PadesError::NotTheAnswer("the signature value does not verify"))?;
    if cms.len() > room.bytes {
        return Err(PadesError::NoRoom { needed: cms.len(), kept: room.bytes });
    }
    Ok(Appended::unchanged(prepared.patched(room.start, Arc::from(hexadecimal(&cms)))))
}

/// The room in a prepared file.
struct Room {
    start: u64,
    bytes: usize,
}

impl Room {
    /// Holds a file to its request: zeros where the room is, and the request's digest everywhere else.
    fn of(prepared: &Source, request: &DeferredRequest) -> Result<Self, PadesError> {
        let not = |why| PadesError::NotTheRequest(why);
        let gap = &request.gap;
        let length = gap.end.checked_sub(gap.start).filter(|length| *length > 2 && *length < 16 << 20);
        let length = length.ok_or(not("its room is no room"))?;
        let bytes = prepared.read(gap.clone()).map_err(|_| not("the file is shorter"))?;
        if !matches!(&*bytes, [b'<', zeros @ .., b'>'] if zeros.iter().all(|digit| *digit == b'0')) {
            return Err(not("there is no empty room where it should be"));
        }
        let failed = |error: std::io::Error| PadesError::Pdf(error.into());
        let mut hasher = prepared.digest(0..gap.start, request.digest.algorithm).map_err(failed)?;
        prepared.pass(gap.end..prepared.size_bytes(), &mut |rest| hasher.update(rest)).map_err(failed)?;
        if hasher.finish() != request.digest {
            return Err(not("the file is not the one that was prepared"));
        }
        Ok(Self { start: gap.start + 1, bytes: usize::try_from((length - 2) / 2).unwrap_or_default() })
    }
}

/// A key that is not here: notes what it is asked for, and gives the value that came back where it did.
struct Absent {
    public_key_info: Vec<u8>,
    asked: Mutex<Option<Vec<u8>>>,
    value: Option<Vec<u8>>,
}

impl Absent {
    fn of(certificate: &Certificate, value: Option<Vec<u8>>) -> Self {
        Self { public_key_info: certificate.spki_der().to_vec(), asked: Mutex::new(None), value }
    }

    fn asked(&self) -> Option<Vec<u8>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Signer for Absent {
    fn public_key_info(&self) -> &[u8] {
        &self.public_key_info
    }

    fn default_scheme(&self, digest: DigestAlgorithm) -> SignatureScheme {
        SignatureScheme::RsaPkcs1(digest)
    }

    fn sign(&self, _: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(message.to_vec());
        Ok(self.value.clone().unwrap_or_default())
    }
}
