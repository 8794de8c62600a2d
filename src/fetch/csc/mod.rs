//! Keys at a remote signing service: Cloud Signature Consortium, "Architectures and protocols for remote signature
//! applications", version 2 (CSC API 2.0.0.2).
//!
//! Only digests leave this machine. What comes back is verified with the certificate's key before anyone gets it. A PIN is
//! asked for once and, where the service refuses it, never sent again.

mod address;
mod algorithm;
mod client;
mod door;
mod error;
mod signer;
mod wire;

pub use address::CscAddress;
pub use door::SecretWanted;
pub use error::{CscError, Said};
pub use signer::CscSigner;

use crate::asn1::{Certificate, Oid, oid};
use crate::crypto::{KeyFacts, KeyKind, key_facts};
use crate::digest::DigestAlgorithm;
use crate::time::Clock;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use client::Client;
use door::Door;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// How many certificates of a chain are taken.
const CERTIFICATES: usize = 16;
/// How many hashes are authorised together, whatever the service allows.
const BATCH: u64 = 1000;
/// The shortest RSA key that signs, in bits.
const RSA_BITS: u32 = 2048;

/// What opens the way to a service. Wiped when dropped, and never printed.
pub struct CscAccess {
    /// The OAuth 2.0 access token for the service.
    pub token: Zeroizing<String>,
    /// The access token of the scope `credential`, where the credential is authorised on a web page.
    pub credential_token: Option<Zeroizing<String>>,
    /// Whether a service on this machine may be spoken to without TLS.
    pub allows_plain_loopback: bool,
    /// How long one exchange may take.
    pub timeout: Duration,
    /// How long is waited for a holder who authorises elsewhere, on a telephone for example.
    pub patience: Duration,
}

/// Opens a credential: looks at what it is, and asks for the secrets that authorise it, each once.
///
/// # Errors
/// [`CscError`]: the service is not reached or is another, or the credential cannot sign.
pub fn open(
    address: &CscAddress,
    access: CscAccess,
    clock: Arc<dyn Clock>,
    ask: &mut dyn FnMut(&SecretWanted<'_>) -> Option<Zeroizing<String>>,
) -> Result<CscSigner, CscError> {
    if address.is_plain_loopback && !access.allows_plain_loopback {
        return Err(CscError::BadAddress("it is not https"));
    }
    let client = Client::new(&address.base, access.token, access.timeout)?;
    let info: wire::Info = client.ask_openly("info", &wire::InfoQuestion {}).map_err(|error| match error {
        CscError::Refused(_) => CscError::NotOffered,
        error => error,
    })?;
    if !info.specs.starts_with("2.") || !info.methods.iter().any(|method| method == "signatures/signHash") {
        return Err(CscError::NotOffered);
    }
    let question = wire::CredentialQuestion {
        credential: &address.credential,
        certificates: "chain",
        cert_info: true,
        auth_info: true,
    };
    let found: wire::Credential = client.ask("credentials/info", &question, &[]).map_err(|error| match error {
        CscError::Refused(said) => CscError::CredentialUnknown(said),
        error => error,
    })?;
    let certificates = certificates(found.cert.as_ref())?;
    let (offered, facts) = usable(&found, &certificates)?;
    let door = Door::new(&found.auth, access.credential_token, access.patience, ask)?;
    let batch = usize::try_from(found.multisign.min(BATCH)).unwrap_or(1);
    Ok(CscSigner { client, credential: address.credential.clone(), certificates, offered, facts, batch, door, clock })
}

/// Reads the certificates, the credential's own first.
fn certificates(cert: Option<&wire::Cert>) -> Result<Vec<Certificate>, CscError> {
    const BAD: CscError = CscError::BadAnswer("a certificate in it is not readable");
    let given = cert.map(|cert| cert.certificates.as_slice()).unwrap_or_default();
    if given.is_empty() {
        return Err(CscError::BadAnswer("it holds no certificate"));
    }
    if given.len() > CERTIFICATES {
        return Err(CscError::BadAnswer("it holds too many certificates"));
    }
    let read = |text: &String| {
        let packed: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let der = STANDARD.decode(packed).map_err(|_| BAD)?;
        Certificate::from_der(&der).map_err(|_| BAD)
    };
    given.iter().map(read).collect()
}

/// Holds a credential to what signing needs, and what the service says of the key to the certificate. Returns the
/// algorithms that are offered, and the key's facts.
fn usable(found: &wire::Credential, certificates: &[Certificate]) -> Result<(Vec<Oid>, KeyFacts), CscError> {
    let refuse = |why| Err(CscError::CredentialUnusable(why));
    if found.key.status != "enabled" {
        return refuse("its key is disabled");
    }
    match found.cert.as_ref().and_then(|cert| cert.status.as_deref()) {
        None | Some("valid") => {}
        Some("expired") => return refuse("its certificate has expired"),
        Some("revoked") => return refuse("its certificate is revoked"),
        Some("suspended") => return refuse("its certificate is suspended"),
        Some(_) => return refuse("its certificate is not valid"),
    }
    if found.multisign == 0 {
        return refuse("it allows no signature");
    }
    let facts = certificates.first().and_then(|own| key_facts(own.spki_der()).ok());
    let Some(facts) = facts else { return refuse("its public key is not readable") };
    let curve = match facts.kind {
        KeyKind::P256 => Some(oid::P256),
        KeyKind::P384 => Some(oid::P384),
        KeyKind::P521 => Some(oid::P521),
        _ => None,
    };
    let told = found.key.curve.as_ref().filter(|curve| !curve.is_empty()).map(|text| text.parse::<Oid>().ok());
    if facts.bits != found.key.len || told.is_some_and(|told| told != curve) {
        return refuse("its key is not the one of its certificate");
    }
    if facts.kind == KeyKind::Rsa && facts.bits < RSA_BITS {
        return refuse("its key is too short");
    }
    let offered: Vec<Oid> = found.key.algo.iter().filter_map(|text| text.parse().ok()).collect();
    match algorithm::preferred(DigestAlgorithm::Sha256, &offered, facts) {
        Some(_) => Ok((offered, facts)),
        None => refuse("the service offers no algorithm for its key that is used here"),
    }
}
