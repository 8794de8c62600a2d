//! What certificates are judged with: the caller's anchors, lists and time, and the material in the file itself, which
//! is trusted for nothing but may complete a path.

use super::ValidationContext;
use super::evidence::Evidence;
use super::objects::{Objects, PathFacts};
use super::proofs::Proofs;
use super::report::Finding;
use crate::asn1::{Certificate, CertificateList, OcspResponse};
use crate::cms::{CmsError, SignedData, Verified as Value};
use crate::digest::Sha256;
use crate::pki::{
    Budget, GoodSignatures, Need, Past, PastUnclear, PathFinding, PathNames, PathOutcome, PathRequest, Purpose,
    TrustAnchors, Verified, View, validate_path_and_needs,
};
use crate::policy::{Outcome, SubIndication};
use crate::time::Instant;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What is known of the time at which something existed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Existence {
    /// Nothing before the time of validation.
    Unproven,
    /// It existed at this time at the latest.
    Proven(Instant),
}

impl Existence {
    /// Returns the time of judgement.
    pub(super) fn at(self, now: Instant) -> Instant {
        match self {
            Self::Unproven => now,
            Self::Proven(at) => at.min(now),
        }
    }

    /// Returns the earlier of two proofs.
    pub(super) fn or_earlier(self, at: Instant) -> Self {
        match self {
            Self::Unproven => Self::Proven(at),
            Self::Proven(known) => Self::Proven(known.min(at)),
        }
    }
}

/// What is known of the times at which a signature and the material around it existed.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    /// Of the signature.
    pub(super) existence: Existence,
    /// Of certificates and revocation data.
    pub(super) proofs: &'a Proofs,
    /// Whether the signature names its certificate in an attribute that is signed.
    pub(super) names_signer: bool,
}

impl Known<'_> {
    /// Tells since when something is proven to exist. A signature that names its certificate shows it to be as old (5.6.2.3);
    /// the older forms need not name it.
    fn existed_by(&self, sha256: &Sha256, leaf: &Certificate, at: Instant) -> Option<Instant> {
        let used = (self.names_signer && sha256 == leaf.sha256()).then_some(at);
        used.into_iter().chain(self.proofs.of(sha256).map(|proof| proof.at)).min()
    }
}

/// More tokens than any honest signature has are not read: each costs a path.
pub(super) const TOKENS: usize = 8;

/// The most things that are said to be lacking in one file: some for each of its signers and authorities.
const NEEDS: usize = 128;

/// How many questions may cost what a question may cost at most.
const WHOLE_BUDGETS: u32 = 16;

/// Things of which the same bytes are kept once.
struct Distinct<T> {
    items: Vec<T>,
    known: HashSet<Sha256>,
}

impl<T> Default for Distinct<T> {
    fn default() -> Self {
        Self { items: Vec::new(), known: HashSet::new() }
    }
}

impl<T: Clone> Distinct<T> {
    fn add<'i>(&mut self, more: impl Iterator<Item = &'i T>, sha256: impl Fn(&T) -> &Sha256)
    where
        T: 'i,
    {
        for one in more {
            if self.known.insert(*sha256(one)) {
                self.items.push(one.clone());
            }
        }
    }
}

/// What was said of signature values, by the place of their CMS, which is kept so that it stays there, and by the key.
type Values = HashMap<(usize, Sha256), (Arc<SignedData>, Result<Value, CmsError>)>;

/// The material of one validation.
pub(super) struct Material<'a> {
    /// The caller's wishes.
    pub(super) context: &'a ValidationContext<'a>,
    certificates: Distinct<Certificate>,
    crls: Distinct<CertificateList>,
    ocsps: Distinct<OcspResponse>,
    verified: Verified,
    values: RefCell<Values>,
    /// What the judgements rested on.
    pub(super) objects: Objects,
    needs: RefCell<Vec<Need>>,
    asked: Cell<u32>,
    /// The SHA-256 of certificates and statements that stand in the file.
    own: HashSet<Sha256>,
    /// What is counted of the time when authorities have ended, where that is asked for.
    counted: Option<Cell<Outliving>>,
}

/// How many of a file's paths, of signers and of authorities, outlive whoever answers for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outliving {
    /// The paths whose use a timestamp proves.
    pub paths: usize,
    /// Those of them that would stay good by what the file has, once a further timestamp proves that.
    pub outliving: usize,
}

impl<'a> Material<'a> {
    /// Gathers the material of the caller and of the file.
    pub(super) fn new(context: &'a ValidationContext<'a>, evidence: &Evidence, good: &Arc<GoodSignatures>) -> Self {
        let mut all = Self::of_tokens(context, std::iter::empty(), good);
        let store = &evidence.store;
        all.certificates.add(store.certificates.iter(), Certificate::sha256);
        all.crls.add(store.crls.iter(), CertificateList::sha256);
        all.ocsps.add(store.ocsps.iter(), OcspResponse::sha256);
        all.own.extend(store.certificates.iter().map(Certificate::sha256));
        all.own.extend(store.crls.iter().map(CertificateList::sha256));
        all.own.extend(store.ocsps.iter().map(OcspResponse::sha256));
        for signature in &evidence.signatures {
            signature.cms.iter().for_each(|cms| all.add_contents(cms));
            signature.tokens.iter().flatten().for_each(|token| all.add_contents(&token.signed_data));
        }
        all
    }

    /// Gathers the material of the caller and of timestamps that stand by themselves.
    pub(super) fn of_tokens<'t>(
        context: &'a ValidationContext<'a>,
        tokens: impl Iterator<Item = &'t SignedData>,
        good: &Arc<GoodSignatures>,
    ) -> Self {
        let mut all = Self {
            context,
            certificates: Distinct::default(),
            crls: Distinct::default(),
            ocsps: Distinct::default(),
            verified: Verified::knowing(Arc::clone(good)),
            values: RefCell::default(),
            objects: Objects::default(),
            needs: RefCell::default(),
            asked: Cell::new(0),
            own: HashSet::new(),
            counted: None,
        };
        all.certificates.add(context.intermediates.iter(), Certificate::sha256);
        all.crls.add(context.crls.iter(), CertificateList::sha256);
        all.ocsps.add(context.ocsps.iter(), OcspResponse::sha256);
        tokens.for_each(|token| all.add_contents(token));
        all
    }

    fn add_contents(&mut self, cms: &SignedData) {
        self.certificates.add(cms.certificates.iter(), Certificate::sha256);
        self.crls.add(cms.crls.iter(), CertificateList::sha256);
        self.ocsps.add(cms.ocsps.iter(), OcspResponse::sha256);
        self.own.extend(cms.certificates.iter().map(Certificate::sha256));
        self.own.extend(cms.crls.iter().map(CertificateList::sha256));
        self.own.extend(cms.ocsps.iter().map(OcspResponse::sha256));
    }

    /// Returns every certificate at hand.
    pub(super) fn certificates(&self) -> &[Certificate] {
        &self.certificates.items
    }

    /// Notes what a judgement on a path rested on, and returns it by the names of the report.
    pub(super) fn facts(&self, path: &PathOutcome) -> PathFacts {
        self.objects.path(path)
    }

    /// Returns the names on a path that passed.
    pub(super) fn names(&self, path: &PathOutcome) -> PathNames {
        if !path.outcome.is_passed() {
            return PathNames::default();
        }
        let of = |anchors: &TrustAnchors| anchors.directory().of_path(&path.chain);
        of(self.context.trust).or(of(self.context.tsa_trust))
    }

    /// Finds the signer's certificate: in the CMS, else among the others at hand (EN 319 102-1, 5.2.3).
    pub(super) fn signer(&self, cms: &SignedData) -> Option<Certificate> {
        let others = self.certificates.items.iter().chain(self.context.trust.certificates());
        cms.signer_certificate().cloned().or_else(|| others.into_iter().find(|one| cms.signer.names(one)).cloned())
    }

    /// Verifies a signature value with a certificate's key, once.
    pub(super) fn value(&self, cms: &Arc<SignedData>, certificate: &Certificate) -> Result<Value, CmsError> {
        let key = (Arc::as_ptr(cms) as usize, certificate.key_sha256());
        if let Some((_, known)) = self.values.borrow().get(&key) {
            return known.clone();
        }
        let value = cms.verify_signature(certificate);
        self.values.borrow_mut().insert(key, (Arc::clone(cms), value.clone()));
        value
    }

    /// Returns what the next question may cost. What a path is searched among is much the same for each, and verified once:
    /// a file with many signatures is given no maze's worth of work for each.
    fn budget(&self) -> Budget {
        let asked = self.asked.replace(self.asked.get().saturating_add(1));
        if asked < WHOLE_BUDGETS { Budget::default() } else { small_budget() }
    }

    /// Returns what the paths lacked.
    pub(super) fn into_needs(self) -> Vec<Need> {
        self.needs.into_inner()
    }

    /// Tells how much was noted as lacking.
    pub(super) fn needs(&self) -> usize {
        self.needs.borrow().len()
    }

    /// Forgets what was noted as lacking between two such counts.
    pub(super) fn forget_needs(&self, since: usize, until: usize) {
        let mut needs = self.needs.borrow_mut();
        let until = until.min(needs.len());
        needs.drain(since.min(until)..until);
    }

    fn note(&self, more: Vec<Need>) {
        let mut needs = self.needs.borrow_mut();
        for need in more {
            if needs.len() < NEEDS && !needs.iter().any(|known| known.is_same(&need)) {
                needs.push(need);
            }
        }
    }

    /// Validates a certificate's path for a purpose at the time that existence is known for; where an authority on the
    /// path has since left its time, by what is proven to be older (5.6.2.1).
    pub(super) fn path(
        &self,
        leaf: &Certificate,
        anchors: &TrustAnchors,
        purpose: Purpose,
        known: Known<'_>,
    ) -> PathOutcome {
        let request = self.request(anchors, purpose, known.existence, self.budget());
        let (mut judged, needs) = validate_path_and_needs(leaf, &request);
        self.note(needs);
        if let (true, Existence::Proven(at)) = (judged.outcome.is_passed(), known.existence) {
            let existed_by = |sha256: &Sha256| known.existed_by(sha256, leaf, at).unwrap_or(self.context.at);
            judge_past(&mut judged, &Past { request, existed_by: &existed_by }, at);
        }
        judged
    }

    fn request<'r>(
        &'r self,
        anchors: &'r TrustAnchors,
        purpose: Purpose,
        existence: Existence,
        budget: Budget,
    ) -> PathRequest<'r> {
        let view = match existence {
            Existence::Unproven => View::Unproven,
            Existence::Proven(_) => View::Proven,
        };
        PathRequest {
            intermediates: &self.certificates.items,
            anchors,
            crls: &self.crls.items,
            ocsps: &self.ocsps.items,
            at: existence.at(self.context.at),
            now: self.context.at,
            view,
            purpose,
            policy: self.context.policy,
            budget,
            verified: Some(&self.verified),
        }
    }

    /// Tells whether a path that is good for a proven time will be so at a time to come, by what stands in the file, and by what
    /// is at hand beside it as far as its issuers will say the same again. What cannot be told is not.
    pub(super) fn is_good_later(
        &self,
        path: &PathOutcome,
        purpose: Purpose,
        known: Known<'_>,
        (proven, later): (Instant, Instant),
    ) -> bool {
        let (Some(leaf), Some(anchor)) = (path.chain.first(), path.chain.last()) else { return false };
        let anchors = TrustAnchors::new([anchor.clone()]);
        // What is asked beside the verdict takes nothing from what the verdict may cost.
        let request = self.request(&anchors, purpose, known.existence, small_budget());
        let request = PathRequest { now: later, ..request };
        let passing = self.passing(&path.chain, later);
        let existed_by = |sha256: &Sha256| {
            let at_hand = if passing.contains(sha256) { Instant::MAX } else { later };
            known.existed_by(sha256, leaf, proven).unwrap_or(at_hand)
        };
        let past = Past { request, existed_by: &existed_by };
        match past.is_over(&path.chain) {
            Ok(false) => true,
            Ok(true) => past.control_time(&path.chain).is_ok_and(|control| proven <= control),
            Err(_) => false,
        }
    }

    /// Returns when the last of the lists at hand is to be followed that issuers on a path made before an end.
    pub(super) fn last_list_ends(&self, path: &PathOutcome, end: Instant) -> Option<Instant> {
        let is_of_path = |list: &&CertificateList| {
            list.this_update() <= end && path.chain.iter().any(|issuer| issuer.subject_name() == list.issuer_name())
        };
        self.crls.items.iter().filter(is_of_path).filter_map(CertificateList::next_update).max()
    }

    /// Returns the statements that stand in no file, and speak of a certificate that will have ended: nobody makes them anew.
    fn passing(&self, chain: &[Certificate], later: Instant) -> HashSet<Sha256> {
        let ended: Vec<&Certificate> =
            chain.windows(2).filter(|pair| pair[0].not_after() < later).map(|pair| &pair[1]).collect();
        let speaks = |list: &&CertificateList| ended.iter().any(|issuer| issuer.subject_name() == list.issuer_name());
        let lists = self.crls.items.iter().filter(speaks).map(CertificateList::sha256);
        let responses = self.ocsps.items.iter().filter(|_| !ended.is_empty()).map(OcspResponse::sha256);
        lists.chain(responses).filter(|sha256| !self.own.contains(*sha256)).copied().collect()
    }

    /// Counts a path whose use is proven, and whether it would stay good when the last authority over it has ended, if what the
    /// file has were all proven now. Nothing is counted unless that is asked for.
    pub(super) fn look_ahead(&self, path: &PathOutcome, purpose: Purpose, known: Known<'_>, proven: Instant) {
        let (Some(counted), Some(leaf), Some(anchor)) = (&self.counted, path.chain.first(), path.chain.last()) else {
            return;
        };
        let second = jiff::SignedDuration::from_secs(1);
        let later = anchor.not_after().max(self.context.at).checked_add(second).unwrap_or(Instant::MAX);
        let anchors = TrustAnchors::new([anchor.clone()]);
        let request = self.request(&anchors, purpose, known.existence, small_budget());
        let existed_by = |sha256: &Sha256| {
            let now = self.own.contains(sha256).then_some(self.context.at);
            known.existed_by(sha256, leaf, proven).or(now).unwrap_or(Instant::MAX)
        };
        let past = Past { request: PathRequest { now: later, ..request }, existed_by: &existed_by };
        let outlives = past.control_time(&path.chain).is_ok_and(|control| proven <= control);
        let Outliving { paths, outliving } = counted.get();
        counted.set(Outliving { paths: paths + 1, outliving: outliving + usize::from(outlives) });
    }

    /// Has paths counted from now on that outlive their authorities by what the file has.
    pub(super) fn counting(self) -> Self {
        Self { counted: Some(Cell::default()), ..self }
    }

    /// Returns how many paths were counted.
    pub(super) fn counted(&self) -> Outliving {
        self.counted.as_ref().map(Cell::get).unwrap_or_default()
    }
}

/// Returns what a question may cost where there are many.
fn small_budget() -> Budget {
    let whole = Budget::default();
    Budget { steps: whole.steps / 20, paths: whole.paths / 8, name_comparisons: whole.name_comparisons / 50, ..whole }
}

/// Holds a path that was good once to what is known of the time since (5.6.2.1, 5.6.2.2).
fn judge_past(judged: &mut PathOutcome, past: &Past<'_>, at: Instant) {
    let subject = || judged.chain.first().map(Certificate::subject).unwrap_or_default();
    let control = past
        .is_over(&judged.chain)
        .and_then(|is_over| if is_over { past.control_time(&judged.chain).map(Some) } else { Ok(None) });
    let no_proof = (Outcome::Indeterminate(SubIndication::NoPoe), "path-no-proof", "EN 319 102-1 5.6.2.2");
    let (subject, (outcome, code, clause)) = match control {
        Ok(None) => return,
        Ok(Some(control)) if at <= control => {
            (subject(), (Outcome::Passed, "path-good-in-the-past", "EN 319 102-1 5.6.2.1"))
        }
        Ok(Some(_)) => (subject(), no_proof),
        Err(PastUnclear::NoProof(subject)) => (subject, no_proof),
        Err(PastUnclear::BudgetSpent) => {
            let outcome = Outcome::Indeterminate(SubIndication::CertificateChainGeneralFailure);
            (subject(), (outcome, "path-budget-spent", "EN 319 102-1 5.6.2.2"))
        }
    };
    judged.outcome = outcome;
    judged.findings.push(PathFinding { code, subject, clause });
}

/// Turns a path's findings into the report's: those of a path that did not pass are reasons.
pub(super) fn path_findings(path: &PathOutcome) -> Vec<Finding> {
    let finding = |found: &PathFinding| {
        let base = match path.outcome {
            Outcome::Passed => Finding::info(found.code),
            Outcome::Indeterminate(_) | Outcome::Failed(_) => Finding::error(found.code),
        };
        base.clause(found.clause).with("subject", found.subject.clone())
    };
    path.findings.iter().map(finding).collect()
}
