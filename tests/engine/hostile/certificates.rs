//! Certificates, lists and statements that are built to cost the product of their numbers.

use super::shared::authority::Known;
use super::shared::der::{split, value};
use super::shared::{bundle, seeds, subjects};
use fumikura::asn1::{
    BasicConstraints, Certificate, Extension, KeyUsage, Name, Oid, generalized_time_der, normalise, oid, writer,
};
use fumikura::crypto::{SignatureScheme, Signer, signature_identifier};
use fumikura::digest::DigestAlgorithm;
use fumikura::pki::issue::{CertificateTemplate, CrlTemplate, Issuer, issue_certificate, issue_crl};
use fumikura::time::Instant;

fn days(count: i64) -> Instant {
    Instant::from_second(seeds::now().as_second() + 86_400 * count).unwrap()
}

fn named(text: &str) -> Name {
    Name::from_attributes(&[(oid::COMMON_NAME, text)])
}

fn certificate(subject: &str, issuer: &str, serial: u32, adapt: impl Fn(&mut CertificateTemplate<'_>)) -> Certificate {
    let (subject, above, serial) = (named(subject), named(issuer), (0x4000_0000 + serial).to_be_bytes());
    let mut template = CertificateTemplate::new(&subject, Known.public_key_info(), &serial, days(-9), days(9));
    template.basic_constraints = Some(BasicConstraints { ca: true, path_length: None });
    template.key_usage = Some(KeyUsage::KEY_CERT_SIGN.and(KeyUsage::CRL_SIGN).and(KeyUsage::DIGITAL_SIGNATURE));
    adapt(&mut template);
    issue_certificate(&template, Issuer { name: &above, signer: &Known, digest: DigestAlgorithm::Sha256 }).unwrap()
}

fn extended(of: Oid, value: Vec<u8>) -> Extension {
    Extension { oid: of, critical: false, value }
}

fn asked(parts: &[(u8, Vec<u8>)]) {
    let time = seeds::now().as_second().to_be_bytes()[3..].to_vec();
    let input = bundle::bundle(&[&[(bundle::TIME, time)], parts].concat());
    super::hold(&input, subjects::pki);
}

fn joined(all: &[Certificate]) -> Vec<u8> {
    all.iter().flat_map(|one| one.der().to_vec()).collect()
}

#[test]
fn fifty_thousand_extensions() {
    let extensions: Vec<Vec<u8>> = (0..50_000_u32)
        .map(|number| {
            let own = Oid::new(&format!("1.2.3.{number}")).unwrap();
            writer::sequence(&[writer::oid(&own), writer::octets(b"")])
        })
        .collect();
    // The extensions are the last field of the signed part.
    let base = certificate("a", "a", 1, |_| {});
    let (_, mut fields, _) = split(base.tbs_der()).unwrap();
    let mut kept = Vec::new();
    while let Some((tag, contents, rest)) = split(fields).filter(|(tag, ..)| *tag != 0xa3) {
        kept.extend(value(tag, contents));
        fields = rest;
    }
    let body = [kept, writer::context(3, &[writer::sequence(&extensions)])].concat();
    let whole = writer::sequence(&[
        writer::sequence(&[body]),
        signature_identifier(SignatureScheme::Ed25519).to_der(),
        writer::bit_octets(&[0; 64]),
    ]);
    super::hold(&whole, subjects::asn1);
    assert_eq!(Certificate::from_der(&whole).unwrap().extensions().all.len(), 50_000);
}

#[test]
fn mazes_of_one_name() {
    let all: Vec<Certificate> = (0..60).map(|number| certificate("a", "a", number, |_| {})).collect();
    let leaf = certificate("leaf", "a", 99, |_| {});
    let anchor = certificate("top", "top", 98, |_| {});
    let parts =
        [(bundle::LEAVES, leaf.der().to_vec()), (bundle::OTHERS, joined(&all)), (bundle::ANCHORS, joined(&[anchor]))];
    asked(&parts);
}

#[test]
fn points_times_lists() {
    let uri = |number: u32| writer::tlv(0x86, format!("http://example.test/{number}").as_bytes());
    let point = |number| writer::sequence(&[writer::context(0, &[writer::context(0, &[uri(number)])])]);
    let points = writer::sequence(&(0..20_000).map(point).collect::<Vec<_>>());
    let leaf = certificate("leaf", "a", 1, |template| {
        template.more.push(extended(oid::CRL_DISTRIBUTION_POINTS, points.clone()));
    });
    let names: Vec<Vec<u8>> = (30_000..36_000).map(uri).collect();
    let scope = writer::sequence(&[writer::context(0, &[writer::context(0, &names)])]);
    let lists: Vec<u8> = (0..20)
        .filter_map(|number| {
            let template = CrlTemplate {
                this_update: days(-1),
                next_update: days(1),
                number,
                revoked: Vec::new(),
                more: vec![extended(oid::ISSUING_DISTRIBUTION_POINT, scope.clone())],
            };
            let issuer = named("a");
            let issuer = Issuer { name: &issuer, signer: &Known, digest: DigestAlgorithm::Sha256 };
            Some(issue_crl(&template, issuer).ok()?.der().to_vec())
        })
        .flatten()
        .collect();
    let anchor = certificate("a", "a", 2, |_| {});
    asked(&[(bundle::LEAVES, leaf.der().to_vec()), (bundle::LISTS, lists), (bundle::ANCHORS, joined(&[anchor]))]);
    assert!(leaf.extensions().broken.contains(&oid::CRL_DISTRIBUTION_POINTS), "so many points are not believed");
}

#[test]
fn statements_times_delegates() {
    let anchor = certificate("a", "a", 1, |_| {});
    let leaf = certificate("leaf", "a", 2, |_| {});
    let delegates: Vec<Certificate> = (10..70).map(|number| certificate("delegate", "a", number, |_| {})).collect();
    let id = fumikura::pki::cert_id(&leaf, &anchor).unwrap().to_der();
    let single = writer::sequence(&[id, vec![0x80, 0], generalized_time_der(days(-1))]);
    let singles = writer::sequence(&vec![single; 900]);
    let responder = writer::tlv(0xa1, named("delegate").der());
    let tbs = writer::sequence(&[responder, generalized_time_der(days(-1)), singles]);
    let basic = [tbs, signature_identifier(SignatureScheme::Ed25519).to_der(), writer::bit_octets(&[0; 63])];
    let bytes = writer::sequence(&[writer::oid(&oid::OCSP_BASIC), writer::octets(&writer::sequence(&basic))]);
    let response = writer::sequence(&[writer::tlv(0x0a, &[0]), writer::context(0, &[bytes])]);
    let parts = [
        (bundle::LEAVES, leaf.der().to_vec()),
        (bundle::OTHERS, joined(&delegates)),
        (bundle::ANCHORS, joined(&[anchor])),
        (bundle::STATEMENTS, response.repeat(20)),
    ];
    asked(&parts);
}

#[test]
fn constraints_times_names() {
    let tree = |number: u32| writer::sequence(&[writer::tlv(0x82, format!("n{number}.test").as_bytes())]);
    let trees = writer::sequence(&[writer::context(0, &(0..20_000).map(tree).collect::<Vec<_>>())]);
    let top = certificate("a", "a", 1, |template| {
        template.more.push(extended(oid::NAME_CONSTRAINTS, trees.clone()));
    });
    let host = writer::tlv(0x82, "h.".repeat(60_000).as_bytes());
    let leaf = certificate("leaf", "a", 2, |template| {
        template.more.push(extended(oid::SUBJECT_ALT_NAME, writer::sequence(&[&host, &host, &host])));
    });
    asked(&[(bundle::LEAVES, leaf.der().to_vec()), (bundle::ANCHORS, joined(&[top]))]);
}

#[test]
fn names_without_end_are_refused() {
    let long = writer::sequence(&vec![named("x").der()[2..].to_vec(); 1_000]);
    assert!(Name::from_der(&long).is_err());
}

#[test]
fn ber_of_a_million_pieces_and_of_every_depth() {
    let pieces = [&[0x30, 0x80, 0x24, 0x80][..], &[4, 1, 7].repeat(300_000), &[0, 0, 0, 0]].concat();
    super::hold(&pieces, subjects::asn1);
    assert_eq!(normalise(&pieces).unwrap().der.len(), 300_000 + 2 * 5);
    let deep = [[0x24, 0x80].repeat(46), [4, 0x82, 0x75, 0x30].to_vec(), vec![7; 30_000], vec![0; 92]].concat();
    super::hold(&deep, subjects::asn1);
    let deeper = [[0x30, 0x80].repeat(500_000), vec![0; 1_000_000]].concat();
    super::hold(&deeper, subjects::asn1);
}

#[test]
fn keys_without_end() {
    let rsa = |bytes: usize, exponent: &[u8]| {
        let modulus = writer::unsigned(&vec![0xff; bytes]);
        let key = writer::sequence(&[modulus, writer::unsigned(exponent)]);
        let algorithm = writer::sequence(&[writer::oid(&oid::RSA_ENCRYPTION), writer::null()]);
        writer::sequence(&[algorithm, writer::bit_octets(&key)])
    };
    let keys = [rsa(12_500, &[1, 0, 1]), rsa(1_024, &[0xff; 1_000]), rsa(256, &[0xff; 200]), rsa(1_024, &[0xff; 4])];
    for key in keys {
        super::hold(&key, |key| {
            for digest in DigestAlgorithm::ALL {
                for scheme in [SignatureScheme::RsaPkcs1(digest), SignatureScheme::RsaPss(digest)] {
                    assert!(fumikura::crypto::verify(key, scheme, b"message", &vec![0x7f; key.len()]).is_err());
                    assert!(fumikura::crypto::verify(key, scheme, b"message", &[0x7f; 1_024]).is_err());
                }
            }
        });
    }
}
