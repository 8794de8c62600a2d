//! What a service judges by, as one JSON document: anchors with what is believed of them and their names, intermediates, revocation lists, the policy.

use crate::asn1::{Asn1Error, Certificate, CertificateList, pem_encode};
use crate::fault::{Fault, Kind};
use crate::pki::{Belief, Directory, TrustAnchors};
use crate::policy::{PolicyError, ValidationPolicy};
use crate::validate::Judge;
use serde::{Deserialize, Serialize};

/// The form of the document that is written and read.
const FORM: u32 = 1;

/// What can be wrong with a document of trust.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The document is not JSON of the expected form.
    #[error("the document of trust is not readable: {0}")]
    NotReadable(String),
    /// A certificate or list in it is not one.
    #[error(transparent)]
    Asn1(#[from] Asn1Error),
    /// The policy in it is not one.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

impl Fault for TrustError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotReadable(_) => "browser-trust-not-readable",
            Self::Asn1(error) => error.code(),
            Self::Policy(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        Kind::Refused
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    form: u32,
    policy: String,
    signers: Anchors,
    timestamps: Anchors,
    intermediates: Vec<String>,
    crls: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Anchors {
    believed: Vec<Anchor>,
    names: Directory,
    accepts_stale: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Anchor {
    certificate: String,
    belief: Belief,
}

/// Writes what a service judges by. It holds nothing that is not public.
///
/// # Errors
/// [`TrustError::NotReadable`] where a day cannot be written.
pub fn trust_to_json(judge: &Judge) -> Result<String, TrustError> {
    let certificate = |one: &Certificate| pem_encode("CERTIFICATE", one.der()).to_string();
    let anchor = |(one, belief): (&Certificate, Belief)| Anchor { certificate: certificate(one), belief };
    let anchors = |set: &TrustAnchors| Anchors {
        believed: set.iter().map(anchor).collect(),
        names: set.directory().clone(),
        accepts_stale: set.accepts_stale(),
    };
    let document = Document {
        form: FORM,
        policy: judge.policy.as_toml().to_owned(),
        signers: anchors(&judge.trust),
        timestamps: anchors(&judge.tsa_trust),
        intermediates: judge.intermediates.iter().map(certificate).collect(),
        crls: judge.crls.iter().map(|list| pem_encode("X509 CRL", list.der()).to_string()).collect(),
    };
    serde_json::to_string(&document).map_err(unreadable)
}

/// Reads what a service judges by.
///
/// # Errors
/// [`TrustError`] for whatever is not as [`trust_to_json`] writes it: with a part of it nothing is judged.
pub fn trust_from_json(json: &[u8]) -> Result<Judge, TrustError> {
    let document: Document = serde_json::from_slice(json).map_err(unreadable)?;
    if document.form != FORM {
        return Err(TrustError::NotReadable(format!("its form is {}", document.form)));
    }
    let mut crls = Vec::new();
    for pem in &document.crls {
        crls.extend(CertificateList::from_file_bytes(pem.as_bytes())?);
    }
    Ok(Judge {
        trust: anchors(&document.signers)?,
        tsa_trust: anchors(&document.timestamps)?,
        intermediates: document.intermediates.iter().map(|pem| certificate(pem)).collect::<Result<_, _>>()?,
        crls,
        policy: ValidationPolicy::from_toml(&document.policy)?,
        good: Default::default(),
    })
}

fn anchors(list: &Anchors) -> Result<TrustAnchors, TrustError> {
    let mut set = TrustAnchors::default();
    for anchor in &list.believed {
        set.add_for(certificate(&anchor.certificate)?, anchor.belief);
    }
    set.directory_mut().extend(&list.names);
    if list.accepts_stale {
        set.accept_stale();
    }
    Ok(set)
}

fn certificate(pem: &str) -> Result<Certificate, TrustError> {
    let read = Certificate::from_file_bytes(pem.as_bytes())?;
    read.into_iter().next().ok_or_else(|| TrustError::NotReadable("a certificate is missing".to_owned()))
}

fn unreadable(error: serde_json::Error) -> TrustError {
    TrustError::NotReadable(error.to_string())
}
