//! Issues certificates, revocation lists and certification requests: for demonstrations, offices without a CA, tests.

use crate::asn1::reader::tag;
use crate::asn1::{
    Asn1Error, BasicConstraints, Certificate, CertificateList, Extension, KeyUsage, Name, Oid, RevokedEntry, oid,
    time_der, writer,
};
use crate::crypto::{CryptoError, SignatureScheme, Signer, public_key_bits, signature_identifier};
use crate::digest::DigestAlgorithm;
use crate::fault::{Fault, Kind};
use crate::time::Instant;

/// What a new certificate says (RFC 5280, 4.1).
#[derive(Clone, Debug)]
pub struct CertificateTemplate<'a> {
    /// The subject.
    pub subject: &'a Name,
    /// The subject's DER `SubjectPublicKeyInfo`.
    pub public_key_info: &'a [u8],
    /// The serial number, big-endian and positive; at most 20 octets (RFC 5280, 4.1.2.2).
    pub serial: &'a [u8],
    /// The first instant of validity; cut to seconds.
    pub not_before: Instant,
    /// The last instant of validity; cut to seconds.
    pub not_after: Instant,
    /// basicConstraints, critical where present.
    pub basic_constraints: Option<BasicConstraints>,
    /// keyUsage, critical where present.
    pub key_usage: Option<KeyUsage>,
    /// extKeyUsage, and whether it is critical.
    pub extended_key_usage: Option<(Vec<Oid>, bool)>,
    /// certificatePolicies.
    pub policies: Vec<Oid>,
    /// URIs where the CRL is to be had, one distribution point each.
    pub crl_uris: Vec<String>,
    /// Further extensions.
    pub more: Vec<Extension>,
}

impl<'a> CertificateTemplate<'a> {
    /// Makes a template without extensions.
    pub fn new(
        subject: &'a Name,
        public_key_info: &'a [u8],
        serial: &'a [u8],
        not_before: Instant,
        not_after: Instant,
    ) -> Self {
        Self {
            subject,
            public_key_info,
            serial,
            not_before,
            not_after,
            basic_constraints: None,
            key_usage: None,
            extended_key_usage: None,
            policies: Vec::new(),
            crl_uris: Vec::new(),
            more: Vec::new(),
        }
    }
}

/// What a new revocation list says (RFC 5280, 5.1).
#[derive(Clone, Debug)]
pub struct CrlTemplate {
    /// When it is made.
    pub this_update: Instant,
    /// By when the next will be.
    pub next_update: Instant,
    /// cRLNumber (RFC 5280, 5.2.3).
    pub number: u64,
    /// Serial numbers' contents octets with their entries.
    pub revoked: Vec<(Vec<u8>, RevokedEntry)>,
    /// Further extensions, for example an issuing distribution point.
    pub more: Vec<Extension>,
}

/// Who issues: a name and a key.
#[derive(Clone, Copy)]
pub struct Issuer<'a> {
    /// The issuer's name.
    pub name: &'a Name,
    /// The issuer's key.
    pub signer: &'a dyn Signer,
    /// The digest to sign with.
    pub digest: DigestAlgorithm,
}

/// What can go wrong with issuing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// The key failed.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// The template cannot be encoded as asked.
    #[error("the template makes no readable certificate: {0}")]
    BadTemplate(#[from] Asn1Error),
}

impl Fault for IssueError {
    fn code(&self) -> &'static str {
        match self {
            Self::Crypto(error) => error.code(),
            Self::BadTemplate(_) => "issue-bad-template",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Crypto(error) => error.kind(),
            Self::BadTemplate(_) => Kind::Usage,
        }
    }
}

/// Issues a certificate, with key identifiers by RFC 5280, 4.2.1.2 (1).
pub fn issue_certificate(template: &CertificateTemplate<'_>, issuer: Issuer<'_>) -> Result<Certificate, IssueError> {
    let serial_fits = !template.serial.is_empty() && template.serial.len() <= 20;
    if !serial_fits || template.not_after < template.not_before {
        return Err(Asn1Error::Unexpected("a template with a serial number and dates in order").into());
    }
    let scheme = issuer.signer.default_scheme(issuer.digest);
    let extensions = certificate_extensions(template, issuer)?;
    let tbs = writer::sequence(&[
        writer::context(0, &[writer::integer(2)]),
        writer::unsigned(template.serial),
        signature_identifier(scheme).to_der(),
        issuer.name.der().to_vec(),
        writer::sequence(&[time_der(template.not_before), time_der(template.not_after)]),
        template.subject.der().to_vec(),
        template.public_key_info.to_vec(),
        writer::context(3, &[writer::sequence(&extensions)]),
    ]);
    Ok(Certificate::from_der(&signed(&tbs, issuer.signer, scheme)?)?)
}

/// Issues a revocation list.
pub fn issue_crl(template: &CrlTemplate, issuer: Issuer<'_>) -> Result<CertificateList, IssueError> {
    let scheme = issuer.signer.default_scheme(issuer.digest);
    let mut parts = vec![
        writer::integer(1),
        signature_identifier(scheme).to_der(),
        issuer.name.der().to_vec(),
        time_der(template.this_update),
        time_der(template.next_update),
    ];
    let entries: Vec<_> = template.revoked.iter().map(|(serial, entry)| entry_der(serial, entry)).collect();
    if !entries.is_empty() {
        parts.push(writer::sequence(&entries));
    }
    let mut extensions = vec![
        extension(&oid::AUTHORITY_KEY_IDENTIFIER, false, &authority_key_identifier(issuer)?),
        extension(&oid::CRL_NUMBER, false, &writer::integer(template.number)),
    ];
    extensions.extend(template.more.iter().map(|more| extension(&more.oid, more.critical, &more.value)));
    parts.push(writer::context(0, &[writer::sequence(&extensions)]));
    Ok(CertificateList::from_der(&signed(&writer::sequence(&parts), issuer.signer, scheme)?)?)
}

/// Makes a certification request in DER (PKCS #10, RFC 2986) that proves possession of the key.
pub fn certification_request(
    subject: &Name,
    signer: &dyn Signer,
    digest: DigestAlgorithm,
    key_usage: Option<KeyUsage>,
) -> Result<Vec<u8>, IssueError> {
    let scheme = signer.default_scheme(digest);
    let usage = key_usage.map(|usage| extension(&oid::KEY_USAGE, true, &key_usage_der(usage)));
    let attributes = usage.map(|usage| {
        let wanted = writer::set_of(&[writer::sequence(&[usage])]);
        writer::sequence(&[writer::oid(&oid::EXTENSION_REQUEST), wanted])
    });
    let info = writer::sequence(&[
        writer::integer(0),
        subject.der().to_vec(),
        signer.public_key_info().to_vec(),
        writer::context(0, &attributes.into_iter().collect::<Vec<_>>()),
    ]);
    Ok(signed(&info, signer, scheme)?)
}

/// Wraps a body, its algorithm and its signature: the outer form of certificates, lists and requests.
fn signed(tbs: &[u8], signer: &dyn Signer, scheme: SignatureScheme) -> Result<Vec<u8>, CryptoError> {
    let signature = signer.sign(scheme, tbs)?;
    Ok(writer::sequence(&[tbs.to_vec(), signature_identifier(scheme).to_der(), writer::bit_octets(&signature)]))
}

fn certificate_extensions(template: &CertificateTemplate<'_>, issuer: Issuer<'_>) -> Result<Vec<Vec<u8>>, CryptoError> {
    let own = key_identifier(template.public_key_info)?;
    let mut all = vec![
        extension(&oid::SUBJECT_KEY_IDENTIFIER, false, &writer::octets(&own)),
        extension(&oid::AUTHORITY_KEY_IDENTIFIER, false, &authority_key_identifier(issuer)?),
    ];
    if let Some(constraints) = template.basic_constraints {
        let mut parts = Vec::new();
        if constraints.ca {
            parts.push(writer::boolean(true));
        }
        parts.extend(constraints.path_length.map(writer::integer));
        all.push(extension(&oid::BASIC_CONSTRAINTS, true, &writer::sequence(&parts)));
    }
    if let Some(usage) = template.key_usage {
        all.push(extension(&oid::KEY_USAGE, true, &key_usage_der(usage)));
    }
    if let Some((usages, critical)) = &template.extended_key_usage {
        let list = writer::sequence(&usages.iter().map(writer::oid).collect::<Vec<_>>());
        all.push(extension(&oid::EXTENDED_KEY_USAGE, *critical, &list));
    }
    if !template.policies.is_empty() {
        let policies: Vec<_> =
            template.policies.iter().map(|policy| writer::sequence(&[writer::oid(policy)])).collect();
        all.push(extension(&oid::CERTIFICATE_POLICIES, false, &writer::sequence(&policies)));
    }
    if !template.crl_uris.is_empty() {
        let point = |uri: &String| {
            let name = writer::tlv(tag::context_primitive(6), uri.as_bytes());
            writer::sequence(&[writer::context(0, &[writer::context(0, &[name])])])
        };
        let points: Vec<_> = template.crl_uris.iter().map(point).collect();
        all.push(extension(&oid::CRL_DISTRIBUTION_POINTS, false, &writer::sequence(&points)));
    }
    all.extend(template.more.iter().map(|more| extension(&more.oid, more.critical, &more.value)));
    Ok(all)
}

fn entry_der(serial: &[u8], entry: &RevokedEntry) -> Vec<u8> {
    let mut extensions = Vec::new();
    if let Some(reason) = entry.reason {
        extensions.push(extension(&oid::CRL_REASON, false, &writer::tlv(tag::ENUMERATED, &[reason.number()])));
    }
    let mut parts = vec![writer::tlv(tag::INTEGER, serial), time_der(entry.revoked_at)];
    if !extensions.is_empty() {
        parts.push(writer::sequence(&extensions));
    }
    writer::sequence(&parts)
}

fn extension(oid: &Oid, critical: bool, value: &[u8]) -> Vec<u8> {
    let mut parts = vec![writer::oid(oid)];
    if critical {
        parts.push(writer::boolean(true));
    }
    parts.push(writer::octets(value));
    writer::sequence(&parts)
}

fn authority_key_identifier(issuer: Issuer<'_>) -> Result<Vec<u8>, CryptoError> {
    let identifier = key_identifier(issuer.signer.public_key_info())?;
    Ok(writer::sequence(&[writer::tlv(tag::context_primitive(0), &identifier)]))
}

/// Returns a key identifier: the first 160 bits of SHA-256 over the public key (RFC 7093, 2 (1)).
fn key_identifier(public_key_info: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let mut identifier = DigestAlgorithm::Sha256.digest(public_key_bits(public_key_info)?).bytes;
    identifier.truncate(20);
    Ok(identifier)
}

/// Writes a named bit list: trailing zero bits are left out (X.690, 11.2.2).
fn key_usage_der(usage: KeyUsage) -> Vec<u8> {
    let octets = [(usage.0 as u8).reverse_bits(), ((usage.0 >> 8) as u8).reverse_bits()];
    let octets = if octets[1] == 0 { &octets[..1] } else { &octets[..] };
    let unused = octets.last().map_or(0, |last| last.trailing_zeros().min(7) as u8);
    let mut contents = vec![unused];
    contents.extend_from_slice(octets);
    writer::tlv(tag::BIT_STRING, &contents)
}
