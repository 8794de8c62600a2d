//! Path validation (RFC 5280, 6.1) as the building block "X.509 certificate validation" (EN 319 102-1 v1.4.1, 5.2.6).

use super::TrustAnchors;
use super::constraints::check_constraints;
use super::material::{RevocationNeed, needs};
use super::needs::Need;
use super::revocation::{Revocation, RevocationStatus};
use super::search::{Dead, Search};
use super::verified::Verified;
use super::work::{Budget, Inquiry, Work};
use crate::asn1::{Certificate, CertificateList, OcspResponse, Oid};
use crate::crypto::{key_facts, scheme_of};
use crate::policy::{AlgorithmUse, Judged, Outcome, SubIndication, ValidationPolicy};
use crate::time::Instant;

/// What a certificate is asked to be good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Anything: no demand on usages.
    Any,
    /// Signing documents: digitalSignature or nonRepudiation, and no extended usage that speaks against it (RFC 9336).
    Signing,
    /// Timestamping: the one, critical extended usage timeStamping (RFC 3161, 2.3).
    Timestamping,
    /// Signing OCSP answers (RFC 6960, 4.2.2.2).
    Ocsp,
    /// Signing revocation lists (RFC 5280, 6.3.3 (f)).
    CrlSigning,
}

/// What the question is about, which decides how dates and revocation are told (EN 319 102-1 v1.4.1, 5.2.6 and 5.5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// The certificate itself at that time: EXPIRED, NOT_YET_VALID, REVOKED and REVOKED_CA are failures.
    Certificate,
    /// A signature that is only known to exist now: what happened before its making cannot be told apart from what
    /// happened after, so dates and revocation leave it undecided (`…_NO_POE`).
    Unproven,
    /// A signature proven to have existed at that time: revocations after it do not count; before the certificate's
    /// first day it is NOT_YET_VALID.
    Proven,
}

/// Everything that a judgement on a certificate rests on.
#[derive(Clone, Copy, Debug)]
pub struct PathRequest<'a> {
    /// Certificates that may stand between the leaf and an anchor, trusted for nothing.
    pub intermediates: &'a [Certificate],
    /// What is believed.
    pub anchors: &'a TrustAnchors,
    /// Revocation lists, trusted for nothing until verified.
    pub crls: &'a [CertificateList],
    /// OCSP responses, trusted for nothing until verified.
    pub ocsps: &'a [OcspResponse],
    /// The time of judgement: the present, a time asked about, or a proven time.
    pub at: Instant,
    /// The present: revocation lists from after it are not believed.
    pub now: Instant,
    /// What the question is about.
    pub view: View,
    /// What the leaf is asked to be good for.
    pub purpose: Purpose,
    /// The policy.
    pub policy: &'a ValidationPolicy,
    /// How much work this may cost.
    pub budget: Budget,
    /// What was verified before and will be known to the next question, where there are several.
    pub verified: Option<&'a Verified>,
}

/// One fact that the outcome rests on, or that is worth knowing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathFinding {
    /// A stable code, `path-…`.
    pub code: &'static str,
    /// The subject of the certificate it is about.
    pub subject: String,
    /// The standard's clause.
    pub clause: &'static str,
}

/// The judgement.
#[derive(Clone, Debug)]
pub struct PathOutcome {
    /// The path, leaf first, anchor last; the leaf alone where none was found.
    pub chain: Vec<Certificate>,
    /// The outcome.
    pub outcome: Outcome,
    /// Why.
    pub findings: Vec<PathFinding>,
    /// The revocation that counted, where one did.
    pub revocation: Option<Revocation>,
    /// Whether the last of the path is an anchor.
    pub is_anchored: bool,
    /// What was said of the revocation of each certificate but the anchor, leaf first, and by what.
    pub statements: Vec<RevocationNeed>,
    /// The certificate policies that are valid for the whole path (RFC 5280, 6.1.6), anyPolicy as itself.
    pub policies: Vec<Oid>,
}

/// Validates a certificate: looks for paths to an anchor, checks each, and returns the best judgement.
///
/// A certificate that is itself an anchor passes on its dates and usages alone. Never errs: what cannot be judged is
/// `Indeterminate`.
pub fn validate_path(leaf: &Certificate, request: &PathRequest<'_>) -> PathOutcome {
    validate_path_and_needs(leaf, request).0
}

/// Validates a certificate as [`validate_path`] does, and says what it lacked that could change the judgement.
pub fn validate_path_and_needs(leaf: &Certificate, request: &PathRequest<'_>) -> (PathOutcome, Vec<Need>) {
    let work = Work::new(request.budget);
    let outcome = Inquiry::new(*request, &work).validate(leaf);
    (outcome, work.into_needs())
}

impl Inquiry<'_> {
    /// Validates a certificate with what is left of the budget.
    pub(super) fn validate(&self, leaf: &Certificate) -> PathOutcome {
        let lacked_before = self.work.needs();
        let mut best: Option<PathOutcome> = None;
        let mut search = Search::new(leaf, self);
        while let Some(chain) = search.next_chain() {
            if !self.work.take_path() {
                break;
            }
            // Whatever else the judgement leads to must lead to the same anchor (RFC 5280, 6.3.3 (f)).
            let anchors = TrustAnchors::new(chain.last().cloned());
            let judged = judge(chain, &self.with(PathRequest { anchors: &anchors, ..self.request }));
            if judged.outcome.is_passed() {
                self.work.settle_needs(lacked_before);
                return judged;
            }
            if best.as_ref().is_none_or(|best| weight(judged.outcome) < weight(best.outcome)) {
                best = Some(judged);
            }
        }
        if best.as_ref().is_some_and(|best| best.outcome != Outcome::Indeterminate(SubIndication::TryLater)) {
            self.work.settle_needs(lacked_before);
        }
        best.unwrap_or_else(|| no_chain(leaf, search.why_none()))
    }
}

/// The finding of a judgement that became too expensive.
const BUDGET_SPENT: &str = "path-budget-spent";

fn no_chain(leaf: &Certificate, dead: Dead) -> PathOutcome {
    let (sub, code) = match dead {
        Dead::NoIssuer => (SubIndication::NoCertificateChainFound, "path-no-chain"),
        Dead::BadSignature => (SubIndication::CertificateChainGeneralFailure, "path-signature-invalid"),
        Dead::Unsupported => (SubIndication::CertificateChainGeneralFailure, "path-algorithm-unsupported"),
        Dead::BudgetSpent => (SubIndication::CertificateChainGeneralFailure, BUDGET_SPENT),
    };
    let finding = PathFinding { code, subject: leaf.subject(), clause: "RFC 5280 6.1" };
    PathOutcome {
        chain: vec![leaf.clone()],
        outcome: Outcome::Indeterminate(sub),
        findings: vec![finding],
        revocation: None,
        is_anchored: false,
        statements: Vec::new(),
        policies: Vec::new(),
    }
}

/// Orders outcomes: the lower, the closer to passing.
fn weight(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Passed => 0,
        Outcome::Indeterminate(SubIndication::TryLater) => 1,
        Outcome::Indeterminate(_) => 2,
        Outcome::Failed(_) => 3,
    }
}

/// Gathers what speaks against one path. The gravest, in the order of the checks, is the outcome.
pub(super) struct Verdict {
    outcome: Option<Outcome>,
    findings: Vec<PathFinding>,
}

impl Verdict {
    /// Notes what speaks against the path; the first noted decides.
    pub(super) fn against(&mut self, outcome: Outcome, code: &'static str, about: &Certificate, clause: &'static str) {
        self.outcome.get_or_insert(outcome);
        self.note(code, about, clause);
    }

    /// Notes that the judgement became too expensive to be made to the end.
    pub(super) fn budget_spent(&mut self, about: &Certificate) {
        if !self.findings.iter().any(|finding| finding.code == BUDGET_SPENT) {
            let outcome = Outcome::Indeterminate(SubIndication::CertificateChainGeneralFailure);
            self.against(outcome, BUDGET_SPENT, about, "RFC 5280 6.1");
        }
    }

    /// Notes a fact that decides nothing.
    pub(super) fn note(&mut self, code: &'static str, about: &Certificate, clause: &'static str) {
        self.findings.push(PathFinding { code, subject: about.subject(), clause });
    }
}

fn judge(chain: Vec<Certificate>, inquiry: &Inquiry<'_>) -> PathOutcome {
    let refused_before = inquiry.work.refused();
    let mut verdict = Verdict { outcome: None, findings: Vec::new() };
    let policies = check_constraints(&chain, inquiry, &mut verdict);
    let statements = needs(&chain, inquiry);
    let known: Vec<RevocationStatus> = statements.iter().map(|one| one.status).collect();
    let (revocation, leaf_is_good) = check_revocation(&chain, &known, inquiry, &mut verdict);
    check_dates(&chain, inquiry, leaf_is_good, &mut verdict);
    check_algorithms(&chain, inquiry, &mut verdict);
    // A statement that was not verified, or whose signer was not looked for to the end, may be the one that revokes.
    if let (true, Some(leaf)) = (inquiry.work.refused() > refused_before, chain.first()) {
        verdict.budget_spent(leaf);
    }
    if verdict.outcome.is_none() && inquiry.policy.revocation_required {
        inquiry.note_lacking(&statements);
        check_known(&chain, &known, &mut verdict);
    }
    let outcome = verdict.outcome.unwrap_or(Outcome::Passed);
    PathOutcome { chain, outcome, findings: verdict.findings, revocation, is_anchored: true, statements, policies }
}

/// Looks for revocations that count. Returns the first, and whether the leaf is known not to be revoked.
fn check_revocation(
    chain: &[Certificate],
    known: &[RevocationStatus],
    request: &PathRequest<'_>,
    verdict: &mut Verdict,
) -> (Option<Revocation>, bool) {
    use SubIndication::{Revoked, RevokedCa, RevokedCaNoPoe, RevokedNoPoe};
    let mut first = None;
    let mut leaf_is_good = false;
    // From the anchor down: what a revoked authority says of others is worth nothing.
    for (index, (certificate, status)) in chain.iter().zip(known).enumerate().rev() {
        leaf_is_good = index == 0 && *status == RevocationStatus::Good;
        let RevocationStatus::Revoked(revocation) = *status else { continue };
        if revocation.at > request.at && request.view != View::Unproven {
            verdict.note("path-revoked-later", certificate, "EN 319 102-1 5.5.4");
            leaf_is_good |= index == 0;
            continue;
        }
        let outcome = match (request.view, index) {
            (View::Certificate, 0) => Outcome::Failed(Revoked),
            (View::Certificate, _) => Outcome::Failed(RevokedCa),
            (_, 0) => Outcome::Indeterminate(RevokedNoPoe),
            (_, _) => Outcome::Indeterminate(RevokedCaNoPoe),
        };
        verdict.against(outcome, "path-revoked", certificate, "RFC 5280 6.1.3 (a)(3)");
        first.get_or_insert(revocation);
    }
    (first, leaf_is_good)
}

fn check_dates(chain: &[Certificate], request: &PathRequest<'_>, leaf_is_good: bool, verdict: &mut Verdict) {
    use SubIndication::{Expired, NotYetValid, OutOfBoundsNoPoe, OutOfBoundsNotRevoked};
    for (index, certificate) in chain.iter().enumerate() {
        if certificate.is_valid_at(request.at) {
            continue;
        }
        let early = request.at < certificate.not_before();
        let outcome = match (request.view, early, index) {
            (View::Certificate, true, _) | (View::Proven, true, 0) => Outcome::Failed(NotYetValid),
            (View::Certificate, false, _) => Outcome::Failed(Expired),
            (_, false, 0) if leaf_is_good => Outcome::Indeterminate(OutOfBoundsNotRevoked),
            _ => Outcome::Indeterminate(OutOfBoundsNoPoe),
        };
        let code = if early { "path-not-yet-valid" } else { "path-expired" };
        verdict.against(outcome, code, certificate, "RFC 5280 6.1.3 (a)(2)");
    }
}

/// Judges the algorithm of each signature on the path, and the leaf's own key, at the time of judgement.
fn check_algorithms(chain: &[Certificate], request: &PathRequest<'_>, verdict: &mut Verdict) {
    let failure = Outcome::Indeterminate(match request.view {
        View::Proven => SubIndication::CryptoConstraintsFailure,
        View::Certificate | View::Unproven => SubIndication::CryptoConstraintsFailureNoPoe,
    });
    for pair in chain.windows(2) {
        let scheme = scheme_of(pair[0].signature_algorithm(), None);
        let judged = match (scheme, key_facts(pair[1].spki_der())) {
            (Ok(scheme), Ok(key)) => request.policy.judge(AlgorithmUse::Signature(scheme, key), request.at),
            _ => Judged::NeverAccepted,
        };
        if judged != Judged::Strong {
            verdict.against(failure, "path-algorithm-weak", &pair[0], "EN 319 102-1 5.2.6.4");
        }
    }
}

/// Certificates whose revocation status nobody knows leave the path undecided (EN 319 102-1, 5.2.6.4).
fn check_known(chain: &[Certificate], known: &[RevocationStatus], verdict: &mut Verdict) {
    for (certificate, status) in chain.iter().zip(known) {
        if *status == RevocationStatus::Unknown {
            let later = Outcome::Indeterminate(SubIndication::TryLater);
            verdict.against(later, "path-revocation-unknown", certificate, "EN 319 102-1 5.2.6.4");
        }
    }
}
