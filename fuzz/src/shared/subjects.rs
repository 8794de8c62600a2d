//! What is done to an input: as much of the engine as can be reached with it. A panic is a find, a refusal is none.

use super::authority::Known;
use super::bundle::Bundle;
use super::random::Random;
use super::{bundle, der, papers};
use fumikura::asn1::{self, Certificate, CertificateList, Name, OcspResponse, normalise, oid};
use fumikura::cms::{SignedData, ValidationData};
use fumikura::digest::DigestAlgorithm;
use fumikura::evidence::{DataObject, EvidenceRecord, TimestampRenewal, examine, renewed_leaf};
use fumikura::pades::{SecurityStore, signatures};
use fumikura::pdf::{Limits, Object, Pdf, Update};
use fumikura::pki::{
    Budget, PathRequest, Purpose, TrustAnchors, TrustList, View, revocation_needs, revocation_status, validate_path,
};
use fumikura::policy::ValidationPolicy;
use fumikura::tsp::{TimestampRequest, TimestampResponse, TimestampToken};
use fumikura::validate::{Indication, ValidationContext, validate as validated, validate_evidence};
use fumikura::wording;
use std::sync::{Arc, LazyLock};

/// A subject: its name, what it does to an input, and how its inputs are changed.
pub struct Subject {
    /// The name of the fuzz target.
    pub name: &'static str,
    /// What is done.
    pub run: fn(&[u8]),
    /// How an input becomes another.
    pub change: fn(&[u8], &mut Random) -> Vec<u8>,
}

/// Every subject.
pub static ALL: [Subject; 7] = [
    Subject { name: "pdf", run: pdf, change: papers::change },
    Subject { name: "asn1", run: asn1, change: der::mutate },
    Subject { name: "cms", run: cms, change: der::mutate },
    Subject { name: "pki", run: pki, change: bundle::change },
    Subject { name: "tsp", run: tsp, change: der::mutate },
    Subject { name: "evidence", run: evidence, change: der::mutate },
    Subject { name: "validate", run: validate, change: bundle::change },
];

static POLICY: LazyLock<ValidationPolicy> = LazyLock::new(ValidationPolicy::built_in);

/// How many revisions are looked at one by one.
const REVISIONS: usize = 8;
/// How much of a stream is inflated.
const INFLATED_BYTES: usize = 4 << 20;

/// Reads a file and walks through everything in it; what can be updated, is, and must be readable again.
pub fn pdf(bytes: &[u8]) {
    for password in [None, Some(&b"user"[..])] {
        let Ok(pdf) = Pdf::read_locked(bytes, password, &Limits::default()) else { continue };
        walk(&pdf);
        let count = pdf.revisions().len();
        for index in (0..count).rev().take(REVISIONS) {
            if let Ok(earlier) = pdf.at_revision(index) {
                let _ = (earlier.catalog().is_ok(), earlier.pages().is_ok(), signatures(&earlier).len());
            }
        }
        if let Ok(mut update) = Update::new(&pdf) {
            update.add(Object::Integer(1));
            if let Ok(made) = update.finish() {
                let again = pdf.reread(made.source()).expect("what was written can be read");
                // A base whose trailer no startxref follows at once is no revision of its own any more.
                let end = again.revisions().last().map(|last| last.end);
                assert_eq!(end, Some(again.source().size_bytes()), "an update ends the file");
            }
        }
        if !pdf.is_encrypted() {
            break;
        }
    }
}

fn walk(pdf: &Pdf) {
    let _ = (pdf.pages().is_ok(), pdf.page(1).is_ok(), pdf.trailing_bytes(), pdf.version().len());
    for (number, entry) in pdf.entries() {
        let generation = (0..=1).find(|generation| entry.is_of(*generation)).unwrap_or(0);
        let id = (*number, generation);
        let _ = (
            pdf.references(id).map(|all| all.len()),
            pdf.stream_range(id),
            pdf.object_end(id),
            pdf.raw_entries(id).is_some(),
        );
        if let Some(Object::Stream(stream)) = pdf.object(id) {
            let _ = stream.decompressed_content_with_limit(INFLATED_BYTES).map(|plain| plain.len());
        }
    }
    let _ = (signatures(pdf).len(), SecurityStore::read(pdf).is_some(), pdf.trouble().is_ok());
}

/// Reads bytes as everything that is made of DER or PEM.
pub fn asn1(bytes: &[u8]) {
    if let Ok(found) = normalise(bytes) {
        let again = normalise(&found.der).expect("what was normalised can be read");
        assert!(!again.changed && again.der == found.der, "what was normalised stays as it is");
    }
    if let Ok(all) = Certificate::from_file_bytes(bytes) {
        all.iter().take(64).for_each(certificate);
    }
    if let Ok(all) = CertificateList::from_file_bytes(bytes) {
        for list in all.iter().take(64) {
            let _ = (list.entry(&[1]), list.entry_of(list.issuer_name(), &[1]), list.entry_count(), list.number());
            let _ = (list.base_number(), list.scope(), list.issuer_name().to_string());
        }
    }
    if let Ok(all) = OcspResponse::from_file_bytes(bytes) {
        all.iter().take(64).flat_map(OcspResponse::certificates).for_each(certificate);
    }
    if let Ok(name) = Name::from_der(bytes) {
        let text = name.to_string();
        let _ = Name::from_text(&text).map(|read| read.same_as(&name));
        assert!(name.same_as(&name.clone()) && name.is_within(&name), "a name is its own");
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = (Name::from_text(text).is_ok(), TrustList::from_toml(text).is_ok());
        let _ = (ValidationPolicy::from_toml(text).is_ok(), asn1::Oid::new(text).is_ok());
    }
}

fn certificate(read: &Certificate) {
    let _ = (read.subject(), read.issuer(), read.serial_hex(), read.is_self_issued(), read.is_ca());
    let _ = (read.extensions().crl_uris(), read.key_usage(), read.subject_name().attribute(&oid::COMMON_NAME));
    let again = Certificate::from_der(read.der()).expect("a certificate keeps its bytes");
    assert!(again.tbs_der() == read.tbs_der() && again == *read);
}

/// Reads a signature and verifies it with every certificate in it.
pub fn cms(bytes: &[u8]) {
    let Ok(read) = SignedData::parse(bytes) else { return };
    let _ = (read.verify_content().is_ok(), read.is_timestamp(), read.signer_certificate().is_some());
    for certificate in read.certificates.iter().take(8) {
        let _ = (read.verify_signature(certificate).is_ok(), read.signer.names(certificate));
        let _ = read.signer.signing_certificate.as_ref().map(|reference| reference.fits(certificate));
    }
    for algorithm in DigestAlgorithm::ALL {
        let _ = read.verify_digest(&algorithm.digest(b"")).is_ok();
    }
    for token in read.signer.signature_timestamps.iter().take(8) {
        let _ = TimestampToken::parse(token).is_ok();
    }
    let again = SignedData::parse(&read.der).expect("a signature keeps its bytes");
    assert_eq!(again.der, read.der);
}

/// Reads requests, responses and tokens; an authority answers, and what it grants must be what was asked for.
pub fn tsp(bytes: &[u8]) {
    if let Ok(request) = TimestampRequest::parse(bytes) {
        let again = TimestampRequest::parse(&request.to_der()).map(|again| again.imprint);
        assert_eq!(again.ok(), Some(request.imprint.clone()), "a request can be written again");
        let answer = super::seeds::AUTHORITY.respond(bytes, super::seeds::now(), &Known);
        if let Ok(token) = TimestampResponse::parse(&answer).and_then(|answer| answer.accept(&request)) {
            assert_eq!(token.imprint, request.imprint);
        }
    }
    let token = match TimestampResponse::parse(bytes) {
        Ok(response) => {
            let request = TimestampRequest::new(&DigestAlgorithm::Sha256.digest(b"fumikura"), [1; 8]);
            response.accept(&request).ok()
        }
        Err(_) => TimestampToken::parse(bytes).ok(),
    };
    if let Some(token) = token {
        let signer = token.signer_certificate(&[]).cloned();
        let _ = (token.covers(b"fumikura"), signer.map(|signer| token.verify(&signer).is_ok()));
    }
}

/// Reads an evidence record, examines it, goes on with it as a renewal does, and judges it by nobody's trust.
pub fn evidence(bytes: &[u8]) {
    let Ok(record) = EvidenceRecord::parse(bytes) else { return };
    let again = EvidenceRecord::parse(&record.to_der()).expect("what is written can be read");
    assert_eq!(again.chains, record.chains);
    let object = DataObject::digested(b"fumikura", &record.data_algorithms());
    let data = [object];
    let examination = examine(&record, &data);
    assert_eq!(examination.stamps.len(), record.timestamps());
    if let Ok(leaf) = renewed_leaf(&record, &data, DigestAlgorithm::Sha512) {
        assert!(examination.is_sound() && record.has(&data[0]), "a tree is renewed from its own data: {leaf:?}");
    }
    if let Ok(algorithm) = record.chain_algorithm() {
        let place = TimestampRenewal::new(algorithm).add(&record);
        assert!(place == Ok(0) || algorithm == DigestAlgorithm::Sha1, "a timestamp that can be read can be renewed");
    }
    let data_of_the_day = ValidationData { crls: super::seeds::lists(), ..ValidationData::default() };
    let _ = record.with_validation_data(&data_of_the_day).map(|completed| completed.to_der().len());
    let nobody = TrustAnchors::default();
    let context = ValidationContext {
        trust: &nobody,
        tsa_trust: &nobody,
        crls: &[],
        ocsps: &[],
        intermediates: &[],
        at: super::seeds::now(),
        policy: &POLICY,
        password: None,
        limits: Limits::default(),
    };
    let (report, _) = validate_evidence(&record, &data, &context, &Arc::default());
    assert_ne!(report.indication, Indication::TotalPassed, "nobody was believed");
    let _ = wording::evidence_text(&report, "record.ers").len();
    let _ = wording::evidence_json(&report, "record.ers").to_string().len();
}

/// Judges the paths of a bundle's certificates from every view, for every purpose.
pub fn pki(bytes: &[u8]) {
    let Some(bundle) = Bundle::read(bytes) else { return };
    let anchors = TrustAnchors::new(bundle.anchors);
    for (index, leaf) in bundle.leaves.iter().take(2).enumerate() {
        let views = [View::Certificate, View::Unproven, View::Proven];
        let purposes = [Purpose::Any, Purpose::Signing, Purpose::Timestamping, Purpose::Ocsp, Purpose::CrlSigning];
        for (turn, view) in views.into_iter().enumerate() {
            let request = PathRequest {
                intermediates: &bundle.others,
                anchors: &anchors,
                crls: &bundle.lists,
                ocsps: &bundle.statements,
                at: bundle.at,
                now: bundle.at,
                view,
                purpose: purposes[(index + turn + bytes.len()) % purposes.len()],
                policy: &POLICY,
                budget: Budget::default(),
                verified: None,
            };
            let judged = validate_path(leaf, &request);
            let _ = revocation_needs(&judged.chain, &request).len();
            let issuer = bundle.others.first().unwrap_or(leaf);
            let _ = revocation_status(leaf, issuer, &request);
        }
    }
}

/// Validates a bundle's file with its trust, and says it in every form.
pub fn validate(bytes: &[u8]) {
    let Some(bundle) = Bundle::read(bytes) else { return };
    let (trust, tsa_trust) = (TrustAnchors::new(bundle.anchors), TrustAnchors::new(bundle.stampers));
    let context = ValidationContext {
        trust: &trust,
        tsa_trust: &tsa_trust,
        crls: &bundle.lists,
        ocsps: &bundle.statements,
        intermediates: &bundle.others,
        at: bundle.at,
        policy: &POLICY,
        password: bundle.password.as_deref(),
        limits: Limits::default(),
    };
    let Ok(report) = validated(bundle.file, &context) else { return };
    let _ = wording::report_text(&report, "file.pdf").len();
    let _ = wording::report_json(&report, "file.pdf").to_string().len();
    let _ = wording::reports_html([("file.pdf", &report)].into_iter()).len();
    let _ = wording::resident_verdict(&report);
}
