//! Trusted lists: what is believed of them, and that nothing unsigned is read.

use super::pki::{instant, pki};
use super::tsl_bench::{Bench, base64, identified, read, reference, service, with_signature};
use fumikura::crypto::SignatureScheme;
use fumikura::digest::DigestAlgorithm;
use fumikura::fault::Fault;
use fumikura::pki::{AnchorUse, TrustAnchors};
use fumikura::tsl::{TrustedList, TslError, Unbelieved};
use fumikura::wording;

fn code(result: Result<TrustedList, TslError>) -> &'static str {
    match result {
        Ok(_) => "read",
        Err(error) => {
            assert!(wording::ja(error.code()).is_some(), "{error}");
            error.code()
        }
    }
}

/// Returns what is believed of the one service of a list.
fn believed(service: String) -> Result<Vec<(String, String)>, Unbelieved> {
    let list = Bench { services: vec![service], ..Bench::default() }.read().expect("the list is read");
    let terms: Vec<_> = list.anchors(false).into_iter().map(|(_, entry)| entry.belief.term).collect();
    if terms.is_empty() {
        let service = &list.services[0];
        return Err(service.unbelieved.unwrap_or_else(|| service.periods[0].belief.expect_err("not believed")));
    }
    let day = |at: Option<fumikura::time::Instant>| at.map(|at| at.to_string()[..10].to_owned()).unwrap_or_default();
    Ok(terms.into_iter().map(|term| (day(term.from), day(term.before))).collect())
}

fn term(from: &str, before: &str) -> (String, String) {
    (from.to_owned(), before.to_owned())
}

#[test]
fn a_signed_list_is_read() {
    let list = Bench::default().read().expect("the list is read");
    assert_eq!((list.sequence, list.territory.as_str(), list.operator.ja.as_str()), (7, "JP", "運営者"));
    assert_eq!(list.services[0].provider.ja, "見本認証局");
    assert_eq!(list.services[0].provider.en, "Example Trust");
    let uses: Vec<_> = list.anchors(false).into_iter().map(|(_, entry)| entry.belief.anchor_use).collect();
    assert_eq!(uses, [AnchorUse::Signing, AnchorUse::Timestamping]);
    assert_eq!(list.anchors(true).len(), 1, "only the qualified timestamping service is accredited");
}

#[test]
fn every_scheme_verifies_and_weak_ones_do_not() {
    use DigestAlgorithm::{Sha256, Sha384, Sha512};
    for (signer, scheme) in [
        ("signer-rsa2048", SignatureScheme::RsaPkcs1(Sha256)),
        ("signer-rsa3072", SignatureScheme::RsaPkcs1(Sha512)),
        ("signer-rsa2048", SignatureScheme::RsaPss(Sha256)),
        ("signer-p256", SignatureScheme::Ecdsa(Sha256)),
        ("signer-p384", SignatureScheme::Ecdsa(Sha384)),
    ] {
        let bench = Bench { signer, scheme, ..Bench::default() };
        assert_eq!(code(bench.read()), "read", "{scheme:?}");
        assert_eq!(code(read(&bench.signed(), "signer-rsa4096")), "xml-signature-other-signer", "{scheme:?}");
    }
    let list = Bench::default().signed();
    let sha1 = list.replace("2001/04/xmldsig-more#rsa-sha256", "2000/09/xmldsig#rsa-sha1");
    assert_eq!(code(read(&sha1, "signer-rsa2048")), "xml-signature-algorithm");
    let references = reference("", "", &Bench::default().unsigned())
        .replace("http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2000/09/xmldsig#sha1");
    let digest = with_signature(&Bench::default().unsigned(), &Bench::default().signature_by(&references));
    assert_eq!(code(read(&digest, "signer-rsa2048")), "xml-signature-algorithm");
    assert_eq!(code(TrustedList::read(list.as_bytes(), &[])), "tsl-signer-needed");
}

#[test]
fn what_was_changed_is_not_read() {
    let list = Bench::default().signed();
    for (from, to, expected) in [
        ("<TSLSequenceNumber>7", "<TSLSequenceNumber>8", "xml-signature-altered"),
        ("見本認証局", "別の認証局", "xml-signature-altered"),
        ("Svcstatus/granted", "Svcstatus/<!---->granted", "read"),
        ("Svcstatus/granted", "Svcstatus/with<!-- -->drawn", "xml-signature-altered"),
        (" Id=\"LIST\"", " Id=\"OTHER\"", "xml-signature-altered"),
        ("<ds:DigestValue>", "<ds:DigestValue>AAAA", "xml-signature-other-signer"),
        ("<ds:SignatureValue>", "<ds:SignatureValue>AAAA", "xml-signature-other-signer"),
        ("</ds:SignatureValue>", "</ds:SignatureValue><ds:KeyInfo></ds:KeyInfo>", "read"),
        ("</ds:SignatureValue>", "</ds:SignatureValue><ds:Other></ds:Other>", "xml-signature-form"),
        ("<TrustServiceStatusList ", "<?x y?><TrustServiceStatusList ", "xml-signature-altered"),
    ] {
        let changed = list.replacen(from, to, 1);
        assert_ne!(changed, list, "{from}");
        assert_eq!(code(read(&changed, "signer-rsa2048")), expected, "{from} → {to}");
    }
    assert_eq!(code(read(&Bench::default().unsigned(), "signer-rsa2048")), "xml-not-signed");
}

#[test]
fn a_comment_does_not_cut_a_value_short() {
    // Readers that take the first text node alone read `granted` where `grantedX` was signed, and the reverse.
    let status = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted<!-- -->ish";
    let service = service("root", &[("CA/QC", status, "2020-01-01T00:00:00Z")], "");
    let list = Bench { services: vec![service], ..Bench::default() };
    let canonical = list.unsigned().replace("<!-- -->", "");
    let signed = with_signature(&list.unsigned(), &list.signature(&canonical));
    let read = read(&signed, "signer-rsa2048").expect("the list is read");
    assert_eq!(read.services[0].periods[0].belief, Err(Unbelieved::Status));
}

#[test]
fn no_signature_can_be_wrapped() {
    let bench = Bench::default();
    let (good, signature) = (bench.unsigned(), bench.signature(&bench.unsigned()));
    let evil = Bench { sequence: 99, ..Bench::default() }.unsigned();
    let other = evil.replace("Id=\"LIST\"", "Id=\"EVIL\"");
    let by_id = bench.signature_by(&reference("#LIST", "", &good));
    assert_eq!(code(read(&with_signature(&good, &by_id), "signer-rsa2048")), "read", "a reference to the root");
    let object = |content: &str| format!("<ds:Object>{content}</ds:Object></ds:Signature>");
    let inside = |signature: &str, content: &str| signature.replace("</ds:Signature>", &object(content));
    let extension = |content: &str| format!("<X xmlns=\"http://x/\">{content}</X>");
    for (name, wrapped, expected) in [
        ("the signature alone moved over", with_signature(&evil, &signature), "xml-signature-altered"),
        ("by identifier", with_signature(&evil, &by_id), "xml-signature-altered"),
        ("the signed list in an object", with_signature(&other, &inside(&by_id, &good)), "xml-signature-form"),
        ("the same, its identifier twice", with_signature(&evil, &inside(&by_id, &good)), "xml-signature-form"),
        ("the signed list beside", with_signature(&with_signature(&other, &good), &by_id), "xml-signature-form"),
        (
            "the signed list with its signature inside",
            with_signature(&other, &with_signature(&good, &by_id)),
            "xml-signature-form",
        ),
        ("two signatures", with_signature(&with_signature(&good, &signature), &signature), "xml-signature-form"),
        (
            "a second signature in an object",
            with_signature(&good, &inside(&signature, &signature)),
            "xml-signature-form",
        ),
        ("the signature deeper", with_signature(&good, &extension(&signature)), "xml-signature-form"),
        ("around everything", format!("<L>{}</L>", with_signature(&good, &signature)), "xml-signature-form"),
        (
            "another root by its name",
            with_signature(&good.replace("TrustServiceStatusList", "Other"), &signature),
            "xml-signature-altered",
        ),
        (
            "case of identifiers",
            with_signature(&good.replace("Id=\"LIST\"", "Id=\"LIST\" ID=\"LIST\""), &by_id),
            "xml-signature-form",
        ),
    ] {
        assert_eq!(code(read(&wrapped, "signer-rsa2048")), expected, "{name}");
    }
}

#[test]
fn the_signer_cannot_sign_less_than_the_whole() {
    let bench = Bench::default();
    let list = bench.unsigned();
    let part = list.find("<SchemeInformation>").expect("a part");
    let whole = reference("", "", &list);
    let enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
    for (name, references) in [
        ("a part by its identifier", reference("#PART", "", &list[part..])),
        ("elsewhere", reference("http://127.0.0.1/list.xml", "", &list)),
        ("nothing", String::new()),
        ("two wholes", format!("{whole}{whole}")),
        ("the properties alone", reference("#P", "http://uri.etsi.org/01903#SignedProperties", "x")),
        (
            "properties that are not there",
            format!("{whole}{}", reference("#P", "http://uri.etsi.org/01903#SignedProperties", "x")),
        ),
        ("no URI", whole.replace(" URI=\"\"", "")),
        ("a pointer", whole.replace("URI=\"\"", "URI=\"#xpointer(/)\"")),
        ("not enveloped", whole.replace(&format!("<ds:Transform Algorithm=\"{enveloped}\"></ds:Transform>"), "")),
        (
            "enveloped twice",
            whole.replace(
                "<ds:Transforms>",
                &format!("<ds:Transforms><ds:Transform Algorithm=\"{enveloped}\"></ds:Transform>"),
            ),
        ),
        ("a foreign parameter", whole.replace("exc-c14n#\"></ds:Transform>", "exc-c14n#\"><x></x></ds:Transform>")),
    ] {
        let signed = with_signature(&list, &bench.signature_by(&references));
        assert_eq!(code(read(&signed, "signer-rsa2048")), "xml-signature-form", "{name}");
    }
    for transform in [
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "http://www.w3.org/2000/09/xmldsig#base64",
    ] {
        let references = whole.replace("http://www.w3.org/2001/10/xml-exc-c14n#", transform);
        let signed = with_signature(&list, &bench.signature_by(&references));
        assert_eq!(code(read(&signed, "signer-rsa2048")), "xml-signature-algorithm", "{transform}");
    }
}

#[test]
fn signed_properties_bind_the_certificate() {
    let bench = Bench::default();
    let properties = |certificate: &str| {
        let digest = base64(&DigestAlgorithm::Sha256.digest(pki().certificate(certificate).der()).bytes);
        format!(
            "<xades:SignedProperties xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\" Id=\"P\"><xades:SignedSignatureProperties>\
             <xades:SigningTime>2026-01-01T00:00:00Z</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest>\
             <ds:DigestMethod xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\">\
             </ds:DigestMethod><ds:DigestValue xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{digest}</ds:DigestValue>\
             </xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties></xades:SignedProperties>"
        )
    };
    let signed = |written: &str, digested: &str| {
        let list = bench.unsigned();
        let kind = "http://uri.etsi.org/01903#SignedProperties";
        let references = reference("", "", &list) + &reference("#P", kind, digested);
        // In the document the prefix ds is declared further up.
        let object = format!(
            "<ds:Object><xades:QualifyingProperties xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\">{written}\
             </xades:QualifyingProperties></ds:Object></ds:Signature>"
        );
        with_signature(&list, &bench.signature_by(&references).replace("</ds:Signature>", &object))
    };
    let own = properties("signer-rsa2048");
    let result = read(&signed(&own, &own), "signer-rsa2048");
    assert_eq!(code(result), "read");
    let foreign = properties("signer-rsa4096");
    assert_eq!(code(read(&signed(&foreign, &foreign), "signer-rsa2048")), "xml-signature-other-certificate");
    assert_eq!(code(read(&signed(&foreign, &own), "signer-rsa2048")), "xml-signature-altered");
    assert_eq!(code(read(&signed(&own.repeat(2), &own), "signer-rsa2048")), "xml-signature-form");
}

#[test]
fn hostile_xml_is_refused_quickly() {
    let many = |part: &str, count: usize| part.repeat(count);
    for (name, text, expected) in [
        (
            "entities",
            "<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>".to_owned(),
            "xml-document-type",
        ),
        ("an external entity", "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>".to_owned(), "xml-document-type"),
        ("an unknown entity", "<a>&b;</a>".to_owned(), "xml-malformed"),
        ("deep nesting", many("<a>", 1_000_000), "xml-too-large"),
        ("nested declarations", (0..500_000).map(|n| format!("<a xmlns:p{n}=\"u\">")).collect(), "xml-too-large"),
        ("many elements", format!("<a>{}</a>", many("<b/>", 1_000_001)), "xml-too-large"),
        (
            "many attributes",
            format!("<a {}/>", (0..100_000).map(|n| format!("a{n}=\"\" ")).collect::<String>()),
            "xml-too-large",
        ),
        ("an open comment", "<a><!-- ".to_owned(), "xml-malformed"),
        ("an open tag", "<a b=\"".to_owned(), "xml-malformed"),
        ("nothing", "<".to_owned(), "xml-malformed"),
        ("another encoding", "<?xml version=\"1.0\"?><a>\u{0}</a>".to_owned(), "xml-malformed"),
        ("length", format!("<a>{}</a>", many("x", 33 << 20)), "xml-too-large"),
    ] {
        assert_eq!(code(read(&text, "signer-rsa2048")), expected, "{name}");
    }
    let latin = TrustedList::read(b"<a>\xe9</a>", &[pki().certificate("root").clone()]);
    assert_eq!(code(latin), "xml-malformed");
    // Whatever is cut off or turned over: refused, never a panic.
    let list = Bench::default().signed();
    for at in (0..list.len()).step_by(97).filter(|at| list.is_char_boundary(*at)) {
        assert_ne!(code(read(&list[..at], "signer-rsa2048")), "read", "cut at {at}");
    }
}

#[test]
fn a_service_is_believed_for_its_accepted_statuses() {
    let (a, b, c) = ("2020-01-01T00:00:00Z", "2022-01-01T00:00:00Z", "2024-07-01T00:00:00Z");
    let one = |statuses: &[(&str, &str, &str)]| believed(service("root", statuses, ""));
    let old = "http://uri.etsi.org/TrstSvc/Svcstatus/eu/undersupervision";
    let older = "http://uri.etsi.org/TrstSvc/eSigDir-1999-93-EC-TrustedList/Svcstatus/accredited";
    assert_eq!(one(&[("TSA/QTST", "granted", a)]), Ok(vec![term("2020-01-01", "")]));
    assert_eq!(
        one(&[("TSA/QTST", "withdrawn", c), ("TSA/QTST", "granted", a)]),
        Ok(vec![term("2020-01-01", "2024-07-01")])
    );
    // Statuses that follow each other at once are one term, in whatever order the history stands.
    let joined = Ok(vec![term("2020-01-01", "")]);
    assert_eq!(one(&[("CA/QC", "granted", c), ("CA/QC", old, b), ("CA/QC", older, a)]), joined);
    assert_eq!(one(&[("CA/QC", "granted", c), ("CA/QC", older, a), ("CA/QC", old, b)]), joined);
    // Where only extensions changed, operators enter the status again.
    assert_eq!(one(&[("CA/QC", "granted", c), ("CA/QC", "granted", c), ("CA/QC", old, a)]), joined);
    let gap = Ok(vec![term("2020-01-01", "2022-01-01"), term("2024-07-01", "")]);
    assert_eq!(one(&[("CA/QC", "granted", c), ("CA/QC", "withdrawn", b), ("CA/QC", "granted", a)]), gap);
    // A type that changed is believed for what it was.
    let list = Bench {
        services: vec![service("root", &[("TSA/QTST", "granted", b), ("TSA", "recognisedatnationallevel", a)], "")],
        ..Bench::default()
    };
    let list = list.read().expect("read");
    assert_eq!((list.anchors(false).len(), list.anchors(true).len()), (1, 1));
    assert_eq!(list.anchors(true)[0].1.belief.term.from, Some(instant(b)));
    for (statuses, reason) in [
        (vec![("CA/QC", "withdrawn", a)], Unbelieved::Withdrawn),
        (vec![("CA/QC", "splendid", a)], Unbelieved::Status),
        (vec![("CA/QC", "Granted", a)], Unbelieved::Status),
        (vec![("CA/QC", "http://evil.example/granted", a)], Unbelieved::Status),
        (vec![("CA/Other", "granted", a)], Unbelieved::Type),
        (vec![("Certstatus/OCSP", "granted", a)], Unbelieved::Type),
        (vec![("http://evil.example/CA/QC", "granted", a)], Unbelieved::Type),
        (vec![("CA/QC", "granted", a), ("CA/QC", "withdrawn", b)], Unbelieved::UnclearHistory),
        (vec![("CA/QC", "granted", b), ("CA/QC", "withdrawn", b)], Unbelieved::UnclearHistory),
        (vec![("CA/QC", "granted", "soon")], Unbelieved::UnclearHistory),
    ] {
        assert_eq!(one(&statuses), Err(reason), "{statuses:?}");
        assert!(wording::ja(reason.code()).is_some());
    }
    assert!(Unbelieved::ALL.iter().all(|reason| wording::ja(reason.code()).is_some()));
}

#[test]
fn identities_and_extensions_make_nothing_more_believed() {
    let since = [("CA/QC", "granted", "2020-01-01T00:00:00Z")];
    let id = |name: &str| super::tsl_bench::certificate_id(name);
    let name = "<DigitalId><X509SubjectName>CN=x</X509SubjectName></DigitalId>";
    assert!(believed(identified(&format!("{}{name}", id("root")), &since, "")).is_ok());
    assert_eq!(believed(identified(name, &since, "")), Err(Unbelieved::NoCertificate));
    let broken = "<DigitalId><X509Certificate>MAA=</X509Certificate></DigitalId>";
    assert_eq!(believed(identified(broken, &since, "")), Err(Unbelieved::NoCertificate));
    let two = format!("{}{}", id("root"), id("unknown-root"));
    assert_eq!(believed(identified(&two, &since, "")), Err(Unbelieved::SeveralKeys));
    let info = |what: &str, critical: bool| {
        format!(
            "<Extension Critical=\"{critical}\"><AdditionalServiceInformation><URI xml:lang=\"en\">\
             http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/{what}</URI></AdditionalServiceInformation></Extension>"
        )
    };
    let with = |extensions: &str| believed(service("root", &since, extensions)).err();
    assert_eq!(with(&info("ForeSignatures", true)), None);
    assert_eq!(with(&info("ForeSeals", false)), None);
    assert_eq!(with(&info("ForWebSiteAuthentication", false)), Some(Unbelieved::Websites));
    assert_eq!(with(&(info("ForWebSiteAuthentication", false) + &info("ForeSeals", false))), None);
    assert_eq!(with(&info("ForTheMoon", true)), Some(Unbelieved::CriticalExtension));
    assert_eq!(with(&info("ForTheMoon", false)), None);
    let sie = "http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#";
    let qualifications =
        format!("<Extension Critical=\"true\"><Qualifications xmlns=\"{sie}\"></Qualifications></Extension>");
    assert_eq!(with(&qualifications), None);
    let foreign = |critical: &str| {
        format!("<Extension{critical}><Qualifications xmlns=\"http://x/\"></Qualifications></Extension>")
    };
    assert_eq!(with(&foreign(" Critical=\"true\"")), Some(Unbelieved::CriticalExtension));
    assert_eq!(with(&foreign("")), Some(Unbelieved::CriticalExtension));
    assert_eq!(with("<Extension Critical=\"true\"></Extension>"), Some(Unbelieved::CriticalExtension));
    let provider_extensions =
        "<TSPInformationExtensions><Extension Critical=\"true\"></Extension></TSPInformationExtensions>";
    let list = Bench { provider_extensions: provider_extensions.to_owned(), ..Bench::default() }.read().expect("read");
    assert!(list.anchors(false).is_empty());
}

#[test]
fn lists_that_are_not_understood_as_a_whole_are_refused() {
    let with = |change: &dyn Fn(&mut Bench)| {
        let mut bench = Bench::default();
        change(&mut bench);
        code(bench.read())
    };
    assert_eq!(with(&|bench| bench.version = 7), "tsl-not-readable");
    assert_eq!(with(&|bench| bench.version = 5), "read");
    assert_eq!(with(&|bench| bench.next_update = "<dateTime>later</dateTime>".to_owned()), "tsl-not-readable");
    let critical = "<SchemeExtensions><Extension Critical=\"true\"></Extension></SchemeExtensions>";
    assert_eq!(with(&|bench| bench.scheme_extensions = critical.to_owned()), "tsl-critical-extension");
    assert_eq!(with(&|bench| bench.signer = "signer-expired"), "tsl-signer-not-in-force");
    let twice = "<TSLSequenceNumber>1</TSLSequenceNumber>";
    assert_eq!(with(&|bench| bench.scheme_extensions = twice.to_owned()), "tsl-not-readable");
    // A closed scheme's last list is judged by up to its issue.
    let closed = Bench { next_update: String::new(), ..Bench::default() }.read().expect("read");
    assert_eq!(closed.check_fresh(instant("2026-01-01T00:00:00Z")), Ok(()));
    assert!(closed.check_fresh(instant("2026-01-01T00:00:01Z")).is_err());
}

#[test]
fn an_older_list_is_refused() {
    let list = |sequence| Bench { sequence, ..Bench::default() }.read().expect("read");
    let known = list(7).origin();
    assert_eq!(list(7).check_order(&known), Ok(()), "the same once more");
    assert_eq!(list(8).check_order(&known), Ok(()));
    assert_eq!(list(6).check_order(&known).map_err(|error| error.code()), Err("tsl-older"));
    let mut other = known.clone();
    other.sha256 = fumikura::digest::Sha256Hex::of(b"another");
    assert_eq!(
        list(7).check_order(&other).map_err(|error| error.code()),
        Err("tsl-older"),
        "another of the same number"
    );
    other.territory = "XX".to_owned();
    assert_eq!(list(8).check_order(&other).map_err(|error| error.code()), Err("tsl-other-scheme"));
}

#[test]
fn a_stale_list_is_not_believed() {
    let list = Bench::default().read().expect("read");
    let mut anchors = TrustAnchors::default();
    list.anchors(false).into_iter().for_each(|(one, entry)| anchors.add_for(one.clone(), entry.belief));
    let then = instant("2024-01-01T00:00:00Z");
    let (fresh, stale) = (instant("2026-07-01T00:00:00Z"), instant("2026-07-01T00:00:01Z"));
    let count = |anchors: &TrustAnchors, now| {
        use fumikura::pki::Purpose::{Signing, Timestamping};
        [Signing, Timestamping].map(|purpose| anchors.believed(purpose, then, now).certificates().len())
    };
    assert_eq!(count(&anchors, fresh), [1, 1]);
    assert_eq!(count(&anchors, stale), [0, 0]);
    assert_eq!(anchors.stale_since(stale), Some(fresh));
    anchors.accept_stale();
    assert_eq!(count(&anchors, stale), [1, 1]);
}
