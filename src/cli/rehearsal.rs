//! A rehearsal of decades: what is proven today is renewed by authorities that exist in this process alone, and judged as of dates
//! far ahead, by the city's own policy and trust. It shows now whether anything is lacking that nobody could put there later.

use super::{Failure, SystemEntropy};
use crate::asn1::{BasicConstraints, Certificate, CertificateList, KeyUsage, Name, Oid, oid};
use crate::cms::SigningIdentity;
use crate::crypto::{Entropy, Signer};
use crate::digest::DigestAlgorithm;
use crate::evidence::{
    DataObject, EvidenceError, EvidenceRecord, HashTreeBuilder, StampedTree, TimestampRenewal, renewed_leaf,
};
use crate::fault::Kind;
use crate::keystore::{KeyAlgorithm, SoftwareSigner, generate};
use crate::office::{Judge, Office, OfficeError};
use crate::pki::issue::{CertificateTemplate, CrlTemplate, Issuer, issue_certificate, issue_crl};
use crate::policy::{AlgorithmUse, Judged};
use crate::time::{FixedClock, Instant};
use crate::tsp::{Authority, AuthorityOptions, LocalSource, obtain};
use crate::validate::{EvidenceReport, Indication};
use jiff::SignedDuration;
use std::sync::Arc;

/// The years ahead as of which it is judged.
const YEARS: [u64; 3] = [10, 20, 30];
/// The years for which a simulated authority's certificate holds, and after which it is renewed by the next.
const TERM_YEARS: (u64, u64) = (11, 9);
/// The digest of the simulated authorities, which the policy is asked about like any other.
const DIGESTS: [DigestAlgorithm; 3] = [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512, DigestAlgorithm::Sha3_512];

/// What came of a rehearsal, as of one date.
#[derive(Debug)]
pub struct Rehearsed {
    /// How many years ahead.
    pub years: u64,
    /// The judgement as of then.
    pub report: EvidenceReport,
}

/// A CA that exists in this process alone.
struct Simulated {
    name: Name,
    signer: SoftwareSigner,
    certificate: Certificate,
}

/// Renews a record today and every nine years by simulated authorities, and judges it as of 10, 20 and 30 years ahead.
///
/// # Errors
/// Where the record cannot be renewed today: its newest timestamp does not pass.
pub fn rehearse(record: &EvidenceRecord, data: &[u8], judge: &Judge, now: Instant) -> Result<Vec<Rehearsed>, Failure> {
    let ca = Simulated::new(now)?;
    let mut future = judge.clone();
    future.tsa_trust.add(ca.certificate.clone());
    let objects = [DataObject::digested(data, &with_all(record))];
    let (mut record, mut at, mut done) = (record.clone(), now, Vec::new());
    for years in YEARS {
        let until = after(now, years);
        while at < until {
            // Today the city's own lists are what there is; later on those of the simulated CA.
            if at > now {
                future.crls.push(ca.list(at)?);
            }
            record = renew(&record, &objects, &future, &ca, at)?;
            at = after(at, TERM_YEARS.1);
        }
        future.crls.push(ca.list(until)?);
        let report = future.validate_evidence(&record, &objects, until);
        done.push(Rehearsed { years, report });
    }
    Ok(done)
}

/// What a rehearsal has shown of the proof of an entry of the ledger.
#[derive(Debug)]
pub struct Rehearsal {
    /// The entry.
    pub entry: u64,
    /// As of how many years ahead its proof passes.
    pub passes: Vec<u64>,
    /// As of how many years ahead it does not, with the sub-indication and the part of the record that decided.
    pub fails: Vec<(u64, String)>,
}

/// Rehearses the years to come for the newest and the oldest proof, and has the ledger told.
pub async fn rehearse_proofs(office: &Office) -> Result<Vec<Rehearsal>, Failure> {
    let mut told = Vec::new();
    for (entry, proof) in office.proofs_to_rehearse().await? {
        let (judge, now) = (office.judge(), office.now());
        let data = proof.data.unwrap_or_default();
        let work = move || rehearse(&EvidenceRecord::parse(&proof.record)?, &data, &judge, now);
        let done = tokio::task::spawn_blocking(work).await.map_err(|_| OfficeError::Task)??;
        let mut rehearsal = Rehearsal { entry, passes: Vec::new(), fails: Vec::new() };
        for Rehearsed { years, report } in done {
            let why = report.sub_indication.map_or(report.indication.name(), |sub| sub.name());
            match report.indication {
                Indication::TotalPassed => rehearsal.passes.push(years),
                _ => {
                    let part = report.decided.map(|part| part.to_string()).unwrap_or_default();
                    rehearsal.fails.push((years, format!("{why} ({part})")));
                }
            }
        }
        let fails: Vec<u64> = rehearsal.fails.iter().map(|(years, _)| *years).collect();
        office.note_rehearsal(entry, &rehearsal.passes, &fails).await?;
        told.push(rehearsal);
    }
    Ok(told)
}

fn renew(
    record: &EvidenceRecord,
    objects: &[DataObject],
    judge: &Judge,
    ca: &Simulated,
    at: Instant,
) -> Result<EvidenceRecord, Failure> {
    let report = judge.validate_evidence(record, &[], at);
    let rests_on = report.validation_data(&judge.crls).ok_or_else(|| {
        let english = format!("the newest timestamp does not pass as of {at}, so that nothing can be renewed");
        Failure::new("rehearsal-not-renewed", Kind::Refused, english)
    })?;
    let record = record.with_validation_data(&rests_on)?;
    let source = ca.authority(at)?;
    let entropy = SystemEntropy::default();
    let algorithm = record.chain_algorithm()?;
    let outlasts = |digest: &DigestAlgorithm| {
        judge.policy.judge(AlgorithmUse::Digest(*digest), after(at, TERM_YEARS.0)) == Judged::Strong
    };
    if outlasts(&algorithm) {
        let mut renewal = TimestampRenewal::new(algorithm);
        let place = renewal.add(&record)?;
        let tree = renewal.finish()?;
        let token = obtain(&source, &tree.root(), &entropy)?;
        return Ok(StampedTree::new(tree, &token)?.renew_timestamp(&record, place)?);
    }
    let stronger = DIGESTS.into_iter().find(outlasts).ok_or(EvidenceError::OtherAlgorithm)?;
    let leaf = renewed_leaf(&record, objects, stronger)?;
    let mut builder = HashTreeBuilder::new(stronger);
    let place = builder.push(&leaf)?;
    let tree = builder.finish()?;
    let token = obtain(&source, &tree.root(), &entropy)?;
    Ok(StampedTree::new(tree, &token)?.renew_tree(&record, place, &leaf)?)
}

impl Simulated {
    fn new(now: Instant) -> Result<Self, Failure> {
        let name = Name::from_attributes(&[(oid::COMMON_NAME, "Simulated CA")]);
        let signer = SoftwareSigner::from_pkcs8(&generate(KeyAlgorithm::P521)?)?;
        let serial = serial()?;
        let (from, to) = (now - DAY, after(now, 100));
        let mut template = CertificateTemplate::new(&name, signer.public_key_info(), &serial, from, to);
        template.basic_constraints = Some(BasicConstraints { ca: true, path_length: None });
        template.key_usage = Some(KeyUsage::KEY_CERT_SIGN.and(KeyUsage::CRL_SIGN));
        let issuer = Issuer { name: &name, signer: &signer, digest: DigestAlgorithm::Sha512 };
        let certificate = issue_certificate(&template, issuer)?;
        Ok(Self { name, signer, certificate })
    }

    /// Returns an authority whose certificate begins on a day, and whose clock stands there.
    fn authority(&self, at: Instant) -> Result<LocalSource, Failure> {
        let own = SoftwareSigner::from_pkcs8(&generate(KeyAlgorithm::P521)?)?;
        let subject = Name::from_attributes(&[(oid::COMMON_NAME, "Simulated TSA")]);
        let serial = serial()?;
        let to = after(at, TERM_YEARS.0);
        let mut template = CertificateTemplate::new(&subject, own.public_key_info(), &serial, at - DAY, to);
        template.key_usage = Some(KeyUsage::DIGITAL_SIGNATURE);
        template.extended_key_usage = Some((vec![oid::KP_TIME_STAMPING], true));
        let certificate = issue_certificate(&template, self.issuer())?;
        let identity = SigningIdentity::new(Arc::new(own), certificate, Vec::new())?;
        let mut options = AuthorityOptions::with_policy(Oid::new_unwrap("1.3.6.1.4.1.55555.2.1"));
        options.signature_digest = DigestAlgorithm::Sha512;
        let authority = Arc::new(Authority::new(identity, options)?);
        Ok(LocalSource::new(authority, Arc::new(FixedClock(at)), Arc::new(SystemEntropy::default())))
    }

    fn list(&self, at: Instant) -> Result<CertificateList, Failure> {
        let template =
            CrlTemplate { this_update: at, next_update: at + DAY, number: 1, revoked: Vec::new(), more: Vec::new() };
        Ok(issue_crl(&template, self.issuer())?)
    }

    fn issuer(&self) -> Issuer<'_> {
        Issuer { name: &self.name, signer: &self.signer, digest: DigestAlgorithm::Sha512 }
    }
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn after(instant: Instant, years: u64) -> Instant {
    instant.checked_add(DAY * i32::try_from(365 * years).unwrap_or(i32::MAX)).unwrap_or(Instant::MAX)
}

fn serial() -> Result<[u8; 16], Failure> {
    let mut serial = [0; 16];
    SystemEntropy::default().fill(&mut serial)?;
    serial[0] = serial[0] & 0x7f | 0x40;
    Ok(serial)
}

/// Lists the algorithms by which data is digested: those of the record's chains, and those that it may be renewed by.
fn with_all(record: &EvidenceRecord) -> Vec<DigestAlgorithm> {
    let mut all = record.data_algorithms();
    all.extend(DIGESTS.into_iter().filter(|digest| !record.data_algorithms().contains(digest)));
    all
}
