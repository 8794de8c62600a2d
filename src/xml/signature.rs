//! An enveloped XML signature (XMLDSig, XAdES baseline) in the one form that trusted lists have (ETSI TS 119 612 v2.4.1, 5.7,
//! annex B): over the whole document, made by a signer that is known beforehand.
//!
//! Whoever wraps signatures lives on the difference between what is verified and what is read. Here they are the same bytes:
//! only one reference may lead to content, it can lead to nothing but the whole document without its signature, and what the
//! caller gets are the canonical bytes that were digested.

use super::canonical::{Form, canonical};
use super::{Limits, XmlError, base64, children, parse, text};
use crate::asn1::{Certificate, writer};
use crate::crypto::{CryptoError, SignatureScheme, key_facts, verify};
use crate::digest::DigestAlgorithm;
use crate::time::Instant;
use roxmltree::{Document, Node};
use std::collections::BTreeSet;

const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const XADES: &str = "http://uri.etsi.org/01903/v1.3.2#";
const SIGNED_PROPERTIES: &str = "http://uri.etsi.org/01903#SignedProperties";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// The shortest RSA key that is accepted, in bits.
const SHORTEST_RSA_BITS: u32 = 2048;

/// A document whose signature was verified.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The canonical form of the document without its signature: what the signature is over, to the byte.
    pub bytes: Vec<u8>,
    /// The given certificate whose key made the signature.
    pub signer: Certificate,
    /// The time that the signer claims to have signed at.
    pub signing_time: Option<Instant>,
}

/// Verifies the one enveloped signature of a document against the certificates of those who may have made it.
///
/// # Errors
/// [`XmlError`]; a document that is signed in any other form is refused, never read in part.
pub fn verify_enveloped(bytes: &[u8], signers: &[Certificate], limits: &Limits) -> Result<Signed, XmlError> {
    let document = parse(bytes, limits)?;
    let signature = Signature::find(&document)?;
    let info = signature.info()?;
    let value = signature.value()?;
    let algorithm = info.algorithm.clone();
    let fits = signers.iter().filter(|signer| is_made_by(signer, &algorithm, &info.bytes, &value));
    let fits: Vec<&Certificate> = fits.collect();
    if fits.is_empty() {
        // Told apart only for the words: an algorithm that is not accepted fits nobody.
        scheme(&algorithm)?;
        return Err(XmlError::OtherSigner);
    }
    let content = signature.content(&document, &info)?;
    let properties = signature.properties(&info)?;
    let signer = match &properties {
        None => fits.first(),
        Some(properties) => fits.iter().find(|signer| properties.names(signer)),
    };
    let signer = signer.ok_or(XmlError::OtherCertificate)?;
    let signing_time = properties.and_then(|properties| properties.signing_time);
    Ok(Signed { bytes: content, signer: (*signer).clone(), signing_time })
}

/// The signature element of a document, shown to be the only one and to stand directly in the root.
struct Signature<'a> {
    element: Node<'a, 'a>,
    info: Node<'a, 'a>,
    value: Node<'a, 'a>,
}

/// `SignedInfo`, read from the canonical bytes that the signature value is over.
struct Info {
    bytes: Vec<u8>,
    algorithm: String,
    content: Reference,
    properties: Option<Reference>,
}

/// One `Reference`.
struct Reference {
    uri: String,
    kind: Option<String>,
    transforms: Vec<Transform>,
    digest: DigestAlgorithm,
    value: Vec<u8>,
}

enum Transform {
    Enveloped,
    Canonical(Form),
}

/// What the signature says of itself under its own protection.
struct Properties {
    signing_time: Option<Instant>,
    /// The digests of signing certificates that it names, the first being the signer's.
    certificate: Option<(DigestAlgorithm, Vec<u8>)>,
}

impl<'a> Signature<'a> {
    fn find(document: &'a Document<'a>) -> Result<Self, XmlError> {
        let root = document.root_element();
        let mut all = document.descendants().filter(|node| node.has_tag_name((DSIG, "Signature")));
        let element = all.next().ok_or(XmlError::NotSigned)?;
        if all.next().is_some() {
            return Err(XmlError::Form("there is more than one signature"));
        }
        if element.parent() != Some(root) {
            return Err(XmlError::Form("the signature does not stand directly in the root element"));
        }
        check_identifiers(document)?;
        let mut parts = element.children().filter(Node::is_element);
        let mut part = |name: &str| {
            let next = parts.next().filter(|node| node.has_tag_name((DSIG, name)));
            next.ok_or(XmlError::Form("SignedInfo and SignatureValue must come first"))
        };
        let (info, value) = (part("SignedInfo")?, part("SignatureValue")?);
        let known = |node: Node<'_, '_>| node.has_tag_name((DSIG, "KeyInfo")) || node.has_tag_name((DSIG, "Object"));
        if !parts.all(known) {
            return Err(XmlError::Form("the signature holds what does not belong there"));
        }
        Ok(Self { element, info, value })
    }

    fn info(&self) -> Result<Info, XmlError> {
        let method = one(self.info, "CanonicalizationMethod")?;
        let bytes = canonical(self.info, None, &form(method)?);
        Info::read(bytes)
    }

    fn value(&self) -> Result<Vec<u8>, XmlError> {
        text(self.value).and_then(|text| base64(&text)).ok_or(XmlError::Form("the signature value is not base64"))
    }

    /// Returns the document without its signature, as it was digested.
    fn content(&self, document: &'a Document<'a>, info: &Info) -> Result<Vec<u8>, XmlError> {
        let root = document.root_element();
        let reference = &info.content;
        let whole = match reference.uri.strip_prefix('#') {
            None if reference.uri.is_empty() => document.root(),
            Some(id) if identifier(root) == Some(id) => root,
            _ => return Err(XmlError::Form("the reference does not lead to the whole document")),
        };
        let form = match reference.transforms.as_slice() {
            [Transform::Enveloped] => Form::default(),
            [Transform::Enveloped, Transform::Canonical(form)] => form.clone(),
            _ => return Err(XmlError::Form("the document is transformed otherwise than by leaving out the signature")),
        };
        let bytes = canonical(whole, Some(self.element.id()), &form);
        reference.check(&bytes)?;
        Ok(bytes)
    }

    fn properties(&self, info: &Info) -> Result<Option<Properties>, XmlError> {
        let Some(reference) = &info.properties else { return Ok(None) };
        let found = children(self.element, DSIG, "Object")
            .flat_map(|object| children(object, XADES, "QualifyingProperties"))
            .flat_map(|qualifying| children(qualifying, XADES, "SignedProperties"))
            .collect::<Vec<_>>();
        let [properties] = found.as_slice() else { return Err(XmlError::Form("there is not one SignedProperties")) };
        if identifier(*properties).is_none_or(|id| reference.uri.strip_prefix('#') != Some(id)) {
            return Err(XmlError::Form("the reference does not lead to the signed properties"));
        }
        let form = match reference.transforms.as_slice() {
            [] => Form::default(),
            [Transform::Canonical(form)] => form.clone(),
            _ => return Err(XmlError::Form("the signed properties are transformed")),
        };
        let bytes = canonical(*properties, None, &form);
        reference.check(&bytes)?;
        Properties::read(&bytes).map(Some)
    }
}

impl Info {
    fn read(bytes: Vec<u8>) -> Result<Self, XmlError> {
        let document = parse(&bytes, &Limits::default())?;
        let info = document.root_element();
        let algorithm = algorithm(one(info, "SignatureMethod")?)?.to_owned();
        let (mut content, mut properties) = (None, None);
        for element in children(info, DSIG, "Reference") {
            let reference = Reference::read(element)?;
            let place = match reference.kind.as_deref() {
                Some(SIGNED_PROPERTIES) => &mut properties,
                _ => &mut content,
            };
            if place.replace(reference).is_some() {
                return Err(XmlError::Form("there is more than one reference of a kind"));
            }
        }
        let content = content.ok_or(XmlError::Form("nothing but the signature itself is signed"))?;
        drop(document);
        Ok(Self { bytes, algorithm, content, properties })
    }
}

impl Reference {
    fn read(element: Node<'_, '_>) -> Result<Self, XmlError> {
        let lists: Vec<_> = children(element, DSIG, "Transforms").collect();
        let steps = match lists.as_slice() {
            [] => Vec::new(),
            [list] => list.children().filter(Node::is_element).collect(),
            _ => return Err(XmlError::Form("a reference has two lists of transforms")),
        };
        let transforms = steps.into_iter().map(|step| match step.attribute("Algorithm") {
            Some(ENVELOPED) => Ok(Transform::Enveloped),
            _ => form(step).map(Transform::Canonical),
        });
        let value = text(one(element, "DigestValue")?).and_then(|text| base64(&text));
        Ok(Self {
            uri: element.attribute("URI").ok_or(XmlError::Form("a reference leads nowhere"))?.to_owned(),
            kind: element.attribute("Type").map(str::to_owned),
            transforms: transforms.collect::<Result<_, _>>()?,
            digest: digest(algorithm(one(element, "DigestMethod")?)?)?,
            value: value.ok_or(XmlError::Form("a digest is not base64"))?,
        })
    }

    fn check(&self, bytes: &[u8]) -> Result<(), XmlError> {
        if self.digest.digest(bytes).bytes == self.value { Ok(()) } else { Err(XmlError::Altered) }
    }
}

impl Properties {
    fn read(bytes: &[u8]) -> Result<Self, XmlError> {
        let document = parse(bytes, &Limits::default())?;
        let of_signature = children(document.root_element(), XADES, "SignedSignatureProperties").next();
        let Some(of_signature) = of_signature else { return Ok(Self { signing_time: None, certificate: None }) };
        let time = children(of_signature, XADES, "SigningTime").next().and_then(text);
        let named = ["SigningCertificateV2", "SigningCertificate"]
            .iter()
            .find_map(|name| children(of_signature, XADES, name).next())
            .and_then(|list| children(list, XADES, "Cert").next())
            .and_then(|first| children(first, XADES, "CertDigest").next());
        let read = |named: Node<'_, '_>| {
            let value = text(one(named, "DigestValue")?).and_then(|text| base64(&text));
            let value = value.ok_or(XmlError::Form("a digest is not base64"))?;
            Ok((digest(algorithm(one(named, "DigestMethod")?)?)?, value))
        };
        let signing_time = match time {
            Some(time) => Some(time.parse().map_err(|_| XmlError::Form("the signing time is none"))?),
            None => None,
        };
        Ok(Self { signing_time, certificate: named.map(read).transpose()? })
    }

    /// Tells whether it is that certificate that the signature names, or none at all.
    fn names(&self, signer: &Certificate) -> bool {
        let fits = |(digest, value): &(DigestAlgorithm, Vec<u8>)| digest.digest(signer.der()).bytes == *value;
        self.certificate.as_ref().is_none_or(fits)
    }
}

/// Refuses identifiers that stand twice: which of the two is meant, readers disagree about.
fn check_identifiers(document: &Document<'_>) -> Result<(), XmlError> {
    let mut known = BTreeSet::new();
    for id in document.descendants().filter(Node::is_element).flat_map(identifiers) {
        if !known.insert(id) {
            return Err(XmlError::Form("an identifier stands twice"));
        }
    }
    Ok(())
}

fn identifiers<'a>(element: Node<'a, 'a>) -> impl Iterator<Item = &'a str> {
    element.attributes().filter(|one| one.name().eq_ignore_ascii_case("id")).map(|one| one.value())
}

/// Returns the identifier by which a reference may lead to an element.
fn identifier<'a>(element: Node<'a, 'a>) -> Option<&'a str> {
    element.attribute("Id").filter(|id| !id.is_empty())
}

fn one<'a>(of: Node<'a, 'a>, name: &'static str) -> Result<Node<'a, 'a>, XmlError> {
    let mut all = children(of, DSIG, name);
    match (all.next(), all.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(XmlError::Form("a part of the signature is missing or stands twice")),
    }
}

fn algorithm<'a>(element: Node<'a, 'a>) -> Result<&'a str, XmlError> {
    element.attribute("Algorithm").ok_or(XmlError::Form("an algorithm is missing"))
}

/// Reads a canonicalization; comments are left out of the whole document before any (XMLDSig, 4.4.3.3).
fn form(element: Node<'_, '_>) -> Result<Form, XmlError> {
    let exclusive = match element.attribute("Algorithm") {
        Some(INCLUSIVE) => false,
        Some(EXCLUSIVE) => true,
        other => return Err(XmlError::Algorithm(other.unwrap_or_default().to_owned())),
    };
    let lists = element.children().filter(Node::is_element);
    let mut prefixes = Vec::new();
    for list in lists {
        if !exclusive || !list.has_tag_name((EXCLUSIVE, "InclusiveNamespaces")) {
            return Err(XmlError::Form("a canonicalization has parameters that are not known"));
        }
        let named = list.attribute("PrefixList").unwrap_or_default().split_ascii_whitespace();
        prefixes.extend(named.map(|prefix| if prefix == "#default" { String::new() } else { prefix.to_owned() }));
    }
    Ok(Form { exclusive, inclusive_prefixes: prefixes })
}

fn digest(algorithm: &str) -> Result<DigestAlgorithm, XmlError> {
    match algorithm {
        "http://www.w3.org/2001/04/xmlenc#sha256" => Ok(DigestAlgorithm::Sha256),
        "http://www.w3.org/2001/04/xmldsig-more#sha384" => Ok(DigestAlgorithm::Sha384),
        "http://www.w3.org/2001/04/xmlenc#sha512" => Ok(DigestAlgorithm::Sha512),
        other => Err(XmlError::Algorithm(other.to_owned())),
    }
}

fn scheme(algorithm: &str) -> Result<SignatureScheme, XmlError> {
    use DigestAlgorithm::{Sha256, Sha384, Sha512};
    Ok(match algorithm {
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256" => SignatureScheme::RsaPkcs1(Sha256),
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384" => SignatureScheme::RsaPkcs1(Sha384),
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" => SignatureScheme::RsaPkcs1(Sha512),
        "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1" => SignatureScheme::RsaPss(Sha256),
        "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1" => SignatureScheme::RsaPss(Sha384),
        "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1" => SignatureScheme::RsaPss(Sha512),
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256" => SignatureScheme::Ecdsa(Sha256),
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384" => SignatureScheme::Ecdsa(Sha384),
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512" => SignatureScheme::Ecdsa(Sha512),
        other => return Err(XmlError::Algorithm(other.to_owned())),
    })
}

fn is_made_by(signer: &Certificate, algorithm: &str, signed: &[u8], value: &[u8]) -> bool {
    let (Ok(scheme), Ok(key)) = (scheme(algorithm), key_facts(signer.spki_der())) else { return false };
    let verified = match scheme {
        SignatureScheme::Ecdsa(_) => {
            // The two numbers side by side (RFC 4050, 3.3), where certificates and CMS have DER.
            let (r, s) = value.split_at(value.len() / 2);
            let even = r.len() == s.len() && !r.is_empty();
            let der = writer::sequence(&[writer::unsigned(r), writer::unsigned(s)]);
            if even { verify(signer.spki_der(), scheme, signed, &der) } else { Err(CryptoError::BadSignature) }
        }
        _ if key.bits < SHORTEST_RSA_BITS => return false,
        _ => verify(signer.spki_der(), scheme, signed, value),
    };
    verified.is_ok()
}
