//! Validation material for long-term levels (EN 319 142-1, 5.4.1): the certificates of every path, and for each of them
//! but the anchors a statement that it was not revoked.

use super::PadesError;
use super::embedded::{EmbeddedSignature, signatures};
use super::store::{Related, SecurityStore};
use crate::asn1::{Certificate, CertificateList, OcspResponse};
use crate::cms::SignedData;
use crate::pdf::Pdf;
use crate::pki::{
    Budget, Need, PathOutcome, PathRequest, ProofSource, Purpose, RevocationNeed, RevocationStatus, TrustAnchors,
    Verified, View, revocation_needs, validate_path_and_needs,
};
use crate::policy::{Outcome, SubIndication, ValidationPolicy};
use crate::time::Instant;
use crate::tsp::TimestampToken;
use std::cell::RefCell;

/// What long-term levels rest on.
#[derive(Clone, Copy)]
pub struct LongTerm<'a> {
    /// Whom to believe about signers.
    pub trust: &'a TrustAnchors,
    /// Whom to believe about timestamps, where `trust` does not know the authority.
    pub tsa_trust: &'a TrustAnchors,
    /// Certificates that may complete a path.
    pub intermediates: &'a [Certificate],
    /// Revocation lists.
    pub crls: &'a [CertificateList],
    /// OCSP responses.
    pub ocsps: &'a [OcspResponse],
    /// The policy.
    pub policy: &'a ValidationPolicy,
    /// The present.
    pub at: Instant,
    /// Takes statements on the signer's certificate that are older than its timestamp: they do not know of a revocation
    /// between the two.
    pub accept_older_revocation: bool,
    /// Also says which material belongs to which signature (`/VRI`).
    pub vri: bool,
}

/// The material of one file.
pub(super) struct Material {
    /// All of it.
    pub(super) all: SecurityStore,
    parts: Vec<(Vec<u8>, SecurityStore)>,
}

impl Material {
    /// Returns which part belongs to which signature, where that is wanted.
    pub(super) fn related(&self, wanted: bool) -> Vec<Related<'_>> {
        let parts = if wanted { self.parts.as_slice() } else { &[] };
        parts.iter().map(|(contents, material)| Related { contents, material }).collect()
    }
}

/// Gathers the material for every signature and timestamp of a file, what its store holds included.
///
/// # Errors
/// [`PadesError::RevocationMissing`] and [`PadesError::RevocationOlder`] where statements are not there yet,
/// [`PadesError::PathNotValid`] for a path that no material can save.
pub(super) fn gather(pdf: &Pdf, long_term: &LongTerm<'_>) -> Result<Material, PadesError> {
    gather_noting(pdf, long_term, &RefCell::new(None))
}

fn gather_noting(
    pdf: &Pdf,
    long_term: &LongTerm<'_>,
    lacking: &RefCell<Option<Vec<Need>>>,
) -> Result<Material, PadesError> {
    let kept = SecurityStore::read(pdf).unwrap_or_default();
    let read = |der: &Vec<u8>| Certificate::from_der(der).ok();
    let mut gathering = Gathering {
        long_term,
        lacking,
        certificates: long_term
            .intermediates
            .iter()
            .cloned()
            .chain(kept.certificates.iter().filter_map(read))
            .collect(),
        crls: kept.crls.iter().filter_map(|der| CertificateList::from_der(der).ok()).collect(),
        ocsps: kept.ocsps.iter().filter_map(|der| OcspResponse::from_der(der).ok()).collect(),
        verified: Verified::default(),
    };
    gathering.crls.extend_from_slice(long_term.crls);
    gathering.ocsps.extend_from_slice(long_term.ocsps);
    let mut material = Material { all: SecurityStore::default(), parts: Vec::new() };
    let found = signatures(pdf);
    for (index, signature) in found.iter().enumerate() {
        let part = gathering.signature(signature, &found[index + 1..])?;
        material.all.extend(part.clone());
        material.parts.push((signature.contents.clone(), part));
    }
    Ok(material)
}

/// Says what is lacking for a long-term level of a file that has its timestamps: issuers, statements on revocation, and
/// younger ones where those at hand are older than the signature's timestamp.
///
/// # Errors
/// As for the level itself, but for what is lacking.
pub fn long_term_needs(pdf: &Pdf, long_term: &LongTerm<'_>) -> Result<Vec<Need>, PadesError> {
    let lacking = RefCell::new(Some(Vec::new()));
    gather_noting(pdf, long_term, &lacking)?;
    Ok(lacking.take().unwrap_or_default())
}

struct Gathering<'a> {
    long_term: &'a LongTerm<'a>,
    /// Takes what is lacking, where that is asked for; else it is an error.
    lacking: &'a RefCell<Option<Vec<Need>>>,
    certificates: Vec<Certificate>,
    crls: Vec<CertificateList>,
    ocsps: Vec<OcspResponse>,
    verified: Verified,
}

impl Gathering<'_> {
    fn signature(
        &self,
        signature: &EmbeddedSignature,
        later: &[EmbeddedSignature],
    ) -> Result<SecurityStore, PadesError> {
        let stamped = later.iter().filter(|one| one.is_document_timestamp);
        let by_later =
            stamped.filter_map(|one| TimestampToken::parse(&one.contents).ok()).map(|token| token.gen_time).min();
        if signature.is_document_timestamp {
            return self.token(&signature.contents, by_later);
        }
        let cms = SignedData::parse(&signature.contents)?;
        let mut part = SecurityStore::default();
        let mut proven = by_later;
        for token in &cms.signer.signature_timestamps {
            part.extend(self.token(token, by_later)?);
            let gen_time = TimestampToken::parse(token)?.gen_time;
            proven = Some(proven.map_or(gen_time, |known| known.min(gen_time)));
        }
        let proven = proven.ok_or(PadesError::NoTimestampSource)?;
        let signer = cms.signer_certificate().cloned().ok_or(PadesError::SignerUnknown)?;
        let path = self.path(
            &signer,
            &cms,
            &self.believed(self.long_term.trust, Purpose::Signing, proven),
            Purpose::Signing,
            Some(proven),
        );
        part.extend(self.proofs(&path, Some(proven), Some(proven))?);
        Ok(part)
    }

    /// Gathers the material for a timestamp token, which a later one may prove to have existed.
    fn token(&self, der: &[u8], existed: Option<Instant>) -> Result<SecurityStore, PadesError> {
        let token = TimestampToken::parse(der)?;
        let signer = token.signer_certificate(&self.certificates).cloned().ok_or(PadesError::SignerUnknown)?;
        let stamped = token.gen_time;
        let under =
            |anchors: &TrustAnchors| self.path(&signer, &token.signed_data, anchors, Purpose::Timestamping, existed);
        let lacked_before = self.lacking.borrow().as_ref().map_or(0, Vec::len);
        let then = |anchors: &TrustAnchors| self.believed(anchors, Purpose::Timestamping, stamped);
        let first = under(&then(self.long_term.tsa_trust));
        let unknown = first.outcome.sub_indication() == Some(SubIndication::NoCertificateChainFound);
        let is_usable = |path: &PathOutcome| {
            matches!(path.outcome, Outcome::Passed | Outcome::Indeterminate(SubIndication::TryLater))
        };
        if unknown && let Some(lacking) = self.lacking.borrow_mut().as_mut() {
            // That the accredited do not know it is no lack, as long as others may.
            lacking.truncate(if self.long_term.trust.is_empty() { lacking.len() } else { lacked_before });
        }
        if is_usable(&first) {
            return self.proofs(&first, existed, None);
        }
        let second = under(&then(self.long_term.trust));
        let path = if unknown || is_usable(&second) { second } else { first };
        self.proofs(&path, existed, None)
    }

    fn believed(&self, anchors: &TrustAnchors, purpose: Purpose, at: Instant) -> TrustAnchors {
        anchors.believed(purpose, at, self.long_term.at)
    }

    fn request<'r>(
        &'r self,
        intermediates: &'r [Certificate],
        crls: &'r [CertificateList],
        anchors: &'r TrustAnchors,
        purpose: Purpose,
        existed: Option<Instant>,
    ) -> PathRequest<'r> {
        PathRequest {
            intermediates,
            anchors,
            crls,
            ocsps: &self.ocsps,
            at: existed.unwrap_or(self.long_term.at),
            now: self.long_term.at,
            view: if existed.is_some() { View::Proven } else { View::Unproven },
            purpose,
            policy: self.long_term.policy,
            budget: Budget::default(),
            verified: Some(&self.verified),
        }
    }

    fn path(
        &self,
        leaf: &Certificate,
        more: &SignedData,
        anchors: &TrustAnchors,
        purpose: Purpose,
        existed: Option<Instant>,
    ) -> PathOutcome {
        let intermediates: Vec<Certificate> = more.certificates.iter().chain(&self.certificates).cloned().collect();
        let request = self.request(&intermediates, &self.crls, anchors, purpose, existed);
        let (outcome, needs) = validate_path_and_needs(leaf, &request);
        needs.into_iter().for_each(|need| {
            self.note(need);
        });
        outcome
    }

    /// Takes note of something lacking; `false` where nobody asked for that.
    fn note(&self, need: Need) -> bool {
        let mut lacking = self.lacking.borrow_mut();
        let Some(lacking) = lacking.as_mut() else { return false };
        if !lacking.iter().any(|known: &Need| known.is_same(&need)) {
            lacking.push(need);
        }
        true
    }

    /// Returns a path's certificates and what proves that none of them was revoked. `issued_after` is asked of the
    /// statement on the leaf: one from before the signature's proven time cannot know.
    fn proofs(
        &self,
        path: &PathOutcome,
        existed: Option<Instant>,
        issued_after: Option<Instant>,
    ) -> Result<SecurityStore, PadesError> {
        let subject = || path.chain.first().map(Certificate::subject).unwrap_or_default();
        match path.outcome {
            Outcome::Passed | Outcome::Indeterminate(SubIndication::TryLater) => {}
            Outcome::Indeterminate(SubIndication::NoCertificateChainFound) if self.lacking.borrow().is_some() => {
                return Ok(SecurityStore::default());
            }
            Outcome::Indeterminate(sub) | Outcome::Failed(sub) => {
                return Err(PadesError::PathNotValid { subject: subject(), sub: sub.name() });
            }
        }
        let request = self.request(&[], &self.crls, self.long_term.trust, Purpose::Any, existed);
        let mut part = SecurityStore::default();
        part.certificates.extend(path.chain.iter().map(|certificate| certificate.der().to_vec()));
        for (index, need) in revocation_needs(&path.chain, &request).into_iter().enumerate() {
            let after = issued_after.filter(|_| index == 0 && !self.long_term.accept_older_revocation);
            self.proof(&need, after, &mut part)?;
        }
        Ok(part)
    }

    fn proof(
        &self,
        need: &RevocationNeed,
        issued_after: Option<Instant>,
        part: &mut SecurityStore,
    ) -> Result<(), PadesError> {
        let subject = need.certificate.subject();
        let proof = match (&need.status, &need.proof) {
            (RevocationStatus::Good, Some(proof)) => proof,
            // A revocation after the proven time leaves the signature as it is, and is told.
            (RevocationStatus::Revoked(_), Some(proof)) => proof,
            _ if self.note(Need::of_revocation(&need.certificate, &need.issuer)) => return Ok(()),
            _ => return Err(PadesError::RevocationMissing { subject }),
        };
        if let Some(after) = issued_after.filter(|after| proof.issued < *after) {
            if self.note(Need::of_revocation(&need.certificate, &need.issuer)) {
                return Ok(());
            }
            let (issued, next_update) = (proof.issued, proof.next_update);
            return Err(PadesError::RevocationOlder { subject, after, issued, next_update });
        }
        part.crls.extend(proof.more_lists.iter().map(|list| list.der().to_vec()));
        part.certificates.extend(proof.signers.iter().map(|one| one.der().to_vec()));
        match &proof.source {
            ProofSource::Crl(list) => part.crls.insert(list.der().to_vec()),
            ProofSource::Ocsp(response) => {
                part.certificates.extend(response.certificates().iter().map(|one| one.der().to_vec()));
                part.ocsps.insert(response.der().to_vec())
            }
        };
        Ok(())
    }
}
