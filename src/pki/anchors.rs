//! Trust anchors: certificates that are believed because someone decided so.

use crate::asn1::{Asn1Error, Certificate};

/// A set of trust anchors.
#[derive(Clone, Debug, Default)]
pub struct TrustAnchors {
    certificates: Vec<Certificate>,
}

impl TrustAnchors {
    /// Makes a set of certificates; repetitions are dropped.
    pub fn new(certificates: impl IntoIterator<Item = Certificate>) -> Self {
        let mut set = Self::default();
        certificates.into_iter().for_each(|certificate| set.add(certificate));
        set
    }

    /// Adds every certificate of a DER file or PEM bundle and returns how many the file held.
    pub fn add_file_bytes(&mut self, bytes: &[u8]) -> Result<usize, Asn1Error> {
        let certificates = Certificate::from_file_bytes(bytes)?;
        let count = certificates.len();
        certificates.into_iter().for_each(|certificate| self.add(certificate));
        Ok(count)
    }

    /// Adds one certificate.
    pub fn add(&mut self, certificate: Certificate) {
        if !self.certificates.contains(&certificate) {
            self.certificates.push(certificate);
        }
    }

    /// Returns the anchors.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Tells whether the certificate is itself an anchor.
    pub fn contains(&self, certificate: &Certificate) -> bool {
        self.certificates.contains(certificate)
    }

    /// Tells whether there is no anchor at all.
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
    }
}
