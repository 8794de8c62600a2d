//! Every error of the trust floors says itself in Japanese.

use fumikura::asn1::Asn1Error;
use fumikura::browser::TrustError;
use fumikura::cms::CmsError;
use fumikura::crypto::{CryptoError, SignatureScheme};
use fumikura::evidence::EvidenceError;
use fumikura::fault::Fault;
use fumikura::fetch::csc::{CscError, Said};
use fumikura::http::EngineFault;
use fumikura::keystore::KeyError;
use fumikura::pki::issue::IssueError;
use fumikura::policy::PolicyError;
use fumikura::tsp::{FailureInfo, TimestampError};
use fumikura::wording;

#[expect(clippy::too_many_lines, reason = "a list")]
fn faults() -> Vec<Box<dyn Fault>> {
    let scheme = || CryptoError::SchemeNotOfKey(SignatureScheme::Ed25519);
    let asn1 = [
        Asn1Error::Truncated,
        Asn1Error::Malformed,
        Asn1Error::Unexpected("x"),
        Asn1Error::Trailing("x"),
        Asn1Error::TooLarge,
        Asn1Error::BadPem,
    ];
    let crypto = [
        CryptoError::NoEntropy,
        scheme(),
        CryptoError::SigningFailed,
        CryptoError::BadPublicKey,
        CryptoError::UnsupportedAlgorithm,
        CryptoError::UnsupportedDigest,
        CryptoError::BadSignature,
    ];
    let cms = [
        CmsError::NotReadable(Asn1Error::Truncated),
        CmsError::NotSignedData,
        CmsError::SignerCount(2),
        CmsError::Crypto(scheme()),
        CmsError::KeyNotOfCertificate,
        CmsError::DigestNotForSigning("SHA-1"),
        CmsError::DigestNotOfScheme,
        CmsError::DigestMismatch,
        CmsError::BadSignature,
        CmsError::BadAttributes("x"),
    ];
    let tsp = [
        TimestampError::Unavailable(String::new()),
        TimestampError::Refused(FailureInfo::Unstated),
        TimestampError::NotReadable(Asn1Error::Truncated),
        TimestampError::Cms(CmsError::BadSignature),
        TimestampError::ImprintMismatch,
        TimestampError::NonceMismatch,
        TimestampError::PolicyMismatch,
        TimestampError::NoSignerCertificate,
        TimestampError::NotTimestampCertificate,
        TimestampError::Crypto(scheme()),
    ];
    let keys = [
        KeyError::BadReference,
        KeyError::TokenModuleNeeded,
        KeyError::File(std::io::Error::other("x")),
        KeyError::TooLarge,
        KeyError::UnknownFormat,
        KeyError::SeveralKeys,
        KeyError::PassphraseNeeded,
        KeyError::WrongPassphrase,
        KeyError::UnsupportedEncryption,
        KeyError::UnsupportedKey,
        KeyError::KeyNotOfCertificate,
        KeyError::Certificate(Asn1Error::Truncated),
        KeyError::GenerationFailed,
        KeyError::Exists,
        KeyError::Issue(IssueError::BadTemplate(Asn1Error::Truncated)),
        KeyError::Crypto(scheme()),
    ];
    let said = Said::default;
    let remote = [
        CscError::BadAddress("x"),
        CscError::TokenNeeded("x"),
        CscError::Unavailable(String::new()),
        CscError::BadAnswer("x"),
        CscError::NotOffered,
        CscError::TokenRefused(said()),
        CscError::CredentialUnknown(said()),
        CscError::CredentialUnusable("x"),
        CscError::CodeNeeded,
        CscError::AuthorizationUnsupported("x"),
        CscError::SecretNeeded,
        CscError::PinWrong(said()),
        CscError::OneTimeWrong(said()),
        CscError::SecretWrong(said()),
        CscError::OneTimeSpent,
        CscError::AuthorizationExpired,
        CscError::NotAuthorized,
        CscError::Refused(said()),
        CscError::SignatureWrong,
    ];
    let policy = [PolicyError::NotReadable(String::new()), PolicyError::BadValue("x")];
    let engine = [EngineFault::NotWasm, EngineFault::Foreign];
    let trust = [TrustError::NotReadable(String::new())];
    let evidence = [
        EvidenceError::NotReadable(Asn1Error::Truncated),
        EvidenceError::TooLarge,
        EvidenceError::Crypto(scheme()),
        EvidenceError::Timestamp(TimestampError::ImprintMismatch),
        EvidenceError::Cms(CmsError::BadSignature),
        EvidenceError::OtherAlgorithm,
        EvidenceError::Nothing,
        EvidenceError::NotInTree,
        EvidenceError::NotOverRoot,
        EvidenceError::OtherData,
    ];
    let boxed = |fault: Vec<Box<dyn Fault>>| fault;
    [
        boxed(asn1.into_iter().map(|fault| Box::new(fault) as _).collect()),
        crypto.into_iter().map(|fault| Box::new(fault) as _).collect(),
        cms.into_iter().map(|fault| Box::new(fault) as _).collect(),
        tsp.into_iter().map(|fault| Box::new(fault) as _).collect(),
        remote.into_iter().map(|fault| Box::new(fault) as _).collect(),
        keys.into_iter().map(|fault| Box::new(fault) as _).collect(),
        policy.into_iter().map(|fault| Box::new(fault) as _).collect(),
        engine.into_iter().map(|fault| Box::new(fault) as _).collect(),
        trust.into_iter().map(|fault| Box::new(fault) as _).collect(),
        evidence.into_iter().map(|fault| Box::new(fault) as _).collect(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn every_code_has_its_sentence() {
    for fault in faults() {
        assert!(wording::ja(fault.code()).is_some(), "{}: {fault}", fault.code());
    }
}
