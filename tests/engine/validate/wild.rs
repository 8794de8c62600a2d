//! Forms that signers in the wild write, and what looks like a signature of the document and is none.

use super::bench::{
    Case, catalogue, codes, contents, first, page, replaced, report, sample, signed, signed_by, updated,
};
use crate::engine::openssl::Bench;
use crate::engine::pki::pki;
use fumikura::asn1::{Certificate, Tlv, oid, pem_encode, writer};
use fumikura::cms::SignedData;
use fumikura::crypto::Signer;
use fumikura::pdf::{Object, StringFormat};
use fumikura::validate::{Indication, Integrity};
use lopdf::{Stream, dictionary};

/// Returns a file with one signature and room for a longer one.
fn roomy() -> Vec<u8> {
    signed_by(&sample("table-1.4.pdf"), "signer-rsa2048", None, |options| options.keep_room = true)
}

/// Returns the first signature's value with its padding.
fn value(file: &[u8]) -> Vec<u8> {
    let digits = &file[contents(file)];
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits[1..digits.len() - 1].chunks(2).map(pair).collect()
}

/// Puts a value in the place of the first signature's.
fn with_value(file: &[u8], der: &[u8]) -> Vec<u8> {
    let gap = contents(file);
    let digits = fumikura::digest::hex(der);
    let mut made = file.to_vec();
    made[gap.start + 1..gap.end - 1].fill(b'0');
    made[gap.start + 1..gap.start + 1 + digits.len()].copy_from_slice(digits.as_bytes());
    made
}

/// Signs what the first signature covers with OpenSSL, without signed attributes.
fn bare(file: &[u8], signer: &str) -> Vec<u8> {
    let (bench, gap) = (Bench::new(), contents(file));
    let pem = |certificate: &Certificate| pem_encode("CERTIFICATE", certificate.der()).to_string();
    bench.file("content", [&file[..gap.start], &file[gap.end..]].concat());
    bench.file("signer.pem", pem(pki().certificate(signer)));
    bench.file("ca.pem", pki().chain(signer).iter().map(pem).collect::<String>());
    bench.file("key.pem", pem_encode("PRIVATE KEY", pki().pkcs8(signer)).as_bytes());
    bench.ok(
        "cms -sign -binary -noattr -in content -signer signer.pem -inkey key.pem -certfile ca.pem -outform DER -out s",
    );
    with_value(file, &bench.read("s"))
}

#[test]
fn a_signature_without_attributes_is_over_the_document_itself() {
    let older = replaced(&roomy(), b"ETSI.CAdES.detached", b"adbe.pkcs7.detached");
    for signer in ["signer-rsa2048", "signer-p256", "signer-p384"] {
        let file = bare(&older, signer);
        let judged = report(&file);
        assert_eq!(first(&judged), "TOTAL-PASSED", "{signer}: {:?}", codes(&judged));
        assert_eq!(judged.signatures[0].integrity, Integrity::Intact);
        assert!(codes(&judged).contains(&"signed-attributes-absent"));
        for at in [20, file.len() - 8] {
            let mut other = file.clone();
            other[at] ^= 1;
            let judged = report(&other);
            assert_ne!(judged.indication, Indication::TotalPassed, "byte {at}");
            assert_ne!(judged.signatures[0].integrity, Integrity::Intact, "byte {at}");
        }
    }
    let altered = replaced(&bare(&older, "signer-rsa2048"), b"%PDF-1.4", b"%PDF-1.5");
    assert_eq!(first(&report(&altered)), "TOTAL-FAILED/SIG_CRYPTO_FAILURE");
    assert_eq!(report(&altered).signatures[0].integrity, Integrity::Broken);
    // CAdES has no such form.
    assert_eq!(first(&report(&bare(&roomy(), "signer-rsa2048"))), "TOTAL-FAILED/FORMAT_FAILURE");
}

#[test]
fn usage_rights_are_no_signature_of_the_document() {
    let (value, key) = (value(signed()), "UR3");
    let with_rights = |key: &str| {
        updated(&sample("table-1.4.pdf"), |update, pdf| {
            let rights = update.add(dictionary! {
                "Type" => "Sig", "Filter" => "Adobe.PPKLite", "SubFilter" => "adbe.pkcs7.detached",
                "ByteRange" => vec![0.into(), 9.into(), 9.into(), 9.into()],
                "Contents" => Object::String(value.clone(), StringFormat::Hexadecimal),
            });
            let (id, mut catalogue) = catalogue(pdf);
            catalogue.set("Perms", dictionary! { key => rights });
            update.set(id, catalogue);
        })
    };
    let judged = report(&with_rights(key));
    assert_eq!(judged.indication, Indication::NoSignature, "{:?}", codes(&judged));
    assert!(codes(&judged).contains(&"usage-rights"));
    // Nothing else that lies about is passed over.
    assert_ne!(report(&with_rights("Other")).indication, Indication::NoSignature);
    // What was a signature of the document stays one, wherever a later revision hangs it.
    let moved = updated(signed(), |update, pdf| {
        let value = fumikura::pades::signatures(pdf)[0].object.expect("an object");
        let (id, mut catalogue) = catalogue(pdf);
        catalogue.set("Perms", dictionary! { key => value });
        catalogue.remove(b"AcroForm");
        update.set(id, catalogue);
        let (id, mut page) = page(pdf);
        page.remove(b"Annots");
        update.set(id, page);
    });
    assert_eq!(first(&report(&moved)), "TOTAL-FAILED/FORMAT_FAILURE");
}

#[test]
fn metadata_that_only_says_when_and_by_what_may_be_added() {
    let base = signed_by(&sample("pdftex.pdf"), "signer-rsa2048", None, |_| {});
    let with = |properties: &str| {
        let frame = format!(
            "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n\
             <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n{properties}</rdf:RDF>\n</x:xmpmeta>\n\
             <?xpacket end=\"r\"?>"
        );
        let file = updated(&base, |update, pdf| {
            let dictionary = dictionary! { "Type" => "Metadata", "Subtype" => "XML" };
            let stream = update.add(Stream::new(dictionary, frame.into_bytes()));
            let (id, mut catalogue) = catalogue(pdf);
            catalogue.set("Metadata", stream);
            update.set(id, catalogue);
        });
        first(&Case::default().report(&file))
    };
    let description = |inside: &str| format!("<rdf:Description rdf:about=\"\" xmlns:xmp=\"x\" {inside} />\n");
    assert_eq!(with(&description("xmp:ModifyDate=\"2026-06-01T00:00:00Z\" pdf:Producer=\"it\"")), "TOTAL-PASSED");
    assert_eq!(with("<rdf:Description><pdf:Producer>it</pdf:Producer></rdf:Description>"), "TOTAL-PASSED");
    for more in [
        description("dc:title=\"another\""),
        description("rdf:about='another'"),
        "<rdf:Description>another</rdf:Description>".to_owned(),
        "<rdf:Description><dc:title>another</dc:title></rdf:Description>".to_owned(),
        "<!-- another -->".to_owned(),
        "<pdf:Producer><dc:title>another</dc:title></pdf:Producer>".to_owned(),
    ] {
        assert_eq!(with(&more), "TOTAL-FAILED/FORMAT_FAILURE", "{more}");
    }
}

/// Returns the parts of a constructed value, each whole.
fn parts(der: &[u8]) -> Vec<Vec<u8>> {
    let mut fields = Tlv::only(der, "a value").expect("a value").contents();
    let mut all = Vec::new();
    while !fields.is_empty() {
        all.push(fields.next_tlv().expect("a part").raw.to_vec());
    }
    all
}

/// Puts further signed attributes into the first signature and signs them anew.
fn with_attributes(file: &[u8], more: &[Vec<u8>]) -> Vec<u8> {
    let signature = SignedData::parse(&value(file)).expect("a signature");
    let mut info = parts(&signature.der);
    let mut body = parts(&parts(&info[1])[0]);
    let last = body.len() - 1;
    let mut signer = parts(&parts(&body[last])[0]);
    let attributes = [parts(&signer[3]), more.to_vec()].concat();
    let signed = writer::set_of(&attributes);
    let scheme = signature.signer.scheme.clone().expect("a scheme");
    signer[5] = writer::octets(&pki().signer("signer-rsa2048").sign(scheme, &signed).expect("a value"));
    signer[3] = writer::context(0, &[writer::sorted(&attributes)]);
    body[last] = writer::set_of(&[writer::sequence(&signer)]);
    info[1] = writer::context(0, &[writer::sequence(&body)]);
    with_value(file, &writer::sequence(&info))
}

#[test]
fn what_may_stand_once_among_the_signed_attributes_stands_once() {
    let attribute = |identifier: &oid::Oid, values: &[Vec<u8>]| {
        writer::sequence(&[writer::oid(identifier), writer::set_of(values)])
    };
    let value = |number: u64| writer::sequence(&[writer::integer(number)]);
    let file = roomy();
    let judge = |more: &[Vec<u8>]| report(&with_attributes(&file, more));
    for identifier in [oid::SIGNER_ATTRIBUTES_V2, oid::SIGNATURE_POLICY_IDENTIFIER] {
        let once = judge(&[attribute(&identifier, &[value(1)])]);
        assert_eq!(first(&once), "TOTAL-PASSED", "{:?}", codes(&once));
        for more in [
            vec![attribute(&identifier, &[value(1), value(2)])],
            vec![attribute(&identifier, &[value(1)]), attribute(&identifier, &[value(2)])],
        ] {
            let judged = judge(&more);
            assert_eq!(first(&judged), "TOTAL-FAILED/FORMAT_FAILURE", "{:?}", codes(&judged));
            assert!(codes(&judged).contains(&"signed-attribute-repeated"));
        }
    }
}

/// A file whose signature dictionary is no object of its own but stands in its field, with room for the value.
fn with_direct_value(before: &str) -> Vec<u8> {
    const RANGE: &str = "/ByteRange [0 AAAAAAAA BBBBBBBB CCCCCCCC]";
    let value = format!(
        "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached{RANGE}/Contents<{}>>>",
        "0".repeat(12_000)
    );
    let objects = [
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]/SigFlags 3>>>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[4 0 R]>>".to_owned(),
        format!("<</Type/Annot/Subtype/Widget/FT/Sig/T(Seal)/Rect[0 0 0 0]/F 132/P 3 0 R{before}/V {value}>>"),
    ];
    let (mut file, mut rows) = ("%PDF-1.7\n".to_owned(), "0000000000 65535 f \n".to_owned());
    for (number, object) in (1..).zip(&objects) {
        rows.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let start = file.len();
    file.push_str(&format!("xref\n0 5\n{rows}trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n"));
    let gap = file.rfind("/Contents<").unwrap() + "/Contents".len();
    let end = gap + 12_002;
    let range = format!("/ByteRange [0 {gap:08} {end:08} {:08}]", file.len() - end);
    file.replace(RANGE, &range).into_bytes()
}

#[test]
fn a_signature_dictionary_may_stand_in_its_field() {
    let file = bare(&with_direct_value(""), "signer-rsa2048");
    let judged = report(&file);
    assert_eq!(first(&judged), "TOTAL-PASSED", "{:?}", codes(&judged));
    // Readers differ in which of two values they believe.
    let doubled = bare(&with_direct_value("/X null"), "signer-rsa2048");
    assert_eq!(first(&report(&doubled)), "TOTAL-PASSED");
    let doubled = replaced(&doubled, b"/X null", b"/V null");
    assert_eq!(report(&doubled).indication, Indication::TotalFailed);
    let gap = contents(&file);
    for at in [60, gap.start - 20, gap.end + 20] {
        let mut broken = file.clone();
        broken[at] ^= 1;
        assert_ne!(report(&broken).indication, Indication::TotalPassed, "bit at {at}");
    }
}
