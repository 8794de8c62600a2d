//! The sub-indications of EN 319 102-1 v1.4.1, 5.1.3, table 6.

/// Why a signature did not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubIndication {
    /// The signature does not conform to its format, or the file around it was changed as the signature does not allow.
    FormatFailure,
    /// A digest of signed data differs from the one in the signature.
    HashFailure,
    /// The signature value cannot be verified with the signer's key.
    SigCryptoFailure,
    /// The signing certificate was revoked, and the signature provably came afterwards.
    Revoked,
    /// The signature provably came after the signing certificate's end.
    Expired,
    /// The signature provably came before the signing certificate's start.
    NotYetValid,
    /// An attribute or circumstance of the signature does not fit the policy.
    SigConstraintsFailure,
    /// The certificate chain does not fit the policy.
    ChainConstraintsFailure,
    /// The certificates could not be checked, for a reason of their own.
    CertificateChainGeneralFailure,
    /// An algorithm or key size is below what the policy asks.
    CryptoConstraintsFailure,
    /// An algorithm or key size is too weak now, and nothing proves that the signature is older than that.
    CryptoConstraintsFailureNoPoe,
    /// The signature policy could not be processed.
    PolicyProcessingError,
    /// The signature policy is not at hand.
    SignaturePolicyNotAvailable,
    /// Timestamps stand in an order that cannot be.
    TimestampOrderFailure,
    /// The signer's certificate cannot be identified.
    NoSigningCertificateFound,
    /// No chain leads from the signer's certificate to a trust anchor.
    NoCertificateChainFound,
    /// No chain leads to a trust anchor that was trusted at a proven time.
    NoCertificateChainFoundNoPoe,
    /// The signing certificate is revoked, and nothing proves that the signature is older.
    RevokedNoPoe,
    /// A certification authority's certificate is revoked, and nothing proves that the signature is older.
    RevokedCaNoPoe,
    /// The signing certificate has expired or is not yet valid, is known not to be revoked, and nothing proves that the signature was made in between.
    OutOfBoundsNotRevoked,
    /// The signing certificate has expired or is not yet valid, and nothing proves that the signature was made in between.
    OutOfBoundsNoPoe,
    /// The certificate that signed the revocation data has expired or is not yet valid.
    RevocationOutOfBoundsNoPoe,
    /// A proof of existence is missing.
    NoPoe,
    /// Revocation data is missing or not fresh enough; it may come.
    TryLater,
    /// The signed data is not at hand.
    SignedDataNotFound,
    /// Another reason, told by the findings.
    Generic,
}

impl SubIndication {
    /// Every sub-indication, for completeness tests and schemas.
    pub const ALL: &[Self] = &[
        Self::FormatFailure,
        Self::HashFailure,
        Self::SigCryptoFailure,
        Self::Revoked,
        Self::Expired,
        Self::NotYetValid,
        Self::SigConstraintsFailure,
        Self::ChainConstraintsFailure,
        Self::CertificateChainGeneralFailure,
        Self::CryptoConstraintsFailure,
        Self::CryptoConstraintsFailureNoPoe,
        Self::PolicyProcessingError,
        Self::SignaturePolicyNotAvailable,
        Self::TimestampOrderFailure,
        Self::NoSigningCertificateFound,
        Self::NoCertificateChainFound,
        Self::NoCertificateChainFoundNoPoe,
        Self::RevokedNoPoe,
        Self::RevokedCaNoPoe,
        Self::OutOfBoundsNotRevoked,
        Self::OutOfBoundsNoPoe,
        Self::RevocationOutOfBoundsNoPoe,
        Self::NoPoe,
        Self::TryLater,
        Self::SignedDataNotFound,
        Self::Generic,
    ];

    /// Returns the word of the standard, for example `HASH_FAILURE`.
    pub fn name(self) -> &'static str {
        match self {
            Self::FormatFailure => "FORMAT_FAILURE",
            Self::HashFailure => "HASH_FAILURE",
            Self::SigCryptoFailure => "SIG_CRYPTO_FAILURE",
            Self::Revoked => "REVOKED",
            Self::Expired => "EXPIRED",
            Self::NotYetValid => "NOT_YET_VALID",
            Self::SigConstraintsFailure => "SIG_CONSTRAINTS_FAILURE",
            Self::ChainConstraintsFailure => "CHAIN_CONSTRAINTS_FAILURE",
            Self::CertificateChainGeneralFailure => "CERTIFICATE_CHAIN_GENERAL_FAILURE",
            Self::CryptoConstraintsFailure => "CRYPTO_CONSTRAINTS_FAILURE",
            Self::CryptoConstraintsFailureNoPoe => "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
            Self::PolicyProcessingError => "POLICY_PROCESSING_ERROR",
            Self::SignaturePolicyNotAvailable => "SIGNATURE_POLICY_NOT_AVAILABLE",
            Self::TimestampOrderFailure => "TIMESTAMP_ORDER_FAILURE",
            Self::NoSigningCertificateFound => "NO_SIGNING_CERTIFICATE_FOUND",
            Self::NoCertificateChainFound => "NO_CERTIFICATE_CHAIN_FOUND",
            Self::NoCertificateChainFoundNoPoe => "NO_CERTIFICATE_CHAIN_FOUND_NO_POE",
            Self::RevokedNoPoe => "REVOKED_NO_POE",
            Self::RevokedCaNoPoe => "REVOKED_CA_NO_POE",
            Self::OutOfBoundsNotRevoked => "OUT_OF_BOUNDS_NOT_REVOKED",
            Self::OutOfBoundsNoPoe => "OUT_OF_BOUNDS_NO_POE",
            Self::RevocationOutOfBoundsNoPoe => "REVOCATION_OUT_OF_BOUNDS_NO_POE",
            Self::NoPoe => "NO_POE",
            Self::TryLater => "TRY_LATER",
            Self::SignedDataNotFound => "SIGNED_DATA_NOT_FOUND",
            Self::Generic => "GENERIC",
        }
    }
}
