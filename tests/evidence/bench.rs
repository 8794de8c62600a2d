//! Authorities of several decades, and records made by them.

use crate::engine::pki::{TestEntropy, instant, pki, serial};
use fumikura::asn1::{BasicConstraints, Certificate, CertificateList, KeyUsage, Name, Oid, oid};
use fumikura::cms::{SigningIdentity, ValidationData};
use fumikura::crypto::Signer;
use fumikura::digest::{Digest, DigestAlgorithm};
use fumikura::evidence::{
    DataObject, EvidenceRecord, HashTreeBuilder, Leaf, StampedTree, TimestampRenewal, renewed_leaf,
};
use fumikura::keystore::SoftwareSigner;
use fumikura::pdf::Limits;
use fumikura::pki::TrustAnchors;
use fumikura::pki::issue::{CertificateTemplate, CrlTemplate, Issuer, issue_certificate, issue_crl};
use fumikura::policy::ValidationPolicy;
use fumikura::time::FixedClock;
use fumikura::tsp::{Authority, AuthorityOptions, LocalSource, TimestampToken, obtain};
use fumikura::validate::{EvidenceReport, ValidationContext, validate_evidence};
use std::sync::Arc;

pub use fumikura::digest::DigestAlgorithm::{Sha256, Sha384, Sha512};

/// A root that issues authorities, and says that none is revoked.
pub struct Root {
    name: Name,
    key: SoftwareSigner,
    pub certificate: Certificate,
    digest: DigestAlgorithm,
}

impl Root {
    /// Makes a root of an RSA key of 3072 bits, for a time.
    pub fn new(name: &str, from: &str, to: &str) -> Self {
        let name = Name::from_attributes(&[(oid::COUNTRY, "JP"), (oid::COMMON_NAME, name)]);
        let key = pki().signer("root");
        let number = serial(&name.to_string());
        let mut template = CertificateTemplate::new(&name, key.public_key_info(), &number, instant(from), instant(to));
        template.basic_constraints = Some(BasicConstraints { ca: true, path_length: None });
        template.key_usage = Some(KeyUsage::KEY_CERT_SIGN.and(KeyUsage::CRL_SIGN));
        let issuer = Issuer { name: &name, signer: &key, digest: Sha256 };
        let certificate = issue_certificate(&template, issuer).expect("a root");
        Self { name, key, certificate, digest: Sha256 }
    }

    /// Has it sign by another digest from now on.
    pub fn signing_by(self, digest: DigestAlgorithm) -> Self {
        Self { digest, ..self }
    }

    /// Returns one that holds for all of these tests.
    pub fn usual() -> Self {
        Self::new("Evidence Root", "2020-01-01T00:00:00Z", "2080-01-01T00:00:00Z")
    }

    /// Issues an authority with one of the keys of the test PKI.
    pub fn authority(&self, key: &str, from: &str, to: &str) -> SigningIdentity {
        let own = pki().signer(key);
        let subject = Name::from_attributes(&[(oid::COMMON_NAME, &format!("TSA {key} {from}"))]);
        let number = serial(&subject.to_string());
        let mut template =
            CertificateTemplate::new(&subject, own.public_key_info(), &number, instant(from), instant(to));
        template.key_usage = Some(KeyUsage::DIGITAL_SIGNATURE);
        template.extended_key_usage = Some((vec![oid::KP_TIME_STAMPING], true));
        let issuer = Issuer { name: &self.name, signer: &self.key, digest: self.digest };
        let certificate = issue_certificate(&template, issuer).expect("an authority");
        SigningIdentity::new(Arc::new(own), certificate, Vec::new()).expect("key and certificate")
    }

    /// Issues a list as of a day, good for a year.
    pub fn list(&self, at: &str) -> CertificateList {
        let this_update = instant(at);
        let next_update = this_update + jiff::SignedDuration::from_hours(24 * 365);
        let template = CrlTemplate { this_update, next_update, number: 1, revoked: Vec::new(), more: Vec::new() };
        let issuer = Issuer { name: &self.name, signer: &self.key, digest: self.digest };
        issue_crl(&template, issuer).expect("a list")
    }
}

/// Has a digest timestamped.
pub fn token(by: &SigningIdentity, digest: &Digest, at: &str) -> TimestampToken {
    let mut options = AuthorityOptions::with_policy(Oid::new_unwrap("1.3.6.1.4.1.55555.2.1"));
    options.signature_digest = Sha512;
    let authority = Arc::new(Authority::new(by.clone(), options).expect("an authority"));
    let source = LocalSource::new(authority, Arc::new(FixedClock(instant(at))), Arc::new(TestEntropy));
    obtain(&source, digest, &TestEntropy).expect("a token")
}

/// Builds a tree over leaves, and has it timestamped.
pub fn stamped(leaves: &[Leaf], by: &SigningIdentity, at: &str) -> StampedTree {
    let algorithm = leaves.first().expect("a leaf").algorithm();
    let mut builder = HashTreeBuilder::new(algorithm);
    for (place, leaf) in leaves.iter().enumerate() {
        assert_eq!(builder.push(leaf), Ok(place));
    }
    let tree = builder.finish().expect("a tree");
    assert_eq!(tree.leaves(), leaves.len());
    let over = token(by, &tree.root(), at);
    StampedTree::new(tree, &over).expect("the token is over the root")
}

/// Makes the bytes of a data object.
pub fn bytes(number: usize) -> Vec<u8> {
    format!("文書 {number}").into_bytes()
}

/// Returns a data object with its digests of every algorithm used here.
pub fn object(number: usize) -> DataObject {
    DataObject::digested(&bytes(number), &[Sha256, Sha384, Sha512])
}

/// Makes the leaf of a data object.
pub fn leaf(number: usize, algorithm: DigestAlgorithm) -> Leaf {
    Leaf::of(&algorithm.digest(&bytes(number)))
}

/// Makes the records of so many data objects, from one tree.
pub fn records(count: usize, by: &SigningIdentity, at: &str) -> Vec<EvidenceRecord> {
    let leaves: Vec<Leaf> = (0..count).map(|number| leaf(number, Sha256)).collect();
    let tree = stamped(&leaves, by, at);
    leaves.iter().enumerate().map(|(place, leaf)| tree.record(place, leaf).expect("a record")).collect()
}

/// Puts beside the newest timestamp of each record the root's list of the day.
pub fn complete(records: &[EvidenceRecord], root: &Root, at: &str) -> Vec<EvidenceRecord> {
    let data = ValidationData { crls: vec![root.list(at)], ..ValidationData::default() };
    records.iter().map(|record| record.with_validation_data(&data).expect("a record")).collect()
}

/// Renews the timestamps of records of one algorithm together.
pub fn renew(records: &[EvidenceRecord], root: &Root, by: &SigningIdentity, at: &str) -> Vec<EvidenceRecord> {
    renew_as_they_are(&complete(records, root, at), by, at)
}

/// Renews timestamps without putting anything beside them.
pub fn renew_as_they_are(records: &[EvidenceRecord], by: &SigningIdentity, at: &str) -> Vec<EvidenceRecord> {
    let mut renewal = TimestampRenewal::new(records[0].chain_algorithm().expect("an algorithm"));
    let places: Vec<usize> = records.iter().map(|record| renewal.add(record).expect("a leaf")).collect();
    let tree = renewal.finish().expect("a tree");
    let over = token(by, &tree.root(), at);
    let tree = StampedTree::new(tree, &over).expect("the token is over the root");
    let renewed = records.iter().zip(places).map(|(record, place)| tree.renew_timestamp(record, place));
    renewed.collect::<Result<_, _>>().expect("records")
}

/// Renews the trees of records together; the data of each is that of its number.
pub fn renew_trees(
    records: &[EvidenceRecord],
    algorithm: DigestAlgorithm,
    root: &Root,
    by: &SigningIdentity,
    at: &str,
) -> Vec<EvidenceRecord> {
    let records = complete(records, root, at);
    let leaf = |(number, record)| renewed_leaf(record, &[object(number)], algorithm).expect("a leaf");
    let leaves: Vec<Leaf> = records.iter().enumerate().map(leaf).collect();
    let tree = stamped(&leaves, by, at);
    let renewed = records.iter().zip(&leaves).enumerate();
    renewed.map(|(place, (record, leaf))| tree.renew_tree(record, place, leaf).expect("a record")).collect()
}

/// Judges a record at a time, with a list of the root as of that time.
pub fn judge(record: &EvidenceRecord, data: &[DataObject], root: &Root, at: &str) -> EvidenceReport {
    judge_with(record, data, &TrustAnchors::new([root.certificate.clone()]), &[root.list(at)], at)
}

/// Judges a record at a time by anchors and lists.
pub fn judge_with(
    record: &EvidenceRecord,
    data: &[DataObject],
    trust: &TrustAnchors,
    crls: &[CertificateList],
    at: &str,
) -> EvidenceReport {
    let policy = ValidationPolicy::built_in();
    let context = ValidationContext {
        trust: &TrustAnchors::default(),
        tsa_trust: trust,
        crls,
        ocsps: &[],
        intermediates: &[],
        at: instant(at),
        policy: &policy,
        password: None,
        limits: Limits::default(),
    };
    // What was written is what is read.
    let read = EvidenceRecord::parse(&record.to_der()).expect("readable");
    assert_eq!(read, *record);
    validate_evidence(&read, data, &context, &Arc::default()).0
}
