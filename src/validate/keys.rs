//! What certificates, lists and responses are known by: the SHA-256 of their DER, computed once for each.

use crate::asn1::{Certificate, CertificateList, OcspResponse};
use crate::digest::DigestAlgorithm;
use std::any::Any;
use std::borrow::Cow;
use std::collections::HashMap;

/// Returns what something is known by.
pub(super) fn key(der: &[u8]) -> Vec<u8> {
    DigestAlgorithm::Sha256.digest(der).bytes
}

/// Something whose bytes are never moved, and which its clones share.
pub(super) trait Shared: Clone + 'static {
    /// Returns its bytes.
    fn bytes(&self) -> &[u8];
}

impl Shared for Certificate {
    fn bytes(&self) -> &[u8] {
        self.der()
    }
}

impl Shared for CertificateList {
    fn bytes(&self) -> &[u8] {
        self.der()
    }
}

impl Shared for OcspResponse {
    fn bytes(&self) -> &[u8] {
        self.der()
    }
}

/// The keys of what one validation has at hand, by the place of its bytes.
#[derive(Default)]
pub(super) struct Keys {
    by_place: HashMap<usize, Vec<u8>>,
    /// What was noted, so that nothing else comes to lie in its place.
    kept: Vec<Box<dyn Any>>,
}

impl Keys {
    /// Notes something, and returns what it is known by.
    pub(super) fn note(&mut self, one: &impl Shared) -> &[u8] {
        let kept = &mut self.kept;
        self.by_place.entry(place(one.bytes())).or_insert_with(|| {
            kept.push(Box::new(one.clone()));
            key(one.bytes())
        })
    }

    /// Returns what bytes are known by: as noted, where they are those of something that was, else computed.
    pub(super) fn of(&self, der: &[u8]) -> Cow<'_, [u8]> {
        self.by_place.get(&place(der)).map_or_else(|| Cow::Owned(key(der)), |known| Cow::Borrowed(known.as_slice()))
    }
}

/// No two things that are kept begin in one place.
fn place(der: &[u8]) -> usize {
    der.as_ptr() as usize
}

#[cfg(test)]
mod tests {
    use super::{Keys, key};
    use crate::asn1::Certificate;
    use std::borrow::Cow;

    #[test]
    fn what_was_noted_is_not_digested_again() {
        let pem = include_bytes!("../../tests/data/pdf/signed-by-pyhanko-root.pem");
        let certificate = Certificate::from_file_bytes(pem).unwrap().remove(0);
        let mut keys = Keys::default();
        assert!(matches!(keys.of(certificate.der()), Cow::Owned(_)));
        assert_eq!(keys.note(&certificate), key(certificate.der()));
        let again = certificate.clone();
        assert!(matches!(keys.of(again.der()), Cow::Borrowed(known) if known == key(certificate.der())));
        let other = Certificate::from_der(certificate.der()).unwrap();
        assert!(matches!(keys.of(other.der()), Cow::Owned(same) if same == key(certificate.der())));
    }
}
