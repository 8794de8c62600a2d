//! Trust anchors: certificates that are believed because someone decided so.

use crate::asn1::{Asn1Error, Certificate};
use crate::time::{Date, Instant, japanese_date};
use serde::{Deserialize, Serialize};

/// The days in Japan on which an anchor is believed, the first and the last included; open where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
}

impl Term {
    /// Tells whether an instant lies in it.
    pub fn holds(&self, at: Instant) -> bool {
        let day = japanese_date(at);
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }
}

/// A set of trust anchors, each perhaps believed for a term only.
#[derive(Clone, Debug, Default)]
pub struct TrustAnchors {
    certificates: Vec<Certificate>,
    /// The term of each.
    terms: Vec<Term>,
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
        self.add_for(certificate, Term::default());
    }

    /// Adds one certificate for a term; the same one may have several.
    pub fn add_for(&mut self, certificate: Certificate, term: Term) {
        let known = self.certificates.iter().zip(&self.terms).any(|(one, its)| *one == certificate && *its == term);
        if !known {
            self.certificates.push(certificate);
            self.terms.push(term);
        }
    }

    /// Returns those that are believed at a time.
    pub fn at(&self, time: Instant) -> Self {
        let held = self.certificates.iter().zip(&self.terms).filter(|(_, term)| term.holds(time));
        let (certificates, terms) = held.map(|(one, term)| (one.clone(), *term)).unzip();
        Self { certificates, terms }
    }

    /// Goes over the anchors with the term of each.
    pub fn iter(&self) -> impl Iterator<Item = (&Certificate, Term)> {
        self.certificates.iter().zip(self.terms.iter().copied())
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
