//! The world of a rehearsal: what authorities there will be in coming decades, and what they will say, as far as that can be taken from
//! today's. Its keys are made for one rehearsal and gone with it; nothing else ever believes them.
//!
//! What is real stays so: timestamps, certificates with their ends, anchors with their terms, the policy. Today's issuers go on publishing
//! today's lists until they end, each when the one before ends. Each renewal has an authority to make it, under a hierarchy as deep as
//! today's, of the same terms from that day on, by the algorithms that the policy believes in for longest.

use super::ProofError;
use crate::asn1::{BasicConstraints, Certificate, CertificateList, KeyUsage, Name, Oid, oid};
use crate::cms::SigningIdentity;
use crate::crypto::{Entropy, Signer, key_facts};
use crate::digest::{Digest, DigestAlgorithm};
use crate::office::Judge;
use crate::pki::issue::{CertificateTemplate, CrlTemplate, IssueError, Issuer, issue_certificate, issue_crl};
use crate::pki::{ForeseenList, GoodSignatures, PublishedList};
use crate::policy::{AlgorithmUse, Judged, ValidationPolicy};
use crate::time::{FixedClock, Instant};
use crate::tsp::{self, Authority, AuthorityOptions, LocalSource, TimestampToken};
use jiff::SignedDuration;
use std::collections::HashMap;
use std::sync::Arc;

/// The term of a list where today's authorities publish none.
const TERM: SignedDuration = SignedDuration::from_hours(24 * 30);
/// The policy that rehearsed timestamps name: none in particular (RFC 5280, 4.2.1.4, anyPolicy).
const POLICY: Oid = Oid::new_unwrap("2.5.29.32.0");

/// A level of today's hierarchy, the anchor first.
#[derive(Clone, Debug)]
struct Level {
    term: SignedDuration,
    lists: SignedDuration,
    policies: Vec<Oid>,
}

/// Authorities of a day: an anchor, what stands below it, and last the one that stamps.
struct Hierarchy {
    from: Instant,
    certificates: Vec<Certificate>,
    names: Vec<Name>,
}

/// The world of a rehearsal.
pub(super) struct World {
    today: Judge,
    key: Arc<dyn Signer>,
    digest: DigestAlgorithm,
    entropy: Arc<dyn Entropy>,
    published: Vec<PublishedList>,
    /// The lists that were foreseen so far: some of them stand in records by now.
    foreseen: Vec<ForeseenList>,
    levels: Vec<Level>,
    hierarchies: Vec<Hierarchy>,
    /// The lists of these that were made so far, by the hierarchy, the level and the turn.
    made: HashMap<(usize, usize, i64), CertificateList>,
}

impl World {
    /// Makes the world that follows from what is believed today, and from the path of an authority of today, the one that stamps first.
    pub fn new(
        today: &Judge,
        path: &[Certificate],
        keys: &[Arc<dyn Signer>],
        entropy: &Arc<dyn Entropy>,
    ) -> Option<Self> {
        let mut today = today.clone();
        // Who is to be believed is read anew again and again; that this was not yet done for years to come says nothing.
        today.trust.accept_stale();
        today.tsa_trust.accept_stale();
        let anchors = today.trust.certificates().iter().chain(today.tsa_trust.certificates());
        let known: Vec<Certificate> = path.iter().chain(&today.intermediates).chain(anchors).cloned().collect();
        let published: Vec<PublishedList> =
            today.crls.iter().filter_map(|list| PublishedList::of(list, &known)).collect();
        let level = |of: &Certificate| {
            let own = published.iter().find(|one| one.list().issuer_name() == of.subject_name());
            let policies = of.extensions().policies.as_ref().map(|all| all.policies.clone()).unwrap_or_default();
            let term = of.not_after().duration_since(of.not_before());
            Level { term, lists: own.map_or(TERM, PublishedList::term), policies }
        };
        let levels = path.iter().rev().map(level).collect();
        let (key, digest) = strongest(&today.policy, keys)?;
        let (foreseen, hierarchies, made) = (Vec::new(), Vec::new(), HashMap::new());
        let entropy = Arc::clone(entropy);
        Some(Self { today, key, digest, entropy, published, foreseen, levels, hierarchies, made })
    }

    /// Returns whom to believe at an instant to come.
    ///
    /// # Errors
    /// Of the lists that are made for it.
    pub fn judge_at(&mut self, at: Instant) -> Result<Judge, ProofError> {
        let mut judge = self.today.clone();
        let foreseen: Vec<_> =
            self.published.iter().map(|one| one.at(at)).collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        judge.crls.extend(foreseen.iter().map(|one| one.list().clone()));
        for one in foreseen {
            if !self.foreseen.iter().any(|known| known.list() == one.list()) {
                self.foreseen.push(one);
            }
        }
        judge.good = Arc::new(GoodSignatures::foreseeing(&self.foreseen));
        for index in 0..self.hierarchies.len() {
            let certificates = self.hierarchies[index].certificates.clone();
            let Some((anchor, below)) = certificates.split_first() else { continue };
            judge.tsa_trust.add(anchor.clone());
            judge.intermediates.extend(below.iter().cloned());
            for level in 0..certificates.len().saturating_sub(1) {
                judge.crls.push(self.list((index, level), at)?);
            }
        }
        Ok(judge)
    }

    /// Returns when the first list after an instant comes.
    pub fn next_list(&self, after: Instant) -> Option<Instant> {
        let today = self.published.iter().filter_map(|one| one.next_after(after));
        let later = self.hierarchies.iter().flat_map(|hierarchy| {
            let levels =
                self.levels.iter().zip(&hierarchy.certificates).take(hierarchy.certificates.len().saturating_sub(1));
            levels.filter_map(move |(level, of)| {
                let next = issued(hierarchy.from, level.lists, turns(hierarchy.from, level.lists, after) + 1)?;
                (next <= of.not_after()).then_some(next)
            })
        });
        today.chain(later).min()
    }

    /// Has a digest stamped on a day to come, by an authority of that day.
    ///
    /// # Errors
    /// Of what makes it.
    pub fn stamp(&mut self, root: &Digest, at: Instant) -> Result<TimestampToken, ProofError> {
        let hierarchy = self.hierarchy(at)?;
        let certificates = hierarchy.certificates.clone();
        self.hierarchies.push(hierarchy);
        let (Some(own), chain) = (certificates.last(), &certificates[..certificates.len().saturating_sub(1)]) else {
            return Err(ProofError::NoAuthority);
        };
        let refused = |error| ProofError::Evidence(crate::evidence::EvidenceError::from(error));
        let identity = SigningIdentity::new(Arc::clone(&self.key), own.clone(), chain.to_vec()).map_err(refused)?;
        let mut options = AuthorityOptions::with_policy(POLICY);
        options.signature_digest = self.digest;
        let authority = Arc::new(Authority::new(identity, options)?);
        let source = LocalSource::new(authority, Arc::new(FixedClock(at)), Arc::clone(&self.entropy));
        Ok(tsp::obtain(&source, root, &*self.entropy)?)
    }

    /// Makes the authorities of a day.
    fn hierarchy(&self, from: Instant) -> Result<Hierarchy, ProofError> {
        let (count, mut made) = (self.levels.len(), Hierarchy { from, certificates: Vec::new(), names: Vec::new() });
        let mut until = Instant::MAX;
        for (index, level) in self.levels.iter().enumerate() {
            let number = self.hierarchies.len() * count + index + 1;
            let name = Name::from_attributes(&[(oid::COMMON_NAME, &format!("Rehearsed authority {number}"))]);
            let is_last = index + 1 == count;
            until = from.checked_add(level.term).unwrap_or(Instant::MAX).min(until);
            let serial = u64::try_from(number).unwrap_or(u64::MAX).to_be_bytes();
            let mut template = CertificateTemplate::new(&name, self.key.public_key_info(), &serial[4..], from, until);
            template.policies.clone_from(&level.policies);
            if is_last {
                template.key_usage = Some(KeyUsage::DIGITAL_SIGNATURE);
                template.extended_key_usage = Some((vec![oid::KP_TIME_STAMPING], true));
            } else {
                template.basic_constraints = Some(BasicConstraints { ca: true, path_length: None });
                template.key_usage = Some(KeyUsage::KEY_CERT_SIGN.and(KeyUsage::CRL_SIGN));
            }
            let above = made.names.last().unwrap_or(&name);
            let issuer = Issuer { name: above, signer: &*self.key, digest: self.digest };
            made.certificates.push(issue_certificate(&template, issuer).map_err(unmade)?);
            made.names.push(name);
        }
        Ok(made)
    }

    /// Makes the list that an authority of a day publishes last before an instant.
    fn list(&mut self, (index, level): (usize, usize), at: Instant) -> Result<CertificateList, ProofError> {
        let (Some(hierarchy), Some(lists)) =
            (self.hierarchies.get(index), self.levels.get(level).map(|level| level.lists))
        else {
            return Err(ProofError::NoAuthority);
        };
        let end = hierarchy.certificates.get(level).map_or(Instant::MIN, Certificate::not_after);
        let turn = turns(hierarchy.from, lists, at.min(end));
        if let Some(known) = self.made.get(&(index, level, turn)) {
            return Ok(known.clone());
        }
        let this_update = issued(hierarchy.from, lists, turn).unwrap_or(hierarchy.from);
        let next_update = this_update.checked_add(lists).unwrap_or(Instant::MAX);
        let number = u64::try_from(turn).unwrap_or_default() + 1;
        let template = CrlTemplate { this_update, next_update, number, revoked: Vec::new(), more: Vec::new() };
        let name = hierarchy.names.get(level).ok_or(ProofError::NoAuthority)?;
        let list = issue_crl(&template, Issuer { name, signer: &*self.key, digest: self.digest }).map_err(unmade)?;
        self.made.insert((index, level, turn), list.clone());
        Ok(list)
    }
}

fn unmade(error: IssueError) -> ProofError {
    match error {
        IssueError::Crypto(error) => ProofError::Evidence(error.into()),
        IssueError::BadTemplate(error) => error.into(),
    }
}

fn turns(from: Instant, term: SignedDuration, at: Instant) -> i64 {
    (at.duration_since(from).as_secs() / term.as_secs().max(1)).max(0)
}

fn issued(from: Instant, term: SignedDuration, turn: i64) -> Option<Instant> {
    from.checked_add(SignedDuration::from_secs(term.as_secs().max(1).checked_mul(turn)?)).ok()
}

/// Finds the key and the digest whose signatures the policy believes in for longest; none where it believes in none.
fn strongest(policy: &ValidationPolicy, keys: &[Arc<dyn Signer>]) -> Option<(Arc<dyn Signer>, DigestAlgorithm)> {
    use DigestAlgorithm::{Sha3_256, Sha3_384, Sha3_512, Sha256, Sha384, Sha512};
    let mut best: Option<(Instant, Arc<dyn Signer>, DigestAlgorithm)> = None;
    for key in keys {
        for digest in [Sha256, Sha384, Sha512, Sha3_256, Sha3_384, Sha3_512] {
            let Ok(facts) = key_facts(key.public_key_info()) else { continue };
            let until = |used| match policy.judge(used, Instant::MAX) {
                Judged::Strong => Instant::MAX,
                Judged::OutdatedSince(since) => since,
                Judged::NeverAccepted => Instant::MIN,
            };
            let until = until(AlgorithmUse::Signature(key.default_scheme(digest), facts));
            if until > best.as_ref().map_or(Instant::MIN, |(best, ..)| *best) {
                best = Some((until, Arc::clone(key), digest));
            }
        }
    }
    best.map(|(_, key, digest)| (key, digest))
}
