//! ASN.1: limits, BER, times, names; nothing that comes in makes it panic.

use super::openssl::Bench;
use super::pki::{instant, pki};
use fumikura::asn1::{
    Asn1Error, Certificate, CertificateList, Name, Oid, Tlv, normalise, oid, parse_time, pem_blocks, pem_encode,
    time_der, writer,
};
use fumikura::cms::SignedData;
use fumikura::time::Instant;
use fumikura::tsp::{TimestampRequest, TimestampResponse, TimestampToken};
use proptest::prelude::*;

#[test]
fn definite_form_comes_out_unchanged() {
    let der = pki().certificate("ca").der();
    let normalised = normalise(der).expect("DER is BER");
    assert_eq!((normalised.der.as_slice(), normalised.changed, normalised.consumed), (der, false, der.len()));
}

#[test]
fn indefinite_lengths_and_pieces_are_joined() {
    // SEQUENCE (indefinite) { OCTET STRING in two pieces (indefinite), INTEGER 5 }
    let ber = [0x30, 0x80, 0x24, 0x80, 4, 1, 0xaa, 4, 2, 0xbb, 0xcc, 0, 0, 2, 1, 5, 0, 0, 0xff];
    let normalised = normalise(&ber).expect("BER");
    assert_eq!(normalised.der, [0x30, 8, 4, 3, 0xaa, 0xbb, 0xcc, 2, 1, 5]);
    assert_eq!((normalised.changed, normalised.consumed), (true, ber.len() - 1));
}

#[test]
fn depth_and_size_are_bounded() {
    let deep = [0x30, 0x80].repeat(100_000);
    assert_eq!(normalise(&deep), Err(Asn1Error::TooLarge));
    let mut nested = vec![2, 1, 0];
    for _ in 0..60 {
        nested = writer::sequence(&[nested]);
    }
    assert_eq!(normalise(&nested), Err(Asn1Error::TooLarge));
    assert_eq!(normalise(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), Err(Asn1Error::Truncated));
    assert_eq!(normalise(&[0x30, 0x88, 1, 0, 0, 0, 0, 0, 0, 0]), Err(Asn1Error::TooLarge));
    assert_eq!(normalise(&[0x04, 0x80, 0, 0]), Err(Asn1Error::Malformed), "a primitive of indefinite length");
    assert_eq!(normalise(&[]), Err(Asn1Error::Truncated));
}

#[test]
fn times_are_read_and_written() {
    let read = |tag, text: &str| {
        let der = writer::tlv(tag, text.as_bytes());
        parse_time(Tlv::read(&der).expect("a value").0)
    };
    assert_eq!(read(0x17, "491231235959Z"), Ok(instant("2049-12-31T23:59:59Z")));
    assert_eq!(read(0x17, "500101000000Z"), Ok(instant("1950-01-01T00:00:00Z")));
    assert_eq!(read(0x18, "20260601123456.789Z"), Ok(instant("2026-06-01T12:34:56.789Z")));
    assert_eq!(read(0x18, "99991231235959Z"), Ok(Instant::MAX), "no well-defined expiration");
    for bad in [
        "20260601123456",
        "20260601123456+0900",
        "20261301000000Z",
        "20260230000000Z",
        "202606011234Z",
        "2026060112345６Z",
        "20260601123456.Z",
        "20260601123499Z",
    ] {
        assert!(read(0x18, bad).is_err(), "{bad}");
    }
    assert!(read(0x17, "260601123456.5Z").is_err());
    for text in ["1950-01-01T00:00:00Z", "2049-12-31T23:59:59Z", "2050-01-01T00:00:00Z", "1900-02-28T00:00:00Z"] {
        let der = time_der(instant(text));
        assert_eq!(der[0], if ("1950".."2050").contains(&text) { 0x17 } else { 0x18 });
        assert_eq!(parse_time(Tlv::read(&der).expect("a value").0), Ok(instant(text)));
    }
}

#[test]
fn object_identifiers_go_there_and_back() {
    let texts = [
        "0.0",
        "1.2.840.113549.1.1.1",
        "2.5.29.37.0",
        "2.999.3",
        "0.39",
        "2.40",
        "1.39.5",
        "2.25.211427838139281127430273842342716540216",
        "2.25.340282366920938463463374607431768211375",
    ];
    for text in texts {
        let oid: Oid = text.parse().unwrap_or_else(|_| panic!("{text}"));
        assert_eq!(oid.to_string(), text);
        assert_eq!(Oid::from_bytes(oid.as_bytes()), Ok(oid), "{text}");
    }
    for bad in [
        "",
        "1",
        "1.",
        ".1",
        "1..2",
        "3.1",
        "1.40",
        "1.2.x",
        "1.2.-3",
        "1.02",
        "1.2.340282366920938463463374607431768211456",
    ] {
        assert!(bad.parse::<Oid>().is_err(), "{bad}");
    }
    for bad in [&[][..], &[0x80], &[0x2a, 0x86], &[0x2a, 0x80, 0x01], &[0x2a; 64], &[0xff; 30]] {
        assert!(Oid::from_bytes(bad).is_err(), "{bad:02x?}");
    }
}

#[test]
fn names_are_read_from_text() {
    let name = Name::from_text("CN=見本\\, 市長, O=見本市 ,C=JP").expect("a name");
    assert_eq!(name.to_string(), "CN=見本\\, 市長,O=見本市,C=JP");
    for bad in ["", "CN", "CN=", "=x", "XX=1", "CN=a,,O=b"] {
        assert!(Name::from_text(bad).is_err(), "{bad}");
    }
}

#[test]
fn names_are_shown_and_compared() {
    let name = Name::from_attributes(&[
        (oid::COUNTRY, "JP"),
        (oid::ORGANIZATION, "A, B+C"),
        (oid::COMMON_NAME, "#見本 市長 "),
    ]);
    assert_eq!(name.to_string(), "CN=\\#見本 市長\\ ,O=A\\, B\\+C,C=JP");
    assert_eq!(name.attribute(&oid::COUNTRY), Some("JP"));
    let other = Name::from_attributes(&[
        (oid::COUNTRY, "jp"),
        (oid::ORGANIZATION, "a,  b+c"),
        (oid::COMMON_NAME, "#見本  市長"),
    ]);
    assert!(name.same_as(&other) && name != other);
    let control = Name::from_attributes(&[(oid::COMMON_NAME, "a\u{1b}[31mb\n")]);
    assert_eq!(control.to_string(), "CN=a\\1b[31mb\\0a");
}

#[test]
fn openssl_reads_the_same_facts() {
    let bench = Bench::new();
    for name in ["root", "ca", "tsa", "signer-p256"] {
        let certificate = pki().certificate(name);
        bench.file("c.der", certificate.der());
        let said = bench
            .ok("x509 -inform DER -in c.der -noout -serial -subject -issuer -dates -nameopt RFC2253 -dateopt iso_8601");
        assert!(said.to_lowercase().contains(&format!("serial={}", certificate.serial_hex())), "{said}");
        assert!(said.contains(&format!("subject={}", certificate.subject())), "{said}");
        assert!(said.contains(&format!("issuer={}", certificate.issuer())), "{said}");
        assert!(said.contains("notAfter=2045-01-01 00:00:00Z"), "{said}");
    }
}

#[test]
fn pem_goes_there_and_back() {
    for length in [0, 1, 2, 3, 47, 48, 49, 1000] {
        let bytes: Vec<u8> = (0..length).map(|n| n as u8).collect();
        let text = pem_encode("THING", &bytes);
        let blocks = pem_blocks(text.as_bytes()).expect("own PEM");
        assert_eq!((blocks.len(), blocks[0].der.as_slice()), (1, bytes.as_slice()));
    }
    assert!(pem_blocks(b"-----BEGIN A-----\nAAAA\n-----END B-----\n").is_err());
    assert!(pem_blocks(b"-----BEGIN A-----\nA!AA\n-----END A-----\n").is_err());
    assert!(pem_blocks(b"-----BEGIN A-----\nAAAA\n").is_err());
    assert_eq!(pem_blocks(b"nothing").map(|blocks| blocks.len()), Ok(0));
    let two = format!(
        "junk\r\n{}\r\nmore{}",
        "-----BEGIN A-----\r\nAAAA\r\n-----END A-----\r\n", "\n-----BEGIN A-----\nAAAA\n-----END A-----"
    );
    assert_eq!(pem_blocks(two.as_bytes()).map(|blocks| blocks.len()), Ok(2));
}

#[test]
fn flipped_certificates_and_lists_never_panic() {
    let list = pki().crl("ca").der();
    let certificate = pki().certificate("tsa").der();
    for at in 0..certificate.len().max(list.len()) {
        for bits in [0x01, 0x80, 0xff] {
            let flip = |bytes: &[u8]| {
                let mut bytes = bytes.to_vec();
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= bits;
                }
                bytes
            };
            drop(Certificate::from_der(&flip(certificate)).map(|read| (read.subject(), read.is_self_issued())));
            drop(CertificateList::from_der(&flip(list)));
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_taken_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        drop(normalise(&bytes));
        drop(Certificate::from_file_bytes(&bytes));
        drop(CertificateList::from_file_bytes(&bytes));
        drop(SignedData::parse(&bytes));
        drop(TimestampRequest::parse(&bytes));
        drop(TimestampResponse::parse(&bytes));
        drop(TimestampToken::parse(&bytes));
        let _ = fumikura::crypto::key_facts(&bytes);
        drop(fumikura::keystore::open_bytes(&bytes, || None));
    }

    #[test]
    fn unsigned_numbers_go_there_and_back(number in any::<u64>()) {
        let der = writer::integer(number);
        prop_assert_eq!(Tlv::read(&der).and_then(|(tlv, _)| tlv.unsigned("n")), Ok(number));
    }
}
