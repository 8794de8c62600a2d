//! Past certificate validation (EN 319 102-1 v1.4.1, 5.6.2.1) by the sliding of control time (5.6.2.2): until when a path
//! that may no longer be relied on today could be relied on, as far as it is proven what existed then.

use super::TrustAnchors;
use super::material::RevocationProof;
use super::path::{PathRequest, View};
use super::revocation::{RevocationStatus, statement};
use super::work::{Inquiry, Work};
use crate::asn1::{AlgorithmIdentifier, Certificate, CertificateList, OcspResponse};
use crate::crypto::{key_facts, scheme_of};
use crate::digest::Sha256;
use crate::policy::{AlgorithmUse, Judged};
use crate::time::Instant;

/// A path that was good at the request's time, and what is known of when things existed.
#[derive(Clone, Copy)]
pub struct Past<'a> {
    /// What the path was validated with, at the time that its use is proven for.
    pub request: PathRequest<'a>,
    /// Tells since when a certificate, list or response is proven to exist, by its SHA-256; the present for what is not.
    pub existed_by: &'a dyn Fn(&Sha256) -> Instant,
}

/// Why nothing can be said of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PastUnclear {
    /// Nothing proves that what is needed of the certificate of this subject existed before it could have been forged.
    NoProof(String),
    /// The question became too expensive: what was not looked at might have been a revocation.
    BudgetSpent,
}

impl Past<'_> {
    /// Tells whether an authority on the path may no longer be relied on at the present: it has expired or is revoked, or
    /// an algorithm on the path, or of what proves it unrevoked, is no longer strong. Then only what is proven to be older counts.
    ///
    /// # Errors
    /// [`PastUnclear::BudgetSpent`] where something was left unlooked at that might say so.
    pub fn is_over(&self, chain: &[Certificate]) -> Result<bool, PastUnclear> {
        let now = self.request.now;
        let work = Work::new(self.request.budget);
        let anchors = TrustAnchors::new(chain.last().cloned());
        let today = PathRequest { anchors: &anchors, at: now, view: View::Unproven, ..self.request };
        let inquiry = Inquiry::new(today, &work);
        let is_revoked =
            |pair: &[Certificate]| matches!(statement(&pair[0], &pair[1], &inquiry).0, RevocationStatus::Revoked(_));
        let then = Inquiry::new(PathRequest { anchors: &anchors, ..self.request }, &work);
        let rests_on_weak = |pair: &[Certificate]| {
            let proof = statement(&pair[0], &pair[1], &then).1;
            let signer = proof.iter().find_map(|proof| proof.signers.first()).unwrap_or(&pair[1]);
            proof
                .iter()
                .flat_map(RevocationProof::signed)
                .any(|(algorithm, _)| self.weak_since(algorithm, signer, now) != Ok(None))
        };
        let is_over = chain.iter().skip(1).any(|authority| now > authority.not_after())
            || chain.windows(2).any(|pair| self.weak_since(pair[0].signature_algorithm(), &pair[1], now) != Ok(None))
            || chain.windows(2).skip(1).any(is_revoked)
            || chain.windows(2).any(rests_on_weak);
        if !is_over && work.refused() > 0 { Err(PastUnclear::BudgetSpent) } else { Ok(is_over) }
    }

    /// Slides the control time down the path, from the anchor to the leaf: to when an authority was revoked or expired, to
    /// the issue of what proves that it was not, to the last day of an algorithm. What was used until then may be relied on.
    ///
    /// # Errors
    /// [`PastUnclear::NoProof`] where a certificate, or what proves it unrevoked, is not proven to be that old;
    /// [`PastUnclear::BudgetSpent`].
    pub fn control_time(&self, chain: &[Certificate]) -> Result<Instant, PastUnclear> {
        let anchors = TrustAnchors::new(chain.last().cloned());
        let mut control = chain.last().map_or(self.request.now, |anchor| self.request.now.min(anchor.not_after()));
        for pair in chain.windows(2).rev() {
            let (of, issuer) = (&pair[0], &pair[1]);
            let unproven = || PastUnclear::NoProof(of.subject());
            if control < self.request.at {
                break;
            }
            // (b) for the certificate; (a) and (b) for what speaks of it.
            if (self.existed_by)(of.sha256()) > control {
                return Err(unproven());
            }
            let mut said = self.statement(of, issuer, &anchors, control, &|_| true)?;
            // Who is good by what may have been made since its algorithm was given up may be so by something older. What
            // says "revoked" is heeded whatever it is signed by.
            let is_reliable = |algorithm: &AlgorithmIdentifier, sha256: &Sha256| {
                self.strong_until(algorithm, issuer, sha256, control).is_some()
            };
            let rests_on_less = |proof: &RevocationProof| {
                proof.signed().iter().any(|(algorithm, sha256)| !is_reliable(algorithm, sha256))
            };
            if said.0 == RevocationStatus::Good && said.1.as_ref().is_some_and(rests_on_less) {
                let is_usable = |list: &CertificateList| is_reliable(list.signature_algorithm(), list.sha256());
                said = self.statement(of, issuer, &anchors, control, &is_usable)?;
            }
            let (status, proof) = said;
            // (d) before (c): what is only known to exist when its algorithm had been given up does not tell its own time.
            let mut slid =
                self.strong_until(of.signature_algorithm(), issuer, of.sha256(), control).ok_or_else(unproven)?;
            for (algorithm, sha256) in proof.iter().flat_map(RevocationProof::signed) {
                let signer = proof.iter().find_map(|proof| proof.signers.first()).unwrap_or(issuer);
                slid = slid.min(self.strong_until(algorithm, signer, sha256, control).ok_or_else(unproven)?);
            }
            // (c)
            slid = slid.min(match (status, &proof) {
                (RevocationStatus::Revoked(revocation), _) => revocation.at,
                (RevocationStatus::Good, Some(proof)) if self.is_fresh(proof, control) => control,
                (RevocationStatus::Good, Some(proof)) => proof.issued,
                _ if self.request.policy.revocation_required => return Err(unproven()),
                _ => of.not_after(),
            });
            control = slid.min(control);
        }
        Ok(control)
    }

    /// Tells what is known of a certificate from what was issued, and is proven to exist, at the control time.
    fn statement(
        &self,
        of: &Certificate,
        issuer: &Certificate,
        anchors: &TrustAnchors,
        control: Instant,
        is_usable: &dyn Fn(&CertificateList) -> bool,
    ) -> Result<(RevocationStatus, Option<RevocationProof>), PastUnclear> {
        let existed = |sha256: &Sha256| (self.existed_by)(sha256) <= control;
        let crls: Vec<CertificateList> =
            self.request.crls.iter().filter(|one| existed(one.sha256()) && is_usable(one)).cloned().collect();
        let ocsps: Vec<OcspResponse> = self.request.ocsps.iter().filter(|one| existed(one.sha256())).cloned().collect();
        let intermediates: Vec<Certificate> =
            self.request.intermediates.iter().filter(|one| existed(one.sha256())).cloned().collect();
        let request = PathRequest {
            intermediates: &intermediates,
            anchors,
            crls: &crls,
            ocsps: &ocsps,
            now: control,
            view: View::Proven,
            ..self.request
        };
        let work = Work::new(self.request.budget);
        let said = statement(of, issuer, &Inquiry::new(request, &work));
        if work.refused() > 0 { Err(PastUnclear::BudgetSpent) } else { Ok(said) }
    }

    fn is_fresh(&self, proof: &RevocationProof, control: Instant) -> bool {
        match proof.next_update {
            Some(next) => control <= next,
            None => control.duration_since(proof.issued).as_secs() <= self.request.policy.revocation_max_age_seconds,
        }
    }

    /// Slides the control time to the last day of an algorithm; none where what was signed is not proven to be that old.
    fn strong_until(
        &self,
        algorithm: &AlgorithmIdentifier,
        signer: &Certificate,
        sha256: &Sha256,
        control: Instant,
    ) -> Option<Instant> {
        match self.weak_since(algorithm, signer, control) {
            Ok(None) => Some(control),
            Ok(Some(since)) if (self.existed_by)(sha256) < since => Some(control.min(since)),
            _ => None,
        }
    }

    /// Returns since when a signature is no longer strong; none where it is, and an error where it never was.
    fn weak_since(
        &self,
        algorithm: &AlgorithmIdentifier,
        signer: &Certificate,
        at: Instant,
    ) -> Result<Option<Instant>, ()> {
        let (Ok(scheme), Ok(key)) = (scheme_of(algorithm, None), key_facts(signer.spki_der())) else { return Err(()) };
        match self.request.policy.judge(AlgorithmUse::Signature(scheme, key), at) {
            Judged::Strong => Ok(None),
            Judged::OutdatedSince(since) => Ok(Some(since)),
            Judged::NeverAccepted => Err(()),
        }
    }
}
