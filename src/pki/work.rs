//! What a judgement may cost, and what it has already found out; shared by everything that one question leads to.

use super::TrustAnchors;
use super::needs::{Lack, Need};
use super::path::{PathRequest, Purpose, View};
use crate::asn1::{AlgorithmIdentifier, Certificate, CertificateList, Name, OcspResponse, oid};
use crate::crypto::{self, CryptoError, scheme_of};
use crate::digest::DigestAlgorithm;
use crate::policy::ValidationPolicy;
use crate::time::Instant;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// How much work one judgement may cost; the numbers guard against built-in mazes of certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Signature verifications of certificates. webpki allows 100 for the certificates of servers.
    pub signatures: u32,
    /// Signature verifications of lists and responses: apart, so that no flood of certificates keeps a revocation from being
    /// heard. An archive of a century, renewed every year, brings some hundreds by one authority.
    pub statements: u32,
    /// Certificates in a path, anchor included. PKITS needs 8.
    pub depth: usize,
    /// Certificates of the right name looked at as issuers. webpki allows 200,000 calls; a bridge of all prefectures takes
    /// some hundreds.
    pub steps: u32,
    /// Paths judged. The mesh of a bridge with one cross-certificate each way gives two.
    pub paths: u32,
    /// Comparisons of names with name constraints. webpki and Go allow 250,000.
    pub name_comparisons: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { signatures: 200, statements: 500, depth: 12, steps: 20_000, paths: 64, name_comparisons: 250_000 }
    }
}

/// How deep the question whether the signer of a list may sign leads to other lists. One level is common, two are seen
/// where a CA lets another sign its lists.
const LISTS_DEPTH: usize = 4;

/// The most things that are noted as lacking: a path of the greatest depth lacks two a certificate.
const NEEDS: usize = 32;

/// How many signatures of certificates, and how many of lists and responses, are verified for all questions that share
/// what is known: a file with 256 signatures, and under each a path of three with a statement for every certificate.
const VERIFIED: u32 = 2_000;

/// What is known of things with the fingerprint of the key they were tried with.
type ByKey<I, T> = HashMap<(I, Vec<u8>), T>;

/// Signatures that were verified before, so that several questions about one file verify each once.
#[derive(Default)]
pub struct Verified {
    /// By the certificate's fingerprint.
    certificates: RefCell<ByKey<Vec<u8>, Result<(), CryptoError>>>,
    /// By the list's identity; the list is kept so that it stays that list's.
    lists: RefCell<ByKey<usize, (CertificateList, bool)>>,
    /// By the response's identity; it is kept for the same reason.
    responses: RefCell<ByKey<usize, (OcspResponse, bool)>>,
    /// How many signatures of certificates were verified for all these questions.
    of_certificates: Cell<u32>,
    /// How many of lists and responses were.
    of_statements: Cell<u32>,
}

impl std::fmt::Debug for Verified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Verified")
    }
}

/// A list by its place, its signer with the anchor, and the time at which the signer was judged.
type Relied = (usize, Vec<u8>, Instant);

/// What is left of a budget, and what is known.
pub(super) struct Work {
    signatures: Cell<u32>,
    statements: Cell<u32>,
    /// How often something was left undone because the budget was spent.
    refused: Cell<u32>,
    steps: Cell<u32>,
    paths: Cell<u32>,
    names: Cell<u32>,
    verified: Verified,
    signers: RefCell<HashMap<Relied, Vec<Certificate>>>,
    needs: RefCell<Vec<Need>>,
}

impl Work {
    pub(super) fn new(budget: Budget) -> Self {
        Self {
            signatures: Cell::new(budget.signatures),
            statements: Cell::new(budget.statements),
            refused: Cell::new(0),
            steps: Cell::new(budget.steps),
            paths: Cell::new(budget.paths),
            names: Cell::new(budget.name_comparisons),
            verified: Verified::default(),
            signers: RefCell::default(),
            needs: RefCell::default(),
        }
    }

    /// Takes one look at a certificate out of the budget; `false` where nothing is left.
    pub(super) fn take_step(&self) -> bool {
        self.took(take(&self.steps, 1))
    }

    /// Takes the judgement of a path out of the budget.
    pub(super) fn take_path(&self) -> bool {
        self.took(take(&self.paths, 1))
    }

    /// Takes so many comparisons of names out of the budget.
    pub(super) fn take_names(&self, count: usize) -> bool {
        self.took(take(&self.names, u32::try_from(count).unwrap_or(u32::MAX)))
    }

    /// Tells how often something was left undone because the budget was spent. Where that happens while something is
    /// judged, a revocation may have gone unheard.
    pub(super) fn refused(&self) -> u32 {
        self.refused.get()
    }

    fn took(&self, enough: bool) -> bool {
        self.refused.set(self.refused.get().saturating_add(u32::from(!enough)));
        enough
    }

    /// Notes something lacking, once and within bounds.
    pub(super) fn need(&self, need: Need) {
        let mut needs = self.needs.borrow_mut();
        if needs.len() < NEEDS && !needs.iter().any(|known| known.is_same(&need)) {
            needs.push(need);
        }
    }

    /// Tells how many things were noted as lacking.
    pub(super) fn needs(&self) -> usize {
        self.needs.borrow().len()
    }

    /// Forgets what was noted since then and can change nothing any more: all but what may tell of newer revocations.
    pub(super) fn settle_needs(&self, since: usize) {
        let mut needs = self.needs.borrow_mut();
        let mut index = 0;
        needs.retain(|need| {
            index += 1;
            index <= since || need.lack == Lack::Delta
        });
    }

    pub(super) fn into_needs(self) -> Vec<Need> {
        self.needs.into_inner()
    }
}

pub(super) fn verify(
    signer: &Certificate,
    algorithm: &AlgorithmIdentifier,
    tbs: &[u8],
    signature: &[u8],
) -> Result<(), CryptoError> {
    scheme_of(algorithm, None).and_then(|scheme| crypto::verify(signer.spki_der(), scheme, tbs, signature))
}

fn key_of(signer: &Certificate) -> Vec<u8> {
    DigestAlgorithm::Sha256.digest(signer.spki_der()).bytes
}

fn take(left: &Cell<u32>, count: u32) -> bool {
    let enough = left.get() >= count;
    left.set(left.get().saturating_sub(count));
    enough
}

/// The places of certificates by the number of their subject's name, once somebody is looked for.
#[derive(Default)]
struct BySubject(OnceCell<HashMap<u64, Vec<usize>>>);

impl BySubject {
    /// Returns those of a name. `all` is the same each time.
    fn named<'c>(&self, all: &'c [Certificate], name: &Name) -> Vec<&'c Certificate> {
        let by_number = self.0.get_or_init(|| {
            let mut by_number: HashMap<u64, Vec<usize>> = HashMap::new();
            for (index, one) in all.iter().enumerate() {
                by_number.entry(one.subject_name().number()).or_default().push(index);
            }
            by_number
        });
        let places = by_number.get(&name.number()).into_iter().flatten();
        places.filter_map(|index| all.get(*index)).filter(|one| one.subject_name().same_as(name)).collect()
    }
}

/// A request with the work it shares, and the signers of lists that are being asked about.
pub(super) struct Inquiry<'a> {
    pub(super) request: PathRequest<'a>,
    pub(super) work: &'a Work,
    asking: Vec<Vec<u8>>,
    intermediates_by: Rc<BySubject>,
    anchors_by: Rc<BySubject>,
}

impl<'a> Inquiry<'a> {
    pub(super) fn new(request: PathRequest<'a>, work: &'a Work) -> Self {
        Self { request, work, asking: Vec::new(), intermediates_by: Rc::default(), anchors_by: Rc::default() }
    }

    /// Returns the same question with another request.
    pub(super) fn with<'b>(&'b self, request: PathRequest<'b>) -> Inquiry<'b> {
        let kept = |of: &Rc<BySubject>, known: &[Certificate], now: &[Certificate]| {
            if std::ptr::eq(known, now) { Rc::clone(of) } else { Rc::default() }
        };
        let intermediates_by = kept(&self.intermediates_by, self.request.intermediates, request.intermediates);
        let (known, now) = (self.request.anchors.certificates(), request.anchors.certificates());
        let anchors_by = kept(&self.anchors_by, known, now);
        Inquiry { request, work: self.work, asking: self.asking.clone(), intermediates_by, anchors_by }
    }

    /// Returns the certificates at hand that have a subject's name.
    pub(super) fn intermediates_named(&self, name: &Name) -> Vec<&'a Certificate> {
        self.intermediates_by.named(self.request.intermediates, name)
    }

    /// Returns the anchors that have a subject's name.
    pub(super) fn anchors_named(&self, name: &Name) -> Vec<&'a Certificate> {
        self.anchors_by.named(self.request.anchors.certificates(), name)
    }

    /// Tells whether a certificate is an anchor of this request.
    pub(super) fn is_anchor(&self, one: &Certificate) -> bool {
        self.anchors_named(one.subject_name()).contains(&one)
    }

    /// Tells whether the question is about the signer of a list or a response, not about the certificate itself.
    pub(super) fn is_aside(&self) -> bool {
        !self.asking.is_empty()
    }

    fn verified(&self) -> &Verified {
        self.request.verified.unwrap_or(&self.work.verified)
    }

    /// Takes the verification of a signature out of a budget, and out of what all questions may cost.
    fn may_verify(&self, left: &Cell<u32>, made: &Cell<u32>) -> bool {
        let may = made.get() < VERIFIED && take(left, 1);
        made.set(made.get() + u32::from(may));
        self.work.took(may)
    }

    fn may_verify_statement(&self) -> bool {
        self.may_verify(&self.work.statements, &self.verified().of_statements)
    }

    /// Verifies a certificate with an issuer's key, once; `None` where the budget is spent.
    pub(super) fn verify_certificate(&self, of: &Certificate, issuer: &Certificate) -> Option<Result<(), CryptoError>> {
        let key = (of.fingerprint(DigestAlgorithm::Sha256).bytes, key_of(issuer));
        if let Some(known) = self.verified().certificates.borrow().get(&key) {
            return Some(known.clone());
        }
        if !self.may_verify(&self.work.signatures, &self.verified().of_certificates) {
            return None;
        }
        let verified = verify(issuer, of.signature_algorithm(), of.tbs_der(), of.signature());
        self.verified().certificates.borrow_mut().insert(key, verified.clone());
        Some(verified)
    }

    /// Verifies a list with a signer's key, once; a spent budget verifies nothing, which is noted.
    pub(super) fn verify_list(&self, list: &CertificateList, signer: &Certificate) -> bool {
        let key = (list.identity(), key_of(signer));
        if let Some((_, known)) = self.verified().lists.borrow().get(&key) {
            return *known;
        }
        if !self.may_verify_statement() {
            return false;
        }
        let verified = verify(signer, list.signature_algorithm(), list.tbs_der(), list.signature()).is_ok();
        self.verified().lists.borrow_mut().insert(key, (list.clone(), verified));
        verified
    }

    /// Verifies a response with a signer's key, once; a spent budget verifies nothing, which is noted.
    pub(super) fn verify_response(&self, response: &OcspResponse, signer: &Certificate) -> bool {
        let key = (response.identity(), key_of(signer));
        if let Some((_, known)) = self.verified().responses.borrow().get(&key) {
            return *known;
        }
        if !self.may_verify_statement() {
            return false;
        }
        let verified = verify(signer, response.signature_algorithm(), response.tbs_der(), response.signature()).is_ok();
        self.verified().responses.borrow_mut().insert(key, (response.clone(), verified));
        verified
    }

    /// Tells whether somebody may answer for an issuer (RFC 6960, 4.2.2.2): made by it for this purpose, good when it
    /// answered, and not revoked: which its certificate says need not be asked (4.2.2.2.1), or a list must say. One that is
    /// revoked may have dated its answers back.
    pub(super) fn may_respond(&self, one: &Certificate, issuer: &Certificate, at: Instant) -> bool {
        let fingerprint = one.fingerprint(DigestAlgorithm::Sha256).bytes;
        if self.asking.len() >= LISTS_DEPTH || self.asking.contains(&fingerprint) {
            return false;
        }
        let is_excused = one.extensions().by_oid(&oid::OCSP_NO_CHECK).is_some();
        let mut policy: ValidationPolicy = self.request.policy.clone();
        policy.revocation_required = !is_excused;
        let anchors = TrustAnchors::new([issuer.clone()]);
        let mut inquiry = self.with(PathRequest {
            intermediates: &[],
            anchors: &anchors,
            crls: if is_excused { &[] } else { self.request.crls },
            ocsps: &[],
            at,
            view: View::Unproven,
            purpose: Purpose::Ocsp,
            policy: &policy,
            ..self.request
        });
        inquiry.asking.push(fingerprint);
        inquiry.validate(one).outcome.is_passed()
    }

    /// Validates the path of whoever signed a list (RFC 5280, 6.3.3 (f)) to the anchor of this request, at the time that
    /// the list is relied on. A signer on whose own list its status would rest is not believed.
    pub(super) fn signer_path(
        &self,
        index: usize,
        list: &CertificateList,
        signer: &Certificate,
    ) -> Option<Vec<Certificate>> {
        let fingerprint = signer.fingerprint(DigestAlgorithm::Sha256).bytes;
        if self.asking.len() >= LISTS_DEPTH || self.asking.contains(&fingerprint) {
            return None;
        }
        let at = self.request.at.max(list.this_update()).min(self.request.now);
        let anchors = self.request.anchors.certificates().iter();
        let under: Vec<u8> = anchors.flat_map(|anchor| anchor.fingerprint(DigestAlgorithm::Sha256).bytes).collect();
        let key = (index, [fingerprint.as_slice(), &under].concat(), at);
        if let Some(known) = self.work.signers.borrow().get(&key) {
            return Some(known.clone());
        }
        let mut inquiry = self.with(PathRequest { purpose: Purpose::CrlSigning, at, ..self.request });
        inquiry.asking.push(fingerprint);
        let judged = inquiry.validate(signer);
        if !judged.outcome.is_passed() {
            return None;
        }
        self.work.signers.borrow_mut().insert(key, judged.chain.clone());
        Some(judged.chain)
    }
}

impl<'a> std::ops::Deref for Inquiry<'a> {
    type Target = PathRequest<'a>;

    fn deref(&self) -> &PathRequest<'a> {
        &self.request
    }
}
