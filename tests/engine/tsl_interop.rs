//! Lists that other tools sign are read here, and lists made here are read by them: xmlsec1, xmllint, signxml, pyHanko.

#![expect(clippy::disallowed_methods, reason = "the test command says where its tools are")]

use super::openssl::Bench as Folder;
use super::pki::{instant, pki};
use super::tsl_bench::{Bench, service};
use fumikura::asn1::pem_encode;
use fumikura::tsl::TrustedList;
use fumikura::xml::{Form, Limits, canonical, parse};
use std::process::{Command, Output};

/// Runs a tool; `None` where it is not installed and need not be.
fn tool(program: &str, folder: &Folder, arguments: &[&str]) -> Option<Output> {
    match Command::new(program).args(arguments).current_dir(folder.folder()).output() {
        Ok(output) => Some(output),
        Err(error) => {
            assert_ne!(std::env::var("FUMIKURA_INTEROP").as_deref(), Ok("1"), "{program}: {error}");
            None
        }
    }
}

fn python(folder: &Folder, script: &str) -> Option<String> {
    let python = std::env::var("FUMIKURA_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let known = tool(&python, folder, &["-c", "import signxml, xsdata, pyhanko"]);
    if !known.is_some_and(|output| output.status.success()) {
        assert_ne!(std::env::var("FUMIKURA_INTEROP").as_deref(), Ok("1"), "signxml and xsdata must be installed");
        return None;
    }
    let output = tool(&python, folder, &["-c", script])?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    Some(String::from_utf8(output.stdout).expect("UTF-8"))
}

fn pem(label: &str, der: &[u8]) -> String {
    pem_encode(label, der).to_string()
}

/// A list as an editor leaves it: indented, prefixes of its own, attributes in any order, comments, CDATA, references.
fn untidy() -> String {
    let list = Bench::default().unsigned();
    let list = list.replace("><", ">\r\n\t<").replace("見本認証局", "見本<!-- c --><![CDATA[<認証局>&]]>&#x26;");
    let root = "<TrustServiceStatusList TSLTag='http://uri.etsi.org/19612/TSLTag' Id = \"LIST\"\n xmlns:unused='u:1' xml:lang='ja' \
                xmlns='http://uri.etsi.org/02231/v2#' xmlns:x=\"http://x/\" x:b='1 &quot; &#9;&lt;&#13;' a='\u{e9}>'>";
    let begin = list.find('>').expect("a tag") + 1;
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- before --><?one  two ?>\n{root}{}\n<?after?>\n<!-- end -->",
        &list[begin..]
    )
}

#[test]
fn canonical_forms_are_those_of_xmllint() {
    let folder = Folder::new();
    let nested = "<a xmlns='u:a' xmlns:p='u:p'><p:b xmlns:q='u:q' q:z='1' p:a='2' c='3'><c xmlns=''/><d xmlns='u:a'>\
                  <p:e xmlns:p='u:other'/></d></p:b></a>";
    for (name, text) in [("untidy.xml", untidy()), ("nested.xml", nested.to_owned())] {
        folder.file(name, &text);
        let document = parse(text.as_bytes(), &Limits::default()).expect("the document is read");
        for (exclusive, option) in [(false, "--c14n"), (true, "--exc-c14n")] {
            let ours = canonical(document.root(), None, &Form { exclusive, inclusive_prefixes: Vec::new() });
            let Some(theirs) = tool("xmllint", &folder, &[option, name]) else { return };
            // xmllint keeps comments, which nothing that is signed here does.
            let text = String::from_utf8(theirs.stdout).expect("UTF-8");
            let comments = ["<!-- before -->\n", "<!-- c -->", "\n<!-- end -->"];
            let text = comments.iter().fold(text, |text, comment| text.replace(comment, ""));
            assert_eq!(String::from_utf8(ours).expect("UTF-8"), text, "{name} {option}");
        }
    }
}

#[test]
fn lists_signed_by_xmlsec_are_read() {
    let folder = Folder::new();
    let certificates = ["signer-rsa2048", "signer-p256"];
    for name in certificates {
        folder.file(&format!("{name}.key"), pem("PRIVATE KEY", pki().pkcs8(name)));
        folder.file(&format!("{name}.crt"), pem("CERTIFICATE", pki().certificate(name).der()));
    }
    let inclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    let exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
    for (signer, method, digest, form, uri) in [
        ("signer-rsa2048", "rsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256", exclusive, ""),
        ("signer-rsa2048", "rsa-sha512", "http://www.w3.org/2001/04/xmlenc#sha512", inclusive, ""),
        ("signer-p256", "ecdsa-sha384", "http://www.w3.org/2001/04/xmldsig-more#sha384", inclusive, "#LIST"),
        ("signer-p256", "ecdsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256", exclusive, "#LIST"),
    ] {
        let template = format!(
            "  <d:Signature xmlns:d='http://www.w3.org/2000/09/xmldsig#'>\n <d:SignedInfo>\n  <d:CanonicalizationMethod Algorithm='{form}'/>\n\
             <d:SignatureMethod Algorithm='http://www.w3.org/2001/04/xmldsig-more#{method}'/>\n <d:Reference URI='{uri}'><d:Transforms>\n\
             <d:Transform Algorithm='http://www.w3.org/2000/09/xmldsig#enveloped-signature'/><d:Transform Algorithm='{form}'/>\n\
             </d:Transforms><d:DigestMethod Algorithm='{digest}'/><d:DigestValue/></d:Reference></d:SignedInfo>\n\
             <d:SignatureValue/></d:Signature>\n"
        );
        let list = untidy();
        let at = list.rfind("</Trust").expect("an end tag");
        folder.file("template.xml", format!("{}{template}{}", &list[..at], &list[at..]));
        let key = format!("{signer}.key,{signer}.crt");
        let arguments = [
            "--sign",
            "--privkey-pem",
            &key,
            "--id-attr:Id",
            "TrustServiceStatusList",
            "--output",
            "signed.xml",
            "template.xml",
        ];
        let Some(output) = tool("xmlsec1", &folder, &arguments) else { return };
        assert!(output.status.success(), "{method}: {}", String::from_utf8_lossy(&output.stderr));
        let signed = folder.read("signed.xml");
        let read = TrustedList::read(&signed, &[pki().certificate(signer).clone()]);
        let read = read.unwrap_or_else(|error| panic!("{method} {form} {uri}: {error}"));
        assert_eq!(read.services[0].provider.ja, "見本<認証局>&&");
    }
}

#[test]
fn lists_made_here_are_verified_by_xmlsec() {
    let folder = Folder::new();
    for (signer, scheme) in [
        ("signer-rsa2048", Bench::default().scheme),
        ("signer-p256", fumikura::crypto::SignatureScheme::Ecdsa(fumikura::digest::DigestAlgorithm::Sha256)),
    ] {
        let list = Bench { signer, scheme, ..Bench::default() };
        folder.file("list.xml", list.signed());
        folder.file("signer.crt", pem("CERTIFICATE", pki().certificate(signer).der()));
        let Some(output) = tool("xmlsec1", &folder, &["--verify", "--pubkey-cert-pem", "signer.crt", "list.xml"])
        else {
            return;
        };
        assert!(output.status.success(), "{signer}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn lists_signed_by_signxml_are_read() {
    let folder = Folder::new();
    folder.file("list.xml", Bench::default().unsigned());
    folder.file("key.pem", pem("PRIVATE KEY", pki().pkcs8("signer-rsa2048")));
    folder.file("cert.pem", pem("CERTIFICATE", pki().certificate("signer-rsa2048").der()));
    let script = "
from lxml import etree
from signxml import methods
from signxml.xades import XAdESSigner
class Signer(XAdESSigner):
    # By default it signs its KeyInfo, too, which no trusted list does.
    def _add_reference_to_signed_info(self, sig_root, node, **more):
        if not node.tag.endswith('KeyInfo'):
            super()._add_reference_to_signed_info(sig_root, node, **more)
signer = Signer(method=methods.enveloped, signature_algorithm='rsa-sha256', digest_algorithm='sha512',
                     c14n_algorithm='http://www.w3.org/TR/2001/REC-xml-c14n-20010315')
root = etree.parse('list.xml').getroot()
signed = signer.sign(root, key=open('key.pem','rb').read(), cert=open('cert.pem').read())
open('signed.xml','wb').write(etree.tostring(signed.getroottree(), xml_declaration=True, encoding='UTF-8'))
";
    if python(&folder, script).is_none() {
        return;
    }
    let signed = folder.read("signed.xml");
    let own = pki().certificate("signer-rsa2048").clone();
    let read = TrustedList::read(&signed, &[pki().certificate("signer-p256").clone(), own.clone()]).expect("read");
    assert_eq!(read.signer, own);
    let changed = String::from_utf8(signed).expect("UTF-8").replace("<TSLSequenceNumber>7", "<TSLSequenceNumber>9");
    assert!(TrustedList::read(changed.as_bytes(), &[own]).is_err());
}

#[test]
fn pyhanko_reads_the_same_services() {
    let folder = Folder::new();
    let (a, c) = ("2020-01-01T00:00:00Z", "2024-07-01T00:00:00Z");
    let services = vec![
        service("root", &[("CA/QC", "withdrawn", c), ("CA/QC", "granted", a)], ""),
        service("root", &[("TSA/QTST", "granted", a)], ""),
    ];
    let list = Bench { services, ..Bench::default() };
    folder.file("list.xml", list.unsigned());
    let script = "
from pyhanko.sign.validation.qualified import eutl_parse
for service in eutl_parse.read_qualified_service_definitions(open('list.xml').read()):
    if isinstance(service, Exception):
        raise service
    info = service.base_info
    print(info.service_type.rsplit('/Svctype/')[1], info.valid_from.isoformat(), info.valid_until and info.valid_until.isoformat())
";
    let Some(said) = python(&folder, script) else { return };
    let ours = list.read().expect("read");
    let time = |at: fumikura::time::Instant| at.to_string().replace('Z', "+00:00");
    let mut expected: Vec<String> = ours
        .services
        .iter()
        .flat_map(|service| &service.periods)
        .filter(|period| period.belief.is_ok())
        .map(|period| {
            let kind = period.kind.rsplit("/Svctype/").next().unwrap_or_default();
            format!("{kind} {} {}", time(period.from), period.before.map_or("None".to_owned(), time))
        })
        .collect();
    let mut said: Vec<String> = said.lines().map(str::to_owned).collect();
    said.sort();
    expected.sort();
    assert_eq!(said, expected);
    assert_eq!(ours.issued, instant("2026-01-01T00:00:00Z"));
}
