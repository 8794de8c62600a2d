//! Trusted lists made by hand: written in canonical form to begin with, so that signing them needs no canonicalization of ours.

use super::pki::pki;
use fumikura::asn1::Certificate;
use fumikura::crypto::{SignatureScheme, Signer};
use fumikura::digest::DigestAlgorithm;
use fumikura::tsl::{TrustedList, TslError};

const TYPE: &str = "http://uri.etsi.org/TrstSvc/Svctype/";
const STATUS: &str = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/";
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// A list; a test changes what it is about.
pub struct Bench {
    pub sequence: u64,
    pub version: u64,
    pub next_update: String,
    pub scheme_extensions: String,
    pub provider_extensions: String,
    pub services: Vec<String>,
    pub signer: &'static str,
    pub scheme: SignatureScheme,
}

impl Default for Bench {
    fn default() -> Self {
        Self {
            sequence: 7,
            version: 6,
            next_update: "<dateTime>2026-07-01T00:00:00Z</dateTime>".to_owned(),
            scheme_extensions: String::new(),
            provider_extensions: String::new(),
            services: vec![
                service("root", &[("CA/QC", "granted", "2020-01-01T00:00:00Z")], ""),
                service("root", &[("TSA/QTST", "granted", "2020-01-01T00:00:00Z")], ""),
            ],
            signer: "signer-rsa2048",
            scheme: SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha256),
        }
    }
}

/// Writes a service with its statuses, the present one first, and extensions of the present one.
pub fn service(certificate: &str, statuses: &[(&str, &str, &str)], extensions: &str) -> String {
    identified(&certificate_id(certificate), statuses, extensions)
}

/// Writes the identity of a certificate of the test PKI.
pub fn certificate_id(name: &str) -> String {
    let der = pki().certificate(name).der();
    format!("<DigitalId><X509Certificate>{}</X509Certificate></DigitalId>", base64(der))
}

/// Writes a service with a digital identity.
pub fn identified(identity: &str, statuses: &[(&str, &str, &str)], extensions: &str) -> String {
    let status = |(kind, status, from): &(&str, &str, &str), extensions: &str| {
        let kind = if kind.contains(':') { (*kind).to_owned() } else { format!("{TYPE}{kind}") };
        let status = if status.contains(':') { (*status).to_owned() } else { format!("{STATUS}{status}") };
        format!(
            "<ServiceTypeIdentifier>{kind}</ServiceTypeIdentifier><ServiceName><Name xml:lang=\"en\">Service</Name></ServiceName>\
             <ServiceDigitalIdentity>{identity}</ServiceDigitalIdentity><ServiceStatus>{status}</ServiceStatus>\
             <StatusStartingTime>{from}</StatusStartingTime>{extensions}"
        )
    };
    let (present, before) = statuses.split_first().expect("a status");
    let extensions = match extensions {
        "" => String::new(),
        some => format!("<ServiceInformationExtensions>{some}</ServiceInformationExtensions>"),
    };
    let present = format!("<ServiceInformation>{}</ServiceInformation>", status(present, &extensions));
    let before: String = before
        .iter()
        .map(|one| format!("<ServiceHistoryInstance>{}</ServiceHistoryInstance>", status(one, "")))
        .collect();
    let before = if before.is_empty() { before } else { format!("<ServiceHistory>{before}</ServiceHistory>") };
    format!("<TSPService>{present}{before}</TSPService>")
}

impl Bench {
    /// Writes the list, not yet signed.
    pub fn unsigned(&self) -> String {
        let services: String = self.services.concat();
        format!(
            "<TrustServiceStatusList xmlns=\"http://uri.etsi.org/02231/v2#\" Id=\"LIST\" \
             TSLTag=\"http://uri.etsi.org/19612/TSLTag\"><SchemeInformation>\
             <TSLVersionIdentifier>{version}</TSLVersionIdentifier><TSLSequenceNumber>{sequence}</TSLSequenceNumber>\
             <TSLType>http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUgeneric</TSLType>\
             <SchemeOperatorName><Name xml:lang=\"en\">Operator</Name><Name xml:lang=\"ja\">運営者</Name></SchemeOperatorName>\
             <SchemeTerritory>JP</SchemeTerritory><HistoricalInformationPeriod>65535</HistoricalInformationPeriod>\
             <ListIssueDateTime>2026-01-01T00:00:00Z</ListIssueDateTime><NextUpdate>{next}</NextUpdate>{scheme}\
             </SchemeInformation><TrustServiceProviderList><TrustServiceProvider><TSPInformation><TSPName>\
             <Name xml:lang=\"en\">Example Trust</Name><Name xml:lang=\"ja\">見本認証局</Name></TSPName>{provider}</TSPInformation>\
             <TSPServices>{services}</TSPServices></TrustServiceProvider></TrustServiceProviderList></TrustServiceStatusList>",
            version = self.version,
            sequence = self.sequence,
            next = self.next_update,
            scheme = self.scheme_extensions,
            provider = self.provider_extensions,
        )
    }

    /// Writes the list with its signature.
    pub fn signed(&self) -> String {
        let list = self.unsigned();
        with_signature(&list, &self.signature(&list))
    }

    /// Signs what is to be the whole document without its signature.
    pub fn signature(&self, list: &str) -> String {
        self.signature_by(&reference("", "", list))
    }

    /// Signs references.
    pub fn signature_by(&self, references: &str) -> String {
        let method = method(self.scheme);
        let inside = format!(
            "<ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"></ds:CanonicalizationMethod>\
             <ds:SignatureMethod Algorithm=\"{method}\"></ds:SignatureMethod>{references}"
        );
        let canonical = format!("<ds:SignedInfo xmlns:ds=\"{DSIG}\">{inside}</ds:SignedInfo>");
        let value = pki().signer(self.signer).sign(self.scheme, canonical.as_bytes()).expect("a signature");
        let value = if matches!(self.scheme, SignatureScheme::Ecdsa(_)) { side_by_side(&value) } else { value };
        format!(
            "<ds:Signature xmlns:ds=\"{DSIG}\"><ds:SignedInfo>{inside}</ds:SignedInfo>\
             <ds:SignatureValue>{}</ds:SignatureValue></ds:Signature>",
            base64(&value)
        )
    }

    /// Reads the list by its own signer.
    pub fn read(&self) -> Result<TrustedList, TslError> {
        read(&self.signed(), self.signer)
    }
}

/// Reads a list by a signer.
pub fn read(list: &str, signer: &str) -> Result<TrustedList, TslError> {
    TrustedList::read(list.as_bytes(), &[signer_certificate(signer)])
}

pub fn signer_certificate(name: &str) -> Certificate {
    pki().certificate(name).clone()
}

/// Writes a reference to a document or, with a type, to something else.
pub fn reference(uri: &str, kind: &str, content: &str) -> String {
    let digest = base64(&DigestAlgorithm::Sha256.digest(content.as_bytes()).bytes);
    let kind = if kind.is_empty() { String::new() } else { format!(" Type=\"{kind}\"") };
    let enveloped = if kind.is_empty() {
        "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>"
    } else {
        ""
    };
    format!(
        "<ds:Reference{kind} URI=\"{uri}\"><ds:Transforms>{enveloped}<ds:Transform Algorithm=\"{EXCLUSIVE}\">\
         </ds:Transform></ds:Transforms><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\">\
         </ds:DigestMethod><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>"
    )
}

/// Puts a signature at the end of the root element.
pub fn with_signature(list: &str, signature: &str) -> String {
    let at = list.rfind("</").expect("an end tag");
    format!("{}{signature}{}", &list[..at], &list[at..])
}

fn method(scheme: SignatureScheme) -> &'static str {
    match scheme {
        SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha256) => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        SignatureScheme::RsaPkcs1(_) => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        SignatureScheme::RsaPss(_) => "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        SignatureScheme::Ecdsa(DigestAlgorithm::Sha256) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        _ => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
    }
}

/// Turns a DER ECDSA value into two numbers of equal width.
fn side_by_side(der: &[u8]) -> Vec<u8> {
    let (first, rest) = integer(&der[2..]);
    let (second, _) = integer(rest);
    let width = if first.len().max(second.len()) > 33 { 48 } else { 32 };
    let wide = |digits: &[u8]| {
        let digits: Vec<u8> = digits.iter().copied().skip_while(|byte| *byte == 0).collect();
        [vec![0; width - digits.len()], digits].concat()
    };
    [wide(first), wide(second)].concat()
}

fn integer(der: &[u8]) -> (&[u8], &[u8]) {
    der[2..].split_at(usize::from(der[1]))
}

pub fn base64(bytes: &[u8]) -> String {
    let pem = fumikura::asn1::pem_encode("X", bytes);
    pem.lines().filter(|line| !line.starts_with('-')).collect()
}
