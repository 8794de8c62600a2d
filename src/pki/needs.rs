//! What a judgement lacked, and where the certificates say that it is to be had. Nothing is fetched here: whoever can
//! fetch brings what came, and asks again.

use super::lists::{points, reasons_at};
use super::material::{ProofSource, RevocationNeed, RevocationProof};
use super::ocsp::{cert_id, names};
use super::path::Purpose;
use super::revocation::RevocationStatus;
use super::verified::Signed;
use super::work::Inquiry;
use crate::asn1::{
    Certificate, CertificateList, OcspResponse, OcspStatus, freshest_uris, ocsp_request, ocsp_request_with_nonce,
};
use crate::time::Instant;

/// The longest URL that is taken up, in bytes; longer ones are nobody's address.
const URL_BYTES: usize = 2048;
/// The most places that are named for one need.
const SOURCES: usize = 8;

/// What is lacking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lack {
    /// The certificate's issuer is not at hand.
    Issuer,
    /// Nothing fresh tells whether the certificate is revoked.
    Revocation,
    /// A list says that it is not, and a delta list might know better.
    Delta,
}

/// What a place holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Supply {
    /// Certificates: DER, PEM or a certs-only CMS (RFC 5280, 4.2.2.1).
    Certificates,
    /// A revocation list.
    Crl,
    /// A responder that answers OCSP requests over HTTP (RFC 6960, appendix A).
    Ocsp,
}

/// A place where something is to be had.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NeedSource {
    /// What it holds.
    pub supply: Supply,
    /// The URL as it stands in the certificate: not checked for anything but its length.
    pub url: String,
}

/// Something that a judgement lacked.
#[derive(Clone, Debug)]
pub struct Need {
    /// What.
    pub lack: Lack,
    /// The certificate that it is about.
    pub of: Certificate,
    /// Its issuer, where that is known.
    pub issuer: Option<Certificate>,
    /// Where it is to be had, the cheapest first; any one may do. None, where the certificate does not say.
    pub sources: Vec<NeedSource>,
}

/// Why something that came did not help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Objection {
    /// It is not from the certificate's issuer, nor from whom the certificate names.
    OtherIssuer,
    /// It does not speak of this certificate.
    OtherScope,
    /// There should be a newer one by now.
    Expired,
    /// It is from the future.
    NotYet,
    /// The issuer's key did not sign it.
    BadSignature,
    /// The responder does not know the certificate.
    UnknownThere,
    /// It does not meet the rules in another way, for example because its signer may not sign it.
    NotAccepted,
}

impl Objection {
    /// Returns the stable code of the finding that says so.
    pub fn code(self) -> &'static str {
        match self {
            Self::OtherIssuer => "online-other-issuer",
            Self::OtherScope => "online-other-scope",
            Self::Expired => "online-expired",
            Self::NotYet => "online-not-yet",
            Self::BadSignature => "online-bad-signature",
            Self::UnknownThere => "online-unknown-there",
            Self::NotAccepted => "online-not-accepted",
        }
    }
}

impl Need {
    /// Tells whether both are about the same thing.
    pub fn is_same(&self, other: &Self) -> bool {
        self.lack == other.lack && self.of == other.of
    }

    /// Makes the need for word on a certificate's revocation.
    pub fn of_revocation(of: &Certificate, issuer: &Certificate) -> Self {
        let sources = revocation_sources(of, true);
        Self { lack: Lack::Revocation, of: of.clone(), issuer: Some(issuer.clone()), sources }
    }

    /// Writes the OCSP request (RFC 6960, 4.1) about the certificate, with a nonce (RFC 9654) where one is given; `None`
    /// where the issuer is not known.
    pub fn ocsp_request(&self, nonce: Option<&[u8]>) -> Option<Vec<u8>> {
        let id = cert_id(&self.of, self.issuer.as_ref()?).ok()?;
        Some(nonce.map_or_else(|| ocsp_request(&id), |nonce| ocsp_request_with_nonce(&id, nonce)))
    }

    /// Says what most likely keeps certificates that came from helping.
    pub fn objection_to_certificates(&self, came: &[Certificate]) -> Objection {
        let named = |one: &&Certificate| one.subject_name().same_as(self.of.issuer_name());
        match came.iter().find(named) {
            None => Objection::OtherIssuer,
            Some(one) if is_signed(&self.of, one) => Objection::NotAccepted,
            Some(_) => Objection::BadSignature,
        }
    }

    /// Says what most likely keeps a list that came from helping.
    pub fn objection_to_list(&self, came: &CertificateList, now: Instant) -> Objection {
        let points = points(&self.of);
        let named = |point: &crate::asn1::DistributionPoint| {
            let mut issuers = point.crl_issuer.iter();
            issuers.any(
                |name| matches!(name, crate::asn1::GeneralName::Directory(name) if name.same_as(came.issuer_name())),
            )
        };
        let by_issuer = came.issuer_name().same_as(self.of.issuer_name());
        if !by_issuer && !points.iter().any(named) {
            return Objection::OtherIssuer;
        }
        if points.iter().all(|point| reasons_at(came, point, &self.of).is_none()) {
            return Objection::OtherScope;
        }
        let signed = |issuer: &Certificate| Signed::List(came).verify(issuer).is_ok();
        match &self.issuer {
            _ if came.this_update() > now => Objection::NotYet,
            Some(issuer) if by_issuer && issuer.subject_name().same_as(came.issuer_name()) && !signed(issuer) => {
                Objection::BadSignature
            }
            _ if came.next_update().is_some_and(|next| next < now) => Objection::Expired,
            _ => Objection::NotAccepted,
        }
    }

    /// Says what most likely keeps an OCSP response that came from helping.
    pub fn objection_to_response(&self, came: &OcspResponse, now: Instant) -> Objection {
        let Some(issuer) = &self.issuer else { return Objection::NotAccepted };
        match came.singles().iter().find(|single| names(&single.of, &self.of, issuer)) {
            None => Objection::OtherScope,
            Some(single) if single.status == OcspStatus::Unknown => Objection::UnknownThere,
            Some(single) if single.this_update > now || came.produced_at() > now => Objection::NotYet,
            Some(single) if single.next_update.is_some_and(|next| next < now) => Objection::Expired,
            Some(_) => Objection::NotAccepted,
        }
    }
}

impl Inquiry<'_> {
    /// Notes that nobody at hand issued a certificate. The signers of lists and responses bring theirs along.
    pub(super) fn note_without_issuer(&self, of: &Certificate) {
        // Where nobody is believed, no issuer leads anywhere.
        if !self.is_aside() && !of.is_self_issued() && !self.anchors.is_empty() {
            let sources = sources(Supply::Certificates, of.extensions().issuer_uris.clone());
            self.work.need(Need { lack: Lack::Issuer, of: of.clone(), issuer: None, sources });
        }
    }

    /// Notes, for a path that nothing else speaks against, whose revocation nobody at hand tells, and where a list that
    /// tells it names a delta list that is not at hand.
    pub(super) fn note_lacking(&self, statements: &[RevocationNeed]) {
        for RevocationNeed { certificate: of, issuer, status, proof } in statements {
            let (lack, sources) = match (status, proof) {
                // Who answers OCSP requests is not asked about by OCSP again.
                (RevocationStatus::Unknown, _) => {
                    let by_ocsp = !(self.is_aside() && self.purpose == Purpose::Ocsp);
                    (Lack::Revocation, revocation_sources(of, by_ocsp))
                }
                (RevocationStatus::Good, Some(proof)) => match self.delta_sources(of, proof) {
                    deltas if deltas.is_empty() => continue,
                    deltas => (Lack::Delta, deltas),
                },
                _ => continue,
            };
            self.work.need(Need { lack, of: of.clone(), issuer: Some(issuer.clone()), sources });
        }
    }

    /// Where a delta list is to be had, if none was used and one could know more (RFC 5280, 4.2.1.15 and 5.2.6).
    fn delta_sources(&self, of: &Certificate, proof: &RevocationProof) -> Vec<NeedSource> {
        let ProofSource::Crl(list) = &proof.source else { return Vec::new() };
        let has_delta = proof.more_lists.iter().any(|list| list.base_number().is_some());
        if has_delta || list.this_update() >= self.at {
            return Vec::new();
        }
        let mut urls = freshest_uris(&of.extensions().all);
        urls.extend(freshest_uris(list.extensions()));
        sources(Supply::Crl, urls)
    }
}

fn revocation_sources(of: &Certificate, by_ocsp: bool) -> Vec<NeedSource> {
    let responders = if by_ocsp { of.extensions().ocsp_uris.clone() } else { Vec::new() };
    let mut all = sources(Supply::Ocsp, responders);
    all.extend(sources(Supply::Crl, of.extensions().crl_uris()));
    all.truncate(SOURCES);
    all
}

fn is_signed(of: &Certificate, by: &Certificate) -> bool {
    Signed::Certificate(of).verify(by).is_ok()
}

fn sources(supply: Supply, urls: Vec<String>) -> Vec<NeedSource> {
    let mut all: Vec<NeedSource> = Vec::new();
    for url in urls.into_iter().filter(|url| url.len() <= URL_BYTES) {
        let source = NeedSource { supply, url };
        if all.len() < SOURCES && !all.contains(&source) {
            all.push(source);
        }
    }
    all
}
