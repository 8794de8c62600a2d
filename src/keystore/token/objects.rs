//! What is on a token: private keys, their public halves, their certificates (PKCS #11 v3.0, 4).

use super::TokenUri;
use crate::asn1::reader::{Tlv, tag};
use crate::asn1::{AlgorithmIdentifier, Certificate, oid, writer};
use crate::keystore::KeyError;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

/// The most certificates that are read from a token.
const CERTIFICATES: usize = 64;

/// A private key on a token.
#[derive(Clone)]
pub(super) struct KeyFound {
    pub(super) handle: ObjectHandle,
    pub(super) id: Option<Vec<u8>>,
    pub(super) label: String,
    pub(super) kind: KeyType,
    /// Whether the token asks for the PIN before each use.
    pub(super) always_authenticate: bool,
}

/// Finds the one private key that a URI names.
pub(super) fn find_key(session: &Session, uri: &TokenUri) -> Result<KeyFound, KeyError> {
    let mut found = keys(session, uri)?;
    match (found.pop(), found.len()) {
        (Some(key), 0) => Ok(key),
        (Some(_), _) => Err(KeyError::SeveralKeys),
        (None, _) => Err(KeyError::TokenKeyNotFound),
    }
}

/// Finds the private keys that a URI names.
pub(super) fn keys(session: &Session, uri: &TokenUri) -> Result<Vec<KeyFound>, KeyError> {
    let mut template = vec![Attribute::Class(ObjectClass::PRIVATE_KEY)];
    template.extend(uri.object.as_ref().map(|label| Attribute::Label(label.as_bytes().to_vec())));
    template.extend(uri.id.clone().map(Attribute::Id));
    let wanted = [AttributeType::Id, AttributeType::Label, AttributeType::KeyType, AttributeType::AlwaysAuthenticate];
    let mut keys = Vec::new();
    for handle in session.find_objects(&template)? {
        let (mut id, mut label, mut kind, mut always_authenticate) = (None, String::new(), None, false);
        for attribute in session.get_attributes(handle, &wanted)? {
            match attribute {
                Attribute::Id(bytes) => id = Some(bytes).filter(|bytes| !bytes.is_empty()),
                Attribute::Label(bytes) => label = String::from_utf8_lossy(&bytes).into_owned(),
                Attribute::KeyType(found) => kind = Some(found),
                Attribute::AlwaysAuthenticate(always) => always_authenticate = always,
                _ => {}
            }
        }
        let kind = kind.ok_or(KeyError::UnsupportedKey)?;
        keys.push(KeyFound { handle, id, label, kind, always_authenticate });
    }
    Ok(keys)
}

/// Reads the certificates of an identifier, then the others, which may lead towards an anchor.
pub(super) fn certificates(session: &Session, id: Option<&[u8]>) -> Result<Vec<Certificate>, KeyError> {
    let mut found = Vec::new();
    for handle in session.find_objects(&[Attribute::Class(ObjectClass::CERTIFICATE)])?.into_iter().take(CERTIFICATES) {
        let (mut own, mut der) = (None, None);
        for attribute in session.get_attributes(handle, &[AttributeType::Id, AttributeType::Value])? {
            match attribute {
                Attribute::Id(bytes) => own = Some(bytes),
                Attribute::Value(bytes) => der = Some(bytes),
                _ => {}
            }
        }
        // A certificate of another kind than X.509 is no trouble of this key.
        if let Some(certificate) = der.and_then(|der| Certificate::from_der(&der).ok()) {
            found.push((own.as_deref() != id, certificate));
        }
    }
    found.sort_by_key(|(is_other, _)| *is_other);
    Ok(found.into_iter().map(|(_, certificate)| certificate).collect())
}

/// Returns the key's public half: from its certificate, from its public key object, or from the private key's own facts.
pub(super) fn public_key_info(
    session: &Session,
    key: &KeyFound,
    certificates: &[Certificate],
) -> Result<Vec<u8>, KeyError> {
    let same = match &key.id {
        Some(id) => Attribute::Id(id.clone()),
        None => Attribute::Label(key.label.as_bytes().to_vec()),
    };
    let public = session.find_objects(&[Attribute::Class(ObjectClass::PUBLIC_KEY), same])?.into_iter().next();
    for handle in public.into_iter().chain([key.handle]) {
        if let Some(info) = info_of(session, handle, key.kind)? {
            return Ok(info);
        }
    }
    // The first certificate is that of the key's identifier, where there is one.
    let certificate = certificates.first().filter(|_| key.id.is_some());
    certificate.map(|certificate| certificate.spki_der().to_vec()).ok_or(KeyError::TokenPublicMissing)
}

/// Makes a `SubjectPublicKeyInfo` of a key object's attributes; none where it does not tell them.
fn info_of(session: &Session, handle: ObjectHandle, kind: KeyType) -> Result<Option<Vec<u8>>, KeyError> {
    let wanted: &[AttributeType] = match kind {
        KeyType::RSA => &[AttributeType::Modulus, AttributeType::PublicExponent],
        KeyType::EC | KeyType::EC_EDWARDS => &[AttributeType::EcParams, AttributeType::EcPoint],
        _ => return Err(KeyError::UnsupportedKey),
    };
    let (mut modulus, mut exponent, mut curve, mut point) = (None, None, None, None);
    // A token that does not tell an attribute of this object may tell it of another.
    for attribute in session.get_attributes(handle, wanted).unwrap_or_default() {
        match attribute {
            Attribute::Modulus(bytes) => modulus = Some(bytes),
            Attribute::PublicExponent(bytes) => exponent = Some(bytes),
            Attribute::EcParams(bytes) => curve = Some(bytes),
            Attribute::EcPoint(bytes) => point = Some(bytes),
            _ => {}
        }
    }
    let (algorithm, bits) = match (kind, modulus.zip(exponent), curve.zip(point)) {
        (KeyType::RSA, Some((modulus, exponent)), _) => {
            let key = writer::sequence(&[writer::unsigned(&modulus), writer::unsigned(&exponent)]);
            (AlgorithmIdentifier::with_null(oid::RSA_ENCRYPTION), key)
        }
        (KeyType::EC, _, Some((curve, point))) => {
            (AlgorithmIdentifier { oid: oid::EC_PUBLIC_KEY, parameters: Some(curve) }, unwrapped(&point))
        }
        (KeyType::EC_EDWARDS, _, Some((_, point))) => (AlgorithmIdentifier::bare(oid::ED25519), unwrapped(&point)),
        _ => return Ok(None),
    };
    Ok(Some(writer::sequence(&[algorithm.to_der(), writer::bit_octets(&bits)])))
}

/// A point is an OCTET STRING by the standard, and bare on some tokens.
fn unwrapped(point: &[u8]) -> Vec<u8> {
    let inner = Tlv::only(point, "a point").and_then(|tlv| tlv.expect(tag::OCTET_STRING, "a point"));
    inner.map_or_else(|_| point.to_vec(), |tlv| tlv.value.to_vec())
}
