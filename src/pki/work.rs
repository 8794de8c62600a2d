//! What a judgement may cost, and what it has already found out; shared by everything that one question leads to.

use super::TrustAnchors;
use super::needs::{Lack, Need};
use super::path::{PathRequest, Purpose, View};
use super::verified::{Signed, Verified};
use crate::asn1::{Certificate, CertificateList, Name, OcspResponse, oid};
use crate::crypto::CryptoError;
use crate::digest::Sha256;
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

/// A list by its place, its signer with the anchor, and the time at which the signer was judged.
type Relied = (usize, Vec<Sha256>, Instant);

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
    asking: Vec<Sha256>,
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

    /// Verifies a signature with a signer's key, once; `None` where the budget is spent, which is noted.
    fn verify(&self, of: Signed<'_>, signer: &Certificate, left: &Cell<u32>) -> Option<Result<(), CryptoError>> {
        let answer = self.request.verified.unwrap_or(&self.work.verified).verify(of, signer, || take(left, 1));
        self.work.took(answer.is_some());
        answer
    }

    /// Verifies a certificate with an issuer's key, once; `None` where the budget is spent.
    pub(super) fn verify_certificate(&self, of: &Certificate, issuer: &Certificate) -> Option<Result<(), CryptoError>> {
        self.verify(Signed::Certificate(of), issuer, &self.work.signatures)
    }

    /// Verifies a list with a signer's key, once; a spent budget verifies nothing, which is noted.
    pub(super) fn verify_list(&self, list: &CertificateList, signer: &Certificate) -> bool {
        self.verify(Signed::List(list), signer, &self.work.statements) == Some(Ok(()))
    }

    /// Verifies a response with a signer's key, once; a spent budget verifies nothing, which is noted.
    pub(super) fn verify_response(&self, response: &OcspResponse, signer: &Certificate) -> bool {
        self.verify(Signed::Response(response), signer, &self.work.statements) == Some(Ok(()))
    }

    /// Tells whether somebody may answer for an issuer (RFC 6960, 4.2.2.2): made by it for this purpose, good when it
    /// answered, and not revoked: which its certificate says need not be asked (4.2.2.2.1), or a list must say. One that is
    /// revoked may have dated its answers back.
    pub(super) fn may_respond(&self, one: &Certificate, issuer: &Certificate, at: Instant) -> bool {
        let fingerprint = *one.sha256();
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
        let fingerprint = *signer.sha256();
        if self.asking.len() >= LISTS_DEPTH || self.asking.contains(&fingerprint) {
            return None;
        }
        let at = self.request.at.max(list.this_update()).min(self.request.now);
        let anchors = self.request.anchors.certificates().iter();
        let key = (index, std::iter::once(signer).chain(anchors).map(|one| *one.sha256()).collect(), at);
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
