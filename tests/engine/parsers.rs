//! Our reader of certificates and revocation lists beside another: x509-parser must find the same facts.

use super::pki::pki;
use fumikura::asn1::{Certificate, CertificateList, oid};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::revocation_list::CertificateRevocationList;

#[test]
fn x509_parser_reads_the_same_certificates() {
    let mut all: Vec<Certificate> = pki().intermediates();
    all.extend(pki().anchors().certificates().to_vec());
    all.extend(
        ["signer-rsa2048", "signer-p256", "signer-expired", "signer-name-constraints"]
            .map(|name| pki().certificate(name).clone()),
    );
    assert!(all.len() > 6, "the test PKI has certificates");
    for ours in all {
        let (rest, theirs) = X509Certificate::from_der(ours.der()).expect("x509-parser reads it");
        assert!(rest.is_empty());
        assert_eq!(ours.serial_hex(), fumikura::digest::hex(&theirs.serial.to_bytes_be()));
        assert_eq!(ours.subject_der(), theirs.subject().as_raw());
        assert_eq!(ours.issuer_der(), theirs.issuer().as_raw());
        assert_eq!(ours.spki_der(), theirs.public_key().raw);
        assert_eq!(ours.not_before().as_second(), theirs.validity().not_before.timestamp());
        assert_eq!(ours.not_after().as_second(), theirs.validity().not_after.timestamp());
        assert_eq!(ours.is_ca(), theirs.is_ca());
        let name = theirs.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
        assert_eq!(ours.subject_name().attribute(&oid::COMMON_NAME), name);
        assert_eq!(ours.tbs_der(), theirs.tbs_certificate.as_ref());
    }
}

#[test]
fn x509_parser_reads_the_same_revocation_lists() {
    let lists: Vec<CertificateList> = pki().crls();
    assert!(!lists.is_empty(), "the test PKI has lists");
    for ours in lists {
        let (rest, theirs) = CertificateRevocationList::from_der(ours.der()).expect("x509-parser reads it");
        assert!(rest.is_empty());
        assert_eq!(ours.this_update().as_second(), theirs.last_update().timestamp());
        assert_eq!(ours.next_update().map(|at| at.as_second()), theirs.next_update().map(|at| at.timestamp()));
        for revoked in theirs.iter_revoked_certificates() {
            assert!(ours.entry(revoked.raw_serial()).is_some(), "an entry that x509-parser found");
        }
        assert_eq!(ours.entry_count(), theirs.iter_revoked_certificates().count());
    }
}
