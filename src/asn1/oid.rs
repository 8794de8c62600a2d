//! The object identifiers this program knows, each with the standard that assigns it.

/// An object identifier.
pub type Oid = const_oid::ObjectIdentifier;

macro_rules! oids {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {$(
        $(#[$doc])*
        pub const $name: Oid = Oid::new_unwrap($text);
    )*};
}

oids! {
    /// rsaEncryption (RFC 8017).
    RSA_ENCRYPTION = "1.2.840.113549.1.1.1";
    /// sha1WithRSAEncryption (RFC 8017).
    SHA1_WITH_RSA = "1.2.840.113549.1.1.5";
    /// id-mgf1 (RFC 8017).
    MGF1 = "1.2.840.113549.1.1.8";
    /// id-RSASSA-PSS (RFC 8017).
    RSASSA_PSS = "1.2.840.113549.1.1.10";
    /// sha256WithRSAEncryption (RFC 8017).
    SHA256_WITH_RSA = "1.2.840.113549.1.1.11";
    /// sha384WithRSAEncryption (RFC 8017).
    SHA384_WITH_RSA = "1.2.840.113549.1.1.12";
    /// sha512WithRSAEncryption (RFC 8017).
    SHA512_WITH_RSA = "1.2.840.113549.1.1.13";
    /// id-ecPublicKey (RFC 5480).
    EC_PUBLIC_KEY = "1.2.840.10045.2.1";
    /// ecdsa-with-SHA1 (RFC 3279).
    ECDSA_WITH_SHA1 = "1.2.840.10045.4.1";
    /// ecdsa-with-SHA256 (RFC 5758).
    ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
    /// ecdsa-with-SHA384 (RFC 5758).
    ECDSA_WITH_SHA384 = "1.2.840.10045.4.3.3";
    /// ecdsa-with-SHA512 (RFC 5758).
    ECDSA_WITH_SHA512 = "1.2.840.10045.4.3.4";
    /// secp256r1 (RFC 5480).
    P256 = "1.2.840.10045.3.1.7";
    /// secp384r1 (RFC 5480).
    P384 = "1.3.132.0.34";
    /// secp521r1 (RFC 5480).
    P521 = "1.3.132.0.35";
    /// id-Ed25519 (RFC 8410).
    ED25519 = "1.3.101.112";
    /// id-sha1 (RFC 8017).
    SHA1 = "1.3.14.3.2.26";
    /// id-sha256 (RFC 5754).
    SHA256 = "2.16.840.1.101.3.4.2.1";
    /// id-sha384 (RFC 5754).
    SHA384 = "2.16.840.1.101.3.4.2.2";
    /// id-sha512 (RFC 5754).
    SHA512 = "2.16.840.1.101.3.4.2.3";

    /// id-data (RFC 5652, 4).
    DATA = "1.2.840.113549.1.7.1";
    /// id-signedData (RFC 5652, 5.1).
    SIGNED_DATA = "1.2.840.113549.1.7.2";
    /// id-encryptedData (RFC 5652, 8).
    ENCRYPTED_DATA = "1.2.840.113549.1.7.6";
    /// id-contentType (RFC 5652, 11.1).
    CONTENT_TYPE = "1.2.840.113549.1.9.3";
    /// id-messageDigest (RFC 5652, 11.2).
    MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
    /// id-signingTime (RFC 5652, 11.3).
    SIGNING_TIME = "1.2.840.113549.1.9.5";
    /// id-aa-CMSAlgorithmProtection (RFC 6211).
    ALGORITHM_PROTECTION = "1.2.840.113549.1.9.52";
    /// extensionRequest (RFC 2985, 5.4.2).
    EXTENSION_REQUEST = "1.2.840.113549.1.9.14";
    /// id-aa-signingCertificate (RFC 2634, 5.4).
    SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12";
    /// id-aa-timeStampToken (RFC 3161, appendix A).
    TIME_STAMP_TOKEN = "1.2.840.113549.1.9.16.2.14";
    /// id-aa-signingCertificateV2 (RFC 5035, 3).
    SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";
    /// id-ct-TSTInfo (RFC 3161, 2.4.2).
    TST_INFO = "1.2.840.113549.1.9.16.1.4";

    /// id-ce-subjectKeyIdentifier (RFC 5280, 4.2.1.2).
    SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
    /// id-ce-keyUsage (RFC 5280, 4.2.1.3).
    KEY_USAGE = "2.5.29.15";
    /// id-ce-subjectAltName (RFC 5280, 4.2.1.6).
    SUBJECT_ALT_NAME = "2.5.29.17";
    /// id-ce-basicConstraints (RFC 5280, 4.2.1.9).
    BASIC_CONSTRAINTS = "2.5.29.19";
    /// id-ce-cRLNumber (RFC 5280, 5.2.3).
    CRL_NUMBER = "2.5.29.20";
    /// id-ce-cRLReasons (RFC 5280, 5.3.1).
    CRL_REASON = "2.5.29.21";
    /// id-ce-invalidityDate (RFC 5280, 5.3.2).
    INVALIDITY_DATE = "2.5.29.24";
    /// id-ce-deltaCRLIndicator (RFC 5280, 5.2.4).
    DELTA_CRL_INDICATOR = "2.5.29.27";
    /// id-ce-issuingDistributionPoint (RFC 5280, 5.2.5).
    ISSUING_DISTRIBUTION_POINT = "2.5.29.28";
    /// id-ce-certificateIssuer (RFC 5280, 5.3.3).
    CERTIFICATE_ISSUER = "2.5.29.29";
    /// id-ce-nameConstraints (RFC 5280, 4.2.1.10).
    NAME_CONSTRAINTS = "2.5.29.30";
    /// id-ce-cRLDistributionPoints (RFC 5280, 4.2.1.13).
    CRL_DISTRIBUTION_POINTS = "2.5.29.31";
    /// id-ce-certificatePolicies (RFC 5280, 4.2.1.4).
    CERTIFICATE_POLICIES = "2.5.29.32";
    /// id-ce-policyMappings (RFC 5280, 4.2.1.5).
    POLICY_MAPPINGS = "2.5.29.33";
    /// id-ce-authorityKeyIdentifier (RFC 5280, 4.2.1.1).
    AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";
    /// id-ce-policyConstraints (RFC 5280, 4.2.1.11).
    POLICY_CONSTRAINTS = "2.5.29.36";
    /// id-ce-extKeyUsage (RFC 5280, 4.2.1.12).
    EXTENDED_KEY_USAGE = "2.5.29.37";
    /// id-ce-inhibitAnyPolicy (RFC 5280, 4.2.1.14).
    INHIBIT_ANY_POLICY = "2.5.29.54";
    /// id-ce-expiredCertsOnCRL (X.509, 9.5.2.8).
    EXPIRED_CERTS_ON_CRL = "2.5.29.60";
    /// id-pe-authorityInfoAccess (RFC 5280, 4.2.2.1).
    AUTHORITY_INFO_ACCESS = "1.3.6.1.5.5.7.1.1";
    /// id-pe-qcStatements (RFC 3739, 3.2.6).
    QC_STATEMENTS = "1.3.6.1.5.5.7.1.3";
    /// id-ad-ocsp (RFC 5280, 4.2.2.1).
    AD_OCSP = "1.3.6.1.5.5.7.48.1";
    /// id-ad-caIssuers (RFC 5280, 4.2.2.1).
    AD_CA_ISSUERS = "1.3.6.1.5.5.7.48.2";
    /// id-pkix-ocsp-nocheck (RFC 6960, 4.2.2.2.1).
    OCSP_NO_CHECK = "1.3.6.1.5.5.7.48.1.5";
    /// anyExtendedKeyUsage (RFC 5280, 4.2.1.12).
    ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0";
    /// id-kp-emailProtection (RFC 5280, 4.2.1.12).
    KP_EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4";
    /// id-kp-timeStamping (RFC 5280, 4.2.1.12).
    KP_TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
    /// id-kp-OCSPSigning (RFC 5280, 4.2.1.12).
    KP_OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";
    /// id-kp-documentSigning (RFC 9336).
    KP_DOCUMENT_SIGNING = "1.3.6.1.5.5.7.3.36";
    /// Document signing by Microsoft's arc, common in certificates for PDF signatures.
    MS_DOCUMENT_SIGNING = "1.3.6.1.4.1.311.10.3.12";
    /// Authentic documents by Adobe's arc.
    ADOBE_AUTHENTIC_DOCUMENTS = "1.2.840.113583.1.1.5";

    /// id-at-commonName (X.520).
    COMMON_NAME = "2.5.4.3";
    /// id-at-serialNumber (X.520).
    SERIAL_NUMBER = "2.5.4.5";
    /// id-at-countryName (X.520).
    COUNTRY = "2.5.4.6";
    /// id-at-localityName (X.520).
    LOCALITY = "2.5.4.7";
    /// id-at-stateOrProvinceName (X.520).
    STATE = "2.5.4.8";
    /// id-at-streetAddress (X.520).
    STREET = "2.5.4.9";
    /// id-at-organizationName (X.520).
    ORGANIZATION = "2.5.4.10";
    /// id-at-organizationalUnitName (X.520).
    ORGANIZATIONAL_UNIT = "2.5.4.11";
    /// id-at-title (X.520).
    TITLE = "2.5.4.12";
    /// id-emailAddress (PKCS #9).
    EMAIL_ADDRESS = "1.2.840.113549.1.9.1";
    /// domainComponent (RFC 4519).
    DOMAIN_COMPONENT = "0.9.2342.19200300.100.1.25";
    /// userId (RFC 4519).
    USER_ID = "0.9.2342.19200300.100.1.1";
}
