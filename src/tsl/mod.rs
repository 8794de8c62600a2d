//! Trusted lists (ETSI TS 119 612): who a scheme's operator says was supervised, and from when to when.
//!
//! A list is verified before it is read, and what is read is what was verified (`xml::verify_enveloped`). What a list says in
//! words that are not known here is shown and believed for nothing.

mod error;
mod extension;
mod judge;
mod read;

pub use error::TslError;
pub use judge::{Accepted, Unbelieved};

use crate::asn1::Certificate;
use crate::digest::Sha256Hex;
use crate::pki::{self, DisplayName, ListOrigin, TrustEntry};
use crate::time::Instant;
use crate::xml;
use extension::Extension;

/// A trusted list, verified and read.
#[derive(Clone, Debug)]
pub struct TrustedList {
    /// Who keeps it.
    pub operator: DisplayName,
    /// Its territory, for example `BE`.
    pub territory: String,
    /// The URI of its type.
    pub kind: String,
    /// Its sequence number, which only grows.
    pub sequence: u64,
    /// When it was issued.
    pub issued: Instant,
    /// When the next one is due at the latest; `None` where the scheme is closed and there will be none.
    pub next_update: Option<Instant>,
    /// The given certificate whose key signed it.
    pub signer: Certificate,
    /// The SHA-256 of its file.
    pub sha256: Sha256Hex,
    /// The services, in the list's order.
    pub services: Vec<Service>,
}

/// One service of a provider.
#[derive(Clone, Debug)]
pub struct Service {
    /// The provider's name.
    pub provider: DisplayName,
    /// The service's own name.
    pub name: Option<DisplayName>,
    /// The certificates of the service's key.
    pub certificates: Vec<Certificate>,
    /// The statuses that it had, the oldest first; each lasts until the next begins.
    pub periods: Vec<Period>,
    /// Why nothing of it is believed, where that is so.
    pub unbelieved: Option<Unbelieved>,
}

/// A status for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// When it began.
    pub from: Instant,
    /// When the next one began; `None` for the present one.
    pub before: Option<Instant>,
    /// The URI of the service's type.
    pub kind: String,
    /// The URI of the status.
    pub status: String,
    /// What is believed for that time.
    pub belief: Result<Accepted, Unbelieved>,
}

impl TrustedList {
    /// Verifies and reads a list.
    ///
    /// # Errors
    /// [`TslError`]: where none of the signers signed it, and where what it says as a whole is not understood. What is not
    /// understood of one service is that service's trouble alone.
    pub fn read(bytes: &[u8], signers: &[Certificate]) -> Result<Self, TslError> {
        if signers.is_empty() {
            return Err(TslError::SignerNeeded);
        }
        let limits = xml::Limits::default();
        let signed = xml::verify_enveloped(bytes, signers, &limits)?;
        let document = xml::parse(&signed.bytes, &limits)?;
        let list = read::list(document.root_element(), signed.signer.clone(), Sha256Hex::of(bytes))?;
        if !signed.signer.is_valid_at(list.issued) {
            return Err(TslError::SignerNotInForce);
        }
        Ok(list)
    }

    /// Tells whether a file looks like XML, as a trusted list is, and not like a certificate.
    pub fn is_likely(bytes: &[u8]) -> bool {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        bytes.trim_ascii_start().starts_with(b"<")
    }

    /// Returns the last instant at which the list may be judged by: that of its next update, or of its issue where the scheme
    /// is closed.
    pub fn fresh_until(&self) -> Instant {
        self.next_update.unwrap_or(self.issued)
    }

    /// Refuses a list that is stale at a time of judgement.
    pub fn check_fresh(&self, at: Instant) -> Result<(), TslError> {
        if at <= self.fresh_until() { Ok(()) } else { Err(TslError::Stale(self.fresh_until())) }
    }

    /// Refuses a list that is older than one that was taken before, or another of the same number.
    pub fn check_order(&self, before: &ListOrigin) -> Result<(), TslError> {
        let same = (self.sequence, self.issued) == (before.sequence, before.issued);
        let newer = self.sequence > before.sequence && self.issued >= before.issued;
        let same_scheme = self.territory == before.territory && self.kind == before.kind;
        match (same_scheme, newer, same && self.sha256 == before.sha256) {
            (false, _, _) => Err(TslError::OtherScheme),
            (true, false, false) => Err(TslError::Older { sequence: self.sequence, known: before.sequence }),
            (true, _, _) => Ok(()),
        }
    }

    /// Returns where a dated list that is made from this one says that it comes from.
    pub fn origin(&self) -> ListOrigin {
        ListOrigin {
            operator: self.operator.en.clone(),
            territory: self.territory.clone(),
            kind: self.kind.clone(),
            sequence: self.sequence,
            issued: self.issued,
            next_update: Some(self.fresh_until()),
            sha256: self.sha256.clone(),
            signer_sha256: Sha256Hex::of(self.signer.der()),
        }
    }

    /// Returns what the list makes believed: where `accredited`, the qualified timestamping services alone; else everything.
    ///
    /// Each certificate comes with the entry that a dated list has for it, its file named by its SHA-256.
    pub fn anchors(&self, accredited: bool) -> Vec<(&Certificate, TrustEntry)> {
        let mut all = Vec::new();
        for service in self.services.iter().filter(|service| service.unbelieved.is_none()) {
            for (term, accepted) in service.terms(accredited) {
                for certificate in &service.certificates {
                    let file = format!("certificates/{}.pem", Sha256Hex::of(certificate.der()));
                    let fresh_until = Some(self.fresh_until());
                    let belief = pki::Belief { term, anchor_use: accepted.anchor_use, fresh_until };
                    let name = Some(service.provider.clone());
                    all.push((certificate, TrustEntry { file: file.into(), belief, name }));
                }
            }
        }
        all
    }
}

impl Service {
    /// Returns the terms for which the service is believed; statuses that follow each other at once are one term.
    fn terms(&self, accredited: bool) -> Vec<(pki::Term, Accepted)> {
        let mut terms: Vec<(pki::Term, Accepted)> = Vec::new();
        for period in &self.periods {
            let Ok(belief) = period.belief else { continue };
            if accredited && !belief.is_accredited {
                continue;
            }
            match terms.last_mut() {
                Some((term, last)) if last.anchor_use == belief.anchor_use && term.before == Some(period.from) => {
                    term.before = period.before;
                }
                _ => terms.push((pki::Term { from: Some(period.from), before: period.before }, belief)),
            }
        }
        terms
    }
}
