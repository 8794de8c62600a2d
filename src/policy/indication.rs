//! Outcomes and sub-indications of EN 319 102-1 v1.4.1.

use serde::{Deserialize, Serialize};

/// The outcome of a building block: never a bool (EN 319 102-1 v1.4.1, 5.1.3, table 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The block passed.
    Passed,
    /// The block can say neither yes nor no, for this reason.
    Indeterminate(SubIndication),
    /// The block failed, for this reason.
    Failed(SubIndication),
}

impl Outcome {
    /// Tells whether the block passed.
    pub fn is_passed(self) -> bool {
        self == Self::Passed
    }

    /// Returns the reason, unless passed.
    pub fn sub_indication(self) -> Option<SubIndication> {
        match self {
            Self::Passed => None,
            Self::Indeterminate(sub) | Self::Failed(sub) => Some(sub),
        }
    }
}

macro_rules! sub_indications {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $clause:literal;)*) => {
        /// Why an outcome is not "passed" (EN 319 102-1 v1.4.1, 5.1.3, tables 5 and 6).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum SubIndication {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
        }

        impl SubIndication {
            /// Every sub-indication, in the order of the tables.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Returns the name as reports write it, for example `HASH_FAILURE`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Returns the clause that gives rise to it.
            pub fn clause(self) -> &'static str {
                match self { $(Self::$name => $clause,)* }
            }
        }
    };
}

sub_indications! {
    /// The signature does not have the form that its standard asks (5.2.2).
    FormatFailure = "FORMAT_FAILURE", "EN 319 102-1 5.2.2";
    /// A digest of signed data differs from the digest in the signature (5.2.7).
    HashFailure = "HASH_FAILURE", "EN 319 102-1 5.2.7";
    /// The signature value does not verify with the signer's public key (5.2.7).
    SigCryptoFailure = "SIG_CRYPTO_FAILURE", "EN 319 102-1 5.2.7";
    /// The signer's certificate was revoked before the signature existed (5.3.4).
    Revoked = "REVOKED", "EN 319 102-1 5.3.4";
    /// A certificate of an issuing authority on the path was revoked before the signature existed (5.2.6).
    RevokedCa = "REVOKED_CA", "EN 319 102-1 5.2.6";
    /// The signature was made after the certificate expired (5.3.4).
    Expired = "EXPIRED", "EN 319 102-1 5.3.4";
    /// The signature was made before the certificate became valid (5.3.4).
    NotYetValid = "NOT_YET_VALID", "EN 319 102-1 5.3.4";
    /// An attribute of the signature breaks a constraint on signatures (5.2.8).
    SigConstraintsFailure = "SIG_CONSTRAINTS_FAILURE", "EN 319 102-1 5.2.8";
    /// The certification path breaks a constraint on paths: usage, basic constraints, path length, names (5.2.6).
    ChainConstraintsFailure = "CHAIN_CONSTRAINTS_FAILURE", "EN 319 102-1 5.2.6";
    /// The path could not be validated for another reason (5.2.6).
    CertificateChainGeneralFailure = "CERTIFICATE_CHAIN_GENERAL_FAILURE", "EN 319 102-1 5.2.6";
    /// An algorithm or key size is below what the policy asks at the time of judgement (5.2.8).
    CryptoConstraintsFailure = "CRYPTO_CONSTRAINTS_FAILURE", "EN 319 102-1 5.2.8";
    /// The policy that the signature names could not be processed (5.2.4).
    PolicyProcessingError = "POLICY_PROCESSING_ERROR", "EN 319 102-1 5.2.4";
    /// The policy that the signature names is not at hand (5.2.4).
    SignaturePolicyNotAvailable = "SIGNATURE_POLICY_NOT_AVAILABLE", "EN 319 102-1 5.2.4";
    /// Timestamps contradict the order in which they must have been made (5.5.4).
    TimestampOrderFailure = "TIMESTAMP_ORDER_FAILURE", "EN 319 102-1 5.5.4";
    /// The signer's certificate is not there or not identified (5.2.3).
    NoSigningCertificateFound = "NO_SIGNING_CERTIFICATE_FOUND", "EN 319 102-1 5.2.3";
    /// No path leads from the certificate to a trust anchor (5.2.6).
    NoCertificateChainFound = "NO_CERTIFICATE_CHAIN_FOUND", "EN 319 102-1 5.2.6";
    /// No path to an anchor that was trusted at a proven time (5.6.2.1).
    NoCertificateChainFoundNoPoe = "NO_CERTIFICATE_CHAIN_FOUND_NO_POE", "EN 319 102-1 5.6.2.1";
    /// The signer's certificate is revoked, and nothing proves that the signature existed before (5.3.4).
    RevokedNoPoe = "REVOKED_NO_POE", "EN 319 102-1 5.3.4";
    /// An authority's certificate is revoked, and nothing proves that the signature existed before (5.2.6).
    RevokedCaNoPoe = "REVOKED_CA_NO_POE", "EN 319 102-1 5.2.6";
    /// The certificate is outside its dates at the time of judgement, though known not to be revoked (5.2.6).
    OutOfBoundsNotRevoked = "OUT_OF_BOUNDS_NOT_REVOKED", "EN 319 102-1 5.2.6";
    /// The certificate is outside its dates, and nothing proves that the signature existed within them (5.3.4).
    OutOfBoundsNoPoe = "OUT_OF_BOUNDS_NO_POE", "EN 319 102-1 5.3.4";
    /// The revocation data's signer is outside its dates, and nothing proves the data existed within them (5.2.5).
    RevocationOutOfBoundsNoPoe = "REVOCATION_OUT_OF_BOUNDS_NO_POE", "EN 319 102-1 5.2.5";
    /// An algorithm is too weak now, and nothing proves that the object existed while it was strong (5.3.4).
    CryptoConstraintsFailureNoPoe = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", "EN 319 102-1 5.3.4";
    /// A proof of existence is missing (5.6.2.4).
    NoPoe = "NO_POE", "EN 319 102-1 5.6.2.4";
    /// Revocation data that is fresh enough is not at hand yet (5.2.5).
    TryLater = "TRY_LATER", "EN 319 102-1 5.2.5";
    /// The signed data is not there (5.2.7).
    SignedDataNotFound = "SIGNED_DATA_NOT_FOUND", "EN 319 102-1 5.2.7";
    /// Another reason, which the findings tell (5.1.3).
    Custom = "CUSTOM", "EN 319 102-1 5.1.3";
}

impl std::fmt::Display for SubIndication {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
